package app_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/provider/sandbox"
	"retoma/internal/store/storetest"
)

// kindsOfTemplates are one template of every kind that can be sent.
const kindsOfTemplates = `[
	{"name":"vitrine","language":"pt_BR","category":"MARKETING","components":[{"type":"BODY","text":"Oi {{1}}, veja:"},{"type":"CAROUSEL","cards":[
		{"components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Bolo por {{1}}"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Quero este"},{"type":"URL","text":"Ver","url":"https://ex.com/{{1}}"}]}]},
		{"components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Torta por {{1}}"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Quero este"},{"type":"URL","text":"Ver","url":"https://ex.com/{{1}}"}]}]}]}]},
	{"name":"oferta","language":"pt_BR","category":"MARKETING","components":[{"type":"HEADER","format":"VIDEO"},{"type":"LIMITED_TIME_OFFER","limited_time_offer":{"text":"Só hoje!","has_expiration":true}},
		{"type":"BODY","text":"{{1}}, use o código."},{"type":"BUTTONS","buttons":[{"type":"COPY_CODE","text":"Copiar"},{"type":"URL","text":"Comprar","url":"https://ex.com/{{1}}"}]}]},
	{"name":"visita","language":"pt_BR","category":"UTILITY","parameter_format":"NAMED","components":[{"type":"HEADER","format":"LOCATION"},{"type":"BODY","text":"{{nome}}, marque sua visita"},
		{"type":"BUTTONS","buttons":[{"type":"FLOW","text":"Marcar","flow_id":"99"}]}]},
	{"name":"cupom","language":"pt_BR","category":"MARKETING","components":[{"type":"HEADER","format":"DOCUMENT"},{"type":"BODY","text":"Seu cupom"},{"type":"BUTTONS","buttons":[{"type":"COPY_CODE","text":"Copiar"},{"type":"PHONE_NUMBER","text":"Ligar","phone_number":"+551140040001"}]}]},
	{"name":"senha","language":"pt_BR","category":"AUTHENTICATION","components":[{"type":"BODY","text":"{{1}} é seu código."},{"type":"BUTTONS","buttons":[{"type":"OTP","otp_type":"COPY_CODE"}]}]},
	{"name":"catalogo","language":"pt_BR","category":"MARKETING","components":[{"type":"BODY","text":"Nossos bolos"},{"type":"BUTTONS","buttons":[{"type":"CATALOG","text":"Ver catálogo"}]}]},
	{"name":"produtos","language":"pt_BR","category":"MARKETING","components":[{"type":"BODY","text":"Escolhidos para você"},{"type":"BUTTONS","buttons":[{"type":"MPM","text":"Ver produtos"}]}]},
	{"name":"ligue","language":"pt_BR","category":"UTILITY","components":[{"type":"BODY","text":"Fale com a gente"},{"type":"BUTTONS","buttons":[{"type":"VOICE_CALL","text":"Ligar agora"}]}]}]`

// kindWalk is one template: what is refused before anything is sent, by the field of its value, and what arrives.
type kindWalk struct {
	name string
	good map[string]any
	// bad are values that take the place of good ones (nil: left out), and the field that the refusal names.
	bad map[string]any
	// shows is what the phone must hold.
	shows func(t *testing.T, m sandbox.Message)
}

func kindWalks() []kindWalk {
	type object = map[string]any
	png, mp4, pdf := object{"url": "https://ex.com/a.png"}, object{"url": "https://ex.com/a.mp4"}, object{"url": "https://ex.com/a.pdf", "fileName": "cupom.pdf"}
	return []kindWalk{
		{
			name: "vitrine",
			good: object{"1": "Ana", "card.0.header": png, "card.0.1": "R$ 10", "card.0.button.0": "bolo", "card.0.button.1": "bolo", "card.1.header": png, "card.1.1": "R$ 20", "card.1.button.0": "torta", "card.1.button.1": "torta"},
			bad:  object{"card.1.header": nil, "card.0.header": object{"url": "https://ex.com/a.mp4"}, "card.1.1": "a\nb", "card.0.button.1": nil, "card.2.1": "R$ 30", "offer": "2030-01-01T00:00:00Z"},
			shows: func(t *testing.T, m sandbox.Message) {
				require.Equal(t, "Oi Ana, veja:", m.Text)
				require.Len(t, m.Cards, 2)
				require.Equal(t, "Torta por R$ 20", m.Cards[1].Text)
				require.Equal(t, "torta", m.Cards[1].Buttons[0].Payload)
				require.Equal(t, "https://ex.com/torta", m.Cards[1].Buttons[1].URL)
			},
		},
		{
			name: "oferta",
			good: object{"header": mp4, "1": "Ana", "offer": "2030-01-01T00:00:00-03:00", "button.0": "VOLTA10", "button.1": "loja"},
			bad:  object{"offer": "amanhã", "button.0": "VOLTA10VOLTA10VO", "header": object{"latitude": 1, "longitude": 2}, "button.1": nil, "card.0.1": "x"},
			shows: func(t *testing.T, m sandbox.Message) {
				require.Equal(t, "2030-01-01T03:00:00Z", m.Template.Offer.Ends.Format(time.RFC3339))
				require.Equal(t, "VOLTA10", m.Buttons[0].Payload)
				require.Equal(t, "https://ex.com/a.mp4", m.Media.Link)
			},
		},
		{
			name: "visita",
			good: object{"header": object{"latitude": -23.5, "longitude": -46.6, "name": "Loja", "address": "Rua A, 1"}, "nome": "Ana", "button.0": object{"token": "visita", "data": object{"dias": []any{"quinta"}}}},
			bad:  object{"header": png, "nome": nil, "button.0": png, "button.1": "x"},
			shows: func(t *testing.T, m sandbox.Message) {
				require.Equal(t, "Loja", m.Location.Name)
				require.Equal(t, "visita", m.Buttons[0].Payload)
				require.JSONEq(t, `{"dias":["quinta"]}`, string(m.Buttons[0].Data))
			},
		},
		{
			name: "cupom", good: object{"header": pdf, "button.0": "VOLTA10VOLTA10VOLTA1"}, bad: object{"header": nil, "button.0": "VOLTA10VOLTA10VOLTA10"},
			shows: func(t *testing.T, m sandbox.Message) { require.Equal(t, "cupom.pdf", m.Media.FileName) },
		},
		{
			name: "senha", good: object{"1": "123456"}, bad: object{"1": "1234567890123456", "button.0": "1"},
			shows: func(t *testing.T, m sandbox.Message) { require.Equal(t, "123456", m.Buttons[0].Payload) },
		},
		{
			name: "catalogo", good: object{"button.0": object{"thumbnail": "bolo-1"}}, bad: object{"button.0": png},
			shows: func(t *testing.T, m sandbox.Message) { require.Equal(t, "catalog", m.Buttons[0].Type) },
		},
		{
			name: "produtos", good: object{"button.0": object{"thumbnail": "bolo-1", "sections": []any{object{"title": "Bolos", "products": []any{"bolo-1", "bolo-2"}}}}},
			bad: object{"button.0": object{"sections": []any{object{"title": "Bolos", "products": []any{"bolo-1"}}}}},
			shows: func(t *testing.T, m sandbox.Message) {
				require.Equal(t, []sandbox.ShelfSection{{Title: "Bolos", Products: []string{"bolo-1", "bolo-2"}}}, m.Buttons[0].Shelf)
			},
		},
		{
			name: "ligue", good: object{}, bad: object{"button.0": "x"},
			shows: func(t *testing.T, m sandbox.Message) { require.Equal(t, "voice_call", m.Buttons[0].Type) },
		},
	}
}

// TestEveryKindOfTemplateWalksThroughTheHouse sends each by the API, after its templates were synchronised, and lets the
// customer answer: a card's button and a form start the flows that are about them.
func TestEveryKindOfTemplateWalksThroughTheHouse(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			s.registerKinds()
			s.launch("")
			s.done(http.MethodPost, "/api/channels/"+s.channel.ID+"/templates/sync", nil)
			for _, walk := range kindWalks() {
				s.refusedByField(walk)
				s.arrives(walk)
			}
			s.answersStartTheirFlows()
		})
	}
}

func (s *scene) registerKinds() {
	var templates []sandbox.Template
	require.NoError(s.t, json.Unmarshal([]byte(kindsOfTemplates), &templates))
	business := s.whatsapp.Businesses()[0]
	business.Templates = templates
	require.NoError(s.t, s.whatsapp.Register(business))
}

// done makes a call that must succeed.
func (s *scene) done(method, path string, body any) map[string]any {
	s.t.Helper()
	status, answer := s.call(method, path, body)
	require.Less(s.t, status, 300, "%v", answer)
	require.Equal(s.t, true, answer["success"], "%v", answer)
	return answer
}

func (s *scene) sendTemplate(name string, variables map[string]any) (int, map[string]any) {
	return s.call(http.MethodPost, "/api/actions/send-template", map[string]any{"senderId": s.channel.ID, "to": "+" + ana, "templateName": name, "variables": variables})
}

func (s *scene) refusedByField(walk kindWalk) {
	s.t.Helper()
	before := len(s.received())
	for name, value := range walk.bad {
		variables := map[string]any{}
		for key, good := range walk.good {
			variables[key] = good
		}
		variables[name] = value
		if value == nil {
			delete(variables, name)
		}
		status, answer := s.sendTemplate(walk.name, variables)
		require.Equal(s.t, http.StatusUnprocessableEntity, status, "%s %s: %v", walk.name, name, answer)
		require.Equal(s.t, "template_params", answer["code"], "%s %s: %v", walk.name, name, answer)
		require.Equal(s.t, "variables."+name, answer["field"], "%s %s: %v", walk.name, name, answer)
	}
	require.Len(s.t, s.received(), before, "what is refused is never sent")
}

func (s *scene) arrives(walk kindWalk) {
	s.t.Helper()
	status, answer := s.sendTemplate(walk.name, walk.good)
	require.Equal(s.t, http.StatusAccepted, status, "%s: %v", walk.name, answer)
	var arrived *sandbox.Message
	require.Eventually(s.t, func() bool {
		for _, message := range s.whatsapp.Messages(ana) {
			if message.Template != nil && message.Template.Name == walk.name && message.Status == sandbox.StatusDelivered {
				arrived = &message
			}
		}
		return arrived != nil
	}, patience, 20*time.Millisecond, walk.name)
	walk.shows(s.t, *arrived)
}

func (s *scene) answersStartTheirFlows() {
	s.t.Helper()
	for _, flow := range []string{
		`{"name":"Bolo","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received","if":"trigger.choice == \"bolo\""},"next":"r"},{"id":"r","type":"send_message","with":{"text":"Bolo reservado"}}]}`,
		`{"name":"Visita","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received","if":"trigger.token == \"visita\""},"next":"r"},{"id":"r","type":"send_message","with":{"text":"Até {{trigger.answers.dia}}"}}]}`,
	} {
		s.done(http.MethodPost, "/api/flows", map[string]any{"definition": json.RawMessage(flow), "active": true})
	}
	replies := func(text string, times int) {
		s.t.Helper()
		require.Eventually(s.t, func() bool {
			count := 0
			for _, received := range s.received() {
				if received == text {
					count++
				}
			}
			return count == times
		}, patience, 20*time.Millisecond, text)
	}
	form := ""
	for _, message := range s.whatsapp.Messages(ana) {
		if message.Template != nil && message.Template.Name == "visita" {
			form = message.ID
		}
	}
	for _, in := range []sandbox.Incoming{{ButtonPayload: "torta"}, {ButtonPayload: "bolo"}, {ReplyTo: form, FlowResponse: json.RawMessage(`{"dia":"quinta"}`)}} {
		_, err := s.whatsapp.Write(ana, in)
		require.NoError(s.t, err)
	}
	replies("Bolo reservado", 1)
	replies("Até quinta", 1)
	replies("Bolo reservado", 1) // the other card starts nothing
}
