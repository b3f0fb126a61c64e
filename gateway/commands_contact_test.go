package gateway_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// told are the events that lie unread in a contact's inbox, each as a short line.
func (h *house) told(who *tenant, contactID string) []string {
	h.t.Helper()
	var lines []string
	for _, event := range h.mail(who, contactID) {
		data, err := json.Marshal(event.Data)
		require.NoError(h.t, err)
		lines = append(lines, string(event.Name)+" "+string(data))
	}
	return lines
}

// commands sends the text of one bubble.
func (h *house) commands(text string, more object) answer {
	h.t.Helper()
	body := object{"number": "+5511999990001", "text": text}
	for name, value := range more {
		body[name] = value
	}
	return h.done(200, "POST", "/typebot/commands", h.ours.operator, body)
}

// unreported is everything stored but what the team was told.
func (h *house) unreported() map[string][]string {
	h.t.Helper()
	all := h.dump()
	delete(all, "notifications")
	return all
}

func TestCommandsChangeTheContactInTheOrderInWhichTheyWereWritten(t *testing.T) {
	h := newHouse(t)
	model := h.model(h.ours).text("id")
	ref := h.customerWrote(h.ours, "5511999990001")
	found := h.commands("#{\"crmId\":\"Proposta\"}\n#{\"status\":\"quente\",\"tagIds\":[7,\"VIP\"],\"followupId\":\"1\",\"queueId\":3}\n#{\"tagId\":\"VIP\"}\n#{\"crmId\":\"Fechado\"}", nil)
	done := found.data()["done"].([]any)
	var statuses []any
	for _, one := range done {
		statuses = append(statuses, one.(object)["status"])
	}
	require.Equal(t, []any{"changed", "changed", "enrolled", "forwarded", "changed", "changed"}, statuses)
	require.Equal(t, []any{"tagIds", "status"}, done[1].(object)["keys"])
	require.Equal(t, []any{"queueId"}, done[3].(object)["keys"])

	require.Equal(t, []string{
		`contact.stage_entered {"from":"","stage":"Proposta"}`, `contact.tag_added {"tag":"7"}`, `contact.tag_added {"tag":"VIP"}`,
		`contact.status_changed {"from":"","status":"quente"}`, `enrol null`, `command.unknown {"queueId":"3"}`,
		`contact.stage_entered {"from":"Proposta","stage":"Fechado"}`,
	}, h.told(h.ours, ref.ContactID), "a tag that is there already is told to nobody")
	contact := h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil).data()
	require.Equal(t, []any{"7", "VIP"}, contact["tags"])
	require.Equal(t, "Fechado", contact["stage"])
	require.Equal(t, "quente", contact["status"])
	for _, event := range h.mail(h.ours, ref.ContactID) {
		require.Equal(t, h.ours.channel.ID, event.ChannelID, event.Name)
		require.NotEmpty(t, event.ConversationID, "without a conversation nothing could start")
		if event.Enrol != nil {
			require.Equal(t, model, event.Enrol.FlowID)
		}
	}
	require.Contains(t, h.wakes.contacts, ref)
}

func TestACommandIsCarriedOutOncePerEvent(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	ref := h.customerWrote(h.ours, "5511999990001")
	text := "#{\"tagId\":\"VIP\",\"followupId\":1}\n#{\"status\":\"novo\"}\n#{\"status\":\"novo\"}"
	h.commands(text, object{"eventId": "sessao-1"})
	want := []string{`contact.tag_added {"tag":"VIP"}`, `enrol null`, `contact.status_changed {"from":"","status":"novo"}`, `contact.changed null`}
	require.Equal(t, want, h.told(h.ours, ref.ContactID))
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"tags": []string{}, "status": "antigo"})
	want = append(want, `contact.status_changed {"from":"novo","status":"antigo"}`)
	h.commands(text, object{"eventId": "sessao-1"})
	require.Equal(t, want, h.told(h.ours, ref.ContactID), "what was undone meanwhile is not done again")
	h.commands(text, object{"eventId": "sessao-2"})
	require.Len(t, h.told(h.ours, ref.ContactID), len(want)+4)

	h.done(200, "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999990001", "text": `#{"tagId":"chave"}`}, "Idempotency-Key", "k1")
	before := h.told(h.ours, ref.ContactID)
	h.done(200, "POST", "/typebot/commands", h.ours.operator, object{"number": "+5511999990001", "text": `#{"tagId":"chave"}`}, "Idempotency-Key", "k1")
	require.Equal(t, before, h.told(h.ours, ref.ContactID))
}

func TestWhatIsNoTagStatusOrStageIsRefused(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	before := h.unreported()
	for command, reason := range map[string]string{
		`{"tagId":null}`: "etiqueta", `{"tagId":" "}`: "etiqueta", `{"tagId":true}`: "etiqueta", `{"tagId":{}}`: "etiqueta", `{"tagId":1.5}`: "etiqueta",
		`{"tagIds":[]}`: "etiqueta", `{"tagIds":["a",null]}`: "etiqueta", `{"tagIds":[["a"]]}`: "etiqueta",
		`{"status":false}`: "status", `{"status":["a"]}`: "status", `{"crmId":-1}`: "estágio", `{"crmId":null,"followupId":1}`: "estágio",
	} {
		found := h.commands("#"+command, nil)
		require.Empty(t, found.data()["done"], command)
		require.Contains(t, found.data()["refused"].([]any)[0].(object)["reason"], reason, command)
	}
	require.Equal(t, before, h.unreported(), "a command is used whole or not at all")
}

func TestKeysThatAnActionGivesAnotherMeaningAreForwarded(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511999990001")
	found := h.commands("#{\"action\":\"menu\",\"tagId\":7}\n#{\"action\":\"updateTicket\",\"status\":\"closed\"}\n#{\"action\":\"addTag\",\"tagId\":99,\"advanceOnly\":true}", nil)
	done := found.data()["done"].([]any)
	require.Equal(t, "forwarded", done[0].(object)["status"])
	require.Equal(t, "forwarded", done[1].(object)["status"])
	require.Equal(t, "changed", done[2].(object)["status"])
	require.Equal(t, []string{
		`command.unknown {"action":"menu","tagId":7}`, `command.unknown {"action":"updateTicket","status":"closed"}`,
		`contact.tag_added {"tag":"99"}`, `command.unknown {"advanceOnly":true}`,
	}, h.told(h.ours, ref.ContactID))
}

func TestTheBlockChangesTheContactToo(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511999990001")
	path := "/typebot/webhook/" + h.ours.channel.Token
	h.done(200, "POST", path, "", object{"number": "5511999990001", "tagId": "VIP", "status": 3, "crmId": "12"})
	require.Equal(t, []string{
		`contact.tag_added {"tag":"VIP"}`, `contact.status_changed {"from":"","status":"3"}`, `contact.stage_entered {"from":"","stage":"12"}`,
	}, h.told(h.ours, ref.ContactID))
}

func TestACommandAboutSomebodyUnknownMakesAContact(t *testing.T) {
	h := newHouse(t)
	h.model(h.ours)
	h.commands("#{\"tagId\":\"VIP\"}", nil)
	contact := h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil)
	require.Equal(t, []any{"VIP"}, contact.data()["tags"])
	mail := h.mail(h.ours, contact.text("id"))
	require.Len(t, mail, 1)
	require.Empty(t, mail[0].ConversationID, "there is none, so nothing can start")
	h.commands("#{\"tagId\":\"quente\",\"followupId\":1}", object{"number": "+5511999990002"})
	other := h.done(200, "GET", "/api/contacts/2", h.ours.viewer, nil).text("id")
	mail = h.mail(h.ours, other)
	require.Equal(t, []chat.EventName{chat.TagAdded, chat.Enrol}, []chat.EventName{mail[0].Name, mail[1].Name})
	require.NotEmpty(t, mail[1].ConversationID, "an enrolment makes the conversation on the model's channel")
	require.Equal(t, mail[1].ConversationID, mail[0].ConversationID)
}

// TestFactsOfAContactBelongToTheConversationInWhichSomebodyWroteLast walks all the ways in which a contact is changed.
func TestFactsOfAContactBelongToTheConversationInWhichSomebodyWroteLast(t *testing.T) {
	h := newHouse(t)
	old := *h.ours
	old.channel = h.channel(h.ours.id, "333", "+5511300000333")
	ref := h.customerWrote(&old, "5511999990001")
	h.advance(time.Minute)
	require.Equal(t, ref, h.customerWrote(h.ours, "5511999990001"))
	oldest, err := h.store.ConversationOn(t.Context(), h.ours.id, ref.ContactID, old.channel.ID)
	require.NoError(t, err)
	last := func() chat.Event {
		mail := h.mail(h.ours, ref.ContactID)
		return mail[len(mail)-1]
	}
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"tags": []string{"a"}})
	require.Equal(t, h.ours.channel.ID, last().ChannelID)
	h.commands("#{\"tagId\":\"b\"}", nil)
	require.Equal(t, h.ours.channel.ID, last().ChannelID)
	event := object{"event": "deal.created", "contactId": 1, "eventId": "d1"}
	first := h.done(202, "POST", "/api/events", h.ours.operator, event)
	require.Equal(t, h.ours.channel.ID, last().ChannelID)
	require.Equal(t, last().ConversationID, first.text("conversationId"))

	h.commands("#{\"tagId\":\"c\"}", object{"channelId": old.channel.ID})
	require.Equal(t, oldest.ID, last().ConversationID, "the conversation that was named")
	h.done(202, "POST", "/api/events", h.ours.operator, object{"event": "deal.created", "conversationId": oldest.ID})
	require.Equal(t, oldest.ID, last().ConversationID)
	empty := h.channel(h.ours.id, "444", "+5511300000444")
	h.commands("#{\"tagId\":\"d\"}", object{"channelId": empty.ID})
	require.Equal(t, h.ours.channel.ID, last().ChannelID, "there is no conversation on that channel")

	h.advance(time.Minute)
	h.weWrote(&old, ref, chat.FromPerson, h.clock())
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"stage": "Fechado"})
	require.Equal(t, oldest.ID, last().ConversationID, "our message counts as well")
	again := h.done(202, "POST", "/api/events", h.ours.operator, event)
	require.Equal(t, true, again.data()["duplicate"], "the same event, whatever became of the conversations")
	require.Equal(t, first.text("eventId"), again.text("eventId"))
}

func TestAContactBecomesWhatAPlatformTellsOfIt(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511999990001")
	for _, event := range []object{
		{"event": "contact.tag_added", "data": object{"tag": " VIP "}}, {"event": "contact.tag_added", "data": object{"tag": "VIP"}},
		{"event": "stage.entered", "data": object{"stage": "Negociação"}}, {"event": "contact.status_changed", "data": object{"status": "quente"}},
		{"event": "pedido.pago", "data": object{"status": "frio"}},
	} {
		event["contactId"] = 1
		h.done(202, "POST", "/api/events", h.ours.operator, event)
	}
	contact := h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil)
	require.Equal(t, []any{"VIP"}, contact.data()["tags"])
	require.Equal(t, "Negociação", contact.text("stage"))
	require.Equal(t, "quente", contact.text("status"))
	require.Len(t, h.mail(h.ours, contact.text("id")), 5, "each is told as it came")
}

func TestAStageThatWasOnlyLeftIsNotEntered(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511999990001")
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"stage": "Negociação"})
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"stage": ""})
	require.Equal(t, []string{`contact.stage_entered {"from":"","stage":"Negociação"}`, `contact.changed null`}, h.told(h.ours, ref.ContactID))
}
