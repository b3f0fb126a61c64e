package gateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// belongings are things of the other tenant, one of each kind.
type belongings struct {
	model, message, rule, flow, assistant, config, tenant, contact, conversation, parked, template, key, followUp, subscription, file string
}

func (h *house) furnish(who *tenant) belongings {
	h.T.Helper()
	var b belongings
	model := h.Model(who)
	b.model = model.Text("id")
	b.message = model.Data()["messages"].([]any)[0].(object)["id"].(string)
	b.rule = h.Rule(who, nil).Text("id")
	b.flow = h.Done(201, "POST", "/api/flows", who.Admin, object{"definition": gatewaytest.SimpleFlow()}).Text("id")
	b.assistant = h.Assistant(who, nil).Text("id")
	b.config, b.tenant = h.Config(who, object{"assistant_id": b.assistant}).Text("id"), who.ID
	h.CustomerWrote(who, "5511977770001")
	sent := h.Done(202, "POST", "/api/actions/send-message", who.Operator, object{"senderId": who.Channel.ID, "to": "+5511977770001", "message": "olá"})
	b.parked = sent.Text("messageId")
	found, err := h.Store.Message(context.Background(), who.ID, b.parked)
	require.NoError(h.T, err)
	b.contact, b.conversation = found.ContactID, found.ConversationID
	templates, err := h.Store.Templates(context.Background(), who.ID, who.Channel.ID)
	require.NoError(h.T, err)
	b.template = templates[0].ID
	b.key = h.Done(201, "POST", "/api/keys", who.Admin, object{"name": "x", "role": "viewer"}).Text("id")
	b.subscription = h.Done(201, "POST", "/api/subscriptions", who.Admin, object{"event": "optout", "url": "https://loja.example/retoma"}).Text("id")
	b.file = h.Upload(who, "text/plain", "de "+who.ID).Text("id")
	b.followUp = h.FollowUp(who, b.model, desk.Ref{TenantID: who.ID, ContactID: b.contact}, b.conversation)
	return b
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
		"PUT /api/flows/{id}":                                object{"definition": gatewaytest.SimpleFlow()},
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
	theirs := h.furnish(h.Theirs)
	bodies := theirs.bodies(h.Theirs.Channel)
	before := h.Dump()
	walked := 0
	for _, route := range h.G.Routes() {
		if route.Access.Kind != web.AccessKey || route.Access.Installer || !strings.Contains(route.Path, "{") {
			continue
		}
		path := theirs.pathOf(route, h.Theirs.Channel)
		require.NotContains(t, path, "{", "the walk knows no id for %s", route.Path)
		if strings.HasSuffix(path, "session-status") {
			path += "?to=%2B5511977770001"
		}
		name := route.Method + " " + route.Path
		// The same with an id that nobody has: the two cannot be told apart.
		strange := strings.NewReplacer("{id}", chat.NewID(), "{messageId}", theirs.message, "{assistantId}", chat.NewID(), "{tenantId}", chat.NewID()).Replace(route.Path) + path[len(strings.Split(path, "?")[0]):]
		foreign := h.Refused(404, "", route.Method, path, h.Ours.Admin, bodies[name])
		unknown := h.Refused(404, "", route.Method, strange, h.Ours.Admin, bodies[name])
		require.Equal(t, unknown.Raw, foreign.Raw, name)
		walked++
	}
	require.Greater(t, walked, 45)

	// Ids of others in bodies and queries.
	h.Refused(404, "", "POST", "/updatefollowup", h.Ours.Admin, object{"number": "+5511977770001", "followup": theirs.model})
	h.Refused(404, "", "POST", "/updatefollowup", h.Ours.Admin, object{"contactId": theirs.contact, "followup": 0})
	h.Refused(404, "", "POST", "/updatefollowup", h.Ours.Admin, object{"ticketId": theirs.conversation, "followup": 0})
	h.Refused(404, "", "POST", "/api/events", h.Ours.Admin, object{"event": "x", "contactId": theirs.contact})
	h.Refused(404, "", "POST", "/api/events", h.Ours.Admin, object{"event": "x", "conversationId": theirs.conversation})
	h.Refused(404, "", "POST", "/typebot/commands", h.Ours.Admin, object{"contactId": theirs.contact, "text": `#{"followupId":"0"}`})
	h.Refused(404, "Remetente", "POST", "/api/actions/send-message", h.Ours.Admin, object{"senderId": h.Theirs.Channel.ID, "to": "+5511977770001", "message": "a"})
	h.Refused(404, "Remetente", "POST", "/api/actions/send-template", h.Ours.Admin, object{"senderId": h.Theirs.Channel.ID, "to": "+5511977770001", "templateName": "lembrete"})
	h.Refused(422, "Template", "POST", "/api/actions/send-template", h.Ours.Admin, object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "templateId": theirs.template})
	h.Refused(404, "Assistente", "POST", "/api/actions/generate-reply", h.Ours.Admin, object{"assistantId": theirs.assistant, "customerId": "x", "message": "a"})
	h.Refused(404, "", "POST", "/api/conversations/start", h.Ours.Admin, object{"channelId": h.Theirs.Channel.ID, "to": "+5511977770001", "message": "a"})
	h.Refused(404, "", "POST", "/api/conversations/start", h.Ours.Admin, object{"channelId": h.Ours.Channel.ID, "contactId": theirs.contact, "message": "a"})
	h.Refused(400, "channelId", "POST", "/api/followup-models", h.Ours.Admin, bodies["POST /api/followup-models"])
	h.Refused(400, "instanceId: canal não encontrado", "GET", "/api/followups/rules?instanceId="+h.Theirs.Channel.ID, h.Ours.Admin, nil)
	h.Refused(404, "", "GET", "/api/conversations?contactId="+theirs.contact, h.Ours.Admin, nil)
	h.Refused(404, "", "GET", "/api/templates?channelId="+h.Theirs.Channel.ID, h.Ours.Admin, nil)
	require.Empty(t, h.Done(200, "GET", "/api/followups/pending?conversationId="+theirs.conversation, h.Ours.Admin, nil).List())
	for _, query := range []string{"pending?contactId=" + theirs.contact, "history?ruleId=" + theirs.model, "leads-in-automation?ruleId=" + theirs.model} {
		require.Empty(t, h.Done(200, "GET", "/api/followups/"+query, h.Ours.Admin, nil).List())
	}
	require.Equal(t, []any{}, h.Done(200, "POST", "/api/followups/pending-by-conversations", h.Ours.Admin, object{"conversationIds": []string{theirs.conversation}}).Data()[theirs.conversation])
	schedule := object{"ruleId": theirs.rule, "conversationId": theirs.conversation, "scheduledFor": "2026-08-01T10:00:00Z"}
	h.Refused(404, "Regra não encontrada", "POST", "/api/followups/schedule", h.Ours.Admin, schedule)
	h.Refused(400, "assistant_id", "POST", "/backend/followup/configs", h.Ours.Admin, gatewaytest.NewConfig(theirs.assistant, h.Theirs.Channel, nil))
	require.Equal(t, before, h.Dump())
	schedule["ruleId"] = h.Rule(h.Ours, nil).Text("id")
	before = h.Dump()
	h.Refused(400, "Erro ao agendar follow-up", "POST", "/api/followups/schedule", h.Ours.Admin, schedule)
	require.Equal(t, before, h.Dump())

	// And lists show only what is one's own.
	for _, path := range []string{"/api/contacts", "/api/conversations", "/api/messages", "/api/flows", "/api/followup-models", "/api/followups/pending", "/api/followups/history", "/api/followups/leads-in-automation", "/api/notifications", "/api/assistants", "/api/media"} {
		require.Empty(t, h.Done(200, "GET", path, h.Ours.Admin, nil).List(), path)
	}
}
