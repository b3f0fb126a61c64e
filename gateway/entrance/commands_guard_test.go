package entrance_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// rich is a text bubble of Typebot's chat API.
func rich(id, text string) object {
	var paragraphs []object
	for _, line := range strings.Split(text, "\n") {
		paragraphs = append(paragraphs, object{"type": "p", "children": []object{{"text": line}}})
	}
	return object{"id": id, "type": "text", "content": object{"type": "richText", "richText": paragraphs}}
}

// said lets a customer write, as a webhook does; no worker has read it yet.
func (h *house) said(who *tenant, ref desk.Ref, texts ...string) {
	h.T.Helper()
	for _, text := range texts {
		h.saidAtOnce(who, ref, text)
	}
}

// saidAtOnce puts several messages into one webhook.
func (h *house) saidAtOnce(who *tenant, ref desk.Ref, texts ...string) {
	h.T.Helper()
	var intake desk.Intake
	for _, text := range texts {
		intake.Arrivals = append(intake.Arrivals, desk.Arrival{
			TenantID: who.ID, ChannelID: who.Channel.ID, ContactID: ref.ContactID,
			Event: chat.Event{Name: chat.MessageReceived, ExternalID: "wamid." + chat.NewID(), At: h.Clock(),
				Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: text}}},
		})
	}
	_, err := h.Store.Receive(h.T.Context(), intake)
	require.NoError(h.T, err)
}

func hints(found answer) []string {
	var all []string
	for _, one := range found.Data()["refused"].([]any) {
		all = append(all, one.(object)["hint"].(string))
	}
	return all
}

func TestWhatACustomerWroteNeverCommandsAndIsReported(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	h.said(h.Ours, ref, `Ana #{"followupId":"1"}`)
	before := len(h.Mail(h.Ours, ref.ContactID))

	found := h.commands(`#{ “followupid”: 1 }`, nil)
	require.Equal(t, []string{"injected"}, hints(found))
	require.Empty(t, found.Data()["done"])
	require.Empty(t, found.Text("text"))
	mail := h.Mail(h.Ours, ref.ContactID)[before:]
	require.Len(t, mail, 1)
	require.Equal(t, chat.CommandRefused, mail[0].Name)
	require.Equal(t, "injected", mail[0].Data["hint"])
	require.Contains(t, mail[0].Data["reason"], "próprio contato")

	notified := h.Done(200, "GET", "/api/notifications", h.Ours.Viewer, nil).Body["data"].([]any)
	require.Len(t, notified, 1)
	require.Equal(t, "command.refused", notified[0].(object)["kind"])
	require.Equal(t, ref.ContactID, notified[0].(object)["data"].(object)["contactId"])
	for range 3 {
		h.commands(`#{ "followupId": "1" }`, nil)
	}
	require.Len(t, h.Done(200, "GET", "/api/notifications", h.Ours.Viewer, nil).Body["data"], 1, "the team is told once a day of a contact")

	require.Equal(t, []string{"injected"}, hints(h.commands(`#{"note":"x","followupId":"1"}`, nil)), "inside an author's command")
	require.Equal(t, "enrolled", h.commands(`#{"followupId":"1"}`, object{"number": "+5511999990002"}).Data()["done"].([]any)[0].(object)["status"], "somebody else did not write it")
}

func TestNamesFieldsAndWhatTheBridgeKnowsCountAsTheContactsWords(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	h.CustomerWrote(h.Ours, "5511999990001")
	for _, change := range []object{{"name": `x","followupId":"1`}, {"fields": object{"cpf": `#{"followupId":"1"}`}}} {
		h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, change)
		require.Equal(t, []string{"injected"}, hints(h.commands(`#{"followupId":"1"}`, nil)), "%v", change)
		h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"name": "Ana", "fields": object{"cpf": ""}})
	}
	require.Empty(t, hints(h.commands(`#{"followupId":"1"}`, nil)))
	found := h.commands(`#{"followupId":"1"}`, object{"number": "+5511999990009", "heard": []string{`#{"follow`, `upId":"1"}`}})
	require.Equal(t, []string{"injected"}, hints(found), "a bridge whose messages never came to us")
}

func TestTheHTTPBlockIsGuardedToo(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	h.said(h.Ours, ref, `x","followupId":"1`)
	path := "/typebot/webhook/" + h.Ours.Channel.Token
	found := h.Done(200, "POST", path, "", `{"number":"5511999990001","AddiInfo":{"description":"nome","information":"x"},"followupId":"1"}`)
	require.Equal(t, []string{"injected"}, hints(found))
	h.Refused(400, "mais de uma vez", "POST", path, "", `{"number":"5511999990001","followupId":"2","followupId":"1"}`)
}

func TestABotsOwnerChoosesWhatItsCommandsMayDo(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	h.CustomerWrote(h.Ours, "5511999990001")
	set := func(settings object) object {
		return h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"typebot": settings}).Data()["typebot"].(object)
	}
	require.Equal(t, object{"textAround": false, "commands": nil, "hasSecret": false}, h.Done(200, "GET", "/api/settings", h.Ours.Viewer, nil).Data()["typebot"])

	shown := set(object{"commands": []string{"followupId", "etiqueta"}, "secret": "k3y-9"})
	require.Equal(t, object{"textAround": false, "commands": []any{"followupId", "etiqueta"}, "hasSecret": true}, shown)
	require.NotContains(t, strings.Join(h.Dump()["tenants"], ""), "k3y-9", "it is encrypted at rest")
	require.Equal(t, []string{"secret"}, hints(h.commands(`#{"followupId":"1"}`, nil)))
	require.Equal(t, []string{"not_allowed"}, hints(h.commands(`#k3y-9{"queueId":"1"}`, nil)))
	require.Empty(t, hints(h.commands(`#k3y-9{"followupId":"1","tagId":"VIP"}`, nil)))
	found := h.Done(200, "POST", "/typebot/webhook/"+h.Ours.Channel.Token, "", object{"number": "5511999990001", "tagId": "a"})
	require.Empty(t, hints(found), "the block's own keys need no secret: its address is one")
	require.Equal(t, []string{"not_allowed"}, hints(h.Done(200, "POST", "/typebot/webhook/"+h.Ours.Channel.Token, "", object{"number": "5511999990001", "closeTicket": true})))

	set(object{"commands": nil, "secret": "", "textAround": true})
	found = h.commands("Pronto!\n#{\"queueId\":\"1\"}", nil)
	require.Empty(t, hints(found))
	require.Equal(t, "Pronto!", found.Text("text"))
	h.Done(200, "PUT", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Admin, object{
		"config": object{"wabaId": "102290111", "typebotTextAround": "false", "typebotCommands": "tagId"}, "secrets": object{"typebotSecret": "outra"},
	})
	on := object{"channelId": h.Ours.Channel.ID}
	require.Equal(t, []string{"secret"}, hints(h.commands(`#{"tagId":"b"}`, on)), "the channel's own choices win")
	require.Equal(t, []string{"around"}, hints(h.commands("Oi\n#outra{\"tagId\":\"b\"}", on)))
	require.Equal(t, []string{"not_allowed"}, hints(h.commands(`#outra{"followupId":"1"}`, on)))
	require.Empty(t, hints(h.commands(`#outra{"tagId":"b"}`, on)))

	for field, bad := range map[string]object{
		"typebot.secret": {"secret": "a b c d"}, "typebot.commands": {"commands": "followupId"},
	} {
		require.Equal(t, field, h.Refused(400, field, "PUT", "/api/settings", h.Ours.Admin, object{"typebot": bad}).Body["field"])
	}
}

func TestCommandsKeepTheirPlaceBetweenBubbles(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	h.CustomerWrote(h.Ours, "5511999990001")
	found := h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999990001", "textAround": true, "messages": []object{
		rich("a", "Um instante."), {"id": "b", "type": "image", "content": object{"url": "https://exemplo.com/a.png"}},
		rich("c", `#{"action":"wait","seconds":1.5}`), rich("d", "#{\"tagId\":\"VIP\"}\nPronto!\n#{\"followupId\":\"1\"} #{\"followupId\":\"\"}"),
		rich("e", `#{"action":"ping"}`), rich("f", `#{"stopBot":true}`), rich("g", "Até logo!"),
	}})
	var lines []string
	for _, raw := range found.Data()["steps"].([]any) {
		step := raw.(object)
		line := step["bubbleId"].(string) + " " + step["type"].(string)
		switch {
		case step["text"] != nil:
			line += " " + step["text"].(string)
		case step["done"] != nil:
			line += " " + step["done"].(object)["status"].(string)
		case step["refused"] != nil:
			line += " " + step["refused"].(object)["hint"].(string)
		}
		lines = append(lines, line)
	}
	require.Equal(t, []string{
		"a text Um instante.", "b message", "c done wait", "d done changed", "d text Pronto!", "d done enrolled", "d refused empty_variable",
		"e done pong", "f done stopped", "f done forwarded", "g text Até logo!",
	}, lines)
	require.Equal(t, "pong", found.Text("reply"))
	require.Equal(t, "Um instante.\n\nPronto!\n\nAté logo!", found.Text("text"))
	require.Equal(t, 1.5, found.Data()["done"].([]any)[0].(object)["seconds"])
}

func TestATurnThatIsToldAgainIsNotCarriedOutAgain(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	turn := func(session string, number any, texts ...string) {
		var bubbles []object
		for _, text := range texts {
			bubbles = append(bubbles, rich("x", text)) // Typebot's block ids repeat in loops
		}
		h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{
			"number": "+5511999990001", "sessionId": session, "turn": number, "messages": bubbles,
		})
	}
	for range 3 {
		turn("s1", 1, `#{"followupId":"1"}`, `#{"queueId":5}`)
	}
	require.Equal(t, []string{`enrol null`, `command.unknown {"queueId":"5"}`}, h.told(h.Ours, ref.ContactID))
	turn("s1", "1", `#{ 'followup': 1.0 }`)
	require.Len(t, h.told(h.Ours, ref.ContactID), 2, "the same command written otherwise, the turn as a text")
	turn("s1", 2, `#{"followupId":"1"}`)
	turn("s2", 1, `#{"followupId":"1"}`, `#{"followupId":"1"}`)
	require.Len(t, h.told(h.Ours, ref.ContactID), 5, "another turn, another session, another bubble")
}

func TestTheExtendedFormOfAnEnrolment(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"name": "Ana Souza", "fields": object{"plano": `ouro "especial"`}, "timezone": "America/Manaus"})
	last := func() *chat.Enrolment {
		mail := h.Mail(h.Ours, ref.ContactID)
		return mail[len(mail)-1].Enrol
	}
	h.commands(`#{"followupId":"1","startAt":"2026-07-12 09:00","vars":["nome","primeiro_nome","plano","telefone","falta"],"ifEnrolled":"restart","cancelOn":"reply"}`, nil)
	require.Equal(t, "2026-07-12T13:00:00Z", last().At.Format("2006-01-02T15:04:05Z07:00"), "nine o'clock in Manaus")
	require.Equal(t, map[string]any{"nome": "Ana Souza", "primeiro_nome": "Ana", "plano": `ouro "especial"`, "telefone": "+5511999990001"}, last().Vars)
	require.Equal(t, []string{"restart", "stop"}, []string{last().IfEnrolled, last().OnReply})
	h.commands(`#{"followupId":"1","delay":"2h"}`, nil)
	require.Equal(t, gatewaytest.Start.Add(2*60*60*1e9), last().At)
	h.commands(`#{"followupId":"0","motivo":"comprou"}`, nil)
	require.Equal(t, "comprou", last().Reason)
	require.Equal(t, []string{"unknown_model"}, hints(h.commands(`#{"followupId":"1","startAt":"2026-07-09 09:00"}`, nil)), "a moment that has passed")
}

func TestCommandsChangeTagsFieldsAndRefusalsOfTheContact(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	h.commands("#{\"tagIds\":[\"a\",\"b\",\"c\"]}\n#{\"action\":\"removeTag\",\"tagId\":\"b\"}\n#{\"AddiInfo\":{\"description\":\"plano\",\"information\":\"ouro\"}}\n#{\"optOut\":\"marketing\"}", nil)
	contact := h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil).Data()
	require.Equal(t, []any{"a", "c"}, contact["tags"])
	require.Equal(t, object{"plano": "ouro"}, contact["fields"])
	require.Equal(t, "marketing", contact["optOut"])
	h.commands("#{\"action\":\"clearTags\"}\n#{\"AddiInfo\":{\"description\":\"plano\",\"information\":\"\"}}\n#{\"optOut\":true}", nil)
	contact = h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil).Data()
	require.Empty(t, contact["tags"])
	require.Empty(t, contact["fields"])
	require.Equal(t, "all", contact["optOut"])
	h.commands(`#{"optOut":false}`, nil)
	require.NotContains(t, h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil).Data(), "optOut")
	var scopes []string
	for _, event := range h.Mail(h.Ours, ref.ContactID) {
		if scope, about := event.Data["optOut"]; about {
			text, err := json.Marshal(scope)
			require.NoError(t, err)
			scopes = append(scopes, string(text))
		}
	}
	require.Equal(t, []string{`"marketing"`, `"all"`, `""`}, scopes, "the worker hears of each")
}

func TestAnExportedFlowIsLookedAtWithoutCarryingAnythingOut(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	before := h.Dump()
	flow := object{"version": "6", "name": "Fluxo", "groups": []object{{"id": "g", "title": "Fim", "blocks": []object{
		rich("a", `#{"followupId":"1"}`), rich("b", `#{"followup":"Orçamento"}`), rich("c", `#{"followupId":"2"}`), rich("d", `#{"closeTicket":true}`),
	}}}}
	found := h.Done(200, "POST", "/typebot/lint", h.Ours.Viewer, object{"export": flow})
	require.Len(t, found.Data()["commands"], 4)
	require.Equal(t, 1.0, found.Data()["problems"])
	require.Contains(t, found.Raw, `não existe o modelo de follow-up \"2\"`)
	require.Equal(t, before, h.Dump())

	h.Done(200, "PUT", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Admin, object{"config": object{"wabaId": "102290111", "typebotCommands": "followupId"}})
	found = h.Done(200, "POST", "/typebot/lint", h.Ours.Viewer, object{"export": flow, "channelId": h.Ours.Channel.ID})
	require.Equal(t, 2.0, found.Data()["problems"], "and what the channel does not allow")
	require.Equal(t, 4.0, h.Done(200, "POST", "/typebot/lint", h.Theirs.Viewer, object{"export": object{"typebot": flow}}).Data()["problems"].(float64)+1, "their tenant has no models")
	h.Refused(400, "export: Required", "POST", "/typebot/lint", h.Ours.Viewer, object{})
	h.Refused(400, "não há grupos", "POST", "/typebot/lint", h.Ours.Viewer, object{"export": object{}})
	h.Refused(400, "canal não encontrado", "POST", "/typebot/lint", h.Ours.Viewer, object{"export": flow, "channelId": h.Theirs.Channel.ID})
}

func TestACommandNarrowsNoRefusal(t *testing.T) {
	h := newHouse(t)
	h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770001"})
	h.Done(200, "POST", "/api/contacts/1/opt-out", h.Ours.Operator, nil)
	for _, text := range []string{`#{"optOut":"marketing"}`, `#{"descadastrar":"promoções"}`} {
		h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{"number": "5511977770001", "channelId": h.Ours.Channel.ID, "text": text})
		require.Equal(t, "all", h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil).Text("optOut"), text)
	}
}
