package sandbox

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func phoneOnPage(number string) string { return `.phone[data-number='` + number + `']` }

const (
	ana   = "5511999990001"
	bruno = "5511999990002"
	carla = "5511999990003"
)

// picks lets the business upload a picture and gives its id.
func (s *screen) picks() string {
	s.t.Helper()
	sunset := image.NewRGBA(image.Rect(0, 0, 320, 180))
	for y := range 180 {
		for x := range 320 {
			sunset.Set(x, y, color.RGBA{R: 250, G: uint8(200 - y), B: uint8(60 + y), A: 255})
		}
	}
	var encoded bytes.Buffer
	require.NoError(s.t, png.Encode(&encoded, sunset))
	uploaded := s.upload("image/png", encoded.Bytes())
	require.Equal(s.t, 200, uploaded.status, uploaded.raw)
	return uploaded.body["id"].(string)
}

// lastOf is the last message that a customer wrote.
func (s *screen) lastOf(customer string) string {
	for _, message := range slices.Backward(s.sandbox.Messages(customer)) {
		if message.From == FromCustomer {
			return message.ID
		}
	}
	return ""
}

// sends lets the business send something to a phone.
func (s *screen) sends(to, kind, body string) {
	s.t.Helper()
	answered := s.call("POST", "/graph/v23.0/"+number+"/messages", token,
		fmt.Sprintf(`{"messaging_product":"whatsapp","to":%q,"type":%q,%q:%s}`, to, kind, kind, body))
	require.Equal(s.t, 200, answered.status, answered.raw)
}

// TestSeveralCustomersSideBySide drives the page as a person would: two phones, texts both ways, ticks, a template with its
// header and buttons, a list, a jump of the clock, and a fault that is switched on.
func TestSeveralCustomersSideBySide(t *testing.T) {
	onScreens(t, 1500, 950, func(s *screen) {
		s.sees(phoneOnPage(ana)+" .business", "Loja Teste")
		s.types("#number", "+55 11 99999-0002")
		s.types("#name", "Bruno Lima")
		s.click("#who-form button")
		s.sees(phoneOnPage(bruno)+" .owner", "Bruno Lima")

		s.types(phoneOnPage(ana)+" .text", "Oi, *quero* um orçamento\n")
		s.sees(phoneOnPage(ana)+" .bubble.mine .body b", "quero")
		s.types(phoneOnPage(bruno)+" .text", "Bom dia\n")
		s.sees(phoneOnPage(bruno)+" .bubble.mine", "Bom dia")
		require.NotContains(t, s.text(phoneOnPage(ana)+" .chat"), "Bom dia", "each phone has its own conversation")

		s.sends(ana, "text", `{"body":"Claro, <b>Ana</b>! Veja https://loja.example/tabela."}`)
		s.sees(phoneOnPage(ana)+" .bubble:not(.mine) .body", "<b>Ana</b>")
		s.sees(phoneOnPage(ana)+" .bubble:not(.mine) .body a", "https://loja.example/tabela")
		s.sees(phoneOnPage(ana)+" .ticks.delivered", "✓✓")
		s.click(phoneOnPage(ana) + " .reading")
		s.sees(phoneOnPage(ana)+" .ticks.read", "✓✓")

		s.sends(bruno, "interactive", `{"type":"button","header":{"type":"text","text":"Seu pedido"},"body":{"text":"Confirma?"},"footer":{"text":"Loja Teste"},
			"action":{"buttons":[{"type":"reply","reply":{"id":"sim","title":"Sim"}},{"type":"reply","reply":{"id":"nao","title":"Não"}}]}}`)
		s.sees(phoneOnPage(bruno)+" .bubble .header", "Seu pedido")
		s.sees(phoneOnPage(bruno)+" .bubble .footer", "Loja Teste")
		s.click(phoneOnPage(bruno) + " .taps button")
		s.sees(phoneOnPage(bruno)+" .bubble.mine:last-child", "Sim")

		s.types("#number", carla)
		s.click("#who-form button")
		s.sees(phoneOnPage(carla)+" .owner", carla)
		s.sends(carla, "template", `{"name":"retomada","language":{"code":"pt_BR"},"components":[
			{"type":"header","parameters":[{"type":"image","image":{"id":"`+s.picks()+`"}}]},
			{"type":"body","parameters":[{"type":"text","parameter_name":"nome","text":"Carla"},{"type":"text","parameter_name":"assunto","text":"*o orçamento*"}]},
			{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"abc123"}]}]}`)
		s.sees(phoneOnPage(carla)+" .bubble .body", "Carla")
		s.sees(phoneOnPage(carla)+" .bubble .tag", "retomada")
		s.sees(phoneOnPage(carla)+" .bubble .body b", "o orçamento")
		s.sees(phoneOnPage(carla)+" .bubble .footer", "Responda SAIR")
		s.sees(phoneOnPage(carla)+" .taps", "Ver")
		require.Eventually(t, func() bool {
			return s.value(`document.querySelector(".phone[data-number='`+carla+`'] img.media")?.naturalWidth > 0`) == "true"
		}, 10*time.Second, 20*time.Millisecond, "the picture of the template's header is shown")
		s.click(phoneOnPage(carla) + " .react")
		s.sees(phoneOnPage(carla)+" .reactions", "👍")
		s.call("POST", "/graph/v23.0/"+number+"/messages", token, `{"messaging_product":"whatsapp","status":"read","message_id":"`+s.lastOf(bruno)+`","typing_indicator":{"type":"text"}}`)
		s.sees(phoneOnPage(bruno)+" .state", "digitando")

		s.sends(ana, "interactive", `{"type":"list","body":{"text":"Qual horário?"},"action":{"button":"Ver horários","sections":[{"title":"Hoje","rows":[
			{"id":"h14","title":"14:00","description":"com a Dra. Lúcia"},{"id":"h15","title":"15:00"}]}]}}`)
		s.click(phoneOnPage(ana) + " details summary")
		s.sees(phoneOnPage(ana)+" details", "com a Dra. Lúcia")
		s.picture("wide")
		s.click(phoneOnPage(ana) + " details button")
		s.sees(phoneOnPage(ana)+" .bubble.mine:last-child", "14:00")

		s.click("#tools")
		s.click("[data-fault=outage]")
		require.Eventually(t, func() bool {
			return s.call("GET", "/api/faults", "", "").body["data"].(map[string]any)["outage"] == "unavailable"
		}, 10*time.Second, 20*time.Millisecond)
		s.picture("faults")
		s.click("#reset")
		require.Eventually(t, func() bool { return s.value(`document.querySelector("[data-fault=outage]").checked`) == "false" }, 10*time.Second, 20*time.Millisecond)
	})
}

// TestTheClockOfThePageJumps shows that a day passes for the provider at one click: the window closes.
func TestTheClockOfThePageJumps(t *testing.T) {
	onScreens(t, 1200, 800, func(s *screen) {
		s.types(phoneOnPage(ana)+" .text", "Oi\n")
		s.sees(phoneOnPage(ana)+" .bubble.mine", "Oi")
		s.sends(ana, "text", `{"body":"Olá"}`)
		s.click("[data-jump='1d']")
		s.sees("#ahead", "24 h")
		s.click("[data-jump='1h']")
		s.sees("#ahead", "25 h")
		refused := s.call("POST", "/graph/v23.0/"+number+"/messages", token, `{"messaging_product":"whatsapp","to":"`+ana+`","type":"text","text":{"body":"ainda aí?"}}`)
		require.NotEqual(t, 200, refused.status)
		require.Contains(t, refused.raw, "131047")
		s.click("#real")
		s.sees("#ahead", "hora do mundo")
	})
}

// TestABusinessIsChosenWhereEverybodySeesIt shows a phone's conversation with each of two businesses.
func TestABusinessIsChosenWhereEverybodySeesIt(t *testing.T) {
	onScreens(t, 1200, 800, func(s *screen) {
		s.sees(phoneOnPage(ana)+" .business", "Loja Teste")
		require.Equal(t, "true", s.value(`document.querySelector("#business-row").hidden`), "one business needs no choice")
		second := s.business()
		second.PhoneNumberID, second.WabaID, second.VerifiedName, second.Templates = "206540352242922", "202290129340398", "Segunda Loja", nil
		require.NoError(t, s.sandbox.Register(second))
		s.sees("#business-row", "Segunda Loja")
		_, err := s.sandbox.Write(ana, Incoming{Text: "Oi, Segunda", PhoneNumberID: second.PhoneNumberID})
		require.NoError(t, err)
		require.NotContains(t, s.text(phoneOnPage(ana)+" .chat"), "Oi, Segunda")
		s.value(`(() => { const choice = document.querySelector("#business-choice"); choice.value = "206540352242922"; choice.dispatchEvent(new Event("change")); })()`)
		s.sees(phoneOnPage(ana)+" .chat", "Oi, Segunda")
		s.sees(phoneOnPage(ana)+" .business", "Segunda Loja")
	})
}

// TestASmallScreenShowsOnePhone holds the page to a telephone's screen: one customer at a time, nothing wider than it.
func TestASmallScreenShowsOnePhone(t *testing.T) {
	onScreens(t, 390, 844, func(s *screen) {
		s.sees(phoneOnPage(ana)+" .business", "Loja Teste")
		s.types("#number", bruno)
		s.types("#name", "Bruno")
		s.click("#who-form button")
		s.sees(phoneOnPage(bruno)+" .owner", "Bruno")
		s.types(phoneOnPage(bruno)+" .text", "Bom dia\n")
		s.sees(phoneOnPage(bruno)+" .bubble.mine", "Bom dia")
		s.sends(bruno, "text", `{"body":"Bom dia, Bruno! Um texto um pouco mais longo, para ver como as linhas quebram em uma tela estreita."}`)
		s.sees(phoneOnPage(bruno)+" .chat", "tela estreita")
		s.picture("narrow")
		require.Equal(t, "1", s.value(`[...document.querySelectorAll(".phone")].filter((one) => one.offsetParent).length`))
		require.Equal(t, "true", s.value(`document.documentElement.scrollWidth <= innerWidth`), "nothing is wider than the screen")
		s.click("#tabs button:first-child")
		s.sees("#tabs [aria-current=true]", "Cliente")
	})
}
