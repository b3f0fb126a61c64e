package gateway_test

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
	found := h.done(202, "POST", "/api/conversations/start", h.ours.operator, object{
		"to": "(11) 97777-0001", "name": "João", "channelId": h.ours.channel.ID, "teamId": "vendas",
		"template": object{"name": "lembrete"}, "variables": object{"1": "João", "2": "hoje"},
	})
	require.Equal(t, "+5511977770001", found.data()["contact"].(object)["phone"])
	conversation := h.done(200, "GET", "/api/conversations/1", h.ours.viewer, nil)
	require.Equal(t, "vendas", conversation.text("teamId"))
	require.Equal(t, found.data()["conversation"].(object)["id"], conversation.text("id"))
	items := h.outbox(h.ours, conversation.text("contactId"))
	require.Len(t, items, 1)
	require.Equal(t, chat.FromPerson, items[0].Message.Origin)

	h.refused(422, "fora da janela", "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511966660000", "channelId": h.ours.channel.ID, "message": "oi"})
	h.refused(400, "to: Required", "POST", "/api/conversations/start", h.ours.operator, object{"channelId": h.ours.channel.ID, "message": "oi"})
	h.refused(400, "informe só um", "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511966660000", "contactId": 1, "channelId": h.ours.channel.ID, "message": "oi"})
	h.refused(400, "informe só um", "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511966660000", "channelId": h.ours.channel.ID, "message": "oi", "template": object{"name": "lembrete"}})
	h.refused(400, "message: Required", "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511966660000", "channelId": h.ours.channel.ID})
	h.refused(400, "channelId: Required", "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511966660000", "message": "oi"})
	h.refused(422, "Template não encontrado", "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511966660000", "channelId": h.ours.channel.ID, "template": object{"name": "x"}})
}

func TestMessagesWaitForTheCustomersReply(t *testing.T) {
	h := newHouse(t)
	h.done(202, "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511977770001", "channelId": h.ours.channel.ID, "template": object{"name": "lembrete"}, "variables": []any{"a", "b"}})
	h.wakes.forget()
	path := "/api/conversations/1/messages"
	first := h.done(202, "POST", path, h.ours.operator, object{"text": "primeira"})
	second := h.done(202, "POST", path, h.ours.operator, object{"text": "segunda", "bestBefore": "2026-07-12T00:00:00Z"})
	require.Equal(t, "parked", first.text("status"))
	require.Empty(t, h.wakes.outbox, "nothing is to be sent yet")
	queue := h.done(200, "GET", path+"?status=parked", h.ours.viewer, nil).list()
	require.Len(t, queue, 2)
	require.Equal(t, "primeira", queue[0].(object)["text"])
	require.Equal(t, "2026-07-12T00:00:00Z", queue[1].(object)["bestBefore"])
	require.NotEmpty(t, h.done(200, "GET", "/api/conversations/1", h.ours.viewer, nil).text("agentAt"), "a person is talking")

	h.done(200, "DELETE", path+"/"+second.text("messageId"), h.ours.operator, nil)
	require.Len(t, h.done(200, "GET", path+"?status=parked", h.ours.viewer, nil).list(), 1)
	require.Equal(t, 409, h.call("DELETE", path+"/"+second.text("messageId"), h.ours.operator, nil).status)
	h.refused(404, "Mensagem", "DELETE", path+"/"+chat.NewID(), h.ours.operator, nil)
	require.Len(t, h.done(200, "GET", path, h.ours.viewer, nil).list(), 3)
}

func TestATemplateFromBeforeTheReplyOpensNothing(t *testing.T) {
	h := newHouse(t)
	h.done(202, "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511977770001", "channelId": h.ours.channel.ID, "template": object{"name": "lembrete"}, "variables": []any{"a", "b"}})
	h.advance(time.Minute)
	h.customerWrote(h.ours, "5511977770001")
	require.Equal(t, "queued", h.done(202, "POST", "/api/conversations/1/messages", h.ours.operator, object{"text": "oi"}).text("status"))
	h.advance(25 * time.Hour)
	h.refused(422, "fora da janela", "POST", "/api/conversations/1/messages", h.ours.operator, object{"text": "oi"})
}

func TestAMessageIsNotParkedBehindTheReplyItWaitsFor(t *testing.T) {
	h := newHouse(t)
	h.done(202, "POST", "/api/conversations/start", h.ours.operator, object{"to": "+5511977770001", "channelId": h.ours.channel.ID, "template": object{"name": "lembrete"}, "variables": []any{"a", "b"}})
	worker := &answering{Store: h.store}
	raced := h.with(worker)
	replied := false
	worker.settle = func(chat.Message) {
		if !replied {
			replied = true
			h.customerWrote(h.ours, "5511977770001")
		}
	}
	found := raced.done(202, "POST", "/api/conversations/1/messages", h.ours.operator, object{"text": "oi"})
	require.Equal(t, "queued", found.text("status"), "nobody would ever release it")
	require.Empty(t, h.done(200, "GET", "/api/conversations/1/messages?status=parked", h.ours.viewer, nil).list())
}

func TestHoldAndRelease(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511977770001")
	h.wakes.forget()
	held := h.done(200, "POST", "/api/conversations/1/hold", h.ours.operator, nil)
	require.Equal(t, "9999-12-31T00:00:00Z", held.text("heldUntil"))
	held = h.done(200, "POST", "/api/conversations/1/hold", h.ours.operator, object{"until": "2026-07-10T18:00:00Z"})
	require.Equal(t, "2026-07-10T18:00:00Z", held.text("heldUntil"))
	h.refused(400, "until: deve ser", "POST", "/api/conversations/1/hold", h.ours.operator, object{"until": "2020-07-10T18:00:00Z"})
	released := h.done(200, "POST", "/api/conversations/1/release", h.ours.operator, nil)
	require.Empty(t, released.text("heldUntil"))
	require.Equal(t, []desk.Ref{ref, ref, ref}, h.wakes.contacts)
}

func TestAnUnconfirmedMessageIsDecidedByThePeople(t *testing.T) {
	h := newHouse(t)
	sent := h.done(202, "POST", "/api/actions/send-template", h.ours.operator, object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}})
	id := sent.text("messageId")
	message, err := h.store.Message(context.Background(), h.ours.id, id)
	require.NoError(t, err)
	ref := desk.Ref{TenantID: h.ours.id, ContactID: message.ContactID}
	for _, state := range []chat.MessageState{chat.Sending, chat.Unconfirmed} {
		_, err = h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
			item, _ := d.Item(id)
			item.State, item.Message.State = desk.ItemState(state), state
			d.SaveItem(item)
			return nil
		})
		require.NoError(t, err)
	}
	listed := h.done(200, "GET", "/api/messages?status=unconfirmed", h.ours.viewer, nil).list()
	require.Len(t, listed, 1)
	h.refused(400, "as: use um destes", "POST", "/api/messages/"+id+"/resolve", h.ours.operator, object{"as": "maybe"})
	h.refused(400, "as: Required", "POST", "/api/messages/"+id+"/resolve", h.ours.operator, object{})
	h.wakes.forget()
	require.Equal(t, "accepted", h.done(200, "POST", "/api/messages/"+id+"/resolve", h.ours.operator, object{"as": "sent"}).text("status"))
	require.Equal(t, []desk.Ref{ref}, h.wakes.contacts)
	require.Equal(t, 409, h.call("POST", "/api/messages/"+id+"/resolve", h.ours.operator, object{"as": "sent"}).status)
}
