package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

func tooFast() error {
	return refusal(fault.PairLimited, fault.Reach{Scope: fault.ScopePair, Number: "131056"})
}

// texts puts several texts for one contact into the outbox, each in a line of its own, and works on none.
func (w *world) texts(count int) (ids []string, contactID string) {
	w.t.Helper()
	ctx := context.Background()
	who, err := w.store.EnsureConversation(ctx, w.tenant.ID, w.channel.ID, []chat.Key{chat.PhoneKey(ana)}, ana, "")
	require.NoError(w.t, err)
	for i := range count {
		id := chat.NewID()
		ids = append(ids, id)
		require.NoError(w.t, w.store.Enqueue(ctx, desk.Item{
			ID: id, OrderingKey: id, Action: "send_message", State: desk.ItemPending, DueAt: w.now(),
			Message: chat.Message{
				ID: id, TenantID: w.tenant.ID, ContactID: who.ContactID, ConversationID: who.ConversationID, ChannelID: w.channel.ID,
				Direction: chat.Outbound, Origin: chat.FromAPI, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: fmt.Sprint(i)}, CreatedAt: w.now(),
			},
		}, w.now()))
	}
	return ids, who.ContactID
}

func (w *world) sentTexts() []string {
	var texts []string
	for _, sent := range w.provider.sent {
		texts = append(texts, sent.message.Content.Text)
	}
	return texts
}

// The pace lets everything through in this story: the order is the outbox's own.
func TestAPairMakesOneAttemptForEachWaitAndKeepsItsOrder(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		ids, who := w.texts(4)
		w.provider.answer(nil, tooFast(), tooFast())
		w.work(who)
		require.Equal(t, []string{"0", "1"}, w.sentTexts(), "what is behind the refused one waits with it")
		w.at(w.now().Add(time.Second - time.Millisecond))
		w.work(who)
		require.Len(t, w.provider.sent, 2)
		w.at(w.now().Add(time.Millisecond))
		w.work(who)
		require.Equal(t, []string{"0", "1", "1"}, w.sentTexts(), "one attempt")
		w.at(w.now().Add(4 * time.Second))
		w.work(who)
		require.Equal(t, []string{"0", "1", "1", "1", "2", "3"}, w.sentTexts(), "in order, once the refused one is through")
		for _, id := range ids {
			require.Equal(t, chat.Accepted, w.message(id).State)
		}
		require.True(t, w.pacer.held[len(w.pacer.held)-1].IsZero(), "the pair is free")
	})
}

// What was sent before the refusal, and whose fate was in doubt, went through after all.
func TestASuccessWakesWhatThePairWaitsFor(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		ids, who := w.texts(2)
		w.provider.answer(fault.New(fault.Unconfirmed, "a linha caiu"), tooFast(), tooFast(), tooFast(), tooFast())
		for range 4 {
			w.work(who)
			w.at(w.now().Add(64 * time.Second))
		}
		sent := len(w.provider.sent)
		require.Equal(t, 5, sent)
		w.at(w.now().Add(-63 * time.Second))
		w.work(who)
		require.Len(t, w.provider.sent, sent, "64 s")
		w.status(ids[0], chat.Sent, "")
		require.Len(t, w.provider.sent, sent+1)
		require.Equal(t, chat.Accepted, w.message(ids[1]).State)
	})
}

func TestWhatAPlatformAskedForDoesNotWaitLongForAPair(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		ids, who := w.texts(1)
		for range 6 {
			w.provider.answer(tooFast())
			require.Equal(t, chat.Queued, w.message(ids[0]).State)
			w.work(who)
			w.at(w.now().Add(256 * time.Second))
		}
		require.Equal(t, chat.Failed, w.message(ids[0]).State, "1024 s are more than five minutes")
		require.Equal(t, "pair_limited", w.message(ids[0]).ErrorCode)
	})
}
