package worker_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/catalog"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// takeOver opens a database that an earlier version left behind, a second after its end.
func takeOver(t *testing.T, engine, version string) *world {
	t.Helper()
	w := &world{t: t, provider: &scripted{}, writer: newWriter(), waker: &noted{}, pacer: &pacer{}}
	var end time.Time
	w.address, end = storetest.Old(t, engine, version)
	w.clock = end.Add(time.Second)
	w.provider.now = w.now
	w.store = storetest.Open(t, store.Options{Address: w.address, SecretKey: storetest.OldKey, Now: w.now})
	tenants, err := w.store.Tenants(t.Context())
	require.NoError(t, err)
	w.tenant = tenants[0]
	w.worker = worker.New(worker.Options{
		Store: dying{w.store, w}, Compiler: catalog.New(100, nil), Waker: w.waker, Pacer: w.pacer, Writer: w.writer, Lease: lease, Now: w.now,
		Providers: map[string]provider.Provider{"meta": w.provider}, Horizon: func() time.Duration { return 24 * time.Hour }, Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	return w
}

// sweep works on everything that the scan finds, until it finds nothing.
func (w *world) sweep() {
	w.t.Helper()
	for range 20 {
		found, err := w.store.Overdue(w.t.Context(), w.now(), 100)
		require.NoError(w.t, err)
		found = slices.DeleteFunc(found, func(one desk.Ref) bool { return one.TenantID == "" }) // the installation's own canary
		if len(found) == 0 {
			return
		}
		for _, one := range found {
			w.work(one.ContactID)
		}
	}
	require.Fail(w.t, "there is always something overdue")
}

func (w *world) states() map[flows.FollowUpState]int {
	count := map[flows.FollowUpState]int{}
	for _, row := range slices.Concat(w.pending(), w.history()) {
		count[row.State]++
	}
	return count
}

func (w *world) phonesSentTo() []string {
	var phones []string
	for _, one := range w.provider.sent {
		phones = append(phones, one.message.To)
	}
	return phones
}

func TestWhatAnEarlierVersionLeftPendingIsTakenOver(t *testing.T) {
	for _, engine := range storetest.Engines() {
		for _, version := range storetest.OldVersions(t) {
			t.Run(engine+" from "+version, func(t *testing.T) {
				w := takeOver(t, engine, version)
				require.Equal(t, map[flows.FollowUpState]int{flows.FollowUpSent: 3, flows.Pending: 2, flows.Responded: 1, flows.FollowUpCancelled: 1}, w.states())
				w.pass(2 * time.Second)
				w.sweep()
				require.Len(t, w.provider.sent, 1, "the first message to whoever was to be enrolled; nothing twice")
				require.Contains(t, w.phonesSentTo()[0], "11999990005")
				require.Equal(t, map[flows.FollowUpState]int{flows.FollowUpSent: 4, flows.Pending: 2, flows.Responded: 2, flows.FollowUpCancelled: 1}, w.states(),
					"Ana's answer was read")

				w.pass(lease) // the send of the process that died is in doubt, and stays so
				w.sweep()
				w.pass(time.Minute)
				w.sweep()
				require.Len(t, w.provider.sent, 2)
				require.Contains(t, w.phonesSentTo()[1], "11999990005", "the second message, a minute after the first")
				found, err := w.store.Messages(t.Context(), w.tenant.ID, chat.MessageFilter{State: chat.Unconfirmed, Page: chat.Page{Limit: 10}})
				require.NoError(t, err)
				require.Len(t, found, 1)

				numbers, err := w.store.StatisticsNow(t.Context(), w.tenant.ID, nil)
				require.NoError(t, err)
				require.Len(t, numbers.Flows, 1)
				for _, tally := range numbers.Flows {
					require.EqualValues(t, 5, tally.Sent)
					require.EqualValues(t, 2, tally.Pending)
					require.EqualValues(t, 3, tally.Cancelled)
				}
			})
		}
	}
}
