package gateway_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// kindOf is a request to send something other than a text.
func (h *house) kindOf(name string, value any) object {
	return object{"senderId": h.ours.channel.ID, "to": "+5511977770001", name: value}
}

func TestEveryKindOfMessageIsAcceptedAndShown(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
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
			found := h.done(202, "POST", path, h.ours.operator, body)
			story := h.done(200, "GET", "/api/messages/"+found.text("messageId"), h.ours.viewer, nil)
			require.Equal(t, c.kind, story.text("type"))
			require.Equal(t, c.text, story.text("text"), "what the customer sees")
			require.NotNil(t, story.data()[c.name], "%s in %v", c.name, story.data())
		}
	}
}

// Everything is named by its field and refused before anything is written.
func TestAnUnfitMessageIsRefusedByItsField(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
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
		before := h.dump()
		for path, body := range map[string]object{
			"/api/actions/send-message": h.kindOf(c.name, c.value), "/api/conversations/1/messages": {c.name: c.value},
		} {
			found := h.refused(400, "Erro de validação", "POST", path, h.ours.operator, body)
			require.Equal(t, c.field, found.body["field"], "%v", c.value)
		}
		require.Equal(t, before, h.dump(), "nothing was written")
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
		require.Equal(t, c.field, h.refused(400, "", "POST", "/api/actions/send-message", h.ours.operator, body).body["field"])
	}
}

// heard and accepted put a message into the first conversation's history, as a worker would have.
func (h *house) heard(text string, kind chat.ContentType) chat.Message {
	return h.keep(chat.Message{Direction: chat.Inbound, Origin: chat.FromCustomer, State: chat.Received, Content: chat.Content{Type: kind, Text: text}})
}

func (h *house) accepted(text string) chat.Message {
	return h.keep(chat.Message{Direction: chat.Outbound, Origin: chat.FromAPI, State: chat.Accepted, Content: chat.Content{Type: chat.Text, Text: text}})
}

func (h *house) keep(message chat.Message) chat.Message {
	h.t.Helper()
	conversation, err := h.store.Conversation(context.Background(), h.ours.id, chat.Ref{Number: 1})
	require.NoError(h.t, err)
	message.ID, message.TenantID, message.ChannelID = chat.NewID(), h.ours.id, h.ours.channel.ID
	message.ContactID, message.ConversationID = conversation.ContactID, conversation.ID
	message.ExternalID, message.At, message.CreatedAt = "wamid."+message.ID, h.clock(), h.clock()
	ref := desk.Ref{TenantID: h.ours.id, ContactID: conversation.ContactID}
	_, err = h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.Changes.NewMessages = append(d.Changes.NewMessages, message)
		return nil
	})
	require.NoError(h.t, err)
	return message
}

func TestOurIdsBecomeTheProvidersInQuotesAndReactions(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	theirs := h.heard("oi", chat.Text)
	found := h.done(202, "POST", "/api/actions/send-message", h.ours.operator, object{
		"senderId": h.ours.channel.ID, "to": "+5511977770001", "message": "sobre isto", "replyTo": theirs.ID,
	})
	sent, err := h.store.Message(t.Context(), h.ours.id, found.text("messageId"))
	require.NoError(t, err)
	require.Equal(t, theirs.ExternalID, sent.ReplyTo)
	require.Equal(t, theirs.ExternalID, h.done(200, "GET", "/api/messages/"+sent.ID, h.ours.viewer, nil).text("replyToProviderId"))

	found = h.done(202, "POST", "/api/conversations/1/messages", h.ours.operator, object{"reaction": object{"messageId": theirs.ID, "emoji": "👍"}})
	reaction, err := h.store.Message(t.Context(), h.ours.id, found.text("messageId"))
	require.NoError(t, err)
	require.Equal(t, &chat.Emoji{Emoji: "👍", MessageID: theirs.ID, ExternalID: theirs.ExternalID}, reaction.Content.Emoji)

	// What the provider does not know yet cannot be quoted, and nobody reacts to themselves, to reactions or to the past.
	h.refused(422, "ainda não foi aceita", "POST", "/api/conversations/1/messages", h.ours.operator, object{"text": "oi", "replyTo": sent.ID})
	react := func(id string) object { return object{"reaction": object{"messageId": id, "emoji": "👍"}} }
	ours := h.accepted("bom dia")
	h.refused(400, "mensagens do cliente", "POST", "/api/conversations/1/messages", h.ours.operator, react(ours.ID))
	h.done(202, "POST", "/api/conversations/1/messages", h.ours.operator, object{"text": "oi", "replyTo": ours.ID})
	h.refused(400, "não se reage a uma reação", "POST", "/api/conversations/1/messages", h.ours.operator, react(h.heard("👍", chat.Reaction).ID))
	h.customerWrote(h.ours, "5511977770002")
	h.refused(400, "não encontrada nesta conversa", "POST", "/api/conversations/2/messages", h.ours.operator, react(theirs.ID))
	h.refused(400, "não encontrada nesta conversa", "POST", "/api/conversations/2/messages", h.ours.operator, object{"text": "oi", "replyTo": theirs.ID})
	h.advance(30*24*time.Hour + time.Minute)
	h.refused(400, "mais de 30 dias", "POST", "/api/conversations/1/messages", h.ours.operator, react(theirs.ID))
}

// Whoever copies an example out of the document sends what it says.
func TestTheDocumentsExamplesAreAccepted(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511999990001")
	theirs := h.heard("oi", chat.Text)
	require.NoError(t, h.store.SaveTemplates(t.Context(), h.ours.id, h.ours.channel.ID, []chat.Template{
		{Name: "lembrete", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi {{1}}, {{2}}"},
		{Name: "boas_vindas", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi {{nome}}", Named: true},
		{Name: "entrega", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi {{1}}", HeaderType: "IMAGE", Buttons: []chat.TemplateButton{
			{Type: "QUICK_REPLY", Text: "Ok"}, {Type: "URL", Text: "Ver", URL: "https://a.example/{{1}}"}}},
		{Name: "visita", Language: "pt_BR", Status: "APPROVED", BodyText: "{{1}} até {{2}}", HeaderType: "LOCATION"},
	}))
	tried := 0
	for _, path := range []string{"/api/actions/send-message", "/api/actions/send-template"} {
		for name, example := range h.g.OpenAPI().Paths[path].Post.RequestBody.Content["application/json"].Examples {
			raw := strings.ReplaceAll(encode(example.Value), "0197e5a0-0000-7000-8000-000000000001", h.ours.channel.ID)
			raw = strings.ReplaceAll(raw, "0197e5a0-0000-7000-8000-000000000002", theirs.ID)
			found := h.call("POST", path, h.ours.operator, json.RawMessage(raw))
			require.Equal(t, 202, found.status, "%s: %v", name, found.body)
			tried++
		}
	}
	require.Equal(t, 15, tried)
}
