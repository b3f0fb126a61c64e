package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// era is a zone at a time when its clocks did something of their own.
type era struct {
	zone string
	from string // a local date a few days before it
}

// eras hold a midnight that does not exist and one hour of the evening twice (São Paulo), three quarters of an hour
// (Kathmandu), changes by half an hour (Lord Howe), a date that does not exist (Apia), and an ordinary one.
var eras = []era{
	{"America/Sao_Paulo", "2018-02-10"}, {"America/Sao_Paulo", "2018-10-30"}, {"Asia/Kathmandu", "2026-03-01"},
	{"Australia/Lord_Howe", "2026-04-01"}, {"Australia/Lord_Howe", "2026-09-28"}, {"Pacific/Apia", "2011-12-26"},
	{"America/New_York", "2026-03-05"}, {"UTC", "2026-12-25"},
}

// history is a tenant's follow-ups as a naive reader keeps them: whole rows, counted one by one.
type history struct {
	store  *store.Store
	ref    desk.Ref
	zone   *time.Location
	from   time.Time // of the days that are asked for
	to     time.Time
	byHand map[string]flows.FollowUp
	order  []string
	flows  []string
}

func newHistory(t require.TestingT, s *store.Store, tenant chat.Tenant, contactID string, when era, days int) *history {
	zone, err := calendar.Zone(when.zone)
	require.NoError(t, err)
	first, err := time.ParseInLocation(time.DateOnly, when.from, zone)
	require.NoError(t, err)
	return &history{
		store: s, ref: desk.Ref{TenantID: tenant.ID, ContactID: contactID}, zone: zone,
		from: calendar.StartOfDay(first, zone), to: calendar.StartOfDay(first.AddDate(0, 0, days), zone),
		byHand: map[string]flows.FollowUp{}, flows: []string{chat.NewID(), chat.NewID(), chat.NewID()},
	}
}

// work writes through the same door as the worker.
func (h *history) work(t require.TestingT, change func(d *desk.Desk)) {
	for {
		worked, err := h.store.Work(context.Background(), h.ref, nil, func(_ context.Context, d *desk.Desk) error {
			change(d)
			return nil
		})
		require.NoError(t, err)
		if !worked.Busy {
			return
		}
	}
}

func (h *history) save(t require.TestingT, f flows.FollowUp) {
	if _, known := h.byHand[f.ID]; !known {
		h.order = append(h.order, f.ID)
	}
	h.byHand[f.ID] = f
	h.work(t, func(d *desk.Desk) { d.SaveFollowUps([]flows.FollowUp{f}) })
}

func (h *history) plan(t require.TestingT, flowID string, due time.Time) {
	h.save(t, flows.FollowUp{
		ID: chat.NewID(), TenantID: h.ref.TenantID, RunID: chat.NewID(), FlowID: flowID, ContactID: h.ref.ContactID, ConversationID: "c",
		State: flows.Pending, Attempt: 1, DueAt: due, Revision: 1, CreatedAt: due,
	})
}

func (h *history) send(t require.TestingT, f flows.FollowUp, at time.Time) {
	f.State, f.SentAt, f.MessageID = flows.FollowUpSent, at, chat.NewID()
	message := chat.Message{
		ID: f.MessageID, TenantID: f.TenantID, ContactID: f.ContactID, ChannelID: "ch", Direction: chat.Outbound, Origin: chat.FromFollowUp,
		State: chat.Accepted, FollowUpID: f.ID, CreatedAt: at,
	}
	h.work(t, func(d *desk.Desk) { d.Changes.NewMessages = append(d.Changes.NewMessages, message) })
	h.save(t, f)
}

// credit is the customer's answer to a follow-up that was sent.
func (h *history) credit(t require.TestingT, f flows.FollowUp, at time.Time) {
	h.work(t, func(d *desk.Desk) { d.Changes.Credit = &desk.Credit{FollowUpID: f.ID, At: at} })
	if f.RespondedAt.IsZero() {
		f.RespondedAt = at
	}
	h.byHand[f.ID] = f
}

// failLate is the provider's report that what it had accepted did not arrive.
func (h *history) failLate(t require.TestingT, f flows.FollowUp, at time.Time) {
	h.work(t, func(d *desk.Desk) {
		d.Changes.FailedFollowUps = append(d.Changes.FailedFollowUps, desk.FailedFollowUp{MessageID: f.MessageID, At: at, ErrorCode: "unreachable"})
	})
	f.State, f.FailedAt = flows.FollowUpFailed, at
	h.byHand[f.ID] = f
}

// step does one thing that happens to follow-ups.
func (h *history) step(t *rapid.T) {
	at := h.from.Add(rapid.Custom(func(t *rapid.T) time.Duration {
		span := int64(h.to.Sub(h.from)) + int64(20*time.Hour)
		if rapid.Bool().Draw(t, "on the quarter") {
			return time.Duration(rapid.Int64Range(-40, span/int64(15*time.Minute)).Draw(t, "quarters")) * 15 * time.Minute
		}
		return time.Duration(rapid.Int64Range(-int64(10*time.Hour), span).Draw(t, "when")).Truncate(time.Millisecond)
	}).Draw(t, "at"))
	if len(h.order) == 0 || rapid.IntRange(0, 3).Draw(t, "new") == 0 {
		h.plan(t, rapid.SampledFrom(h.flows).Draw(t, "flow"), at)
		return
	}
	f := h.byHand[rapid.SampledFrom(h.order).Draw(t, "which")]
	switch choice := rapid.IntRange(0, 5).Draw(t, "what"); {
	case f.State == flows.Pending && choice <= 2:
		h.send(t, f, at)
	case f.State == flows.Pending && choice == 3:
		f.State, f.FailedAt, f.ErrorCode = flows.FollowUpFailed, at, "media"
		h.save(t, f)
	case f.State == flows.Pending:
		f.State, f.CancelledAt, f.CancelReason = rapid.SampledFrom([]flows.FollowUpState{flows.FollowUpCancelled, flows.Responded}).Draw(t, "end"), at, "x"
		h.save(t, f)
	case f.State == flows.Responded: // our next message re-arms a rule's row
		f.State, f.CancelledAt, f.CancelReason, f.DueAt, f.Revision = flows.Pending, time.Time{}, "", at, f.Revision+1
		h.save(t, f)
	case f.State == flows.FollowUpSent && choice <= 3:
		h.credit(t, f, f.SentAt.Add(time.Duration(rapid.Int64Range(0, int64(7*24*time.Hour)).Draw(t, "after")).Truncate(time.Millisecond)))
	case f.State == flows.FollowUpSent:
		h.failLate(t, f, at)
	}
}

// moment is where a row is counted, and as what.
func moment(f flows.FollowUp) (time.Time, flows.Tally) {
	switch f.State {
	case flows.Pending:
		return time.Time{}, flows.Tally{Pending: 1}
	case flows.FollowUpSent:
		counted := flows.Tally{Sent: 1}
		if !f.RespondedAt.IsZero() {
			counted.Responded, counted.ResponseTime = 1, f.RespondedAt.Sub(f.SentAt)
		}
		return f.SentAt, counted
	case flows.FollowUpFailed:
		return f.FailedAt, flows.Tally{Failed: 1}
	}
	return f.CancelledAt, flows.Tally{Cancelled: 1}
}

func (h *history) naive() (ever map[string]flows.Tally, within map[string]flows.Tally, days map[flows.Day]flows.Tally) {
	ever, within, days = map[string]flows.Tally{}, map[string]flows.Tally{}, map[flows.Day]flows.Tally{}
	for _, f := range h.byHand {
		at, counted := moment(f)
		ever[f.FlowID] = ever[f.FlowID].Plus(counted)
		if at.IsZero() || at.Before(h.from) || !at.Before(h.to) {
			continue
		}
		within[f.FlowID] = within[f.FlowID].Plus(counted)
		days[flows.DayOf(at, h.zone)] = days[flows.DayOf(at, h.zone)].Plus(counted)
	}
	return ever, within, days
}

// check demands that the store says what the naive reader counts.
func (h *history) check(t require.TestingT) {
	ctx := context.Background()
	ever, within, days := h.naive()
	stretches := calendar.Stretches(h.from, h.to, h.zone)
	now, err := h.store.StatisticsNow(ctx, h.ref.TenantID, stretches)
	require.NoError(t, err)
	of, err := h.store.StatisticsOf(ctx, h.ref.TenantID, stretches)
	require.NoError(t, err)
	alone, err := h.store.Tallies(ctx, h.ref.TenantID)
	require.NoError(t, err)
	require.Equal(t, ever, now.Flows)
	require.Equal(t, ever, alone)
	require.Equal(t, within, of.Flows)
	for _, found := range []map[flows.Day]flows.Tally{now.Days, of.Days} {
		for day, counted := range found {
			require.Equal(t, days[day], counted, "%s", day)
		}
		for day, counted := range days {
			require.Equal(t, counted, found[day], "%s", day)
		}
	}
}

func TestStatisticsAreWhatANaiveCountFinds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		people := 0
		rapid.Check(t, func(t *rapid.T) {
			people++
			h := somebody(t, s, people, rapid.SampledFrom(eras).Draw(t, "era"), rapid.IntRange(1, 12).Draw(t, "days"))
			for range rapid.IntRange(1, 25).Draw(t, "steps") {
				h.step(t)
				if rapid.IntRange(0, 4).Draw(t, "fold") == 0 {
					_, _, err := s.Fold(context.Background())
					require.NoError(t, err)
				}
			}
			h.check(t)
			_, more, err := s.Fold(context.Background())
			require.NoError(t, err)
			require.False(t, more)
			h.check(t)
		})
	})
}

// somebody is a new tenant with one contact.
func somebody(t require.TestingT, s *store.Store, number int, when era, days int) *history {
	ctx := context.Background()
	tenant := chat.Tenant{ID: chat.NewID(), Name: "Loja", Settings: chat.Settings{Timezone: when.zone}}
	require.NoError(t, s.CreateTenant(ctx, tenant))
	phone := fmt.Sprintf("+551198%07d", number)
	accepted, err := s.EnsureConversation(ctx, tenant.ID, chat.NewID(), []chat.Key{chat.PhoneKey(phone)}, phone, "Ana")
	require.NoError(t, err)
	return newHistory(t, s, tenant, accepted.ContactID, when, days)
}

// TestStatisticsAreExactWhileTheyAreFolded has writers, folders and readers at once: at every moment the numbers that
// never change stay as they are, and in the end all are right.
func TestStatisticsAreExactWhileTheyAreFolded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		const writers, rounds = 4, 60
		histories := make([]*history, writers)
		for i := range histories {
			histories[i] = somebody(t, s, i, eras[0], 12)
		}
		done := make(chan struct{})
		failures := make(chan error, writers+3)
		var writing, reading sync.WaitGroup
		for _, h := range histories {
			writing.Go(func() { failures <- planAndCancel(ctx, h, rounds) })
		}
		for range 2 {
			reading.Go(func() { failures <- foldUntil(ctx, s, done) })
		}
		reading.Go(func() { failures <- watchUntil(ctx, histories, done) })
		writing.Wait()
		close(done)
		reading.Wait()
		close(failures)
		for err := range failures {
			require.NoError(t, err)
		}
		for _, h := range histories {
			tallies, err := s.Tallies(ctx, h.ref.TenantID)
			require.NoError(t, err)
			require.Equal(t, map[string]flows.Tally{h.flows[0]: {Pending: rounds, Cancelled: rounds}}, tallies)
		}
	})
}

// planAndCancel plans two follow-ups and cancels one, again and again, in one unit of work each time.
func planAndCancel(ctx context.Context, h *history, rounds int) error {
	for round := range rounds {
		at := h.from.Add(time.Duration(round) * time.Hour)
		kept := flows.FollowUp{ID: chat.NewID(), TenantID: h.ref.TenantID, FlowID: h.flows[0], State: flows.Pending, DueAt: at, CreatedAt: at}
		gone := kept
		gone.ID, gone.State, gone.CancelledAt = chat.NewID(), flows.FollowUpCancelled, at
		if _, err := h.store.Work(ctx, h.ref, nil, func(_ context.Context, d *desk.Desk) error {
			d.SaveFollowUps([]flows.FollowUp{kept, gone})
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func foldUntil(ctx context.Context, s *store.Store, done <-chan struct{}) error {
	for {
		if _, _, err := s.Fold(ctx); err != nil {
			return err
		}
		select {
		case <-done:
			return nil
		default:
		}
	}
}

// watchUntil demands that nobody ever sees half a unit of work, or half a fold.
func watchUntil(ctx context.Context, histories []*history, done <-chan struct{}) error {
	for {
		for _, h := range histories {
			now, err := h.store.StatisticsNow(ctx, h.ref.TenantID, calendar.Stretches(h.from, h.to, h.zone))
			if err != nil {
				return err
			}
			inDays := int64(0)
			for _, tally := range now.Days {
				inDays += tally.Cancelled
			}
			if found := now.Flows[h.flows[0]]; found.Pending != found.Cancelled || inDays != found.Cancelled {
				return fmt.Errorf("half of something: %+v, %d in days", found, inDays)
			}
		}
		select {
		case <-done:
			return nil
		default:
		}
	}
}
