package conversations_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
)

// kindOf is a request to send something other than a text.
func (h *house) kindOf(name string, value any) object {
	return object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", name: value}
}

func TestEveryKindOfMessageIsAcceptedAndShown(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	sim := []any{object{"id": "sim", "title": "Sim"}}
	for _, c := range []struct {
		name, kind string
		value      any
		text       string
	}{
		{"interactive", "interactive", object{"header": object{"text": "Oi"}, "body": "Seguimos?", "footer": "Ótica", "buttons": sim}, "Oi\n\nSeguimos?\n\nÓtica\n\n[Sim]"},
		{"interactive", "interactive", object{"header": object{"url": "https://a.example/f.png"}, "body": "Veja", "buttons": sim}, "[image]\n\nVeja\n\n[Sim]"},
		{"interactive", "interactive", object{"body": "Escolha", "list": object{"button": "Ver", "sections": []any{object{"rows": []any{object{"id": "a", "title": "A"}}}}}}, "Escolha\n\n[Ver]\n• A"},
		{"interactive", "interactive", object{"body": "Veja", "link": object{"title": "Abrir", "url": "https://a.example"}}, "Veja\n\n[Abrir] https://a.example"},
		{"interactive", "interactive", object{"body": "Agende", "flow": object{"id": "77", "title": "Agendar", "screen": "INICIO", "data": object{"dia": "quinta"}}}, "Agende\n\n[Agendar]"},
		{"interactive", "interactive", object{"body": "Onde?", "askLocation": true}, "Onde?\n\n[Enviar localização]"},
		{"location", "location", object{"latitude": -23.5, "longitude": -46.6, "name": "Loja"}, "📍 Loja\n-23.5, -46.6"},
		{"contacts", "contacts", []any{object{"name": "Ana", "phones": []any{object{"phone": "+5511"}}}}, "👤 Ana: +5511"},
	} {
		for path, body := range map[string]object{
			"/api/actions/send-message": h.kindOf(c.name, c.value), "/api/conversations/1/messages": {c.name: c.value},
		} {
			found := h.Done(202, "POST", path, h.Ours.Operator, body)
			story := h.Done(200, "GET", "/api/messages/"+found.Text("messageId"), h.Ours.Viewer, nil)
			require.Equal(t, c.kind, story.Text("type"))
			require.Equal(t, c.text, story.Text("text"), "what the customer sees")
			require.NotNil(t, story.Data()[c.name], "%s in %v", c.name, story.Data())
		}
	}
}

// Everything is named by its field and refused before anything is written.
func TestAnUnfitMessageIsRefusedByItsField(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	button := func(id, title string) object { return object{"id": id, "title": title} }
	asks := func(buttons ...any) object { return object{"body": "oi", "buttons": buttons} }
	for _, c := range []struct {
		field string
		name  string
		value any
	}{
		{"interactive", "interactive", object{"body": "oi"}},
		{"interactive.body", "interactive", object{"buttons": []any{button("a", "A")}}},
		{"interactive.buttons", "interactive", asks(button("a", "A"), button("b", "B"), button("c", "C"), button("d", "D"))},
		{"interactive.buttons[0].title", "interactive", asks(button("a", "um título comprido demais"))},
		{"interactive.buttons[0].id", "interactive", asks(object{"title": "A"})},
		{"interactive.buttons[1].id", "interactive", asks(button("a", "A"), button("a", "B"))},
		{"interactive.buttons[1].title", "interactive", asks(button("a", "A"), button("b", "A"))},
		{"interactive.header.url", "interactive", object{"header": object{"url": "x.png"}, "body": "oi", "buttons": []any{button("a", "A")}}},
		{"interactive.header.type", "interactive", object{"header": object{"type": "audio", "url": "https://a.example/a"}, "body": "oi", "buttons": []any{button("a", "A")}}},
		{"interactive.header.text", "interactive", object{"header": object{}, "body": "oi", "buttons": []any{button("a", "A")}}},
		{"interactive.list.sections", "interactive", object{"body": "oi", "list": object{"button": "Ver", "sections": []any{}}}},
		{"interactive.link.url", "interactive", object{"body": "oi", "link": object{"title": "Ver", "url": "ftp://a"}}},
		{"interactive.flow.id", "interactive", object{"body": "oi", "flow": object{"title": "Ver"}}},
		{"interactive.botoes", "interactive", object{"body": "oi", "botoes": []any{}}},
		{"location.latitude", "location", object{"latitude": 91, "longitude": 0}},
		{"location.longitude", "location", object{"latitude": 0}},
		{"contacts", "contacts", []any{}},
		{"contacts[0].name", "contacts", []any{object{"phones": []any{object{"phone": "1"}}}}},
		{"reaction.emoji", "reaction", object{"messageId": chat.NewID(), "emoji": "legal"}},
		{"reaction.messageId", "reaction", object{"messageId": "", "emoji": "👍"}},
		{"reaction.messageId", "reaction", object{"messageId": chat.NewID(), "emoji": "👍"}},
		{"reaction.messageId", "reaction", object{"messageId": "7", "emoji": "👍"}},
	} {
		before := h.Dump()
		for path, body := range map[string]object{
			"/api/actions/send-message": h.kindOf(c.name, c.value), "/api/conversations/1/messages": {c.name: c.value},
		} {
			found := h.Refused(400, "Erro de validação", "POST", path, h.Ours.Operator, body)
			require.Equal(t, c.field, found.Body["field"], "%v", c.value)
		}
		require.Equal(t, before, h.Dump(), "nothing was written")
	}
	place := object{"latitude": 1, "longitude": 2}
	for _, c := range []struct {
		field string
		more  object
	}{
		{"location", object{"message": "oi"}}, {"location", object{"attachment": object{"url": "https://a.example/a.png"}}},
		{"location", object{"interactive": asks(button("a", "A"))}}, {"replyTo", object{"replyTo": chat.NewID()}},
	} {
		body := h.kindOf("location", place)
		for name, value := range c.more {
			body[name] = value
		}
		require.Equal(t, c.field, h.Refused(400, "", "POST", "/api/actions/send-message", h.Ours.Operator, body).Body["field"])
	}
}

func TestOurIdsBecomeTheProvidersInQuotesAndReactions(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	theirs := h.Heard("oi", chat.Text)
	found := h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, object{
		"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "message": "sobre isto", "replyTo": theirs.ID,
	})
	sent, err := h.Store.Message(t.Context(), h.Ours.ID, found.Text("messageId"))
	require.NoError(t, err)
	require.Equal(t, theirs.ExternalID, sent.ReplyTo)
	require.Equal(t, theirs.ExternalID, h.Done(200, "GET", "/api/messages/"+sent.ID, h.Ours.Viewer, nil).Text("replyToProviderId"))

	found = h.Done(202, "POST", "/api/conversations/1/messages", h.Ours.Operator, object{"reaction": object{"messageId": theirs.ID, "emoji": "👍"}})
	reaction, err := h.Store.Message(t.Context(), h.Ours.ID, found.Text("messageId"))
	require.NoError(t, err)
	require.Equal(t, &chat.Emoji{Emoji: "👍", MessageID: theirs.ID, ExternalID: theirs.ExternalID}, reaction.Content.Emoji)

	// What the provider does not know yet cannot be quoted, and nobody reacts to themselves, to reactions or to the past.
	h.Refused(422, "ainda não foi aceita", "POST", "/api/conversations/1/messages", h.Ours.Operator, object{"text": "oi", "replyTo": sent.ID})
	react := func(id string) object { return object{"reaction": object{"messageId": id, "emoji": "👍"}} }
	ours := h.Accepted("bom dia")
	h.Refused(400, "mensagens do cliente", "POST", "/api/conversations/1/messages", h.Ours.Operator, react(ours.ID))
	h.Done(202, "POST", "/api/conversations/1/messages", h.Ours.Operator, object{"text": "oi", "replyTo": ours.ID})
	h.Refused(400, "não se reage a uma reação", "POST", "/api/conversations/1/messages", h.Ours.Operator, react(h.Heard("👍", chat.Reaction).ID))
	h.CustomerWrote(h.Ours, "5511977770002")
	h.Refused(400, "não encontrada nesta conversa", "POST", "/api/conversations/2/messages", h.Ours.Operator, react(theirs.ID))
	h.Refused(400, "não encontrada nesta conversa", "POST", "/api/conversations/2/messages", h.Ours.Operator, object{"text": "oi", "replyTo": theirs.ID})
	h.Advance(30*24*time.Hour + time.Minute)
	h.Refused(400, "mais de 30 dias", "POST", "/api/conversations/1/messages", h.Ours.Operator, react(theirs.ID))
}

// Whoever copies an example out of the document sends what it says.
func TestTheDocumentsExamplesAreAccepted(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511999990001")
	theirs := h.Heard("oi", chat.Text)
	require.NoError(t, h.Store.SaveTemplates(t.Context(), h.Ours.ID, h.Ours.Channel.ID, []chat.Template{
		{Name: "lembrete", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi {{1}}, {{2}}"},
		{Name: "boas_vindas", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi {{nome}}", Named: true},
		{Name: "entrega", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi {{1}}", HeaderType: "IMAGE", Buttons: []chat.TemplateButton{
			{Type: "QUICK_REPLY", Text: "Ok"}, {Type: "URL", Text: "Ver", URL: "https://a.example/{{1}}"}}},
		{Name: "visita", Language: "pt_BR", Status: "APPROVED", BodyText: "{{1}} até {{2}}", HeaderType: "LOCATION"},
	}))
	tried := 0
	for _, path := range []string{"/api/actions/send-message", "/api/actions/send-template"} {
		for name, example := range h.G.OpenAPI().Paths[path].Post.RequestBody.Content["application/json"].Examples {
			raw := strings.ReplaceAll(gatewaytest.Encode(example.Value), "0197e5a0-0000-7000-8000-000000000001", h.Ours.Channel.ID)
			raw = strings.ReplaceAll(raw, "0197e5a0-0000-7000-8000-000000000002", theirs.ID)
			found := h.Call("POST", path, h.Ours.Operator, json.RawMessage(raw))
			require.Equal(t, 202, found.Status, "%s: %v", name, found.Body)
			tried++
		}
	}
	require.Equal(t, 15, tried)
}
