package gateway_test

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
	model := h.model(h.ours)
	id := model.text("id")
	first := h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"number": "5511999999999", "followup": 1})
	require.Equal(t, "enrolled", first.text("status"))
	require.Equal(t, object{"id": id, "number": 1.0, "name": "Orçamento"}, first.data()["followup"])
	require.Nil(t, first.data()["next"], "nobody works here, so nothing is planned yet")
	contact, conversation := first.data()["contact"].(object), first.data()["conversation"].(object)
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
			found := h.done(200, "POST", "/updatefollowup", h.ours.operator, body)
			require.Equal(t, contactID, found.data()["contact"].(object)["id"])
			require.Equal(t, conversation, found.data()["conversation"])
		})
	}
	for _, none := range []any{0, "0", nil, false} {
		found := h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"contactId": 1, "followup": none})
		require.Equal(t, "removed", found.text("status"))
		require.Nil(t, found.data()["followup"])
	}
	mail := h.mail(h.ours, contactID)
	require.Len(t, mail, 1+len(tests)+4)
	require.Equal(t, chat.Enrol, mail[0].Name)
	require.Equal(t, chat.Enrolment{FlowID: id, Group: "model", Source: "api"}, *mail[0].Enrol)
	require.Equal(t, h.ours.channel.ID, mail[0].ChannelID)
	require.Equal(t, chat.Enrolment{Group: "model", Source: "api"}, *mail[len(mail)-1].Enrol)
	require.Contains(t, h.wakes.contacts, desk.Ref{TenantID: h.ours.id, ContactID: contactID})
}

func TestUpdateFollowUpRefusesEveryWrongBody(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"number": "5511999999999", "followup": 1})
	before := h.dump()
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
			found := h.refused(test.status, test.text, "POST", "/updatefollowup", h.ours.operator, test.body)
			if test.field != "" {
				require.Equal(t, test.field, found.body["field"])
			}
		})
	}
	h.refused(415, "application/json", "POST", "/updatefollowup", h.ours.operator, "number=1", "Content-Type", "application/x-www-form-urlencoded")
	h.refused(415, "compressão", "POST", "/updatefollowup", h.ours.operator, "{}", "Content-Encoding", "gzip")
	require.Equal(t, before, h.dump(), "a refused request changed something")
}

func TestAModelThatIsOffTakesNobody(t *testing.T) {
	h := newHouse(t)
	id := h.model(h.ours).text("id")
	h.done(200, "PUT", "/api/followup-models/"+id, h.ours.admin, object{"isActive": false})
	h.refused(422, "desativado", "POST", "/updatefollowup", h.ours.operator, object{"number": "+5511999999999", "followup": 1})
	h.done(200, "PUT", "/api/followup-models/"+id, h.ours.admin, object{"isActive": true})
	h.done(200, "DELETE", "/api/channels/"+h.ours.channel.ID, h.ours.admin, nil)
	h.refused(422, "canal", "POST", "/updatefollowup", h.ours.operator, object{"number": "+5511999999999", "followup": 1})
}

func TestTheAnswerTellsWhatIsAlreadyPlanned(t *testing.T) {
	h := newHouse(t)
	model := h.model(h.ours).text("id")
	first := h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"number": "+5511999999999", "followup": 1})
	ref := desk.Ref{TenantID: h.ours.id, ContactID: first.data()["contact"].(object)["id"].(string)}
	planned := h.followUp(h.ours, model, ref, first.data()["conversation"].(object)["id"].(string))
	again := h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"number": "+5511999999999", "followup": 1})
	require.Equal(t, object{"id": planned, "scheduledFor": "2026-07-10T14:00:00Z"}, again.data()["next"])
}

func TestCommands(t *testing.T) {
	h := newHouse(t)
	id := h.model(h.ours).text("id")
	found := h.done(200, "POST", "/typebot/commands", h.ours.operator, object{
		"number": "+5511999999999", "channelId": h.ours.channel.ID,
		"textAround": true, "text": "Já te mando a proposta.\n#{ \"followupId\": \"1\" }\n#{\"queueId\":\"5\",\"userId\":12}\n#{\"followupId\":\"\"}",
	})
	require.Equal(t, []any{`{"followupId":"1"}`, `{"queueId":"5","userId":"12"}`}, found.data()["recognised"])
	done := found.data()["done"].([]any)
	require.Len(t, done, 2)
	require.Equal(t, "enrolled", done[0].(object)["status"])
	require.Equal(t, id, done[0].(object)["followup"].(object)["id"])
	require.Equal(t, "forwarded", done[1].(object)["status"])
	require.Equal(t, []any{"queueId", "userId"}, done[1].(object)["keys"])
	refused := found.data()["refused"].([]any)
	require.Len(t, refused, 1)
	require.Contains(t, refused[0].(object)["reason"], "vazio")
	require.Equal(t, "Já te mando a proposta.", found.text("text"))

	contact, err := h.store.ContactByKeys(context.Background(), h.ours.id, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	mail := h.mail(h.ours, contact.ID)
	require.Len(t, mail, 2)
	require.Equal(t, chat.Enrolment{FlowID: id, Group: "model", Source: "command"}, *mail[0].Enrol)
	require.Equal(t, chat.CommandUnknown, mail[1].Name)
	require.Equal(t, map[string]any{"queueId": "5", "userId": "12"}, mail[1].Data)
}

func TestACommandForAModelThatDoesNotExistEnrolsNobody(t *testing.T) {
	h := newHouse(t)
	before := h.unreported()
	found := h.done(200, "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999999999", "text": `#{"followupId":"77"}`})
	require.Empty(t, found.data()["done"])
	require.Contains(t, found.data()["refused"].([]any)[0].(object)["reason"], "Modelo de follow-up não encontrado")
	require.Equal(t, before, h.unreported())
}

func TestBubblesAsTypebotGivesThem(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	bubbles := []object{
		{"id": "a", "type": "text", "content": object{"type": "richText", "richText": []object{{"type": "p", "children": []object{{"text": "Obrigado!"}}}}}, "more": 1},
		{"id": "b", "type": "image", "content": object{"url": "https://example.com/a.png"}},
		{"id": "c", "type": "text", "content": object{"type": "richText", "richText": []object{{"type": "p", "children": []object{{"text": `#{ "followupId": "1" }`}}}}}},
	}
	found := h.done(200, "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999999999", "messages": bubbles})
	require.Equal(t, "Obrigado!", found.text("text"))
	require.Len(t, found.data()["done"], 1)
	h.refused(400, "messages: informe só um", "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999999999", "messages": bubbles, "text": "a"})
	h.refused(400, "text: Required", "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999999999"})
	h.refused(400, "channelId: canal não encontrado", "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999999999", "text": "a", "channelId": "x"})
	h.refused(400, "number: Required", "POST", "/typebot/commands", h.ours.operator, object{"text": "a"})
}

func TestTheSameCommandIsNotCarriedOutTwice(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	body := object{"number": "+5511999999999", "text": `#{"followupId":"1"}`, "eventId": "turn-7"}
	for range 3 {
		h.done(200, "POST", "/typebot/commands", h.ours.operator, body)
	}
	contact, err := h.store.ContactByKeys(context.Background(), h.ours.id, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	require.Len(t, h.mail(h.ours, contact.ID), 1)
	// The same name at another tenant is another command.
	h.model(h.theirs)
	h.done(200, "POST", "/typebot/commands", h.theirs.operator, body)
	contact, err = h.store.ContactByKeys(context.Background(), h.theirs.id, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	require.Len(t, h.mail(h.theirs, contact.ID), 1)
}

func TestTypebotsHTTPBlock(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	path := "/typebot/webhook/" + h.ours.channel.Token
	found := h.done(200, "POST", path, "", object{"number": "11 99999-9999", "followupId": 1, "vars": object{"plano": "ouro"}})
	require.Equal(t, "enrolled", found.data()["done"].([]any)[0].(object)["status"])
	contact, err := h.store.ContactByKeys(context.Background(), h.ours.id, []chat.Key{chat.PhoneKey("+5511999999999")})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"plano": "ouro"}, h.mail(h.ours, contact.ID)[0].Enrol.Vars)

	found = h.done(200, "POST", path, "", object{"contactId": 1, "queueId": "3"})
	require.Equal(t, "forwarded", found.data()["done"].([]any)[0].(object)["status"])
	require.Equal(t, h.ours.channel.ID, h.mail(h.ours, contact.ID)[1].ChannelID)
	found = h.done(200, "POST", path, "", object{"contactId": 1, "text": `#{"followupId":"0"}`})
	require.Equal(t, "removed", found.data()["done"].([]any)[0].(object)["status"])
	found = h.done(200, "POST", path, "", object{"contactId": 1, "followupId": ""})
	require.Contains(t, found.data()["refused"].([]any)[0].(object)["reason"], "vazio")

	h.refused(404, "Canal", "POST", "/typebot/webhook/none", "", object{"number": "+5511999999999", "followupId": 1})
	h.refused(400, "body: Required", "POST", path, "", "")
	h.refused(400, "body: JSON", "POST", path, "", "[1]")
	h.refused(400, "text: Required", "POST", path, "", object{"number": "+5511999999999"})
	require.NotContains(t, h.log.String(), h.ours.channel.Token, "the token is in the log")
}

func TestPublicAddressIsPartOfTheChannel(t *testing.T) {
	h := newHouse(t, func(o *gateway.Options) { o.PublicURL = "https://zap.example" })
	found := h.done(200, "GET", "/api/channels/"+h.ours.channel.ID, h.ours.viewer, nil)
	require.Equal(t, "https://zap.example/webhooks/meta/"+h.ours.channel.Token, found.text("webhookUrl"))
}
