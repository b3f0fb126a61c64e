package gateway_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestATemplateGoesIntoTheOutbox(t *testing.T) {
	h := newHouse(t)
	for name, variables := range map[string]any{
		"named": object{"1": "João", "2": "amanhã"}, "list": []any{"João", "amanhã"}, "numbers": []any{"João", 15},
	} {
		t.Run(name, func(t *testing.T) {
			h.wakes.forget()
			found := h.done(202, "POST", "/api/actions/send-template", h.ours.operator, object{
				"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511999999999", "toName": "João Silva", "variables": variables,
			})
			require.Equal(t, "queued", found.text("status"))
			message, err := h.store.Message(context.Background(), h.ours.id, found.text("messageId"))
			require.NoError(t, err)
			require.Equal(t, chat.FromAPI, message.Origin)
			require.Equal(t, chat.TemplateUse, message.Content.Type)
			require.Contains(t, message.Content.Text, "Olá João, seu compromisso é")
			require.Len(t, message.Content.Template.Body, 2)
			items := h.outbox(h.ours, message.ContactID)
			require.Equal(t, "send_template", items[len(items)-1].Action)
			require.Equal(t, []desk.Ref{{TenantID: h.ours.id, ContactID: message.ContactID}}, h.wakes.outbox)
			require.Equal(t, "João Silva", h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil).text("name"))
		})
	}
}

func TestActionsRefuseWhatCannotWork(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	h.customerWrote(h.ours, "5511977770002")
	h.done(200, "POST", "/api/contacts/2/opt-out", h.ours.operator, nil)
	template := func(change func(object)) object {
		body := object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}}
		change(body)
		return body
	}
	message := func(change func(object)) object {
		body := object{"senderId": h.ours.channel.ID, "to": "+5511977770001", "message": "oi"}
		change(body)
		return body
	}
	set := func(name string, value any) func(object) { return func(b object) { b[name] = value } }
	without := func(name string) func(object) { return func(b object) { delete(b, name) } }
	tests := []struct {
		name, path string
		body       any
		status     int
		code, text string
	}{
		{"no sender", "send-template", template(without("senderId")), 400, "invalid", "Erro de validação: senderId: Required"},
		{"an empty sender", "send-template", template(set("senderId", "")), 400, "invalid", "senderId: Required"},
		{"a sender that is no id", "send-template", template(set("senderId", "vendas")), 404, "not_found", "Remetente não encontrado"},
		{"no template", "send-template", template(without("templateName")), 400, "invalid", "templateName: Required"},
		{"two templates", "send-template", template(set("templateId", "x")), 400, "invalid", "informe só um"},
		{"an unknown template", "send-template", template(set("templateName", "nenhum")), 422, "template_not_found", "Template não encontrado"},
		{"an unknown language", "send-template", template(set("language", "en_US")), 422, "template_not_found", "Template não encontrado"},
		{"a paused template", "send-template", template(func(b object) { b["templateName"] = "parado"; delete(b, "variables") }), 422, "template_paused", "pausado"},
		{"no number", "send-template", template(without("to")), 400, "invalid", "to: Required"},
		{"a national number", "send-template", template(set("to", "(11) 9999-9999")), 422, "invalid_phone", "E.164"},
		{"a number without plus", "send-template", template(set("to", "5511999999999")), 422, "invalid_phone", "E.164"},
		{"a JSON number", "send-template", template(set("to", 5511999999999)), 422, "invalid_phone", "E.164"},
		{"a local number", "send-template", template(set("to", "07123456789")), 422, "invalid_phone", "E.164"},
		{"too few values", "send-template", template(set("variables", []any{"a"})), 422, "template_params", `variável "2"`},
		{"too many values", "send-template", template(set("variables", []any{"a", "b", "c"})), 422, "template_params", "3 valores"},
		{"an empty value", "send-template", template(set("variables", object{"1": "", "2": "b"})), 422, "template_params", `"1"`},
		{"a line break", "send-template", template(set("variables", []any{"a\nb", "b"})), 422, "template_params", "quebra de linha"},
		{"a value that is no text", "send-template", template(set("variables", object{"1": []any{"a"}, "2": "b"})), 400, "invalid", "variables.1"},
		{"values that are no list", "send-template", template(set("variables", "a")), 400, "invalid", "variables"},
		{"an unknown field", "send-template", template(set("phone", "+55")), 400, "invalid", "phone: campo desconhecido"},
		{"a past time", "send-template", template(set("scheduleAt", "2020-01-01T00:00:00Z")), 400, "invalid", "scheduleAt: deve ser uma hora futura"},
		{"no time", "send-template", template(set("scheduleAt", "amanhã")), 400, "invalid", "scheduleAt: esperava data e hora ISO 8601"},
		{"someone who opted out", "send-template", template(set("to", "+5511977770002")), 422, "opted_out", "não receber"},
		{"no text", "send-message", message(without("message")), 400, "invalid", "message: Required"},
		{"a blank text", "send-message", message(set("message", "  ")), 400, "invalid", "message: Required"},
		{"a long text", "send-message", message(set("message", strings.Repeat("á", 4097))), 400, "invalid", "message: no máximo 4096 caracteres"},
		{"a long caption", "send-message", message(func(b object) {
			b["message"] = strings.Repeat("á", 1025)
			b["attachment"] = object{"url": "https://a.example/b.png"}
		}), 400, "invalid", "no máximo 1024"},
		{"an attachment without address", "send-message", message(set("attachment", object{})), 400, "invalid", "attachment.url: Required"},
		{"a bad address", "send-message", message(set("attachment", object{"url": "ftp://a"})), 400, "invalid", "attachment.url: endereço inválido"},
		{"a stranger", "send-message", message(set("to", "+5511966660001")), 422, "outside_window", "fora da janela de 24 horas"},
		{"a bad number", "send-message", message(set("to", "999")), 422, "invalid_phone", "E.164"},
		{"a text that is none", "send-message", message(set("message", 3)), 400, "invalid", "message: esperava um texto"},
	}
	before := h.dump()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := h.refused(test.status, test.text, "POST", "/api/actions/"+test.path, h.ours.operator, test.body)
			require.Equal(t, test.code, found.body["code"])
		})
	}
	require.Equal(t, before, h.dump(), "a refused action left something behind")
	h.done(202, "POST", "/api/actions/send-template", h.ours.operator, template(func(b object) { b["to"], b["transactional"] = "+5511977770002", true }))
	h.done(202, "POST", "/api/actions/send-message", h.ours.operator, message(set("message", strings.Repeat("á", 4096))))
}

func TestAClosedWindowClosesAtItsTime(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	body := object{"senderId": h.ours.channel.ID, "to": "+5511977770001", "message": "oi"}
	status := func() object {
		return h.done(200, "GET", "/api/senders/"+h.ours.channel.ID+"/session-status?to=%2B5511977770001", h.ours.viewer, nil).data()
	}
	require.Equal(t, object{"canSendFreeform": true, "requiresTemplate": false, "lastCustomerMessageAt": "2026-07-10T13:00:00Z", "windowClosesAt": "2026-07-11T13:00:00Z"}, status())
	h.advance(24*time.Hour - 61*time.Second)
	h.done(202, "POST", "/api/actions/send-message", h.ours.operator, body)
	h.advance(2 * time.Second)
	h.refused(422, "fora da janela", "POST", "/api/actions/send-message", h.ours.operator, body)
	require.Equal(t, true, status()["requiresTemplate"])
	body["scheduleAt"] = h.clock().Add(time.Hour).Format(time.RFC3339)
	h.done(202, "POST", "/api/actions/send-message", h.ours.operator, body)
	h.refused(400, "to: ", "GET", "/api/senders/"+h.ours.channel.ID+"/session-status?to=x", h.ours.viewer, nil)
	h.refused(400, "to: Required", "GET", "/api/senders/"+h.ours.channel.ID+"/session-status", h.ours.viewer, nil)
}

func TestASenderThatCannotSendIsRefusedAtOnce(t *testing.T) {
	h := newHouse(t)
	send := func() answer {
		return h.call("POST", "/api/actions/send-template", h.ours.operator, object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}})
	}
	path := "/api/channels/" + h.ours.channel.ID
	h.done(200, "POST", path+"/pause", h.ours.operator, nil)
	require.Equal(t, "sender_offline", send().body["code"])
	h.done(200, "POST", path+"/resume", h.ours.operator, nil)
	require.Equal(t, 202, send().status)
	_, err := h.store.ChangeChannel(context.Background(), h.ours.id, h.ours.channel.ID, func(c *chat.Channel) error {
		c.Online, c.OfflineReason = false, "banida"
		return nil
	})
	require.NoError(t, err)
	offline := send()
	require.Equal(t, 422, offline.status)
	require.Equal(t, "sender_offline", offline.body["code"])
	require.Contains(t, offline.body["error"], "banida")
	_, err = h.store.ChangeChannel(context.Background(), h.ours.id, h.ours.channel.ID, func(c *chat.Channel) error { c.Online = true; return nil })
	require.NoError(t, err)
	h.done(200, "PATCH", path, h.ours.admin, object{"allowList": []string{"+55 11 96666-0000"}})
	require.Equal(t, "policy_blocked", send().body["code"])
	h.done(200, "PATCH", path, h.ours.admin, object{"allowList": []string{"+5511977770001"}})
	require.Equal(t, 202, send().status)
	h.done(200, "PATCH", path, h.ours.admin, object{"allowList": nil})
	require.Equal(t, 202, send().status)
	h.done(200, "POST", "/api/pause", h.ours.admin, nil)
	require.Equal(t, 202, send().status, "a paused company's messages wait")
}

func TestAScheduledMessageIsArmedWithinTheHorizon(t *testing.T) {
	ahead := 2 * time.Hour
	h := newHouse(t, func(o *gateway.Options) { o.Horizon = func() time.Duration { return ahead } })
	send := func(in time.Duration) answer {
		h.wakes.forget()
		return h.done(202, "POST", "/api/actions/send-template", h.ours.operator, object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511977770001",
			"variables": []any{"a", "b"}, "scheduleAt": h.clock().Add(in).Format(time.RFC3339)})
	}
	soon := send(time.Hour)
	require.Empty(t, h.wakes.outbox)
	require.Len(t, h.wakes.alarms, 1)
	alarm := h.wakes.alarms[0]
	require.Equal(t, desk.AlarmItem, alarm.Kind)
	require.Equal(t, soon.text("messageId"), alarm.ID)
	require.Equal(t, start.Add(time.Hour), alarm.At)
	send(3 * time.Hour)
	require.Empty(t, h.wakes.alarms, "it is armed when it enters the horizon")
	ahead = 0
	send(300 * 24 * time.Hour)
	require.Len(t, h.wakes.alarms, 1, "a horizon of 0 arms everything")
}

// answering plays the worker: it settles every message that is put into the outbox.
type answering struct {
	gateway.Store
	settle func(chat.Message)
}

func (a *answering) Enqueue(ctx context.Context, item desk.Item, horizon time.Time) error {
	err := a.Store.Enqueue(ctx, item, horizon)
	a.settle(item.Message)
	return err
}

func TestACallerMayWaitForTheProvider(t *testing.T) {
	settled := chat.Message{}
	worker := &answering{}
	h := newHouse(t, func(o *gateway.Options) { worker.Store = o.Store; o.Store = worker })
	worker.settle = func(m chat.Message) {
		if settled.State == "" {
			return
		}
		_, err := h.store.Work(context.Background(), desk.Ref{TenantID: m.TenantID, ContactID: m.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
			for _, item := range d.Outbox {
				if item.ID == m.ID {
					item.State = desk.ItemSending
					item.Message.State = chat.Sending
					d.SaveItem(item)
				}
			}
			return nil
		})
		require.NoError(t, err)
		_, err = h.store.Work(context.Background(), desk.Ref{TenantID: m.TenantID, ContactID: m.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
			item, _ := d.Item(m.ID)
			item.Message.State, item.Message.ExternalID = settled.State, settled.ExternalID
			item.Message.ErrorCode, item.Message.ErrorDetail = settled.ErrorCode, settled.ErrorDetail
			d.Done(item)
			return nil
		})
		require.NoError(t, err)
	}
	body := object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}}
	wait := func() answer {
		return h.call("POST", "/api/actions/send-template", h.ours.operator, body, "Prefer", "wait=10")
	}
	settled = chat.Message{State: chat.Accepted, ExternalID: "wamid.1"}
	found := wait()
	require.Equal(t, 200, found.status, found.raw)
	require.Equal(t, "accepted", found.text("status"))
	require.Equal(t, "wamid.1", found.text("providerId"))
	settled = chat.Message{State: chat.Failed, ErrorCode: "unreachable", ErrorDetail: "131026"}
	found = wait()
	require.Equal(t, 422, found.status)
	require.Equal(t, "unreachable", found.body["code"])
	require.NotEmpty(t, found.body["messageId"])
	settled = chat.Message{State: chat.Unconfirmed}
	found = wait()
	require.Equal(t, 202, found.status)
	require.Equal(t, "unconfirmed", found.text("status"))
	settled = chat.Message{}
	found = h.call("POST", "/api/actions/send-template", h.ours.operator, body, "Prefer", "respond-async, wait=0")
	require.Equal(t, 202, found.status)
}

func TestAnAttachmentIsKeptAsSuch(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	found := h.done(202, "POST", "/api/actions/send-message", h.ours.operator, object{"senderId": h.ours.channel.ID, "to": "+5511977770001",
		"message": "Segue", "attachment": object{"url": "https://a.example/proposta.pdf", "fileName": "Proposta.pdf"}})
	story := h.done(200, "GET", "/api/messages/"+found.text("messageId"), h.ours.viewer, nil)
	require.Equal(t, "document", story.text("type"))
	require.Equal(t, "Proposta.pdf", story.data()["media"].(object)["fileName"])
	require.Equal(t, "api", story.text("origin"))
	require.NotNil(t, story.data()["log"])
}
