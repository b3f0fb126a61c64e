package wake

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/desk"
)

// A tenant's crowd of due times waits in a queue of its own, so that another tenant's one is the next in the list of Redis.
func TestACrowdStandsInFrontOfNobody(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := newWorld()
		w := begin(t, s.gateway(url))
		due := time.Now().Add(5 * time.Minute)
		const all = crowdSize + 50
		var last desk.Alarm
		for i := range all {
			last = runAlarm(fmt.Sprint("many-", i), contact("big", fmt.Sprint(i)), due)
			w.At(last)
		}
		w.At(runAlarm("one", contact("small", "ana"), due))
		eventually(t, func() bool {
			return len(scheduled(t, w, QueueInbox))+len(scheduled(t, w, QueueBulk)) == all+1
		}, "all have a task")
		require.Len(t, scheduled(t, w, QueueInbox), crowdSize+1)
		for _, one := range scheduled(t, w, QueueBulk) {
			require.Contains(t, string(one.Payload), `"tenantId":"big"`)
			require.Equal(t, TypeFollowUpDue, one.Type)
		}
		before := len(scheduled(t, w, QueueBulk))
		for i := range all { // whichever of them are there
			w.Forget(runAlarm(fmt.Sprint("many-", i), contact("big", fmt.Sprint(i)), due))
		}
		eventually(t, func() bool { return len(scheduled(t, w, QueueBulk)) == 0 && len(scheduled(t, w, QueueInbox)) == 1 }, "cancelled ones are gone from there, too")
		require.Positive(t, before)
	})
}

func TestACrowdOfWakeUpsIsWorkedOnAllTheSame(t *testing.T) {
	t.Parallel()
	s := newWorld()
	worker, gateway := workerAndGateway(t, s, "")
	for i := range crowdSize + 100 {
		ref := contact("big", fmt.Sprint(i))
		s.receive(ref)
		if i%2 == 0 {
			gateway.Contact(ref)
		} else {
			gateway.Outbox(ref)
		}
	}
	ana := contact("small", "ana")
	s.receive(ana)
	gateway.Contact(ana)
	eventually(t, s.empty, "everybody was worked on")
	require.NotEmpty(t, s.workedOn(ana))
	require.Zero(t, worker.Counters().Failed)
}

// With fifty pages of one tenant overdue and nobody woken, another tenant's one is found by the first scan.
func TestTheScanLooksBehindATenantWhoFillsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		began := time.Now()
		for i := range 5 * scanPage {
			s.plan(runAlarm(fmt.Sprint("many-", i), contact("big", fmt.Sprint(i)), began.Add(-time.Hour)))
		}
		for i := range 2 * scanPage {
			s.plan(runAlarm(fmt.Sprint("second-", i), contact("second", fmt.Sprint(i)), began.Add(-time.Minute)))
		}
		s.plan(runAlarm("one", contact("small", "ana"), began))
		w, err := New(s.options())
		require.NoError(t, err)
		w.scanContacts(t.Context())
		synctest.Wait()
		require.Len(t, s.workedOn(contact("small", "ana")), 1)
		require.NoError(t, w.Stop(t.Context()))
	})
}

func TestCrowdsAreCountedByTenantAndTime(t *testing.T) {
	var c crowds
	at := time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)
	for range crowdSize {
		require.False(t, c.joins("big", at))
	}
	require.True(t, c.joins("big", at.Add(time.Second)))
	require.False(t, c.joins("small", at))
	require.False(t, c.joins("big", at.Add(crowdSpan)), "later is another time")
	for i := range crowdsKept {
		c.joins("big", at.Add(time.Duration(i)*crowdSpan))
	}
	require.LessOrEqual(t, len(c.counts), crowdsKept)
}

// However many come, from whomever: what waits is bounded, and whoever has nothing there finds room as long as one of sixteen others has
// more than a sixteenth of it.
func TestNobodyFillsAPlaceAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(64, 4096).Draw(t, "limit")
		own, all := map[int]int{}, 0
		for range rapid.IntRange(1, 50).Draw(t, "bursts") {
			who := rapid.IntRange(0, 5).Draw(t, "who")
			for range rapid.IntRange(1, limit).Draw(t, "many") {
				if hasRoom(all, own[who], limit) {
					own[who]++
					all++
				}
			}
			if all > limit {
				t.Fatalf("%d of %d", all, limit)
			}
		}
		if all < limit && !hasRoom(all, 0, limit) || all == limit && len(own) < 4 {
			t.Fatalf("a newcomer finds no room beside %v of %d", own, limit)
		}
	})
}
