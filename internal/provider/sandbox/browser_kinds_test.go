package sandbox

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sendsKinds lets the business send a carousel, an offer, a form, a choice of products and a call.
func (s *screen) sendsKinds(to string) {
	s.t.Helper()
	picture := `{"type":"header","parameters":[{"type":"image","image":{"id":"` + s.picks() + `"}}]}`
	card := func(index, text, payload string) string {
		return strings.Replace(cardSent(index, text, `,{"type":"button","sub_type":"quick_reply","index":0,"parameters":[{"type":"payload","payload":"`+payload+`"}]}`), headerImage, picture, 1)
	}
	template := func(name, components string) {
		s.sends(to, "template", `{"name":"`+name+`","language":{"code":"pt_BR"},"components":[`+components+`]}`)
	}
	ends := s.clock.Now().Add(26*time.Hour + 10*time.Minute)
	template("ligue", "")
	template("produtos", actionSent("mpm", `{"thumbnail_product_retailer_id":"p1","sections":[{"title":"Bolos","product_items":[{"product_retailer_id":"bolo-de-milho"},{"product_retailer_id":"bolo-de-fuba"}]}]}`))
	template("visita", actionSent("flow", `{"flow_token":"t-1"}`))
	template("oferta", strings.Replace(offerSent(endsAt(strconv.FormatInt(ends.UnixMilli(), 10))), headerImage, picture, 1))
	template("vitrine", carouselSent(card("0", "R$ 10, com cobertura de chocolate", "bolo"), card("1", "R$ 20", "torta")))
}

// lastHeard is the last message of a customer that the business was told of.
func (s *screen) lastHeard() webhookMessage {
	heard := s.callback.messages()
	require.NotEmpty(s.t, heard)
	return heard[len(heard)-1]
}

// TestEveryKindOfTemplateOnThePage taps what a customer taps: a card of a carousel, an offer's code and a form.
func TestEveryKindOfTemplateOnThePage(t *testing.T) {
	for name, size := range map[string][2]int{"wide": {1300, 950}, "narrow": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			onScreens(t, size[0], size[1], func(s *screen) { kindsStory(s, name) }, withKindTemplates)
		})
	}
}

func kindsStory(s *screen, name string) {
	t, on := s.t, phoneOnPage(ana)
	s.sees(on+" .business", "Loja Teste")
	s.sendsKinds(ana)
	s.sees(on+" .slide:first-child .body", "Bolo por R$ 10")
	s.sees(on+" .offer", "Só hoje!")
	s.sees(on+" .offer .left", "Termina em 1 dia e 2 h")
	s.sees(on+" .offer", "VOLTA10")
	require.Eventually(t, func() bool {
		return s.value(`[...document.querySelectorAll(".slide img.media")].filter((one) => one.naturalWidth > 0).length`) == "2"
	}, 10*time.Second, 20*time.Millisecond, "the cards' pictures are shown")
	require.Equal(t, "true", s.value(`(() => { const strip = document.querySelector(".carousel"); return strip.scrollWidth > strip.clientWidth; })()`), "the cards scroll sideways")
	require.Equal(t, "true", s.value(`document.documentElement.scrollWidth <= innerWidth`), "nothing is wider than the screen")
	require.Eventually(t, func() bool {
		return s.value(`(() => { const chat = document.querySelector(".chat"); return chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80; })()`) == "true"
	}, 10*time.Second, 20*time.Millisecond, "the newest message is in sight although its pictures came later")
	s.picture("kinds-" + name + "-carousel")
	s.value(`document.querySelector(".carousel").scrollTo({ left: 999 })`)
	s.picture("kinds-" + name + "-scrolled")
	s.click(on + " .slide:last-child button")
	s.sees(on+" .bubble.mine", "Quero este")
	s.settle()
	require.Equal(t, &webhookButton{Payload: "torta", Text: "Quero este"}, s.lastHeard().Button, "the second card's own payload")

	s.value(`document.querySelector(".offer").scrollIntoView()`)
	s.picture("kinds-" + name + "-offer")
	s.value(`[...document.querySelectorAll(".taps button")].find((one) => one.textContent.includes("Copiar")).click()`)
	s.sees(on+" .taps", "Código copiado: VOLTA10")

	s.value(`[...document.querySelectorAll(".taps button")].find((one) => one.textContent.includes("Marcar")).click()`)
	s.sees(on+" .flow header", "Sua visita")
	s.value(`(() => { document.querySelector(".flow [name=dia]").value = "2026-07-10"; document.querySelector(".flow [name=hora]").value = "h14"; })()`)
	s.click(on + " .flow [name=aviso]")
	s.picture("kinds-" + name + "-form")
	s.click(on + " .flow .send")
	s.sees(on+" .bubble.mine:last-child", "Formulário enviado")
	require.Equal(t, "true", s.value(`document.querySelector(".flow").hidden`))
	s.settle()
	require.JSONEq(t, `{"dia":"2026-07-10","hora":"h14","loja":"","pessoas":"","aviso":true,"flow_token":"t-1"}`, s.lastHeard().Interactive.Flow.JSON)
	s.value(`document.querySelector(".shelf summary").click()`)
	s.sees(on+" .shelf", "bolo-de-fuba")
	s.value(`document.querySelector(".shelf").scrollIntoView()`)
	s.picture("kinds-" + name + "-shelf")

	s.sends(ana, "template", `{"name":"pesquisa","language":{"code":"pt_BR"},"components":[{"type":"button","sub_type":"flow","index":0}]}`)
	s.sees(on+" .chat", "Como foi?")
	s.value(`[...document.querySelectorAll(".taps button")].find((one) => one.textContent.includes("Responder")).click()`)
	s.sees(on+" .flow .hint", "só a Meta conhece")
	s.value(`document.querySelector(".flow .value").value = "muito boa"`)
	s.picture("kinds-" + name + "-free-form")
	s.click(on + " .flow .send")
	require.Eventually(t, func() bool {
		heard := s.lastHeard().Interactive
		return heard != nil && heard.Flow != nil && strings.Contains(heard.Flow.JSON, "muito boa")
	}, 10*time.Second, 20*time.Millisecond)
	require.JSONEq(t, `{"resposta":"muito boa","flow_token":"unused"}`, s.lastHeard().Interactive.Flow.JSON)

	s.clock.Advance(27 * time.Hour)
	s.sees(on+" .offer .left", "Oferta encerrada")
}
