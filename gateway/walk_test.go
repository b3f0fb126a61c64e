package gateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store/storetest"
)

// dump is every row of every table, as text.
func (h *house) dump() map[string][]string {
	h.t.Helper()
	return storetest.Dump(h.t, h.path)
}

// belongings are things of the other tenant, one of each kind.
type belongings struct {
	model, message, rule, flow, assistant, config, tenant, contact, conversation, parked, template, key, followUp, subscription, file string
}

func (h *house) furnish(who *tenant) belongings {
	h.t.Helper()
	var b belongings
	model := h.model(who)
	b.model = model.text("id")
	b.message = model.data()["messages"].([]any)[0].(object)["id"].(string)
	b.rule = h.rule(who, nil).text("id")
	b.flow = h.done(201, "POST", "/api/flows", who.admin, object{"definition": simpleFlow()}).text("id")
	b.assistant = h.assistant(who, nil).text("id")
	b.config, b.tenant = h.config(who, nil).text("id"), who.id
	h.customerWrote(who, "5511977770001")
	sent := h.done(202, "POST", "/api/actions/send-message", who.operator, object{"senderId": who.channel.ID, "to": "+5511977770001", "message": "olá"})
	b.parked = sent.text("messageId")
	found, err := h.store.Message(context.Background(), who.id, b.parked)
	require.NoError(h.t, err)
	b.contact, b.conversation = found.ContactID, found.ConversationID
	templates, err := h.store.Templates(context.Background(), who.id, who.channel.ID)
	require.NoError(h.t, err)
	b.template = templates[0].ID
	b.key = h.done(201, "POST", "/api/keys", who.admin, object{"name": "x", "role": "viewer"}).text("id")
	b.subscription = h.done(201, "POST", "/api/subscriptions", who.admin, object{"event": "optout", "url": "https://loja.example/retoma"}).text("id")
	b.file = h.upload(who, "text/plain", "de "+who.id).text("id")
	b.followUp = h.followUp(who, b.model, desk.Ref{TenantID: who.id, ContactID: b.contact}, b.conversation)
	return b
}

func simpleFlow() object {
	return object{"name": "Boas-vindas", "nodes": []object{
		{"id": "inicio", "type": "trigger", "with": object{"event": "call.completed"}, "next": "fim"},
		{"id": "fim", "type": "end"},
	}}
}

// pathOf fills a route's path with the other tenant's things.
func (b belongings) pathOf(r web.Route, channel chat.Channel) string {
	id := map[string]string{
		"followup-models": b.model, "flows": b.flow, "contacts": b.contact, "conversations": b.conversation, "channels": channel.ID,
		"senders": channel.ID, "templates": b.template, "keys": b.key, "messages": b.parked, "followups": b.followUp, "assistants": b.assistant,
		"subscriptions": b.subscription,
		"media":         b.file,
	}
	parts := strings.Split(r.Path, "/")
	if len(parts) > 3 && parts[2] == "followups" && parts[3] == "rules" {
		id["followups"] = b.rule
	}
	if len(parts) > 1 && parts[1] == "backend" {
		id["followup"] = b.config
	}
	message := b.message
	if len(parts) > 2 && parts[2] == "conversations" {
		message = b.parked
	}
	path := strings.NewReplacer("{messageId}", message, "{assistantId}", b.assistant, "{tenantId}", b.tenant).Replace(r.Path)
	if len(parts) > 2 {
		path = strings.NewReplacer("{id}", id[parts[2]]).Replace(path)
	}
	return path
}

// bodies are valid bodies for the routes that want one, all about the other tenant's things.
func (b belongings) bodies(channel chat.Channel) map[string]any {
	model := object{"name": "X", "channelId": channel.ID, "messages": []object{{"text": "a", "offset": 1}}}
	return map[string]any{
		"PUT /api/followup-models/{id}": object{"name": "X"}, "POST /api/followup-models": model,
		"POST /api/followup-models/{id}/messages":            object{"text": "a", "offset": 1},
		"PUT /api/followup-models/{id}/messages/order":       object{"order": []string{b.message}},
		"PUT /api/followup-models/{id}/messages/{messageId}": object{"text": "a"},
		"POST /api/followup-models/{id}/contacts":            []object{{"number": "+5511977770001"}},
		"POST /api/followup-models/{id}/send-test":           object{"number": "+5511977770001"},
		"PUT /api/followups/rules/{id}":                      object{"name": "X"},
		"POST /api/followups/rules/{id}/send-test":           object{"number": "+5511977770001"},
		"PUT /backend/followup/configs/{id}":                 object{"is_active": false},
		"PUT /api/flows/{id}":                                object{"definition": simpleFlow()},
		"PATCH /api/contacts/{id}":                           object{"name": "X"},
		"POST /api/contacts/{id}/merge":                      object{"contactId": b.contact},
		"PUT /api/assistants/{id}":                           object{"name": "X"}, "PATCH /api/assistants/{id}": object{"name": "X"},
		"POST /api/conversations/{id}/messages": object{"text": "X"},
		"PUT /api/channels/{id}":                object{"name": "X"}, "PATCH /api/channels/{id}": object{"name": "X"},
		"PUT /api/senders/{id}": object{"name": "X"}, "PATCH /api/senders/{id}": object{"name": "X"},
		"POST /api/templates/{id}/preview": object{"variables": []string{"a", "b"}},
		"PUT /api/subscriptions/{id}":      object{"enabled": false}, "PATCH /api/subscriptions/{id}": object{"enabled": false},
		"POST /api/subscriptions/{id}/secret": object{}, "POST /api/subscriptions/{id}/replay": object{"since": "2026-07-10T00:00:00Z"},
		"POST /api/messages/{id}/resolve": object{"as": "sent"},
		"POST /api/followups/{id}/snooze": object{"minutes": 5},
	}
}

func TestNothingOfAnotherTenantIsSeenOrChanged(t *testing.T) {
	h := newHouse(t)
	theirs := h.furnish(h.theirs)
	bodies := theirs.bodies(h.theirs.channel)
	before := h.dump()
	walked := 0
	for _, route := range h.g.Routes() {
		if route.Access.Kind != web.AccessKey || route.Access.Installer || !strings.Contains(route.Path, "{") {
			continue
		}
		path := theirs.pathOf(route, h.theirs.channel)
		require.NotContains(t, path, "{", "the walk knows no id for %s", route.Path)
		if strings.HasSuffix(path, "session-status") {
			path += "?to=%2B5511977770001"
		}
		name := route.Method + " " + route.Path
		// The same with an id that nobody has: the two cannot be told apart.
		strange := strings.NewReplacer("{id}", chat.NewID(), "{messageId}", theirs.message, "{assistantId}", chat.NewID(), "{tenantId}", chat.NewID()).Replace(route.Path) + path[len(strings.Split(path, "?")[0]):]
		foreign := h.refused(404, "", route.Method, path, h.ours.admin, bodies[name])
		unknown := h.refused(404, "", route.Method, strange, h.ours.admin, bodies[name])
		require.Equal(t, unknown.raw, foreign.raw, name)
		walked++
	}
	require.Greater(t, walked, 45)

	// Ids of others in bodies and queries.
	h.refused(404, "", "POST", "/updatefollowup", h.ours.admin, object{"number": "+5511977770001", "followup": theirs.model})
	h.refused(404, "", "POST", "/updatefollowup", h.ours.admin, object{"contactId": theirs.contact, "followup": 0})
	h.refused(404, "", "POST", "/updatefollowup", h.ours.admin, object{"ticketId": theirs.conversation, "followup": 0})
	h.refused(404, "", "POST", "/api/events", h.ours.admin, object{"event": "x", "contactId": theirs.contact})
	h.refused(404, "", "POST", "/api/events", h.ours.admin, object{"event": "x", "conversationId": theirs.conversation})
	h.refused(404, "", "POST", "/typebot/commands", h.ours.admin, object{"contactId": theirs.contact, "text": `#{"followupId":"0"}`})
	h.refused(404, "Remetente", "POST", "/api/actions/send-message", h.ours.admin, object{"senderId": h.theirs.channel.ID, "to": "+5511977770001", "message": "a"})
	h.refused(404, "Remetente", "POST", "/api/actions/send-template", h.ours.admin, object{"senderId": h.theirs.channel.ID, "to": "+5511977770001", "templateName": "lembrete"})
	h.refused(422, "Template", "POST", "/api/actions/send-template", h.ours.admin, object{"senderId": h.ours.channel.ID, "to": "+5511977770001", "templateId": theirs.template})
	h.refused(404, "Assistente", "POST", "/api/actions/generate-reply", h.ours.admin, object{"assistantId": theirs.assistant, "customerId": "x", "message": "a"})
	h.refused(404, "", "POST", "/api/conversations/start", h.ours.admin, object{"channelId": h.theirs.channel.ID, "to": "+5511977770001", "message": "a"})
	h.refused(404, "", "POST", "/api/conversations/start", h.ours.admin, object{"channelId": h.ours.channel.ID, "contactId": theirs.contact, "message": "a"})
	h.refused(400, "channelId", "POST", "/api/followup-models", h.ours.admin, bodies["POST /api/followup-models"])
	h.refused(400, "instanceId: canal não encontrado", "GET", "/api/followups/rules?instanceId="+h.theirs.channel.ID, h.ours.admin, nil)
	h.refused(404, "", "GET", "/api/conversations?contactId="+theirs.contact, h.ours.admin, nil)
	h.refused(404, "", "GET", "/api/templates?channelId="+h.theirs.channel.ID, h.ours.admin, nil)
	require.Empty(t, h.done(200, "GET", "/api/followups/pending?conversationId="+theirs.conversation, h.ours.admin, nil).list())
	for _, query := range []string{"pending?contactId=" + theirs.contact, "history?ruleId=" + theirs.model, "leads-in-automation?ruleId=" + theirs.model} {
		require.Empty(t, h.done(200, "GET", "/api/followups/"+query, h.ours.admin, nil).list())
	}
	require.Equal(t, []any{}, h.done(200, "POST", "/api/followups/pending-by-conversations", h.ours.admin, object{"conversationIds": []string{theirs.conversation}}).data()[theirs.conversation])
	schedule := object{"ruleId": theirs.rule, "conversationId": theirs.conversation, "scheduledFor": "2026-08-01T10:00:00Z"}
	h.refused(404, "Regra não encontrada", "POST", "/api/followups/schedule", h.ours.admin, schedule)
	h.refused(400, "assistant_id", "POST", "/backend/followup/configs", h.ours.admin, newConfig(theirs.assistant, h.theirs.channel, nil))
	require.Equal(t, before, h.dump())
	schedule["ruleId"] = h.rule(h.ours, nil).text("id")
	before = h.dump()
	h.refused(400, "Erro ao agendar follow-up", "POST", "/api/followups/schedule", h.ours.admin, schedule)
	require.Equal(t, before, h.dump())

	// And lists show only what is one's own.
	for _, path := range []string{"/api/contacts", "/api/conversations", "/api/messages", "/api/flows", "/api/followup-models", "/api/followups/pending", "/api/followups/history", "/api/followups/leads-in-automation", "/api/notifications", "/api/assistants", "/api/media"} {
		require.Empty(t, h.done(200, "GET", path, h.ours.admin, nil).list(), path)
	}
}
