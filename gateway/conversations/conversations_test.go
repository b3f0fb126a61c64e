package conversations_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestStartingAConversation(t *testing.T) {
	h := newHouse(t)
	found := h.Done(202, "POST", "/api/conversations/start", h.Ours.Operator, object{
		"to": "(11) 97777-0001", "name": "João", "channelId": h.Ours.Channel.ID, "teamId": "vendas",
		"template": object{"name": "lembrete"}, "variables": object{"1": "João", "2": "hoje"},
	})
	require.Equal(t, "+5511977770001", found.Data()["contact"].(object)["phone"])
	conversation := h.Done(200, "GET", "/api/conversations/1", h.Ours.Viewer, nil)
	require.Equal(t, "vendas", conversation.Text("teamId"))
	require.Equal(t, found.Data()["conversation"].(object)["id"], conversation.Text("id"))
	items := h.Outbox(h.Ours, conversation.Text("contactId"))
	require.Len(t, items, 1)
	require.Equal(t, chat.FromPerson, items[0].Message.Origin)

	h.Refused(422, "fora da janela", "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511966660000", "channelId": h.Ours.Channel.ID, "message": "oi"})
	h.Refused(400, "to: Required", "POST", "/api/conversations/start", h.Ours.Operator, object{"channelId": h.Ours.Channel.ID, "message": "oi"})
	h.Refused(400, "informe só um", "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511966660000", "contactId": 1, "channelId": h.Ours.Channel.ID, "message": "oi"})
	h.Refused(400, "informe só um", "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511966660000", "channelId": h.Ours.Channel.ID, "message": "oi", "template": object{"name": "lembrete"}})
	h.Refused(400, "message: Required", "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511966660000", "channelId": h.Ours.Channel.ID})
	h.Refused(400, "channelId: Required", "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511966660000", "message": "oi"})
	h.Refused(422, "Template não encontrado", "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511966660000", "channelId": h.Ours.Channel.ID, "template": object{"name": "x"}})
}

func TestMessagesWaitForTheCustomersReply(t *testing.T) {
	h := newHouse(t)
	h.Done(202, "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511977770001", "channelId": h.Ours.Channel.ID, "template": object{"name": "lembrete"}, "variables": []any{"a", "b"}})
	h.Wakes.Forget()
	path := "/api/conversations/1/messages"
	first := h.Done(202, "POST", path, h.Ours.Operator, object{"text": "primeira"})
	second := h.Done(202, "POST", path, h.Ours.Operator, object{"text": "segunda", "bestBefore": "2026-07-12T00:00:00Z"})
	require.Equal(t, "parked", first.Text("status"))
	require.Empty(t, h.Wakes.Outboxes, "nothing is to be sent yet")
	queue := h.Done(200, "GET", path+"?status=parked", h.Ours.Viewer, nil).List()
	require.Len(t, queue, 2)
	require.Equal(t, "primeira", queue[0].(object)["text"])
	require.Equal(t, "2026-07-12T00:00:00Z", queue[1].(object)["bestBefore"])
	require.NotEmpty(t, h.Done(200, "GET", "/api/conversations/1", h.Ours.Viewer, nil).Text("agentAt"), "a person is talking")

	h.Done(200, "DELETE", path+"/"+second.Text("messageId"), h.Ours.Operator, nil)
	require.Len(t, h.Done(200, "GET", path+"?status=parked", h.Ours.Viewer, nil).List(), 1)
	require.Equal(t, 409, h.Call("DELETE", path+"/"+second.Text("messageId"), h.Ours.Operator, nil).Status)
	h.Refused(404, "Mensagem", "DELETE", path+"/"+chat.NewID(), h.Ours.Operator, nil)
	require.Len(t, h.Done(200, "GET", path, h.Ours.Viewer, nil).List(), 3)
}

func TestATemplateFromBeforeTheReplyOpensNothing(t *testing.T) {
	h := newHouse(t)
	h.Done(202, "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511977770001", "channelId": h.Ours.Channel.ID, "template": object{"name": "lembrete"}, "variables": []any{"a", "b"}})
	h.Advance(time.Minute)
	h.CustomerWrote(h.Ours, "5511977770001")
	require.Equal(t, "queued", h.Done(202, "POST", "/api/conversations/1/messages", h.Ours.Operator, object{"text": "oi"}).Text("status"))
	h.Advance(25 * time.Hour)
	h.Refused(422, "fora da janela", "POST", "/api/conversations/1/messages", h.Ours.Operator, object{"text": "oi"})
}

func TestAMessageIsNotParkedBehindTheReplyItWaitsFor(t *testing.T) {
	h := newHouse(t)
	h.Done(202, "POST", "/api/conversations/start", h.Ours.Operator, object{"to": "+5511977770001", "channelId": h.Ours.Channel.ID, "template": object{"name": "lembrete"}, "variables": []any{"a", "b"}})
	worker := &answering{Store: h.Store}
	raced := h.With(worker)
	replied := false
	worker.settle = func(chat.Message) {
		if !replied {
			replied = true
			h.CustomerWrote(h.Ours, "5511977770001")
		}
	}
	found := raced.Done(202, "POST", "/api/conversations/1/messages", h.Ours.Operator, object{"text": "oi"})
	require.Equal(t, "queued", found.Text("status"), "nobody would ever release it")
	require.Empty(t, h.Done(200, "GET", "/api/conversations/1/messages?status=parked", h.Ours.Viewer, nil).List())
}

func TestHoldAndRelease(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511977770001")
	h.Wakes.Forget()
	held := h.Done(200, "POST", "/api/conversations/1/hold", h.Ours.Operator, nil)
	require.Equal(t, "9999-12-31T00:00:00Z", held.Text("heldUntil"))
	held = h.Done(200, "POST", "/api/conversations/1/hold", h.Ours.Operator, object{"until": "2026-07-10T18:00:00Z"})
	require.Equal(t, "2026-07-10T18:00:00Z", held.Text("heldUntil"))
	h.Refused(400, "until: deve ser", "POST", "/api/conversations/1/hold", h.Ours.Operator, object{"until": "2020-07-10T18:00:00Z"})
	released := h.Done(200, "POST", "/api/conversations/1/release", h.Ours.Operator, nil)
	require.Empty(t, released.Text("heldUntil"))
	require.Equal(t, []desk.Ref{ref, ref, ref}, h.Wakes.Contacts)
}

func TestAnUnconfirmedMessageIsDecidedByThePeople(t *testing.T) {
	h := newHouse(t)
	sent := h.Done(202, "POST", "/api/actions/send-template", h.Ours.Operator, object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}})
	id := sent.Text("messageId")
	message, err := h.Store.Message(context.Background(), h.Ours.ID, id)
	require.NoError(t, err)
	ref := desk.Ref{TenantID: h.Ours.ID, ContactID: message.ContactID}
	for _, state := range []chat.MessageState{chat.Sending, chat.Unconfirmed} {
		_, err = h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
			item, _ := d.Item(id)
			item.State, item.Message.State = desk.ItemState(state), state
			d.SaveItem(item)
			return nil
		})
		require.NoError(t, err)
	}
	listed := h.Done(200, "GET", "/api/messages?status=unconfirmed", h.Ours.Viewer, nil).List()
	require.Len(t, listed, 1)
	h.Refused(400, "as: use um destes", "POST", "/api/messages/"+id+"/resolve", h.Ours.Operator, object{"as": "maybe"})
	h.Refused(400, "as: Required", "POST", "/api/messages/"+id+"/resolve", h.Ours.Operator, object{})
	h.Wakes.Forget()
	require.Equal(t, "accepted", h.Done(200, "POST", "/api/messages/"+id+"/resolve", h.Ours.Operator, object{"as": "sent"}).Text("status"))
	require.Equal(t, []desk.Ref{ref}, h.Wakes.Contacts)
	require.Equal(t, 409, h.Call("POST", "/api/messages/"+id+"/resolve", h.Ours.Operator, object{"as": "sent"}).Status)
}
