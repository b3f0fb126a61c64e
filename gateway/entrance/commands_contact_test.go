package entrance_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// told are the events that lie unread in a contact's inbox, each as a short line.
func (h *house) told(who *tenant, contactID string) []string {
	h.T.Helper()
	var lines []string
	for _, event := range h.Mail(who, contactID) {
		data, err := json.Marshal(event.Data)
		require.NoError(h.T, err)
		lines = append(lines, string(event.Name)+" "+string(data))
	}
	return lines
}

// commands sends the text of one bubble.
func (h *house) commands(text string, more object) answer {
	h.T.Helper()
	body := object{"number": "+5511999990001", "text": text}
	for name, value := range more {
		body[name] = value
	}
	return h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, body)
}

// unreported is everything stored but what the team was told.
func (h *house) unreported() map[string][]string {
	h.T.Helper()
	all := h.Dump()
	delete(all, "notifications")
	return all
}

func TestCommandsChangeTheContactInTheOrderInWhichTheyWereWritten(t *testing.T) {
	h := newHouse(t)
	model := h.Model(h.Ours).Text("id")
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	found := h.commands("#{\"crmId\":\"Proposta\"}\n#{\"status\":\"quente\",\"tagIds\":[7,\"VIP\"],\"followupId\":\"1\",\"queueId\":3}\n#{\"tagId\":\"VIP\"}\n#{\"crmId\":\"Fechado\"}", nil)
	done := found.Data()["done"].([]any)
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
	}, h.told(h.Ours, ref.ContactID), "a tag that is there already is told to nobody")
	contact := h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil).Data()
	require.Equal(t, []any{"7", "VIP"}, contact["tags"])
	require.Equal(t, "Fechado", contact["stage"])
	require.Equal(t, "quente", contact["status"])
	for _, event := range h.Mail(h.Ours, ref.ContactID) {
		require.Equal(t, h.Ours.Channel.ID, event.ChannelID, event.Name)
		require.NotEmpty(t, event.ConversationID, "without a conversation nothing could start")
		if event.Enrol != nil {
			require.Equal(t, model, event.Enrol.FlowID)
		}
	}
	require.Contains(t, h.Wakes.Contacts, ref)
}

func TestACommandIsCarriedOutOncePerEvent(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	text := "#{\"tagId\":\"VIP\",\"followupId\":1}\n#{\"status\":\"novo\"}\n#{\"status\":\"novo\"}"
	h.commands(text, object{"eventId": "sessao-1"})
	want := []string{`contact.tag_added {"tag":"VIP"}`, `enrol null`, `contact.status_changed {"from":"","status":"novo"}`, `contact.changed null`}
	require.Equal(t, want, h.told(h.Ours, ref.ContactID))
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"tags": []string{}, "status": "antigo"})
	want = append(want, `contact.status_changed {"from":"novo","status":"antigo"}`)
	h.commands(text, object{"eventId": "sessao-1"})
	require.Equal(t, want, h.told(h.Ours, ref.ContactID), "what was undone meanwhile is not done again")
	h.commands(text, object{"eventId": "sessao-2"})
	require.Len(t, h.told(h.Ours, ref.ContactID), len(want)+4)

	h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999990001", "text": `#{"tagId":"chave"}`}, "Idempotency-Key", "k1")
	before := h.told(h.Ours, ref.ContactID)
	h.Done(200, "POST", "/typebot/commands", h.Ours.Operator, object{"number": "+5511999990001", "text": `#{"tagId":"chave"}`}, "Idempotency-Key", "k1")
	require.Equal(t, before, h.told(h.Ours, ref.ContactID))
}

func TestWhatIsNoTagStatusOrStageIsRefused(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	before := h.unreported()
	for command, reason := range map[string]string{
		`{"tagId":null}`: "etiqueta", `{"tagId":" "}`: "etiqueta", `{"tagId":true}`: "etiqueta", `{"tagId":{}}`: "etiqueta", `{"tagId":1.5}`: "etiqueta",
		`{"tagIds":[]}`: "etiqueta", `{"tagIds":["a",null]}`: "etiqueta", `{"tagIds":[["a"]]}`: "etiqueta",
		`{"status":false}`: "status", `{"status":["a"]}`: "status", `{"crmId":-1}`: "estágio", `{"crmId":null,"followupId":1}`: "estágio",
	} {
		found := h.commands("#"+command, nil)
		require.Empty(t, found.Data()["done"], command)
		require.Contains(t, found.Data()["refused"].([]any)[0].(object)["reason"], reason, command)
	}
	require.Equal(t, before, h.unreported(), "a command is used whole or not at all")
}

func TestKeysThatAnActionGivesAnotherMeaningAreForwarded(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	found := h.commands("#{\"action\":\"menu\",\"tagId\":7}\n#{\"action\":\"updateTicket\",\"status\":\"closed\"}\n#{\"action\":\"addTag\",\"tagId\":99,\"advanceOnly\":true}", nil)
	done := found.Data()["done"].([]any)
	require.Equal(t, "forwarded", done[0].(object)["status"])
	require.Equal(t, "forwarded", done[1].(object)["status"])
	require.Equal(t, "changed", done[2].(object)["status"])
	require.Equal(t, []string{
		`command.unknown {"action":"menu","tagId":7}`, `command.unknown {"action":"updateTicket","status":"closed"}`,
		`contact.tag_added {"tag":"99"}`, `command.unknown {"advanceOnly":true}`,
	}, h.told(h.Ours, ref.ContactID))
}

func TestTheBlockChangesTheContactToo(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	path := "/typebot/webhook/" + h.Ours.Channel.Token
	h.Done(200, "POST", path, "", object{"number": "5511999990001", "tagId": "VIP", "status": 3, "crmId": "12"})
	require.Equal(t, []string{
		`contact.tag_added {"tag":"VIP"}`, `contact.status_changed {"from":"","status":"3"}`, `contact.stage_entered {"from":"","stage":"12"}`,
	}, h.told(h.Ours, ref.ContactID))
}

func TestACommandAboutSomebodyUnknownMakesAContact(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	h.commands("#{\"tagId\":\"VIP\"}", nil)
	contact := h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil)
	require.Equal(t, []any{"VIP"}, contact.Data()["tags"])
	mail := h.Mail(h.Ours, contact.Text("id"))
	require.Len(t, mail, 1)
	require.Empty(t, mail[0].ConversationID, "there is none, so nothing can start")
	h.commands("#{\"tagId\":\"quente\",\"followupId\":1}", object{"number": "+5511999990002"})
	other := h.Done(200, "GET", "/api/contacts/2", h.Ours.Viewer, nil).Text("id")
	mail = h.Mail(h.Ours, other)
	require.Equal(t, []chat.EventName{chat.TagAdded, chat.Enrol}, []chat.EventName{mail[0].Name, mail[1].Name})
	require.NotEmpty(t, mail[1].ConversationID, "an enrolment makes the conversation on the model's channel")
	require.Equal(t, mail[1].ConversationID, mail[0].ConversationID)
}

// TestFactsOfAContactBelongToTheConversationInWhichSomebodyWroteLast walks all the ways in which a contact is changed.
func TestFactsOfAContactBelongToTheConversationInWhichSomebodyWroteLast(t *testing.T) {
	h := newHouse(t)
	old := *h.Ours
	old.Channel = h.Channel(h.Ours.ID, "333", "+5511300000333")
	ref := h.CustomerWrote(&old, "5511999990001")
	h.Advance(time.Minute)
	require.Equal(t, ref, h.CustomerWrote(h.Ours, "5511999990001"))
	oldest, err := h.Store.ConversationOn(t.Context(), h.Ours.ID, ref.ContactID, old.Channel.ID)
	require.NoError(t, err)
	last := func() chat.Event {
		mail := h.Mail(h.Ours, ref.ContactID)
		return mail[len(mail)-1]
	}
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"tags": []string{"a"}})
	require.Equal(t, h.Ours.Channel.ID, last().ChannelID)
	h.commands("#{\"tagId\":\"b\"}", nil)
	require.Equal(t, h.Ours.Channel.ID, last().ChannelID)
	event := object{"event": "deal.created", "contactId": 1, "eventId": "d1"}
	first := h.Done(202, "POST", "/api/events", h.Ours.Operator, event)
	require.Equal(t, h.Ours.Channel.ID, last().ChannelID)
	require.Equal(t, last().ConversationID, first.Text("conversationId"))

	h.commands("#{\"tagId\":\"c\"}", object{"channelId": old.Channel.ID})
	require.Equal(t, oldest.ID, last().ConversationID, "the conversation that was named")
	h.Done(202, "POST", "/api/events", h.Ours.Operator, object{"event": "deal.created", "conversationId": oldest.ID})
	require.Equal(t, oldest.ID, last().ConversationID)
	empty := h.Channel(h.Ours.ID, "444", "+5511300000444")
	h.commands("#{\"tagId\":\"d\"}", object{"channelId": empty.ID})
	require.Equal(t, h.Ours.Channel.ID, last().ChannelID, "there is no conversation on that channel")

	h.Advance(time.Minute)
	h.WeWrote(&old, ref, chat.FromPerson, h.Clock())
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"stage": "Fechado"})
	require.Equal(t, oldest.ID, last().ConversationID, "our message counts as well")
	again := h.Done(202, "POST", "/api/events", h.Ours.Operator, event)
	require.Equal(t, true, again.Data()["duplicate"], "the same event, whatever became of the conversations")
	require.Equal(t, first.Text("eventId"), again.Text("eventId"))
}

func TestAContactBecomesWhatAPlatformTellsOfIt(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511999990001")
	for _, event := range []object{
		{"event": "contact.tag_added", "data": object{"tag": " VIP "}}, {"event": "contact.tag_added", "data": object{"tag": "VIP"}},
		{"event": "stage.entered", "data": object{"stage": "Negociação"}}, {"event": "contact.status_changed", "data": object{"status": "quente"}},
		{"event": "pedido.pago", "data": object{"status": "frio"}},
	} {
		event["contactId"] = 1
		h.Done(202, "POST", "/api/events", h.Ours.Operator, event)
	}
	contact := h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil)
	require.Equal(t, []any{"VIP"}, contact.Data()["tags"])
	require.Equal(t, "Negociação", contact.Text("stage"))
	require.Equal(t, "quente", contact.Text("status"))
	require.Len(t, h.Mail(h.Ours, contact.Text("id")), 5, "each is told as it came")
}

func TestAStageThatWasOnlyLeftIsNotEntered(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"stage": "Negociação"})
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"stage": ""})
	require.Equal(t, []string{`contact.stage_entered {"from":"","stage":"Negociação"}`, `contact.changed null`}, h.told(h.Ours, ref.ContactID))
}
