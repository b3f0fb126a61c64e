package gateway_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
)

func newChannel() object {
	return object{"name": "Suporte", "provider": "meta", "phone": "+5511300000555", "account": "555", "config": object{"wabaId": "waba-1"},
		"secrets": object{"accessToken": "EAAB-secret", "appSecret": "hush", "verifyToken": "shh"}, "timezone": "America/Manaus"}
}

func TestChannelsKeepTheirSecrets(t *testing.T) {
	h := newHouse(t)
	made := h.done(201, "POST", "/api/channels", h.ours.admin, newChannel())
	require.Equal(t, []any{"accessToken", "appSecret", "verifyToken"}, made.data()["secretNames"])
	id := made.text("id")
	for _, path := range []string{"/api/channels/" + id, "/api/senders/" + id, "/api/channels", "/api/senders"} {
		found := h.done(200, "GET", path, h.ours.viewer, nil)
		require.NotContains(t, found.raw, "EAAB-secret")
		require.NotContains(t, found.raw, "hush")
	}
	h.done(200, "PUT", "/api/channels/"+id, h.ours.admin, object{"secrets": object{"accessToken": "EAAC"}, "perSecond": 5})
	kept, err := h.store.Channel(context.Background(), h.ours.id, id)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"accessToken": "EAAC", "appSecret": "hush", "verifyToken": "shh"}, kept.Secrets)
	require.Equal(t, 5, kept.PerSecond)
	require.Equal(t, "Suporte", kept.Name)
	h.done(200, "DELETE", "/api/senders/"+id, h.ours.admin, nil)
	h.refused(404, "Canal não encontrado", "GET", "/api/channels/"+id, h.ours.viewer, nil)
	require.NotContains(t, h.log.String(), "EAAB-secret")
}

func TestAChannelThatCouldNotWorkIsNotSaved(t *testing.T) {
	h := newHouse(t)
	tests := []struct {
		field, text string
		change      func(object)
	}{
		{"name", "Required", func(b object) { delete(b, "name") }},
		{"name", "Required", func(b object) { b["name"] = "" }},
		{"provider", "Required", func(b object) { delete(b, "provider") }},
		{"provider", "use meta", func(b object) { b["provider"] = "telegram" }},
		{"phone", "Required", func(b object) { delete(b, "phone") }},
		{"phone", "telefone", func(b object) { b["phone"] = "x" }},
		{"account", "Required", func(b object) { delete(b, "account") }},
		{"config.wabaId", "Required", func(b object) { delete(b, "config") }},
		{"secrets.appSecret", "Required", func(b object) { delete(b["secrets"].(object), "appSecret") }},
		{"timezone", "fuso", func(b object) { b["timezone"] = "Marte" }},
		{"perSecond", "no mínimo 0", func(b object) { b["perSecond"] = -1 }},
		{"onUnconfirmed", "use um destes", func(b object) { b["onUnconfirmed"] = "pray" }},
		{"allowList[1]", "telefone", func(b object) { b["allowList"] = []any{"+5511977770001", "x"} }},
		{"token", "campo desconhecido", func(b object) { b["token"] = "mine" }},
		{"tenantId", "campo desconhecido", func(b object) { b["tenantId"] = h.theirs.id }},
	}
	before := h.dump()
	for _, test := range tests {
		body := newChannel()
		test.change(body)
		found := h.refused(400, test.text, "POST", "/api/channels", h.ours.admin, body)
		require.Equal(t, test.field, found.body["field"])
	}
	require.Equal(t, before, h.dump())
	taken := newChannel()
	taken["account"] = "111"
	h.refused(409, "cadastrado", "POST", "/api/channels", h.ours.admin, taken)
	h.refused(400, "não muda", "PUT", "/api/channels/"+h.ours.channel.ID, h.ours.admin, object{"provider": "gupshup"})
}

// talkative is a provider that can tell of its templates and of what is wrong.
type talkative struct{ *meta.Adapter }

func (talkative) Templates(context.Context, chat.Channel) ([]chat.Template, error) {
	return []chat.Template{{Name: "novo", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi {{nome}}", Named: true}}, nil
}

func (talkative) Number(context.Context, chat.Channel) (chat.NumberState, string, error) {
	return chat.NumberState{Quality: "GREEN", Status: "CONNECTED", Tier: "TIER_2K", Throughput: 80, VerifiedName: "Loja"}, "", nil
}

func (talkative) Check(context.Context, chat.Channel, string) ([]provider.Finding, error) {
	return []provider.Finding{{Check: "number", OK: true, Message: "número conectado"}}, nil
}

func TestTemplatesAreReadFromTheProvider(t *testing.T) {
	h := newHouse(t, func(o *gateway.Options) {
		o.Providers = map[string]provider.Provider{"meta": talkative{meta.New(meta.Options{})}}
	})
	path := "/api/channels/" + h.ours.channel.ID
	require.Equal(t, "number", h.done(200, "POST", path+"/check", h.ours.operator, nil).list()[0].(object)["check"])
	h.advance(time.Minute)
	synced := h.done(200, "POST", path+"/templates/sync", h.ours.operator, nil).list()
	require.Len(t, synced, 1)
	template := synced[0].(object)
	require.Equal(t, []any{object{"name": "nome", "part": "body", "kind": "text"}}, template["variables"])
	require.Len(t, h.done(200, "GET", "/api/templates", h.ours.viewer, nil).list(), 1)
	preview := "/api/templates/" + template["id"].(string) + "/preview"
	require.Equal(t, "Oi Ana", h.done(200, "POST", preview, h.ours.viewer, object{"variables": object{"nome": "Ana"}}).text("text"))
	require.Equal(t, "template_params", h.refused(422, `"nome"`, "POST", preview, h.ours.viewer, object{}).body["code"])
}

func TestContacts(t *testing.T) {
	h := newHouse(t)
	made := h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+55 11 97777-0001", "name": "Ana", "tags": []string{"vip", "vip", " "}, "externalId": "crm-1"})
	require.Equal(t, []any{"vip"}, made.data()["tags"])
	again := h.done(200, "POST", "/api/contacts", h.ours.operator, object{"number": "551177770001", "stage": "Negociação"})
	require.Equal(t, made.text("id"), again.text("id"), "with or without the ninth digit it is the same person")
	require.Equal(t, "Ana", again.text("name"))

	changed := h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"name": "Ana Maria", "tags": []string{"vip", "quente"}, "stage": "Fechado", "status": "ativo", "fields": object{"cidade": "SP"}, "timezone": "America/Manaus"})
	require.Equal(t, "Ana Maria", changed.text("name"))
	require.Equal(t, object{"cidade": "SP", "externalId": "crm-1"}, changed.data()["fields"])
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"fields": object{"cidade": ""}})
	var names []chat.EventName
	var data []map[string]any
	for _, event := range h.mail(h.ours, made.text("id")) {
		names, data = append(names, event.Name), append(data, event.Data)
	}
	require.Equal(t, []chat.EventName{chat.TagAdded, chat.StageEntered, chat.TagAdded, chat.StageEntered, chat.StatusChanged, chat.ContactChanged}, names)
	require.Equal(t, map[string]any{"tag": "quente"}, data[2])
	require.Equal(t, map[string]any{"stage": "Fechado", "from": "Negociação"}, data[3])

	h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770002"})
	h.refused(409, "externalId", "PATCH", "/api/contacts/2", h.ours.operator, object{"externalId": "crm-1"})
	h.refused(400, "timezone: fuso", "PATCH", "/api/contacts/1", h.ours.operator, object{"timezone": "Marte"})
	h.refused(400, "phone: campo desconhecido", "PATCH", "/api/contacts/1", h.ours.operator, object{"phone": "1"})
	h.refused(400, "number: Required", "POST", "/api/contacts", h.ours.operator, object{"name": "x"})
	require.Len(t, h.done(200, "GET", "/api/contacts?search=maria", h.ours.viewer, nil).list(), 1)
	require.Len(t, h.done(200, "GET", "/api/contacts?search=7777", h.ours.viewer, nil).list(), 2)
}

func TestOptOutAndBack(t *testing.T) {
	h := newHouse(t)
	made := h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770001"})
	require.Equal(t, "all", h.done(200, "POST", "/api/contacts/1/opt-out", h.ours.operator, nil).text("optOut"))
	require.Equal(t, "all", h.done(200, "POST", "/api/contacts/1/opt-out", h.ours.operator, object{"scope": "marketing"}).text("optOut"), "the wider refusal stands")
	require.Empty(t, h.done(200, "POST", "/api/contacts/1/opt-in", h.ours.operator, nil).text("optOut"))
	h.refused(400, "scope: use um destes", "POST", "/api/contacts/1/opt-out", h.ours.operator, object{"scope": "none"})
	mail := h.mail(h.ours, made.text("id"))
	require.Equal(t, map[string]any{"optOut": "all"}, mail[1].Data)
	require.Equal(t, chat.ContactChanged, mail[1].Name)
}

func TestPlatformEvents(t *testing.T) {
	h := newHouse(t)
	body := object{"event": "call.completed", "number": "+5511977770001", "data": object{"result": "sem resposta"}, "eventId": "call-9"}
	first := h.done(202, "POST", "/api/events", h.ours.operator, body)
	require.Equal(t, false, first.data()["duplicate"])
	again := h.done(202, "POST", "/api/events", h.ours.operator, body)
	require.Equal(t, true, again.data()["duplicate"])
	require.Equal(t, first.text("eventId"), again.text("eventId"))
	mail := h.mail(h.ours, first.text("contactId"))
	require.Len(t, mail, 1)
	require.Equal(t, chat.CallCompleted, mail[0].Name)
	require.Equal(t, map[string]any{"result": "sem resposta"}, mail[0].Data)
	h.customerWrote(h.ours, "5511977770001")
	about := h.done(202, "POST", "/api/events", h.ours.operator, object{"event": "stage.entered", "conversationId": 1, "data": object{"stage": "Fechado"}})
	require.NotEmpty(t, about.text("conversationId"))
	require.Equal(t, chat.StageEntered, h.mail(h.ours, first.text("contactId"))[0].Name)

	for _, forged := range []string{"message.received", "message.echo", "message.status", "conversation.started", "enrol", "command.unknown", "contact.changed"} {
		h.refused(400, "event: "+forged, "POST", "/api/events", h.ours.operator, object{"event": forged, "contactId": 1})
	}
	h.refused(400, "event: Required", "POST", "/api/events", h.ours.operator, object{"contactId": 1})
	h.refused(400, "event: use letras", "POST", "/api/events", h.ours.operator, object{"event": "Pedido Pago", "contactId": 1})
	h.refused(400, "number: Required", "POST", "/api/events", h.ours.operator, object{"event": "x"})
	h.refused(400, "informe só um", "POST", "/api/events", h.ours.operator, object{"event": "x", "contactId": 1, "conversationId": 1})
}

func TestSettings(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, "America/Sao_Paulo", h.done(200, "GET", "/api/settings", h.ours.viewer, nil).text("timezone"))
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	changed := h.done(200, "PUT", "/api/settings", h.ours.admin, object{
		"name": "Loja", "timezone": "America/Manaus", "sendingHours": object{"weekdays": []string{"mon"}, "from": "08:00", "to": "20:00", "national": "br"},
		"retry": object{"tries": 3, "delaySeconds": []int{60, 300}}, "maxLatenessMinutes": 30, "handoffHours": 8, "optOutWords": []string{"CHEGA"},
		"notify": object{"urls": []string{"smtp://user:pass@mail.example:587/?to=a@b.c"}, "webhookUrl": "https://crm.example/hook", "webhookSecret": secret},
	})
	require.NotContains(t, changed.raw, secret)
	require.NotContains(t, changed.raw, "pass@")
	require.Equal(t, object{"kinds": []any{"smtp"}, "webhookUrl": "https://crm.example/hook", "hasWebhookSecret": true}, changed.data()["notify"])
	kept := h.done(200, "PUT", "/api/settings", h.ours.admin, object{"handoffHours": 2})
	require.Equal(t, "08:00", kept.data()["sendingHours"].(object)["from"])
	require.Equal(t, "Loja", kept.text("name"))
	require.NotContains(t, h.done(200, "PUT", "/api/settings", h.ours.admin, object{"sendingHours": object{}}).data(), "sendingHours")
	stored, err := h.store.Tenant(context.Background(), h.ours.id)
	require.NoError(t, err)
	require.Equal(t, secret, stored.Settings.Notify.WebhookSecret)
	require.Empty(t, stored.Settings.SendingHours)

	for field, body := range map[string]object{
		"timezone":                 {"timezone": "Marte"},
		"sendingHours.from":        {"sendingHours": object{"from": "20:00", "to": "08:00"}},
		"sendingHours.holidays[0]": {"sendingHours": object{"holidays": []string{"30/02"}}},
		"sendingHours.dias":        {"sendingHours": object{"dias": 1}},
		"retry.tries":              {"retry": object{"tries": 0, "delaySeconds": []int{1}}},
		"notify.urls[0]":           {"notify": object{"urls": []string{"mail"}}},
		"notify.webhookUrl":        {"notify": object{"webhookUrl": "ftp://x"}},
		"notify.webhookSecret":     {"notify": object{"webhookSecret": "abc"}},
		"maxLatenessMinutes":       {"maxLatenessMinutes": 0},
		"horario":                  {"horario": 1},
	} {
		require.Equal(t, field, h.refused(400, "Erro de validação", "PUT", "/api/settings", h.ours.admin, body).body["field"])
	}
	paused := h.done(200, "POST", "/api/pause", h.ours.admin, nil)
	require.Equal(t, "2026-07-10T13:00:00Z", paused.text("pausedAt"))
	require.Empty(t, h.done(200, "POST", "/api/resume", h.ours.admin, nil).text("pausedAt"))
}

func TestFlows(t *testing.T) {
	h := newHouse(t)
	made := h.done(201, "POST", "/api/flows", h.ours.admin, object{"definition": simpleFlow()})
	require.Equal(t, 1.0, made.data()["version"])
	require.Equal(t, true, made.data()["active"])
	changed := simpleFlow()
	changed["name"] = "Outro"
	found := h.done(200, "PUT", "/api/flows/1", h.ours.admin, object{"definition": changed})
	require.Equal(t, 2.0, found.data()["version"])
	require.Equal(t, false, h.done(200, "POST", "/api/flows/1/deactivate", h.ours.admin, nil).data()["active"])
	require.Equal(t, true, h.done(200, "POST", "/api/flows/1/activate", h.ours.admin, nil).data()["active"])
	require.Empty(t, h.done(200, "GET", "/api/flows/1/runs", h.ours.viewer, nil).list())
	require.Len(t, h.done(200, "GET", "/api/flows", h.ours.viewer, nil).list(), 1)

	wrong := simpleFlow()
	wrong["nodes"].([]object)[1]["type"] = "magic"
	require.Equal(t, "definition.nodes[1].type", h.refused(400, "", "POST", "/api/flows", h.ours.admin, object{"definition": wrong}).body["field"])
	foreign := simpleFlow()
	foreign["channel"] = h.theirs.channel.ID
	require.Equal(t, "definition.channel", h.refused(400, "canal não encontrado", "POST", "/api/flows", h.ours.admin, object{"definition": foreign}).body["field"])
	h.refused(400, "definition: Required", "POST", "/api/flows", h.ours.admin, object{})
	h.refused(400, "definition.nodes", "POST", "/api/flows", h.ours.admin, object{"definition": object{"name": "x"}})
	h.done(200, "DELETE", "/api/flows/1", h.ours.admin, nil)
	h.refused(404, "Fluxo não encontrado", "GET", "/api/flows/1", h.ours.viewer, nil)
}

func TestNotificationsAreListed(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, h.store.Notify(context.Background(), desk.Notification{ID: chat.NewID(), TenantID: h.ours.id, Kind: "send.failed", Title: "Falha", Text: "x", At: h.clock(), DueAt: h.clock()}))
	listed := h.done(200, "GET", "/api/notifications", h.ours.viewer, nil).list()
	require.Len(t, listed, 1)
	require.Equal(t, "pending", listed[0].(object)["status"])
}

// The store keeps milliseconds, so nobody is told more.
func TestWhatIsMadeIsAnsweredWithTheTimesThatAreRead(t *testing.T) {
	h := newHouseAt(t, "sqlite://"+filepath.Join(t.TempDir(), "retoma.db"), start.Add(123_456_789*time.Nanosecond))
	installer := h.keyOf(chat.APIKey{Role: chat.RoleAdmin, Installer: true})
	for _, c := range []struct {
		path, key, read string
		body            object
	}{
		{"/api/tenants", installer, "/api/tenants", object{"name": "Nova"}},
		{"/api/channels", h.ours.admin, "/api/channels", newChannel()},
		{"/api/keys", h.ours.admin, "/api/keys", object{"name": "outra", "role": "viewer"}},
		{"/api/assistants", h.ours.admin, "/api/assistants", object{"name": "Bia"}},
		{"/api/followup-models", h.ours.admin, "/api/followup-models", object{"name": "M", "channelId": h.ours.channel.ID}},
		{rulesPath, h.ours.admin, rulesPath, newRule(h.ours, nil)},
	} {
		made := h.done(201, "POST", c.path, c.key, c.body)
		require.Equal(t, "2026-07-10T13:00:00.123Z", made.data()["createdAt"], c.path)
		found := false
		for _, one := range h.done(200, "GET", c.read, c.key, nil).list() {
			if one.(object)["id"] == made.data()["id"] {
				found = true
				require.Equal(t, made.data()["createdAt"], one.(object)["createdAt"], c.path)
				require.Equal(t, made.data()["updatedAt"], one.(object)["updatedAt"], c.path)
			}
		}
		require.True(t, found, c.path)
	}
	id := h.assistant(h.ours, nil).text("id")
	h.advance(time.Nanosecond)
	changed := h.done(200, "PATCH", "/api/assistants/"+id, h.ours.admin, object{"name": "Leo"})
	require.Equal(t, "2026-07-10T13:00:00.123Z", changed.text("updatedAt"))
}
