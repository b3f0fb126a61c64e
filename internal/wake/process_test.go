package wake

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
)

// workerAndGateway are two processes on one Redis: an embedded one with an open port, or a real one.
func workerAndGateway(t *testing.T, s *world, url string) (worker, gateway *Wake) {
	t.Helper()
	o := s.options()
	o.RedisURL = url
	if url == "" {
		o.RedisListen = "127.0.0.1:0"
	}
	worker = begin(t, o)
	if url == "" {
		url = "redis://" + worker.ListenAddress()
	}
	return worker, begin(t, s.gateway(url))
}

func TestAGatewayHandsWorkToAWorker(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := newWorld()
		worker, gateway := workerAndGateway(t, s, url)
		ana, bia := contact("acme", "ana"), contact("acme", "bia")
		s.receive(ana)
		gateway.Contact(ana)
		gateway.Outbox(bia)
		look(s, func() bool { s.notices["n1"] = true; return true })
		gateway.Notification("n1")
		alarm := s.plan(runAlarm("row", contact("acme", "caio"), time.Now().Add(3*time.Second)))
		gateway.At(alarm)
		eventually(t, func() bool { return s.empty() && len(s.workedOn(bia)) == 1 }, "all was done")
		late := s.workedOn(alarm.Ref)[0].at.Sub(alarm.At)
		require.GreaterOrEqual(t, late, time.Duration(0))
		require.EqualValues(t, 3, gateway.Counters().Enqueued)
		require.Zero(t, gateway.Counters().Unsent)
		eventually(t, func() bool {
			status, err := worker.Status(t.Context())
			require.NoError(t, err)
			left := 0
			for _, queue := range status.Queues {
				left += queue.Pending + queue.Active + queue.Scheduled + queue.Retry + queue.Archived
			}
			return left == 0
		}, "nothing is left in Redis")
	})
}

func TestWakeUpsCollapseOnlyBeforeTheyLeave(t *testing.T) {
	o, err := newWorld().gateway("").withDefaults()
	require.NoError(t, err)
	out := newOutgoing(o, &tally{}, func() bool { return true })
	sent := 0
	one := call{key: "inbox:acme:ana", make: nil}
	one.make = func(context.Context) error { sent++; return nil }
	out.put(one)
	out.put(one)
	require.Equal(t, 1, out.length())
	out.drain(t.Context())
	out.put(one) // after the first one left, whatever was committed since needs a task of its own
	out.drain(t.Context())
	require.Equal(t, 2, sent)
}

func TestNothingBlocksWhenTheBufferIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		o := s.gateway("")
		o.BufferLimit = 10
		w := unstarted(t, o) // nobody empties the buffer
		began := time.Now()
		for i := range 100 {
			w.Contact(contact("acme", fmt.Sprint(i)))
			w.At(runAlarm(fmt.Sprint(i), contact("acme", fmt.Sprint(i)), began.Add(time.Hour)))
		}
		require.Zero(t, time.Since(began))
		require.Equal(t, 10, w.Counters().Buffered)
		require.EqualValues(t, 190, w.Counters().Unsent)
	})
}

func TestWithRedisAwayTheScanAndTheHeapStillWork(t *testing.T) {
	t.Parallel()
	s := newWorld()
	forgotten, due := contact("acme", "forgotten"), contact("acme", "due")
	s.receive(forgotten)
	s.plan(runAlarm("overdue", due, time.Now().Add(-time.Minute)))
	look(s, func() bool { s.notices["n1"] = true; return true })
	near := s.plan(runAlarm("near", contact("acme", "near"), time.Now().Add(6*time.Second)))
	o := s.options()
	o.RedisURL = "redis://127.0.0.1:1"
	w := begin(t, o)
	eventually(t, func() bool { return len(s.workedOn(forgotten)) == 1 && len(s.workedOn(due)) == 1 }, "the first scan is at once")
	require.True(t, w.Counters().RedisAway)
	require.Error(t, w.Ready(t.Context()))
	ana := contact("acme", "ana")
	s.receive(ana)
	w.Contact(ana)
	eventually(t, func() bool { return len(s.workedOn(ana)) >= 1 }, "answers do not need Redis")
	later := s.plan(runAlarm("later", contact("acme", "later"), time.Now().Add(6*time.Second)))
	w.At(later) // farther than what goes on the heap at once, but Redis does not take it
	eventually(t, s.empty, "all was done")
	for _, alarm := range []desk.Alarm{near, later} {
		require.Less(t, s.workedOn(alarm.Ref)[0].at.Sub(alarm.At), 500*time.Millisecond, "held by the heap, not found by the scan")
	}
}

func TestTheScanHealsWhatWasNeverWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		w := begin(t, s.options())
		time.Sleep(time.Minute)
		ana := contact("acme", "ana")
		s.receive(ana) // and whoever should have woken it died
		began := time.Now()
		time.Sleep(scanInterval)
		synctest.Wait()
		require.Len(t, s.workedOn(ana), 1)
		require.LessOrEqual(t, s.workedOn(ana)[0].at.Sub(began), scanInterval)
		require.EqualValues(t, 1, w.Counters().ScanFinds)
	})
}

func TestTheScanLeavesAloneWhatWasPutOffHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		var w *Wake
		until := time.Now().Add(10*time.Minute + 500*time.Millisecond)
		slow := contact("acme", "slow")
		tries := 0
		o := s.options()
		o.Work = func(ctx context.Context, ref desk.Ref) error {
			if ref == slow && time.Now().Before(until) {
				tries++
				w.Later(ref, until) // it waits for its channel's pace, and its row stays overdue
				return nil
			}
			return s.Work(ctx, ref)
		}
		var err error
		w, err = New(o)
		require.NoError(t, err)
		s.plan(runAlarm("row", slow, time.Now()))
		require.NoError(t, w.Start(t.Context()))
		time.Sleep(11 * time.Minute)
		require.True(t, s.empty())
		require.Equal(t, until, s.workedOn(slow)[0].at)
		require.LessOrEqual(t, tries, 12, "at first by the scan and the horizon, then once a minute, in case something else has happened that nobody woke for")
		end(t, w)
	})
}

func TestHeldContactsDoNotHideAForgottenOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		var w *Wake
		o := s.options()
		o.Work = func(ctx context.Context, ref desk.Ref) error {
			if ref.ContactID != "forgotten" {
				w.Later(ref, time.Now().Add(time.Hour))
				return nil
			}
			return s.Work(ctx, ref)
		}
		var err error
		w, err = New(o)
		require.NoError(t, err)
		for i := range 3 * scanPage {
			ref := contact("acme", fmt.Sprint(i))
			s.receive(ref)
			w.Later(ref, time.Now().Add(time.Hour))
		}
		s.receive(contact("acme", "forgotten"))
		require.NoError(t, w.Start(t.Context()))
		time.Sleep(scanInterval + time.Millisecond)
		require.Len(t, s.workedOn(contact("acme", "forgotten")), 1)
		require.EqualValues(t, 1, w.Counters().ScanFinds)
		end(t, w)
	})
}

func TestAWorkThatFailsIsTriedAgainAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := newWorld()
	s.broken = errors.New("the database is away")
	worker, gateway := workerAndGateway(t, s, "")
	ana := contact("acme", "ana")
	gateway.Contact(ana)
	eventually(t, func() bool { return worker.Counters().Failed > 0 }, "it failed")
	look(s, func() bool { s.broken = nil; return true })
	eventually(t, func() bool { return len(s.workedOn(ana)) > 0 }, "asynq tried it again: there was no row that the scan could find")
}

func TestAContactThatWasBusyElsewhereComesBackSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		var w *Wake
		var at []time.Duration
		began := time.Now()
		o := s.options()
		o.Work = func(_ context.Context, ref desk.Ref) error {
			at = append(at, time.Since(began))
			if len(at) < 3 {
				w.Later(ref, time.Now().Add(20*time.Millisecond))
			}
			return nil
		}
		w = begin(t, o)
		began = time.Now()
		w.Contact(contact("acme", "ana"))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{0, 20 * time.Millisecond, 40 * time.Millisecond}, at)
	})
}

func TestStopIsGraceful(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		s.during = func(desk.Ref) { time.Sleep(3 * time.Second) }
		w, err := New(s.options())
		require.NoError(t, err)
		require.NoError(t, w.Start(t.Context()))
		ana := contact("acme", "ana")
		s.receive(ana)
		w.Contact(ana)
		synctest.Wait()
		end(t, w)
		require.Len(t, s.workedOn(ana), 1, "what ran has ended")
		w.Contact(contact("acme", "bia")) // too late, and harmless
		w.At(runAlarm("row", contact("acme", "bia"), time.Now()))
		w.Later(contact("acme", "bia"), time.Now())
		synctest.Wait()
		require.Empty(t, s.workedOn(contact("acme", "bia")))
	})
}

func TestAGatewayThatStopsSendsWhatWaits(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := newWorld()
		o := s.options()
		o.RedisURL = url
		if url == "" {
			o.RedisListen = "127.0.0.1:0"
		}
		o.Consume = false
		looker := begin(t, o)
		if url == "" {
			url = "redis://" + looker.ListenAddress()
		}
		gateway, err := New(s.gateway(url))
		require.NoError(t, err)
		require.NoError(t, gateway.Start(t.Context()))
		for i := range 50 {
			gateway.Contact(contact("acme", fmt.Sprint(i)))
		}
		end(t, gateway)
		info, err := looker.inspector().GetQueueInfo(QueueInbox)
		require.NoError(t, err)
		require.Equal(t, 50, info.Pending)
	})
}
