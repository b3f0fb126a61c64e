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

// refusedUntil lets a pair be refused so often that it now waits for this long, at the cost of one message.
func (w *world) refusedUntil(wait time.Duration) {
	w.t.Helper()
	_, who := w.texts(1)
	for at := time.Second; ; at *= 4 {
		w.provider.answer(tooFast())
		w.work(who)
		if at == wait {
			break
		}
		w.pass(at)
	}
}

func TestWhatWaitsBehindARefusedPairSaysSo(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		w.refusedUntil(256 * time.Second)
		ids, who := w.texts(1)
		w.pacer.notBefore = w.now().Add(256 * time.Second)
		for range 3 {
			w.work(who)
			w.pass(time.Second)
		}
		message := w.message(ids[0])
		require.Equal(t, chat.Queued, message.State, "less than five minutes")
		require.Contains(t, message.ErrorDetail, "rápido demais")
		require.Len(t, message.Log, 1, "a wait is one line")
		require.Equal(t, []string{"pair", "later"}, []string{message.Log[0].Check, message.Log[0].Verdict})
		require.Equal(t, w.pacer.notBefore.UTC().Format(time.RFC3339), message.Log[0].Values["until"])
		w.at(w.pacer.notBefore)
		w.work(who)
		require.Equal(t, chat.Accepted, w.message(ids[0]).State)
		require.Empty(t, w.message(ids[0]).ErrorDetail)
	})
}

// The one that was refused has failed and is gone; the pair is still held, and nobody must wait for it unawares.
func TestWhatAPlatformAsksForWhileAPairWaitsLongFailsAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		w.refusedUntil(1024 * time.Second)
		w.pacer.notBefore = w.now().Add(1024 * time.Second)
		ids, who := w.texts(2)
		w.work(who)
		for _, id := range ids {
			message := w.message(id)
			require.Equal(t, chat.Failed, message.State)
			require.Equal(t, "pair_limited", message.ErrorCode)
			require.Contains(t, message.ErrorDetail, "a próxima tentativa é às 09:22:45,")
		}
		sent := len(w.provider.sent)
		w.at(w.pacer.notBefore)
		ids, who = w.texts(1)
		w.work(who)
		require.Len(t, w.provider.sent, sent+1)
		require.Equal(t, chat.Accepted, w.message(ids[0]).State)
	})
}

// A follow-up that was refused is tried after each wait, however long; what a platform asks for meanwhile is told, and what
// follows of the flow waits with its reason.
func TestBehindAFollowUpThatWaitsForItsPair(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		for wait := time.Second; wait <= 1024*time.Second; wait *= 4 {
			w.provider.answer(tooFast())
			w.work(who.ContactID)
			if wait == 256*time.Second {
				ids, _ := w.texts(1)
				w.work(who.ContactID)
				require.Equal(t, chat.Queued, w.message(ids[0]).State)
				require.Contains(t, w.message(ids[0]).ErrorDetail, "espera até")
			}
			if wait < 1024*time.Second {
				w.pass(wait)
			}
		}
		ids, _ := w.texts(1)
		w.work(who.ContactID)
		require.Equal(t, "pair_limited", w.message(ids[0]).ErrorCode)
		require.Len(t, w.pending(), 1, "the follow-up goes on waiting")
		sent := len(w.provider.sent)
		w.pass(1024 * time.Second)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, sent+1)
		require.Len(t, w.followUps(chat.FollowUpFilter{State: "SENT"}), 1)
	})
}

func TestAMessageWhoseOwnTimeIsOverDoesNotWaitForItsPair(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		_, who := w.texts(1)
		w.provider.answer(tooFast(), tooFast(), tooFast())
		for _, wait := range []time.Duration{time.Second, 4 * time.Second, 0} {
			w.work(who)
			w.pass(wait)
		}
		id := w.asksBefore(ana, w.now().Add(5*time.Second))
		require.Equal(t, chat.Queued, w.message(id).State)
		w.pass(6 * time.Second)
		w.work(who)
		require.Equal(t, chat.Failed, w.message(id).State, "it does not wait for its turn to hear this")
		require.Equal(t, "policy_blocked", w.message(id).ErrorCode)
	})
}

// asksBefore puts a text into the outbox that is of no use after a time.
func (w *world) asksBefore(phone string, limit time.Time) string {
	w.t.Helper()
	who, err := w.store.EnsureConversation(context.Background(), w.tenant.ID, w.channel.ID, []chat.Key{chat.PhoneKey(phone)}, phone, "")
	require.NoError(w.t, err)
	id := chat.NewID()
	require.NoError(w.t, w.store.Enqueue(context.Background(), desk.Item{
		ID: id, OrderingKey: id, Action: "send_message", State: desk.ItemPending, DueAt: w.now(),
		Message: chat.Message{
			ID: id, TenantID: w.tenant.ID, ContactID: who.ContactID, ConversationID: who.ConversationID, ChannelID: w.channel.ID, BestBefore: limit,
			Direction: chat.Outbound, Origin: chat.FromAPI, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: "já"}, CreatedAt: w.now(),
		},
	}, w.now()))
	w.work(who.ContactID)
	return id
}
