package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/provider/sandbox"
	"retoma/internal/store/storetest"
)

// kindsTemplates are approved ones with a header and with buttons of several kinds.
func kindsTemplates() []sandbox.Template {
	return []sandbox.Template{
		{Name: "visita", Language: "pt_BR", Category: "UTILITY", Components: []sandbox.TemplateComponent{
			{Type: "HEADER", Format: "LOCATION"}, {Type: "BODY", Text: "Até {{1}}, {{2}}!"},
			{Type: "BUTTONS", Buttons: []sandbox.TemplateButton{{Type: "QUICK_REPLY", Text: "Confirmo"}, {Type: "URL", Text: "Mapa", URL: "https://ex.com/{{1}}"}}},
		}},
		{Name: "codigo", Language: "pt_BR", Category: "AUTHENTICATION", Components: []sandbox.TemplateComponent{
			{Type: "BODY", Text: "{{1}} é o seu código."}, {Type: "BUTTONS", Buttons: []sandbox.TemplateButton{{Type: "OTP", Text: "Copiar"}}},
		}},
		{Name: "foto", Language: "pt_BR", Category: "MARKETING", ParameterFormat: "NAMED", Components: []sandbox.TemplateComponent{
			{Type: "HEADER", Format: "IMAGE"}, {Type: "BODY", Text: "Oi {{nome}}"},
			{Type: "BUTTONS", Buttons: []sandbox.TemplateButton{{Type: "COPY_CODE", Text: "Copiar"}}},
		}},
	}
}

// TestEveryKindOfMessageArrives sends each kind over HTTP, through the outbox and Meta's wire, to the customer's phone.
func TestEveryKindOfMessageArrives(t *testing.T) {
	t.Parallel()
	s := newScene(t, storetest.Engines()[0])
	business := s.whatsapp.Businesses()[0]
	business.Templates = kindsTemplates()
	require.NoError(t, s.whatsapp.Register(business))
	p := s.launch("")
	s.writes("oi")
	s.heard(p)
	status, _ := s.call(http.MethodPost, "/api/channels/"+s.channel.ID+"/templates/sync", nil)
	require.Equal(t, http.StatusOK, status)

	send := func(path string, body map[string]any) sandbox.Message {
		t.Helper()
		body["senderId"], body["to"] = s.channel.ID, "+"+ana
		status, answer := s.request(http.MethodPost, path, body, map[string]string{"Prefer": "wait=20"})
		require.Equal(t, http.StatusOK, status, "%v", answer)
		sent := s.whatsapp.Sent(ana)
		return sent[len(sent)-1]
	}
	message := func(name string, value any) sandbox.Message {
		t.Helper()
		return send("/api/actions/send-message", map[string]any{name: value})
	}
	type object = map[string]any
	first := s.whatsapp.Messages(ana)[0]
	firstID := s.idOf(first.ID)

	shown := message("interactive", object{"header": object{"text": "Orçamento"}, "body": "Seguimos?", "footer": "Ótica",
		"buttons": []any{object{"id": "sim_42", "title": "Sim"}, object{"id": "nao", "title": "Não"}}})
	require.Equal(t, "Seguimos?", shown.Text)
	require.Equal(t, &sandbox.InteractiveView{Kind: "button", Header: "Orçamento", Footer: "Ótica"}, shown.Interactive)
	require.Equal(t, []sandbox.Button{{Type: "reply", Text: "Sim", Payload: "sim_42"}, {Type: "reply", Text: "Não", Payload: "nao"}}, shown.Buttons)

	shown = message("interactive", object{"body": "Escolha", "list": object{"button": "Horários", "sections": []any{object{"rows": []any{object{"id": "9h", "title": "9h", "description": "quinta"}}}}}})
	require.Equal(t, []sandbox.Button{{Type: "row", Text: "9h", Description: "quinta", Payload: "9h"}}, shown.Buttons)
	require.Equal(t, "https://ex.com", message("interactive", object{"body": "Veja", "link": object{"title": "Abrir", "url": "https://ex.com"}}).Buttons[0].URL)
	require.Equal(t, "flow", message("interactive", object{"body": "Agende", "flow": object{"id": "77", "title": "Agendar", "screen": "INICIO"}}).Interactive.Kind)
	require.Equal(t, "location_request_message", message("interactive", object{"body": "Onde?", "askLocation": true}).Interactive.Kind)
	require.Equal(t, "Loja", message("location", object{"latitude": -23.5, "longitude": -46.6, "name": "Loja", "address": "Rua A, 1"}).Location.Name)
	require.Contains(t, string(message("contacts", []any{object{"name": "Suporte", "phones": []any{object{"phone": "+5511"}}}}).Contacts), "Suporte")

	quoting := send("/api/actions/send-message", object{"message": "sobre isto", "replyTo": firstID})
	require.Equal(t, first.ID, quoting.ReplyTo)
	message("reaction", object{"messageId": firstID, "emoji": "👍"})
	require.Equal(t, []sandbox.Reaction{{From: "business", Emoji: "👍"}}, s.whatsapp.Messages(ana)[0].Reactions)
	message("reaction", object{"messageId": firstID, "emoji": ""})
	require.Empty(t, s.whatsapp.Messages(ana)[0].Reactions, "taken back")

	template := func(name string, variables object) sandbox.Message {
		t.Helper()
		return send("/api/actions/send-template", object{"templateName": name, "variables": variables})
	}
	shown = template("visita", object{"header": object{"latitude": -23.5, "longitude": -46.6, "name": "Loja", "address": "Rua A, 1"}, "1": "quinta", "2": "Ana",
		"button.0": "confirmo_42", "button.1": "mapa"})
	require.Equal(t, "Até quinta, Ana!", shown.Text)
	require.Equal(t, "confirmo_42", shown.Buttons[0].Payload)
	require.Equal(t, "https://ex.com/mapa", shown.Buttons[1].URL)
	require.Equal(t, "123456", template("codigo", object{"1": "123456"}).Buttons[0].Payload, "the code is given once")
	shown = template("foto", object{"header": object{"url": "https://ex.com/a.png"}, "nome": "Ana", "button.0": "VOLTA10"})
	require.Equal(t, "https://ex.com/a.png", shown.Media.Link)
	require.Equal(t, "VOLTA10", shown.Buttons[0].Payload)

	status, _ = s.call(http.MethodPost, "/api/messages/"+firstID+"/read", object{"typing": true})
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, sandbox.StatusRead, s.whatsapp.Messages(ana)[0].Status)
	s.taps()
	s.repairs()
}

// idOf finds our id of a message by the provider's.
func (s *scene) idOf(providerID string) string {
	s.t.Helper()
	id := ""
	s.waitFor("/api/conversations/1/messages", func(rows []map[string]any) bool {
		for _, row := range rows {
			if row["providerId"] == providerID {
				id, _ = row["id"].(string)
			}
		}
		return id != ""
	})
	return id
}

// taps lets the customer tap a button: its id comes back as the choice.
func (s *scene) taps() {
	s.t.Helper()
	_, err := s.whatsapp.Write(ana, sandbox.Incoming{ButtonPayload: "sim_42"})
	require.NoError(s.t, err)
	s.waitFor("/api/conversations/1/messages", func(rows []map[string]any) bool {
		for _, row := range rows {
			if row["choice"] == "sim_42" && row["direction"] == "in" {
				return true
			}
		}
		return false
	})
}

// repairs finds out why nothing arrives from an account that nobody subscribed to, and cures it.
func (s *scene) repairs() {
	s.t.Helper()
	path := "/api/channels/" + s.channel.ID + "/check"
	request, err := http.NewRequest(http.MethodDelete, s.server.URL+"/graph/v25.0/102290129340398/subscribed_apps", nil)
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+accessToken)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, response.StatusCode)
	require.NoError(s.t, response.Body.Close())
	finding := func(body any) map[string]any {
		status, answer := s.call(http.MethodPost, path, body)
		require.Equal(s.t, http.StatusOK, status)
		found := map[string]any{}
		for _, one := range answer["data"].([]any) {
			found = one.(map[string]any)
			if found["check"] == "webhooks" {
				break
			}
		}
		return found
	}
	broken := finding(map[string]any{})
	require.Equal(s.t, false, broken["ok"])
	require.Equal(s.t, true, broken["repairable"])
	require.Equal(s.t, true, finding(map[string]any{"repair": true})["ok"])
}
