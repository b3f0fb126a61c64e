package conversations_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestATemplateGoesIntoTheOutbox(t *testing.T) {
	h := newHouse(t)
	for name, variables := range map[string]any{
		"named": object{"1": "João", "2": "amanhã"}, "list": []any{"João", "amanhã"}, "numbers": []any{"João", 15},
	} {
		t.Run(name, func(t *testing.T) {
			h.Wakes.Forget()
			found := h.Done(202, "POST", "/api/actions/send-template", h.Ours.Operator, object{
				"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511999999999", "toName": "João Silva", "variables": variables,
			})
			require.Equal(t, "queued", found.Text("status"))
			message, err := h.Store.Message(context.Background(), h.Ours.ID, found.Text("messageId"))
			require.NoError(t, err)
			require.Equal(t, chat.FromAPI, message.Origin)
			require.Equal(t, chat.TemplateUse, message.Content.Type)
			require.Contains(t, message.Content.Text, "Olá João, seu compromisso é")
			require.Len(t, message.Content.Template.Body, 2)
			items := h.Outbox(h.Ours, message.ContactID)
			require.Equal(t, "send_template", items[len(items)-1].Action)
			require.Equal(t, []desk.Ref{{TenantID: h.Ours.ID, ContactID: message.ContactID}}, h.Wakes.Outboxes)
			require.Equal(t, "João Silva", h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil).Text("name"))
		})
	}
}

func TestActionsRefuseWhatCannotWork(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	h.CustomerWrote(h.Ours, "5511977770002")
	h.Done(200, "POST", "/api/contacts/2/opt-out", h.Ours.Operator, nil)
	template := func(change func(object)) object {
		body := object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}}
		change(body)
		return body
	}
	message := func(change func(object)) object {
		body := object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "message": "oi"}
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
	before := h.Dump()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := h.Refused(test.status, test.text, "POST", "/api/actions/"+test.path, h.Ours.Operator, test.body)
			require.Equal(t, test.code, found.Body["code"])
		})
	}
	require.Equal(t, before, h.Dump(), "a refused action left something behind")
	h.Done(202, "POST", "/api/actions/send-template", h.Ours.Operator, template(func(b object) { b["to"], b["transactional"] = "+5511977770002", true }))
	h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, message(set("message", strings.Repeat("á", 4096))))
}

func TestAClosedWindowClosesAtItsTime(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	body := object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "message": "oi"}
	status := func() object {
		return h.Done(200, "GET", "/api/senders/"+h.Ours.Channel.ID+"/session-status?to=%2B5511977770001", h.Ours.Viewer, nil).Data()
	}
	require.Equal(t, object{"canSendFreeform": true, "requiresTemplate": false, "lastCustomerMessageAt": "2026-07-10T13:00:00Z", "windowClosesAt": "2026-07-11T13:00:00Z"}, status())
	h.Advance(24*time.Hour - 61*time.Second)
	h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, body)
	h.Advance(2 * time.Second)
	h.Refused(422, "fora da janela", "POST", "/api/actions/send-message", h.Ours.Operator, body)
	require.Equal(t, true, status()["requiresTemplate"])
	body["scheduleAt"] = h.Clock().Add(time.Hour).Format(time.RFC3339)
	h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, body)
	h.Refused(400, "to: ", "GET", "/api/senders/"+h.Ours.Channel.ID+"/session-status?to=x", h.Ours.Viewer, nil)
	h.Refused(400, "to: Required", "GET", "/api/senders/"+h.Ours.Channel.ID+"/session-status", h.Ours.Viewer, nil)
}

func TestASenderThatCannotSendIsRefusedAtOnce(t *testing.T) {
	h := newHouse(t)
	send := func() answer {
		return h.Call("POST", "/api/actions/send-template", h.Ours.Operator, object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}})
	}
	path := "/api/channels/" + h.Ours.Channel.ID
	h.Done(200, "POST", path+"/pause", h.Ours.Operator, nil)
	require.Equal(t, "sender_offline", send().Body["code"])
	h.Done(200, "POST", path+"/resume", h.Ours.Operator, nil)
	require.Equal(t, 202, send().Status)
	_, err := h.Store.ChangeChannel(context.Background(), h.Ours.ID, h.Ours.Channel.ID, func(c *chat.Channel) error {
		c.Online, c.OfflineReason = false, "banida"
		return nil
	})
	require.NoError(t, err)
	offline := send()
	require.Equal(t, 422, offline.Status)
	require.Equal(t, "sender_offline", offline.Body["code"])
	require.Contains(t, offline.Body["error"], "banida")
	_, err = h.Store.ChangeChannel(context.Background(), h.Ours.ID, h.Ours.Channel.ID, func(c *chat.Channel) error { c.Online = true; return nil })
	require.NoError(t, err)
	h.Done(200, "PATCH", path, h.Ours.Admin, object{"allowList": []string{"+55 11 96666-0000"}})
	require.Equal(t, "policy_blocked", send().Body["code"])
	h.Done(200, "PATCH", path, h.Ours.Admin, object{"allowList": []string{"+5511977770001"}})
	require.Equal(t, 202, send().Status)
	h.Done(200, "PATCH", path, h.Ours.Admin, object{"allowList": nil})
	require.Equal(t, 202, send().Status)
	h.Done(200, "POST", "/api/pause", h.Ours.Admin, nil)
	require.Equal(t, 202, send().Status, "a paused company's messages wait")
}

func TestAScheduledMessageIsArmedWithinTheHorizon(t *testing.T) {
	ahead := 2 * time.Hour
	h := newHouse(t, func(o *gateway.Options) { o.Horizon = func() time.Duration { return ahead } })
	send := func(in time.Duration) answer {
		h.Wakes.Forget()
		return h.Done(202, "POST", "/api/actions/send-template", h.Ours.Operator, object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770001",
			"variables": []any{"a", "b"}, "scheduleAt": h.Clock().Add(in).Format(time.RFC3339)})
	}
	soon := send(time.Hour)
	require.Empty(t, h.Wakes.Outboxes)
	require.Len(t, h.Wakes.Alarms, 1)
	alarm := h.Wakes.Alarms[0]
	require.Equal(t, desk.AlarmItem, alarm.Kind)
	require.Equal(t, soon.Text("messageId"), alarm.ID)
	require.Equal(t, gatewaytest.Start.Add(time.Hour), alarm.At)
	send(3 * time.Hour)
	require.Empty(t, h.Wakes.Alarms, "it is armed when it enters the horizon")
	ahead = 0
	send(300 * 24 * time.Hour)
	require.Len(t, h.Wakes.Alarms, 1, "a horizon of 0 arms everything")
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
		_, err := h.Store.Work(context.Background(), desk.Ref{TenantID: m.TenantID, ContactID: m.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
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
		_, err = h.Store.Work(context.Background(), desk.Ref{TenantID: m.TenantID, ContactID: m.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
			item, _ := d.Item(m.ID)
			item.Message.State, item.Message.ExternalID = settled.State, settled.ExternalID
			item.Message.ErrorCode, item.Message.ErrorDetail = settled.ErrorCode, settled.ErrorDetail
			d.Done(item)
			return nil
		})
		require.NoError(t, err)
	}
	body := object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}}
	wait := func() answer {
		return h.Call("POST", "/api/actions/send-template", h.Ours.Operator, body, "Prefer", "wait=10")
	}
	settled = chat.Message{State: chat.Accepted, ExternalID: "wamid.1"}
	found := wait()
	require.Equal(t, 200, found.Status, found.Raw)
	require.Equal(t, "accepted", found.Text("status"))
	require.Equal(t, "wamid.1", found.Text("providerId"))
	settled = chat.Message{State: chat.Failed, ErrorCode: "unreachable", ErrorDetail: "131026"}
	found = wait()
	require.Equal(t, 422, found.Status)
	require.Equal(t, "unreachable", found.Body["code"])
	require.NotEmpty(t, found.Body["messageId"])
	settled = chat.Message{State: chat.Unconfirmed}
	found = wait()
	require.Equal(t, 202, found.Status)
	require.Equal(t, "unconfirmed", found.Text("status"))
	settled = chat.Message{}
	found = h.Call("POST", "/api/actions/send-template", h.Ours.Operator, body, "Prefer", "respond-async, wait=0")
	require.Equal(t, 202, found.Status)
}

func TestAnAttachmentIsKeptAsSuch(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	found := h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001",
		"message": "Segue", "attachment": object{"url": "https://a.example/proposta.pdf", "fileName": "Proposta.pdf"}})
	story := h.Done(200, "GET", "/api/messages/"+found.Text("messageId"), h.Ours.Viewer, nil)
	require.Equal(t, "document", story.Text("type"))
	require.Equal(t, "Proposta.pdf", story.Data()["media"].(object)["fileName"])
	require.Equal(t, "api", story.Text("origin"))
	require.NotNil(t, story.Data()["log"])
}
