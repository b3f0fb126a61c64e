package entrance_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestUpdateFollowUpInEveryForm(t *testing.T) {
	h := newHouse(t)
	model := h.Model(h.Ours)
	id := model.Text("id")
	first := h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "5511999999999", "followup": 1})
	require.Equal(t, "enrolled", first.Text("status"))
	require.Equal(t, object{"id": id, "number": 1.0, "name": "Orçamento"}, first.Data()["followup"])
	require.Nil(t, first.Data()["next"], "nobody works here, so nothing is planned yet")
	contact, conversation := first.Data()["contact"].(object), first.Data()["conversation"].(object)
	require.Equal(t, "+5511999999999", contact["phone"])
	contactID := contact["id"].(string)

	tests := map[string]object{
		"number as a number": {"number": 5511999999999, "followup": "1"},
		"national":           {"number": "(11) 99999-9999", "followup": id},
		"with a plus":        {"number": "+55 11 99999-9999", "followup": strings.ToUpper(id)},
		"without the ninth":  {"number": "551199999999", "followup": "orçamento"},
		"contact number":     {"contactId": contact["number"], "followup": 1},
		"contact text":       {"contactId": "1", "followup": 1},
		"contact UUID":       {"contactId": contactID, "followup": 1},
		"ticket number":      {"ticketId": conversation["number"], "followup": 1},
		"ticket UUID":        {"ticketId": conversation["id"], "followup": 1, "vars": object{"produto": "Curso"}},
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			found := h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, body)
			require.Equal(t, contactID, found.Data()["contact"].(object)["id"])
			require.Equal(t, conversation, found.Data()["conversation"])
		})
	}
	for _, none := range []any{0, "0", nil, false} {
		found := h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"contactId": 1, "followup": none})
		require.Equal(t, "removed", found.Text("status"))
		require.Nil(t, found.Data()["followup"])
	}
	mail := h.Mail(h.Ours, contactID)
	require.Len(t, mail, 1+len(tests)+4)
	require.Equal(t, chat.Enrol, mail[0].Name)
	require.Equal(t, chat.Enrolment{FlowID: id, Group: "model", Source: "api"}, *mail[0].Enrol)
	require.Equal(t, h.Ours.Channel.ID, mail[0].ChannelID)
	require.Equal(t, chat.Enrolment{Group: "model", Source: "api"}, *mail[len(mail)-1].Enrol)
	require.Contains(t, h.Wakes.Contacts, desk.Ref{TenantID: h.Ours.ID, ContactID: contactID})
}

func TestUpdateFollowUpRefusesEveryWrongBody(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "5511999999999", "followup": 1})
	before := h.Dump()
	tests := []struct {
		name   string
		body   any
		status int
		text   string
		field  string
	}{
		{"nothing", "", 400, "Erro de validação: body: Required", "body"},
		{"no JSON", "{", 400, "Erro de validação: body: JSON inválido", "body"},
		{"two documents", `{"number":"5511999999999","followup":1}{}`, 400, "JSON inválido", "body"},
		{"a list", "[]", 400, "Erro de validação: body: esperava um objeto", "body"},
		{"null", "null", 400, "Erro de validação: body: Required", "body"},
		{"an empty object", "{}", 400, "followup: Required", "followup"},
		{"no person", `{"followup":1}`, 400, "Erro de validação: number: Required", "number"},
		{"no model", `{"number":"5511999999999"}`, 400, "Erro de validação: followup: Required", "followup"},
		{"two persons", `{"number":"5511999999999","contactId":1,"followup":1}`, 400, "informe só um", "number"},
		{"three persons", `{"number":"5511999999999","contactId":1,"ticketId":1,"followup":1}`, 400, "informe só um", "number"},
		{"an unknown field", `{"numero":"5511999999999","followup":1}`, 400, "Erro de validação: numero: campo desconhecido", "numero"},
		{"an empty number", `{"number":"","followup":1}`, 400, "number: Required", "number"},
		{"a null number", `{"number":null,"followup":1}`, 400, "number: Required", "number"},
		{"no phone", `{"number":"ana","followup":1}`, 400, "number: telefone vazio", "number"},
		{"a short phone", `{"number":"+551","followup":1}`, 400, "number: telefone", "number"},
		{"an object as number", `{"number":{},"followup":1}`, 400, "number: valor inválido", "number"},
		{"a fraction as contact", `{"contactId":1.5,"followup":1}`, 400, "contactId", "contactId"},
		{"a word as contact", `{"contactId":"ana","followup":1}`, 400, "contactId: esperava um UUID", "contactId"},
		{"a negative contact", `{"contactId":-1,"followup":1}`, 400, "contactId: esperava um UUID", "contactId"},
		{"a list as ticket", `{"ticketId":[1],"followup":1}`, 400, "ticketId", "ticketId"},
		{"an unknown contact", `{"contactId":99,"followup":1}`, 404, "Contato não encontrado", ""},
		{"an unknown ticket", `{"ticketId":99,"followup":1}`, 404, "Conversa não encontrada", ""},
		{"true", `{"contactId":1,"followup":true}`, 400, "followup: esperava", "followup"},
		{"an empty model", `{"contactId":1,"followup":""}`, 400, "followup: Required", "followup"},
		{"a negative model", `{"contactId":1,"followup":-3}`, 400, "followup: esperava", "followup"},
		{"a fraction of a model", `{"contactId":1,"followup":1.5}`, 400, "followup: esperava", "followup"},
		{"a list of models", `{"contactId":1,"followup":[1]}`, 400, "followup", "followup"},
		{"an object as model", `{"contactId":1,"followup":{"id":1}}`, 400, "followup", "followup"},
		{"an unknown model", `{"contactId":1,"followup":99}`, 404, "Modelo de follow-up não encontrado", ""},
		{"an unknown name", `{"contactId":1,"followup":"Outro"}`, 404, "Modelo de follow-up não encontrado", ""},
		{"a huge model", `{"contactId":1,"followup":99999999999999999999999}`, 400, "followup: esperava", "followup"},
		{"removing a stranger", `{"number":"+5511888887777","followup":0}`, 404, "contato não encontrado", ""},
		{"vars that are no object", `{"contactId":1,"followup":1,"vars":[1]}`, 400, "vars: esperava um objeto", "vars"},
		{"too deep", `{"contactId":1,"followup":1,"vars":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100) + "}", 400, "JSON com níveis demais", "body"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := h.Refused(test.status, test.text, "POST", "/updatefollowup", h.Ours.Operator, test.body)
			if test.field != "" {
				require.Equal(t, test.field, found.Body["field"])
			}
		})
	}
	h.Refused(415, "application/json", "POST", "/updatefollowup", h.Ours.Operator, "number=1", "Content-Type", "application/x-www-form-urlencoded")
	h.Refused(415, "compressão", "POST", "/updatefollowup", h.Ours.Operator, "{}", "Content-Encoding", "gzip")
	require.Equal(t, before, h.Dump(), "a refused request changed something")
}

func TestAModelThatIsOffTakesNobody(t *testing.T) {
	h := newHouse(t)
	id := h.Model(h.Ours).Text("id")
	h.Done(200, "PUT", "/api/followup-models/"+id, h.Ours.Admin, object{"isActive": false})
	h.Refused(422, "desativado", "POST", "/updatefollowup", h.Ours.Operator, object{"number": "+5511999999999", "followup": 1})
	h.Done(200, "PUT", "/api/followup-models/"+id, h.Ours.Admin, object{"isActive": true})
	h.Done(200, "DELETE", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Admin, nil)
	h.Refused(422, "canal", "POST", "/updatefollowup", h.Ours.Operator, object{"number": "+5511999999999", "followup": 1})
}

func TestTheAnswerTellsWhatIsAlreadyPlanned(t *testing.T) {
	h := newHouse(t)
	model := h.Model(h.Ours).Text("id")
	first := h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "+5511999999999", "followup": 1})
	ref := desk.Ref{TenantID: h.Ours.ID, ContactID: first.Data()["contact"].(object)["id"].(string)}
	planned := h.FollowUp(h.Ours, model, ref, first.Data()["conversation"].(object)["id"].(string))
	again := h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "+5511999999999", "followup": 1})
	require.Equal(t, object{"id": planned, "scheduledFor": "2026-07-10T14:00:00Z"}, again.Data()["next"])
}

func TestCommands(t *testing.T) {
	h := newHouse(t)
	id := h.Model(h.Ours).Text("id")
	found := h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{
		"number": "+5511999999999", "channelId": h.Ours.Channel.ID,
		"textAround": true, "text": "Já te mando a proposta.\n#{ \"followupId\": \"1\" }\n#{\"queueId\":\"5\",\"userId\":12}\n#{\"followupId\":\"\"}",
	})
	require.Equal(t, []any{`{"followupId":"1"}`, `{"queueId":"5","userId":"12"}`}, found.Data()["recognised"])
	done := found.Data()["done"].([]any)
	require.Len(t, done, 2)
	require.Equal(t, "enrolled", done[0].(object)["status"])
	require.Equal(t, id, done[0].(object)["followup"].(object)["id"])
	require.Equal(t, "forwarded", done[1].(object)["status"])
	require.Equal(t, []any{"queueId", "userId"}, done[1].(object)["keys"])
	refused := found.Data()["refused"].([]any)
	require.Len(t, refused, 1)
	require.Contains(t, refused[0].(object)["reason"], "vazio")
	require.Equal(t, "Já te mando a proposta.", found.Text("text"))

	contact, err := h.Store.ContactByKeys(context.Background(), h.Ours.ID, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	mail := h.Mail(h.Ours, contact.ID)
	require.Len(t, mail, 2)
	require.Equal(t, chat.Enrolment{FlowID: id, Group: "model", Source: "command"}, *mail[0].Enrol)
	require.Equal(t, chat.CommandUnknown, mail[1].Name)
	require.Equal(t, map[string]any{"queueId": "5", "userId": "12"}, mail[1].Data)
}

func TestACommandForAModelThatDoesNotExistEnrolsNobody(t *testing.T) {
	h := newHouse(t)
	before := h.unreported()
	found := h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999999999", "text": `#{"followupId":"77"}`})
	require.Empty(t, found.Data()["done"])
	require.Contains(t, found.Data()["refused"].([]any)[0].(object)["reason"], "Modelo de follow-up não encontrado")
	require.Equal(t, before, h.unreported())
}

func TestBubblesAsTypebotGivesThem(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	bubbles := []object{
		{"id": "a", "type": "text", "content": object{"type": "richText", "richText": []object{{"type": "p", "children": []object{{"text": "Obrigado!"}}}}}, "more": 1},
		{"id": "b", "type": "image", "content": object{"url": "https://example.com/a.png"}},
		{"id": "c", "type": "text", "content": object{"type": "richText", "richText": []object{{"type": "p", "children": []object{{"text": `#{ "followupId": "1" }`}}}}}},
	}
	found := h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999999999", "messages": bubbles})
	require.Equal(t, "Obrigado!", found.Text("text"))
	require.Len(t, found.Data()["done"], 1)
	h.Refused(400, "messages: informe só um", "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999999999", "messages": bubbles, "text": "a"})
	h.Refused(400, "text: Required", "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999999999"})
	h.Refused(400, "channelId: canal não encontrado", "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999999999", "text": "a", "channelId": "x"})
	h.Refused(400, "number: Required", "POST", "/typebot/commands", h.Ours.Operator, object{"text": "a"})
}

func TestTheSameCommandIsNotCarriedOutTwice(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	body := object{"number": "+5511999999999", "text": `#{"followupId":"1"}`, "eventId": "turn-7"}
	for range 3 {
		h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, body)
	}
	contact, err := h.Store.ContactByKeys(context.Background(), h.Ours.ID, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	require.Len(t, h.Mail(h.Ours, contact.ID), 1)
	// The same name at another tenant is another command.
	h.Model(h.Theirs)
	h.Done(200, "POST", "/typebot/commands", h.Theirs.Operator, body)
	contact, err = h.Store.ContactByKeys(context.Background(), h.Theirs.ID, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	require.Len(t, h.Mail(h.Theirs, contact.ID), 1)
}

func TestTypebotsHTTPBlock(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	path := "/typebot/webhook/" + h.Ours.Channel.Token
	found := h.Done(200, "POST", path, "", object{"number": "11 99999-9999", "followupId": 1, "vars": object{"plano": "ouro"}})
	require.Equal(t, "enrolled", found.Data()["done"].([]any)[0].(object)["status"])
	contact, err := h.Store.ContactByKeys(context.Background(), h.Ours.ID, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"plano": "ouro"}, h.Mail(h.Ours, contact.ID)[0].Enrol.Vars)

	found = h.Done(200, "POST", path, "", object{"contactId": 1, "queueId": "3"})
	require.Equal(t, "forwarded", found.Data()["done"].([]any)[0].(object)["status"])
	require.Equal(t, h.Ours.Channel.ID, h.Mail(h.Ours, contact.ID)[1].ChannelID)
	found = h.Done(200, "POST", path, "", object{"contactId": 1, "text": `#{"followupId":"0"}`})
	require.Equal(t, "removed", found.Data()["done"].([]any)[0].(object)["status"])
	found = h.Done(200, "POST", path, "", object{"contactId": 1, "followupId": ""})
	require.Contains(t, found.Data()["refused"].([]any)[0].(object)["reason"], "vazio")

	h.Refused(404, "Canal", "POST", "/typebot/webhook/none", "", object{"number": "+5511999999999", "followupId": 1})
	h.Refused(400, "body: Required", "POST", path, "", "")
	h.Refused(400, "body: JSON", "POST", path, "", "[1]")
	h.Refused(400, "text: Required", "POST", path, "", object{"number": "+5511999999999"})
	require.NotContains(t, h.Log.String(), h.Ours.Channel.Token, "the token is in the log")
}

func TestPublicAddressIsPartOfTheChannel(t *testing.T) {
	h := newHouse(t, func(o *gateway.Options) { o.PublicURL = "https://zap.example" })
	found := h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Operator, nil)
	require.Equal(t, "https://zap.example/webhooks/meta/"+h.Ours.Channel.Token, found.Text("webhookUrl"))
}

// Whoever wants no messages is in no model: the platform hears so at once, by whatever name it calls the contact.
func TestSomebodyWhoRefusedMessagesIsNotEnrolled(t *testing.T) {
	h := newHouse(t)
	model := h.Model(h.Ours)
	ref := h.CustomerWrote(h.Ours, "5511977770001")
	refuse := func(scope chat.OptOut) {
		_, err := h.Store.Edit(context.Background(), ref, func(_ context.Context, d *desk.Desk) error {
			contact := d.Contact
			contact.OptOut = scope
			d.SaveContact(contact)
			return nil
		})
		require.NoError(t, err)
	}
	ways := []object{{"number": "5511977770001"}, {"contactId": ref.ContactID}, {"number": "+55 11 97777-0001"}}
	refuse(chat.OptOutAll)
	before := h.Dump()
	for _, who := range ways {
		who["followup"] = model.Data()["number"]
		found := h.Refused(422, "pediu para não receber", "POST", "/updatefollowup", h.Ours.Operator, who)
		require.Equal(t, "opted_out", found.Body["code"])
	}
	require.Equal(t, before, h.Dump(), "nothing is written")
	h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"contactId": ref.ContactID, "followup": 0})
	refuse(chat.OptOutMarketing)
	h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, ways[0])
	h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "5511977770009", "followup": model.Data()["number"]})
}
