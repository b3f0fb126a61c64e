package worker_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
)

const fourWords = `{"name":"fala","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"a"},
	{"id":"a","type":"send_message","with":{"text":"f 0"},"next":"b"},{"id":"b","type":"send_message","with":{"text":"f 1"},"next":"c"},
	{"id":"c","type":"send_message","with":{"text":"f 2"},"next":"d"},{"id":"d","type":"send_message","with":{"text":"f 3"},"next":"e"},
	{"id":"e","type":"end"}]}`

// The words of one turn are asked for at one instant. They leave, and are listed, as the author wrote them, each time.
func TestAFlowsMessagesLeaveInTheOrderOfTheFlow(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.flow(fourWords)
		for i := range 8 {
			before := len(w.provider.texts())
			who := w.customer(fmt.Sprintf("+55119999800%02d", i), "oi")
			require.Equal(t, []string{"f 0", "f 1", "f 2", "f 3"}, w.provider.texts()[before:])
			var listed []string
			messages, err := w.store.Messages(context.Background(), w.tenant.ID, chat.MessageFilter{ConversationID: who.ConversationID, Page: chat.Page{Limit: 10}})
			require.NoError(t, err)
			for _, message := range messages {
				if message.Direction == chat.Outbound {
					listed = append(listed, message.Content.Text)
				}
			}
			require.Equal(t, []string{"f 3", "f 2", "f 1", "f 0"}, listed, "newest first")
		}
	})
}

// A message that goes in the place of a refused one takes that one's place.
func TestWhatGoesInAnothersPlaceGoesBeforeWhatWasSaidAfterIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		who := w.customer(ana, "oi")
		for i := range 3 {
			id := chat.NewID()
			require.NoError(t, w.store.Enqueue(context.Background(), desk.Item{
				ID: id, OrderingKey: id, Action: "send_message", State: desk.ItemPending, DueAt: w.now(),
				Message: chat.Message{
					ID: id, TenantID: w.tenant.ID, ContactID: who.ContactID, ConversationID: who.ConversationID, ChannelID: w.channel.ID,
					Direction: chat.Outbound, Origin: chat.FromAPI, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: fmt.Sprint(i)},
					FallbackTemplate: &chat.FilledTemplate{Name: "retomada", Language: "pt_BR", Text: fmt.Sprint("template ", i)}, CreatedAt: w.now(),
				},
			}, w.now()))
		}
		w.provider.answer(closed())
		w.work(who.ContactID)
		require.Equal(t, []string{"0", "template 0", "template 1", "template 2"}, w.provider.texts())
	})
}

// Sends take time, and other workers are woken meanwhile: each of them sees that a message is on its way.
func TestOneMessageOfAContactIsOnItsWayAtATime(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		_, who := w.texts(8)
		var flying, most atomic.Int64
		w.provider.during = func(provider.Outgoing) {
			most.Store(max(most.Load(), flying.Add(1)))
			w.work(who) // as another worker does
			flying.Add(-1)
		}
		w.work(who)
		require.EqualValues(t, 1, most.Load())
		require.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7"}, w.provider.texts(), "whoever ends one goes on with the next at once")
	})
}

func TestManyWorkersKeepAContactsOrder(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		_, who := w.texts(12)
		var flying, most atomic.Int64
		w.provider.during = func(provider.Outgoing) {
			most.Store(max(most.Load(), flying.Add(1)))
			for range 50 {
				w.now()
			}
			flying.Add(-1)
		}
		var workers sync.WaitGroup
		for range 6 {
			workers.Go(func() {
				for len(w.provider.texts()) < 12 {
					if err := w.worker.Work(context.Background(), refOf(w, who)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		workers.Wait()
		require.EqualValues(t, 1, most.Load())
		require.True(t, slices.IsSorted(w.provider.texts()[:10]), "%v", w.provider.texts())
		require.Len(t, w.provider.texts(), 12)
	})
}

// A pair's refusal is heard once for each wait, however many workers are about.
func TestARefusalIsHeardOnceHoweverManyWorkersAreAbout(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		_, who := w.texts(4)
		w.provider.during = func(provider.Outgoing) { w.work(who) }
		w.provider.answer(tooFast(), tooFast())
		w.work(who)
		w.work(who)
		require.Equal(t, []string{"0"}, w.provider.texts())
		w.pass(time.Second)
		w.work(who)
		require.Equal(t, []string{"0", "0"}, w.provider.texts())
		w.pass(4 * time.Second)
		w.work(who)
		require.Equal(t, []string{"0", "0", "0", "1", "2", "3"}, w.provider.texts())
	})
}

// The claim of a worker that died is nobody's any more when its lease is over.
func TestADeadWorkersClaimKeepsTheNextOneUntilItsLeaseIsOver(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		ids, who := w.texts(2)
		_, err := w.store.Work(context.Background(), refOf(w, who), nil, func(_ context.Context, d *desk.Desk) error {
			item, _ := d.Item(ids[0])
			item.Message.State, item.Message.ClaimNumber = chat.Sending, d.Received
			d.Claim(item)
			return nil
		})
		require.NoError(t, err)
		w.pass(lease - time.Millisecond)
		w.work(who)
		require.Empty(t, w.provider.texts())
		w.pass(time.Millisecond)
		w.work(who)
		require.Equal(t, []string{"1"}, w.provider.texts())
		require.Equal(t, chat.Unconfirmed, w.message(ids[0]).State)
	})
}
