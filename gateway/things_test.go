package gateway_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
)

func newChannel() object {
	return object{"name": "Suporte", "provider": "meta", "phone": "+5511300000555", "account": "555", "config": object{"wabaId": "1022901"},
		"secrets": object{"accessToken": "EAAB-secret", "appSecret": "hush", "verifyToken": "shh"}, "timezone": "America/Manaus"}
}

func TestChannelsKeepTheirSecrets(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/channels", h.Ours.Admin, newChannel())
	require.Equal(t, []any{"accessToken", "appSecret", "verifyToken"}, made.Data()["secretNames"])
	id := made.Text("id")
	for _, path := range []string{"/api/channels/" + id, "/api/senders/" + id, "/api/channels", "/api/senders"} {
		found := h.Done(200, "GET", path, h.Ours.Viewer, nil)
		require.NotContains(t, found.Raw, "EAAB-secret")
		require.NotContains(t, found.Raw, "hush")
	}
	h.Done(200, "PUT", "/api/channels/"+id, h.Ours.Admin, object{"secrets": object{"accessToken": "EAAC"}, "perSecond": 5})
	kept, err := h.Store.Channel(context.Background(), h.Ours.ID, id)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"accessToken": "EAAC", "appSecret": "hush", "verifyToken": "shh"}, kept.Secrets)
	require.Equal(t, 5, kept.PerSecond)
	require.Equal(t, "Suporte", kept.Name)
	h.Done(200, "DELETE", "/api/senders/"+id, h.Ours.Admin, nil)
	h.Refused(404, "Canal não encontrado", "GET", "/api/channels/"+id, h.Ours.Viewer, nil)
	require.NotContains(t, h.Log.String(), "EAAB-secret")
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
		{"config.wabaId", "só algarismos", func(b object) { b["config"] = object{"wabaId": "minha conta"} }},
		{"account", "só algarismos", func(b object) { b["account"] = "+5511300000555" }},
		{"account", "só algarismos", func(b object) { b["account"] = strings.Repeat("1", 33) }},
		{"secrets.appSecret", "Required", func(b object) { delete(b["secrets"].(object), "appSecret") }},
		{"timezone", "fuso", func(b object) { b["timezone"] = "Marte" }},
		{"perSecond", "no mínimo 0", func(b object) { b["perSecond"] = -1 }},
		{"onUnconfirmed", "use um destes", func(b object) { b["onUnconfirmed"] = "pray" }},
		{"evidenceAfterMinutes", "no mínimo 1", func(b object) { b["evidenceAfterMinutes"] = 0 }},
		{"evidenceAfterMinutes", "no máximo 1440", func(b object) { b["evidenceAfterMinutes"] = 1441 }},
		{"allowList[1]", "telefone", func(b object) { b["allowList"] = []any{"+5511977770001", "x"} }},
		{"token", "campo desconhecido", func(b object) { b["token"] = "mine" }},
		{"tenantId", "campo desconhecido", func(b object) { b["tenantId"] = h.Theirs.ID }},
	}
	before := h.Dump()
	for _, test := range tests {
		body := newChannel()
		test.change(body)
		found := h.Refused(400, test.text, "POST", "/api/channels", h.Ours.Admin, body)
		require.Equal(t, test.field, found.Body["field"])
	}
	require.Equal(t, before, h.Dump())
	taken := newChannel()
	taken["account"] = "111"
	h.Refused(409, "cadastrado", "POST", "/api/channels", h.Ours.Admin, taken)
	h.Refused(400, "não muda", "PUT", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Admin, object{"provider": "gupshup"})
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
	path := "/api/channels/" + h.Ours.Channel.ID
	require.Equal(t, "number", h.Done(200, "POST", path+"/check", h.Ours.Operator, nil).List()[0].(object)["check"])
	h.Advance(time.Minute)
	synced := h.Done(200, "POST", path+"/templates/sync", h.Ours.Operator, nil).List()
	require.Len(t, synced, 1)
	template := synced[0].(object)
	require.Equal(t, []any{object{"name": "nome", "part": "body", "kind": "text"}}, template["variables"])
	require.Len(t, h.Done(200, "GET", "/api/templates", h.Ours.Viewer, nil).List(), 1)
	preview := "/api/templates/" + template["id"].(string) + "/preview"
	require.Equal(t, "Oi Ana", h.Done(200, "POST", preview, h.Ours.Viewer, object{"variables": object{"nome": "Ana"}}).Text("text"))
	require.Equal(t, "template_params", h.Refused(422, `"nome"`, "POST", preview, h.Ours.Viewer, object{}).Body["code"])
}

func TestContacts(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+55 11 97777-0001", "name": "Ana", "tags": []string{"vip", "vip", " "}, "externalId": "crm-1"})
	require.Equal(t, []any{"vip"}, made.Data()["tags"])
	again := h.Done(200, "POST", "/api/contacts", h.Ours.Operator, object{"number": "551177770001", "stage": "Negociação"})
	require.Equal(t, made.Text("id"), again.Text("id"), "with or without the ninth digit it is the same person")
	require.Equal(t, "Ana", again.Text("name"))

	changed := h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"name": "Ana Maria", "tags": []string{"vip", "quente"}, "stage": "Fechado", "status": "ativo", "fields": object{"cidade": "SP"}, "timezone": "America/Manaus"})
	require.Equal(t, "Ana Maria", changed.Text("name"))
	require.Equal(t, object{"cidade": "SP", "externalId": "crm-1"}, changed.Data()["fields"])
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"fields": object{"cidade": ""}})
	var names []chat.EventName
	var data []map[string]any
	for _, event := range h.Mail(h.Ours, made.Text("id")) {
		names, data = append(names, event.Name), append(data, event.Data)
	}
	require.Equal(t, []chat.EventName{chat.TagAdded, chat.StageEntered, chat.TagAdded, chat.StageEntered, chat.StatusChanged, chat.ContactChanged}, names)
	require.Equal(t, map[string]any{"tag": "quente"}, data[2])
	require.Equal(t, map[string]any{"stage": "Fechado", "from": "Negociação"}, data[3])

	h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770002"})
	h.Refused(409, "externalId", "PATCH", "/api/contacts/2", h.Ours.Operator, object{"externalId": "crm-1"})
	h.Refused(400, "timezone: fuso", "PATCH", "/api/contacts/1", h.Ours.Operator, object{"timezone": "Marte"})
	h.Refused(400, "phone: campo desconhecido", "PATCH", "/api/contacts/1", h.Ours.Operator, object{"phone": "1"})
	h.Refused(400, "number: Required", "POST", "/api/contacts", h.Ours.Operator, object{"name": "x"})
	require.Len(t, h.Done(200, "GET", "/api/contacts?search=maria", h.Ours.Viewer, nil).List(), 1)
	require.Len(t, h.Done(200, "GET", "/api/contacts?search=7777", h.Ours.Viewer, nil).List(), 2)
}

func TestOptOutAndBack(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770001"})
	require.Equal(t, "all", h.Done(200, "POST", "/api/contacts/1/opt-out", h.Ours.Operator, nil).Text("optOut"))
	require.Equal(t, "all", h.Done(200, "POST", "/api/contacts/1/opt-out", h.Ours.Operator, object{"scope": "marketing"}).Text("optOut"), "the wider refusal stands")
	require.Empty(t, h.Done(200, "POST", "/api/contacts/1/opt-in", h.Ours.Operator, nil).Text("optOut"))
	h.Refused(400, "scope: use um destes", "POST", "/api/contacts/1/opt-out", h.Ours.Operator, object{"scope": "none"})
	mail := h.Mail(h.Ours, made.Text("id"))
	require.Equal(t, map[string]any{"optOut": "all"}, mail[1].Data)
	require.Equal(t, chat.ContactChanged, mail[1].Name)
}

func TestPlatformEvents(t *testing.T) {
	h := newHouse(t)
	body := object{"event": "call.completed", "number": "+5511977770001", "data": object{"result": "sem resposta"}, "eventId": "call-9"}
	first := h.Done(202, "POST", "/api/events", h.Ours.Operator, body)
	require.Equal(t, false, first.Data()["duplicate"])
	again := h.Done(202, "POST", "/api/events", h.Ours.Operator, body)
	require.Equal(t, true, again.Data()["duplicate"])
	require.Equal(t, first.Text("eventId"), again.Text("eventId"))
	mail := h.Mail(h.Ours, first.Text("contactId"))
	require.Len(t, mail, 1)
	require.Equal(t, chat.CallCompleted, mail[0].Name)
	require.Equal(t, map[string]any{"result": "sem resposta"}, mail[0].Data)
	h.CustomerWrote(h.Ours, "5511977770001")
	about := h.Done(202, "POST", "/api/events", h.Ours.Operator, object{"event": "stage.entered", "conversationId": 1, "data": object{"stage": "Fechado"}})
	require.NotEmpty(t, about.Text("conversationId"))
	require.Equal(t, chat.StageEntered, h.Mail(h.Ours, first.Text("contactId"))[0].Name)

	for _, forged := range []string{"message.received", "message.echo", "message.status", "conversation.started", "enrol", "command.unknown", "contact.changed"} {
		h.Refused(400, "event: "+forged, "POST", "/api/events", h.Ours.Operator, object{"event": forged, "contactId": 1})
	}
	h.Refused(400, "event: Required", "POST", "/api/events", h.Ours.Operator, object{"contactId": 1})
	h.Refused(400, "event: use letras", "POST", "/api/events", h.Ours.Operator, object{"event": "Pedido Pago", "contactId": 1})
	h.Refused(400, "number: Required", "POST", "/api/events", h.Ours.Operator, object{"event": "x"})
	h.Refused(400, "informe só um", "POST", "/api/events", h.Ours.Operator, object{"event": "x", "contactId": 1, "conversationId": 1})
}

func TestSettings(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, "America/Sao_Paulo", h.Done(200, "GET", "/api/settings", h.Ours.Viewer, nil).Text("timezone"))
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	changed := h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{
		"name": "Loja", "timezone": "America/Manaus", "sendingHours": object{"weekdays": []string{"mon"}, "from": "08:00", "to": "20:00", "national": "br"},
		"retry": object{"tries": 3, "delaySeconds": []int{60, 300}}, "maxLatenessMinutes": 30, "handoffHours": 8, "optOutWords": []string{"CHEGA"},
		"notify": object{"urls": []string{"smtp://user:pass@mail.example:587/?to=a@b.c"}, "webhookUrl": "https://crm.example/hook", "webhookSecret": secret},
	})
	require.NotContains(t, changed.Raw, secret)
	require.NotContains(t, changed.Raw, "pass@")
	require.Equal(t, object{"kinds": []any{"smtp"}, "webhookUrl": "https://crm.example/hook", "hasWebhookSecret": true}, changed.Data()["notify"])
	kept := h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"handoffHours": 2})
	require.Equal(t, "08:00", kept.Data()["sendingHours"].(object)["from"])
	require.Equal(t, "Loja", kept.Text("name"))
	require.NotContains(t, h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"sendingHours": object{}}).Data(), "sendingHours")
	stored, err := h.Store.Tenant(context.Background(), h.Ours.ID)
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
		require.Equal(t, field, h.Refused(400, "Erro de validação", "PUT", "/api/settings", h.Ours.Admin, body).Body["field"])
	}
	paused := h.Done(200, "POST", "/api/pause", h.Ours.Admin, nil)
	require.Equal(t, "2026-07-10T13:00:00Z", paused.Text("pausedAt"))
	require.Empty(t, h.Done(200, "POST", "/api/resume", h.Ours.Admin, nil).Text("pausedAt"))
}

func TestFlows(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/flows", h.Ours.Admin, object{"definition": gatewaytest.SimpleFlow()})
	require.Equal(t, 1.0, made.Data()["version"])
	require.Equal(t, true, made.Data()["active"])
	changed := gatewaytest.SimpleFlow()
	changed["name"] = "Outro"
	found := h.Done(200, "PUT", "/api/flows/1", h.Ours.Admin, object{"definition": changed})
	require.Equal(t, 2.0, found.Data()["version"])
	require.Equal(t, false, h.Done(200, "POST", "/api/flows/1/deactivate", h.Ours.Admin, nil).Data()["active"])
	require.Equal(t, true, h.Done(200, "POST", "/api/flows/1/activate", h.Ours.Admin, nil).Data()["active"])
	require.Empty(t, h.Done(200, "GET", "/api/flows/1/runs", h.Ours.Viewer, nil).List())
	require.Len(t, h.Done(200, "GET", "/api/flows", h.Ours.Viewer, nil).List(), 1)

	wrong := gatewaytest.SimpleFlow()
	wrong["nodes"].([]object)[1]["type"] = "magic"
	require.Equal(t, "definition.nodes[1].type", h.Refused(400, "", "POST", "/api/flows", h.Ours.Admin, object{"definition": wrong}).Body["field"])
	foreign := gatewaytest.SimpleFlow()
	foreign["channel"] = h.Theirs.Channel.ID
	require.Equal(t, "definition.channel", h.Refused(400, "canal não encontrado", "POST", "/api/flows", h.Ours.Admin, object{"definition": foreign}).Body["field"])
	h.Refused(400, "definition: Required", "POST", "/api/flows", h.Ours.Admin, object{})
	h.Refused(400, "definition.nodes", "POST", "/api/flows", h.Ours.Admin, object{"definition": object{"name": "x"}})
	h.Done(200, "DELETE", "/api/flows/1", h.Ours.Admin, nil)
	h.Refused(404, "Fluxo não encontrado", "GET", "/api/flows/1", h.Ours.Viewer, nil)
}

func TestNotificationsAreListed(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, h.Store.Notify(context.Background(), desk.Notification{ID: chat.NewID(), TenantID: h.Ours.ID, Kind: "send.failed", Title: "Falha", Text: "x", At: h.Clock(), DueAt: h.Clock()}))
	listed := h.Done(200, "GET", "/api/notifications", h.Ours.Viewer, nil).List()
	require.Len(t, listed, 1)
	require.Equal(t, "pending", listed[0].(object)["status"])
}

// The store keeps milliseconds, so nobody is told more.
func TestWhatIsMadeIsAnsweredWithTheTimesThatAreRead(t *testing.T) {
	h := newHouseAt(t, "sqlite://"+filepath.Join(t.TempDir(), "retoma.db"), gatewaytest.Start.Add(123_456_789*time.Nanosecond))
	installer := h.KeyOf(chat.APIKey{Role: chat.RoleAdmin, Installer: true})
	for _, c := range []struct {
		path, key, read string
		body            object
	}{
		{"/api/tenants", installer, "/api/tenants", object{"name": "Nova"}},
		{"/api/channels", h.Ours.Admin, "/api/channels", newChannel()},
		{"/api/keys", h.Ours.Admin, "/api/keys", object{"name": "outra", "role": "viewer"}},
		{"/api/assistants", h.Ours.Admin, "/api/assistants", object{"name": "Bia"}},
		{"/api/followup-models", h.Ours.Admin, "/api/followup-models", object{"name": "M", "channelId": h.Ours.Channel.ID}},
		{gatewaytest.RulesPath, h.Ours.Admin, gatewaytest.RulesPath, gatewaytest.NewRule(h.Ours, nil)},
	} {
		made := h.Done(201, "POST", c.path, c.key, c.body)
		require.Equal(t, "2026-07-10T13:00:00.123Z", made.Data()["createdAt"], c.path)
		found := false
		for _, one := range h.Done(200, "GET", c.read, c.key, nil).List() {
			if one.(object)["id"] == made.Data()["id"] {
				found = true
				require.Equal(t, made.Data()["createdAt"], one.(object)["createdAt"], c.path)
				require.Equal(t, made.Data()["updatedAt"], one.(object)["updatedAt"], c.path)
			}
		}
		require.True(t, found, c.path)
	}
	id := h.Assistant(h.Ours, nil).Text("id")
	h.Advance(time.Nanosecond)
	changed := h.Done(200, "PATCH", "/api/assistants/"+id, h.Ours.Admin, object{"name": "Leo"})
	require.Equal(t, "2026-07-10T13:00:00.123Z", changed.Text("updatedAt"))
}
