package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
	h.t.Helper()
	for _, text := range texts {
		h.saidAtOnce(who, ref, text)
	}
}

// saidAtOnce puts several messages into one webhook.
func (h *house) saidAtOnce(who *tenant, ref desk.Ref, texts ...string) {
	h.t.Helper()
	var intake desk.Intake
	for _, text := range texts {
		intake.Arrivals = append(intake.Arrivals, desk.Arrival{
			TenantID: who.id, ChannelID: who.channel.ID, ContactID: ref.ContactID,
			Event: chat.Event{Name: chat.MessageReceived, ExternalID: "wamid." + chat.NewID(), At: h.clock(),
				Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: text}}},
		})
	}
	_, err := h.store.Receive(h.t.Context(), intake)
	require.NoError(h.t, err)
}

func hints(found answer) []string {
	var all []string
	for _, one := range found.data()["refused"].([]any) {
		all = append(all, one.(object)["hint"].(string))
	}
	return all
}

func TestWhatACustomerWroteNeverCommandsAndIsReported(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	ref := h.customerWrote(h.ours, "5511999990001")
	h.said(h.ours, ref, `Ana #{"followupId":"1"}`)
	before := len(h.mail(h.ours, ref.ContactID))

	found := h.commands(`#{ “followupid”: 1 }`, nil)
	require.Equal(t, []string{"injected"}, hints(found))
	require.Empty(t, found.data()["done"])
	require.Empty(t, found.text("text"))
	mail := h.mail(h.ours, ref.ContactID)[before:]
	require.Len(t, mail, 1)
	require.Equal(t, chat.CommandRefused, mail[0].Name)
	require.Equal(t, "injected", mail[0].Data["hint"])
	require.Contains(t, mail[0].Data["reason"], "próprio contato")

	notified := h.done(200, "GET", "/api/notifications", h.ours.viewer, nil).body["data"].([]any)
	require.Len(t, notified, 1)
	require.Equal(t, "command.refused", notified[0].(object)["kind"])
	require.Equal(t, ref.ContactID, notified[0].(object)["data"].(object)["contactId"])
	for range 3 {
		h.commands(`#{ "followupId": "1" }`, nil)
	}
	require.Len(t, h.done(200, "GET", "/api/notifications", h.ours.viewer, nil).body["data"], 1, "the team is told once a day of a contact")

	require.Equal(t, []string{"injected"}, hints(h.commands(`#{"note":"x","followupId":"1"}`, nil)), "inside an author's command")
	require.Equal(t, "enrolled", h.commands(`#{"followupId":"1"}`, object{"number": "+5511999990002"}).data()["done"].([]any)[0].(object)["status"], "somebody else did not write it")
}

func TestNamesFieldsAndWhatTheBridgeKnowsCountAsTheContactsWords(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	h.customerWrote(h.ours, "5511999990001")
	for _, change := range []object{{"name": `x","followupId":"1`}, {"fields": object{"cpf": `#{"followupId":"1"}`}}} {
		h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, change)
		require.Equal(t, []string{"injected"}, hints(h.commands(`#{"followupId":"1"}`, nil)), "%v", change)
		h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"name": "Ana", "fields": object{"cpf": ""}})
	}
	require.Empty(t, hints(h.commands(`#{"followupId":"1"}`, nil)))
	found := h.commands(`#{"followupId":"1"}`, object{"number": "+5511999990009", "heard": []string{`#{"follow`, `upId":"1"}`}})
	require.Equal(t, []string{"injected"}, hints(found), "a bridge whose messages never came to us")
}

func TestTheHTTPBlockIsGuardedToo(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	ref := h.customerWrote(h.ours, "5511999990001")
	h.said(h.ours, ref, `x","followupId":"1`)
	path := "/typebot/webhook/" + h.ours.channel.Token
	found := h.done(200, "POST", path, "", `{"number":"5511999990001","AddiInfo":{"description":"nome","information":"x"},"followupId":"1"}`)
	require.Equal(t, []string{"injected"}, hints(found))
	h.refused(400, "mais de uma vez", "POST", path, "", `{"number":"5511999990001","followupId":"2","followupId":"1"}`)
}

func TestABotsOwnerChoosesWhatItsCommandsMayDo(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	h.customerWrote(h.ours, "5511999990001")
	set := func(settings object) object {
		return h.done(200, "PUT", "/api/settings", h.ours.admin, object{"typebot": settings}).data()["typebot"].(object)
	}
	require.Equal(t, object{"textAround": false, "commands": nil, "hasSecret": false}, h.done(200, "GET", "/api/settings", h.ours.viewer, nil).data()["typebot"])

	shown := set(object{"commands": []string{"followupId", "etiqueta"}, "secret": "k3y-9"})
	require.Equal(t, object{"textAround": false, "commands": []any{"followupId", "etiqueta"}, "hasSecret": true}, shown)
	require.NotContains(t, strings.Join(h.dump()["tenants"], ""), "k3y-9", "it is encrypted at rest")
	require.Equal(t, []string{"secret"}, hints(h.commands(`#{"followupId":"1"}`, nil)))
	require.Equal(t, []string{"not_allowed"}, hints(h.commands(`#k3y-9{"queueId":"1"}`, nil)))
	require.Empty(t, hints(h.commands(`#k3y-9{"followupId":"1","tagId":"VIP"}`, nil)))
	found := h.done(200, "POST", "/typebot/webhook/"+h.ours.channel.Token, "", object{"number": "5511999990001", "tagId": "a"})
	require.Empty(t, hints(found), "the block's own keys need no secret: its address is one")
	require.Equal(t, []string{"not_allowed"}, hints(h.done(200, "POST", "/typebot/webhook/"+h.ours.channel.Token, "", object{"number": "5511999990001", "closeTicket": true})))

	set(object{"commands": nil, "secret": "", "textAround": true})
	found = h.commands("Pronto!\n#{\"queueId\":\"1\"}", nil)
	require.Empty(t, hints(found))
	require.Equal(t, "Pronto!", found.text("text"))
	h.done(200, "PUT", "/api/channels/"+h.ours.channel.ID, h.ours.admin, object{
		"config": object{"wabaId": "waba-111", "typebotTextAround": "false", "typebotCommands": "tagId"}, "secrets": object{"typebotSecret": "outra"},
	})
	on := object{"channelId": h.ours.channel.ID}
	require.Equal(t, []string{"secret"}, hints(h.commands(`#{"tagId":"b"}`, on)), "the channel's own choices win")
	require.Equal(t, []string{"around"}, hints(h.commands("Oi\n#outra{\"tagId\":\"b\"}", on)))
	require.Equal(t, []string{"not_allowed"}, hints(h.commands(`#outra{"followupId":"1"}`, on)))
	require.Empty(t, hints(h.commands(`#outra{"tagId":"b"}`, on)))

	for field, bad := range map[string]object{
		"typebot.secret": {"secret": "a b c d"}, "typebot.commands": {"commands": "followupId"},
	} {
		require.Equal(t, field, h.refused(400, field, "PUT", "/api/settings", h.ours.admin, object{"typebot": bad}).body["field"])
	}
}

func TestCommandsKeepTheirPlaceBetweenBubbles(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	h.customerWrote(h.ours, "5511999990001")
	found := h.done(200, "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999990001", "textAround": true, "messages": []object{
		rich("a", "Um instante."), {"id": "b", "type": "image", "content": object{"url": "https://exemplo.com/a.png"}},
		rich("c", `#{"action":"wait","seconds":1.5}`), rich("d", "#{\"tagId\":\"VIP\"}\nPronto!\n#{\"followupId\":\"1\"} #{\"followupId\":\"\"}"),
		rich("e", `#{"action":"ping"}`), rich("f", `#{"stopBot":true}`), rich("g", "Até logo!"),
	}})
	var lines []string
	for _, raw := range found.data()["steps"].([]any) {
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
	require.Equal(t, "pong", found.text("reply"))
	require.Equal(t, "Um instante.\n\nPronto!\n\nAté logo!", found.text("text"))
	require.Equal(t, 1.5, found.data()["done"].([]any)[0].(object)["seconds"])
}

func TestATurnThatIsToldAgainIsNotCarriedOutAgain(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	ref := h.customerWrote(h.ours, "5511999990001")
	turn := func(session string, number any, texts ...string) {
		var bubbles []object
		for _, text := range texts {
			bubbles = append(bubbles, rich("x", text)) // Typebot's block ids repeat in loops
		}
		h.done(200, "POST", "/typebot/commands", h.ours.operator, object{
			"number": "+5511999990001", "sessionId": session, "turn": number, "messages": bubbles,
		})
	}
	for range 3 {
		turn("s1", 1, `#{"followupId":"1"}`, `#{"queueId":5}`)
	}
	require.Equal(t, []string{`enrol null`, `command.unknown {"queueId":"5"}`}, h.told(h.ours, ref.ContactID))
	turn("s1", "1", `#{ 'followup': 1.0 }`)
	require.Len(t, h.told(h.ours, ref.ContactID), 2, "the same command written otherwise, the turn as a text")
	turn("s1", 2, `#{"followupId":"1"}`)
	turn("s2", 1, `#{"followupId":"1"}`, `#{"followupId":"1"}`)
	require.Len(t, h.told(h.ours, ref.ContactID), 5, "another turn, another session, another bubble")
}

func TestTheExtendedFormOfAnEnrolment(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	ref := h.customerWrote(h.ours, "5511999990001")
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"name": "Ana Souza", "fields": object{"plano": `ouro "especial"`}, "timezone": "America/Manaus"})
	last := func() *chat.Enrolment {
		mail := h.mail(h.ours, ref.ContactID)
		return mail[len(mail)-1].Enrol
	}
	h.commands(`#{"followupId":"1","startAt":"2026-07-12 09:00","vars":["nome","primeiro_nome","plano","telefone","falta"],"ifEnrolled":"restart","cancelOn":"reply"}`, nil)
	require.Equal(t, "2026-07-12T13:00:00Z", last().At.Format("2006-01-02T15:04:05Z07:00"), "nine o'clock in Manaus")
	require.Equal(t, map[string]any{"nome": "Ana Souza", "primeiro_nome": "Ana", "plano": `ouro "especial"`, "telefone": "+5511999990001"}, last().Vars)
	require.Equal(t, []string{"restart", "stop"}, []string{last().IfEnrolled, last().OnReply})
	h.commands(`#{"followupId":"1","delay":"2h"}`, nil)
	require.Equal(t, start.Add(2*60*60*1e9), last().At)
	h.commands(`#{"followupId":"0","motivo":"comprou"}`, nil)
	require.Equal(t, "comprou", last().Reason)
	require.Equal(t, []string{"unknown_model"}, hints(h.commands(`#{"followupId":"1","startAt":"2026-07-09 09:00"}`, nil)), "a moment that has passed")
}

func TestCommandsChangeTagsFieldsAndRefusalsOfTheContact(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511999990001")
	h.commands("#{\"tagIds\":[\"a\",\"b\",\"c\"]}\n#{\"action\":\"removeTag\",\"tagId\":\"b\"}\n#{\"AddiInfo\":{\"description\":\"plano\",\"information\":\"ouro\"}}\n#{\"optOut\":\"marketing\"}", nil)
	contact := h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil).data()
	require.Equal(t, []any{"a", "c"}, contact["tags"])
	require.Equal(t, object{"plano": "ouro"}, contact["fields"])
	require.Equal(t, "marketing", contact["optOut"])
	h.commands("#{\"action\":\"clearTags\"}\n#{\"AddiInfo\":{\"description\":\"plano\",\"information\":\"\"}}\n#{\"optOut\":true}", nil)
	contact = h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil).data()
	require.Empty(t, contact["tags"])
	require.Empty(t, contact["fields"])
	require.Equal(t, "all", contact["optOut"])
	h.commands(`#{"optOut":false}`, nil)
	require.NotContains(t, h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil).data(), "optOut")
	var scopes []string
	for _, event := range h.mail(h.ours, ref.ContactID) {
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
	h.model(h.ours)
	before := h.dump()
	flow := object{"version": "6", "name": "Fluxo", "groups": []object{{"id": "g", "title": "Fim", "blocks": []object{
		rich("a", `#{"followupId":"1"}`), rich("b", `#{"followup":"Orçamento"}`), rich("c", `#{"followupId":"2"}`), rich("d", `#{"closeTicket":true}`),
	}}}}
	found := h.done(200, "POST", "/typebot/lint", h.ours.viewer, object{"export": flow})
	require.Len(t, found.data()["commands"], 4)
	require.Equal(t, 1.0, found.data()["problems"])
	require.Contains(t, found.raw, `não existe o modelo de follow-up \"2\"`)
	require.Equal(t, before, h.dump())

	h.done(200, "PUT", "/api/channels/"+h.ours.channel.ID, h.ours.admin, object{"config": object{"wabaId": "waba-111", "typebotCommands": "followupId"}})
	found = h.done(200, "POST", "/typebot/lint", h.ours.viewer, object{"export": flow, "channelId": h.ours.channel.ID})
	require.Equal(t, 2.0, found.data()["problems"], "and what the channel does not allow")
	require.Equal(t, 4.0, h.done(200, "POST", "/typebot/lint", h.theirs.viewer, object{"export": object{"typebot": flow}}).data()["problems"].(float64)+1, "their tenant has no models")
	h.refused(400, "export: Required", "POST", "/typebot/lint", h.ours.viewer, object{})
	h.refused(400, "não há grupos", "POST", "/typebot/lint", h.ours.viewer, object{"export": object{}})
	h.refused(400, "canal não encontrado", "POST", "/typebot/lint", h.ours.viewer, object{"export": flow, "channelId": h.theirs.channel.ID})
}

func TestACommandNarrowsNoRefusal(t *testing.T) {
	h := newHouse(t)
	h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770001"})
	h.done(200, "POST", "/api/contacts/1/opt-out", h.ours.operator, nil)
	for _, text := range []string{`#{"optOut":"marketing"}`, `#{"descadastrar":"promoções"}`} {
		h.done(200, "POST", "/typebot/commands", h.ours.operator, object{"number": "5511977770001", "channelId": h.ours.channel.ID, "text": text})
		require.Equal(t, "all", h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil).text("optOut"), text)
	}
}
