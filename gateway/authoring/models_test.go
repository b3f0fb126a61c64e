package authoring_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestAModelIsSavedAsItWasWritten(t *testing.T) {
	h := newHouse(t)
	made := h.Model(h.Ours)
	require.Equal(t, 1.0, made.Data()["number"])
	require.Equal(t, true, made.Data()["isActive"])
	require.Equal(t, "10:00", made.Text("startTime"))
	messages := made.Data()["messages"].([]any)
	require.Len(t, messages, 2)
	require.NotEmpty(t, messages[0].(object)["id"])
	require.Equal(t, 10.0, messages[0].(object)["offset"])
	for _, id := range []string{made.Text("id"), "1"} {
		found := h.Done(200, "GET", "/api/followup-models/"+id, h.Ours.Viewer, nil)
		require.Equal(t, made.Text("id"), found.Text("id"))
		require.Equal(t, made.Data()["messages"], found.Data()["messages"])
	}
	require.Len(t, h.Done(200, "GET", "/api/followup-models", h.Ours.Viewer, nil).List(), 1)
}

func TestAModelsMistakesAreNamedByTheAuthorsPaths(t *testing.T) {
	h := newHouse(t)
	base := func(change func(object)) object {
		body := object{"name": "A", "channelId": h.Ours.Channel.ID, "messages": []any{object{"text": "oi", "offset": 1}}}
		change(body)
		return body
	}
	message := func(m object) object { return base(func(b object) { b["messages"] = []any{m} }) }
	tests := []struct {
		name, field, text string
		body              any
	}{
		{"no body", "body", "Required", ""},
		{"no JSON", "body", "JSON inválido", "{"},
		{"a list", "body", "tipo errado", "[]"},
		{"no name", "name", "Required", base(func(b object) { delete(b, "name") })},
		{"a blank name", "name", "Required", base(func(b object) { b["name"] = " " })},
		{"a number as name", "name", "tipo errado", base(func(b object) { b["name"] = 3 })},
		{"no channel", "channelId", "Required", base(func(b object) { delete(b, "channelId") })},
		{"name before channel", "name", "Required", base(func(b object) { delete(b, "channelId"); delete(b, "name") })},
		{"no channel of ours", "channelId", "canal não encontrado", base(func(b object) { b["channelId"] = h.Theirs.Channel.ID })},
		{"no channel at all", "channelId", "canal não encontrado", base(func(b object) { b["channelId"] = "vendas" })},
		{"a bad time", "startTime", "", base(func(b object) { b["startTime"] = "25:00" })},
		{"a bad reply", "onReply", "continue", base(func(b object) { b["onReply"] = "cancel" })},
		{"an unknown field", "horario", "campo desconhecido", base(func(b object) { b["horario"] = "10:00" })},
		{"no offset", "messages[0].offset", "Required", message(object{"text": "oi"})},
		{"a negative offset", "messages[0].offset", "de 0 a", message(object{"text": "oi", "offset": -1})},
		{"a fraction as offset", "messages[0].offset", "tipo errado", message(object{"text": "oi", "offset": 1.5})},
		{"nothing to say", "messages[0].text", "Required", message(object{"offset": 1})},
		{"too much to say", "messages[0].text", "no máximo 4096", message(object{"offset": 1, "text": strings.Repeat("a", 4097)})},
		{"an unknown field inside", "messages[0].delay", "campo desconhecido", message(object{"text": "oi", "offset": 1, "delay": 3})},
		{"an unclosed variable", "messages[0].text", "{{", message(object{"text": "Oi {{contact.name", "offset": 1})},
		{"an unknown variable", "messages[0].text", "", message(object{"text": "Oi {{cliente}}", "offset": 1})},
		{"a bad link", "messages[0].attachment.url", "http", message(object{"offset": 1, "attachment": object{"url": "arquivo.pdf"}})},
		{"a template without a name", "messages[0].template.name", "Required", message(object{"offset": 1, "template": object{"name": ""}})},
		{"a bad condition", "exitIf", "", base(func(b object) { b["exitIf"] = "contact.tags +" })},
		{"messages that are no list", "messages", "tipo errado", base(func(b object) { b["messages"] = "oi" })},
	}
	before := h.Dump()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := h.Refused(400, "Erro de validação: ", "POST", "/api/followup-models", h.Ours.Admin, test.body)
			require.Equal(t, test.field, found.Body["field"], found.Raw)
			require.Contains(t, found.Body["error"], test.text)
		})
	}
	require.Equal(t, before, h.Dump())
	found := h.Refused(400, "name", "POST", "/api/followup-models", h.Ours.Admin, object{})
	require.Len(t, found.Body["problems"], 2, "every mistake is listed, not only the first")
}

func TestWhatWillNotWorkIsWarnedAbout(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/followup-models", h.Ours.Admin, object{"name": "A", "channelId": h.Ours.Channel.ID, "messages": []object{{"text": "oi", "offset": 7200}}})
	require.Contains(t, made.Data()["warnings"].([]any)[0], "template")
	require.NotContains(t, h.Done(200, "GET", "/api/followup-models/1", h.Ours.Admin, nil).Data(), "warnings")
}

func TestAChangeKeepsWhatItDoesNotName(t *testing.T) {
	h := newHouse(t)
	made := h.Model(h.Ours)
	before := made.Data()["messages"].([]any)
	changed := h.Done(200, "PUT", "/api/followup-models/1", h.Ours.Admin, object{"name": "Novo", "startTime": nil})
	require.Equal(t, "Novo", changed.Text("name"))
	require.Nil(t, changed.Data()["startTime"])
	require.Equal(t, before, changed.Data()["messages"])
	require.Equal(t, "stop", changed.Text("onReply"))

	changed = h.Done(200, "PUT", "/api/followup-models/1", h.Ours.Admin, object{"messages": []object{{"text": "Outro texto", "offset": 5}, {"text": "x", "offset": 6}, {"text": "y", "offset": 7}}})
	after := changed.Data()["messages"].([]any)
	require.Len(t, after, 3)
	for i := range before {
		require.Equal(t, before[i].(object)["id"], after[i].(object)["id"], "enrolled contacts would lose their place")
	}
	h.Refused(400, "campo desconhecido", "PUT", "/api/followup-models/1", h.Ours.Admin, object{"nome": "x"})
	h.Refused(400, "messages[0].offset: Required", "PUT", "/api/followup-models/1", h.Ours.Admin, object{"messages": []object{{"text": "x"}}})
	h.Refused(404, "Modelo de follow-up não encontrado", "PUT", "/api/followup-models/9", h.Ours.Admin, object{"name": "x"})
}

func TestMessagesHaveAnExplicitOrder(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	ids := func(a answer) []string {
		var ids []string
		for _, message := range a.Data()["messages"].([]any) {
			ids = append(ids, message.(object)["id"].(string))
		}
		return ids
	}
	base := "/api/followup-models/1/messages"
	three := ids(h.Done(201, "POST", base, h.Ours.Admin, object{"text": "Último", "offset": 30}))
	require.Len(t, three, 3)
	ordered := ids(h.Done(200, "PUT", base+"/order", h.Ours.Admin, object{"order": []string{three[2], three[0], three[1]}}))
	require.Equal(t, []string{three[2], three[0], three[1]}, ordered)
	changed := h.Done(200, "PUT", base+"/"+three[0], h.Ours.Admin, object{"offset": 99})
	message := changed.Data()["messages"].([]any)[1].(object)
	require.Equal(t, 99.0, message["offset"])
	require.Contains(t, message["text"], "Olá", "the text was not named, so it stays")
	require.Equal(t, []string{three[0], three[1]}, ids(h.Done(200, "DELETE", base+"/"+three[2], h.Ours.Admin, nil)))

	require.Equal(t, "offset", h.Refused(400, "offset: Required", "POST", base, h.Ours.Admin, object{"text": "a"}).Body["field"])
	require.Equal(t, "text", h.Refused(400, "text", "PUT", base+"/"+three[0], h.Ours.Admin, object{"text": "{{"}).Body["field"])
	h.Refused(404, "Mensagem do modelo", "PUT", base+"/none", h.Ours.Admin, object{"text": "a"})
	h.Refused(404, "Mensagem do modelo", "DELETE", base+"/"+three[2], h.Ours.Admin, nil)
	h.Refused(400, "order: liste as 2", "PUT", base+"/order", h.Ours.Admin, object{"order": []string{three[0]}})
	h.Refused(400, "order[1]: mensagem repetida", "PUT", base+"/order", h.Ours.Admin, object{"order": []string{three[0], three[0]}})
	h.Refused(400, "order[1]: o modelo não tem", "PUT", base+"/order", h.Ours.Admin, object{"order": []string{three[0], "x"}})
	h.Refused(400, "order: Required", "PUT", base+"/order", h.Ours.Admin, object{})
}

func TestTurningAModelOffEndsWhatWaits(t *testing.T) {
	for name, turnOff := range map[string]func(h *house) string{
		"deactivate": func(h *house) string {
			h.Done(200, "PUT", "/api/followup-models/1", h.Ours.Admin, object{"isActive": false})
			return "modelo desativado"
		},
		"delete": func(h *house) string {
			h.Done(200, "DELETE", "/api/followup-models/1", h.Ours.Admin, nil)
			return "modelo removido"
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			model := h.Model(h.Ours).Text("id")
			ref := h.CustomerWrote(h.Ours, "5511999999999")
			conversation, err := h.Store.ConversationOn(context.Background(), h.Ours.ID, ref.ContactID, h.Ours.Channel.ID)
			require.NoError(t, err)
			planned := h.FollowUp(h.Ours, model, ref, conversation.ID)
			contacts := h.Done(200, "GET", "/api/followup-models/1/contacts", h.Ours.Viewer, nil).List()
			require.Len(t, contacts, 1)
			require.Equal(t, object{"id": planned, "scheduledFor": "2026-07-10T14:00:00Z"}, contacts[0].(object)["next"])
			reason := turnOff(h)
			history := h.Done(200, "GET", "/api/followups/history", h.Ours.Viewer, nil).List()
			require.Len(t, history, 1)
			require.Equal(t, "CANCELLED", history[0].(object)["status"])
			require.Equal(t, reason, history[0].(object)["cancelReason"])
			require.Equal(t, "Orçamento", history[0].(object)["rule"].(object)["name"], "history is kept")
		})
	}
}

func TestAListOfContactsIsEnrolledRowByRow(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	path := "/api/followup-models/1/contacts"
	found := h.Done(200, "POST", path, h.Ours.Operator, []object{
		{"number": "+5511999990001", "vars": object{"produto": "A"}}, {"number": "x"}, {"contactId": 99}, {"number": "11 99999-0002"}, {},
	})
	require.Equal(t, 2.0, found.Data()["enrolled"])
	require.Equal(t, 3.0, found.Data()["refused"])
	rows := found.Data()["rows"].([]any)
	require.Equal(t, "enrolled", rows[0].(object)["status"])
	require.Contains(t, rows[1].(object)["reason"], "number: telefone vazio")
	require.Contains(t, rows[2].(object)["reason"], "Contato não encontrado")
	require.Equal(t, "enrolled", rows[3].(object)["status"])
	require.Contains(t, rows[4].(object)["reason"], "number: Required")
	mail := h.Mail(h.Ours, rows[0].(object)["contactId"].(string))
	require.Equal(t, "list", mail[0].Enrol.Source)
	require.Equal(t, map[string]any{"produto": "A"}, mail[0].Enrol.Vars)

	csv := "\xef\xbb\xbfTelefone;Nome;produto\n+5511999990003;Ana;Curso\n;Sem número;\n\"11 99999-0004\";Bia;\"a; b\"\n"
	found = h.Done(200, "POST", path, h.Ours.Operator, csv, "Content-Type", "text/csv; charset=utf-8")
	require.Equal(t, 2.0, found.Data()["enrolled"])
	ana := found.Data()["rows"].([]any)[0].(object)["contactId"].(string)
	require.Equal(t, map[string]any{"produto": "Curso"}, h.Mail(h.Ours, ana)[0].Enrol.Vars)
	require.Equal(t, "Ana", h.Done(200, "GET", "/api/contacts/"+ana, h.Ours.Viewer, nil).Text("name"))

	many := make([]object, 1201)
	for i := range many {
		many[i] = object{"number": fmt.Sprintf("+55119%08d", 10000000+i)}
	}
	require.Equal(t, 1201.0, h.Done(200, "POST", path, h.Ours.Operator, object{"contacts": many}).Data()["enrolled"])

	h.Refused(400, "vazia", "POST", path, h.Ours.Operator, "[]")
	h.Refused(400, "[0].nome", "POST", path, h.Ours.Operator, `[{"nome":"a"}]`)
	h.Refused(400, "JSON", "POST", path, h.Ours.Operator, `[{`)
	h.Refused(400, "UTF-8", "POST", path, h.Ours.Operator, "number\n\xff\xfe", "Content-Type", "text/csv")
	h.Refused(400, "linha 2", "POST", path, h.Ours.Operator, "number\n\"a\"b", "Content-Type", "text/csv")
	h.Refused(415, "text/csv", "POST", path, h.Ours.Operator, "x", "Content-Type", "text/plain")
	h.Refused(400, "no máximo 10000", "POST", path, h.Ours.Operator, "number\n"+strings.Repeat("1\n", 10050), "Content-Type", "text/csv")
}

func TestATestGoesToOneNumber(t *testing.T) {
	h := newHouse(t)
	made := h.Model(h.Ours)
	second := made.Data()["messages"].([]any)[1].(object)["id"].(string)
	found := h.Done(202, "POST", "/api/followup-models/1/send-test", h.Ours.Operator, object{"number": "+5511999990001", "message": second})
	mail := h.Mail(h.Ours, found.Data()["contact"].(object)["id"].(string))
	require.Equal(t, chat.Enrolment{FlowID: made.Text("id"), Source: "test", OnlyNode: second}, *mail[0].Enrol)
	h.Done(202, "POST", "/api/followup-models/1/send-test", h.Ours.Operator, object{"number": "+5511999990001"})
	h.Refused(400, "message: o modelo não tem", "POST", "/api/followup-models/1/send-test", h.Ours.Operator, object{"number": "+5511999990001", "message": "x"})
	h.Refused(400, "number: Required", "POST", "/api/followup-models/1/send-test", h.Ours.Operator, object{})
}

func TestTheReportCountsAsTheDomainDefines(t *testing.T) {
	h := newHouse(t)
	model := h.Model(h.Ours).Text("id")
	states := []flows.FollowUpState{flows.FollowUpSent, flows.FollowUpSent, flows.FollowUpSent, flows.FollowUpFailed, flows.FollowUpCancelled, flows.Responded, flows.Pending}
	for i, state := range states {
		ref := h.CustomerWrote(h.Ours, fmt.Sprintf("551199999%04d", i))
		conversation, err := h.Store.ConversationOn(context.Background(), h.Ours.ID, ref.ContactID, h.Ours.Channel.ID)
		require.NoError(t, err)
		id := h.FollowUp(h.Ours, model, ref, conversation.ID)
		if state == flows.Pending {
			continue
		}
		h.SettleFollowUp(ref, id, func(f *flows.FollowUp) { f.State, f.SentAt = state, h.Clock() })
		if i == 0 {
			_, err := h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
				d.Changes.Credit = &desk.Credit{FollowUpID: id, At: h.Clock()}
				return nil
			})
			require.NoError(t, err)
		}
	}
	line := h.Done(200, "GET", "/api/followup-models/report", h.Ours.Viewer, nil).List()[0].(object)
	for name, want := range map[string]float64{
		"sent": 3, "failed": 1, "cancelled": 2, "pending": 1, "responded": 1, "responseRate": 33.3, "cancelRate": 66.7, "successRate": 75,
		"enrolled": 7, "active": 1,
	} {
		require.Equal(t, want, line[name], name)
	}
}
