package wake

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
)

// crew is a dispatcher whose works take a while and note when they began.
type crew struct {
	*dispatcher
	mutex sync.Mutex
	began map[desk.Ref][]time.Time
	takes time.Duration
}

func newCrew(t *testing.T, size int, takes time.Duration) *crew {
	t.Helper()
	c := &crew{began: map[desk.Ref][]time.Time{}, takes: takes}
	o, err := newWorld().options().withDefaults()
	require.NoError(t, err)
	c.dispatcher = newDispatcher(o, c.Work, size, size, &tally{}, &latenessRecord{})
	return c
}

func (c *crew) Work(_ context.Context, ref desk.Ref) error {
	c.mutex.Lock()
	c.began[ref] = append(c.began[ref], time.Now())
	c.mutex.Unlock()
	time.Sleep(c.takes)
	return nil
}

func (c *crew) wakeUp(ref desk.Ref, r rank) { c.wake(ref, r, time.Time{}, nil) }

func (c *crew) beginnings(ref desk.Ref) []time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.began[ref]
}

func TestTenThousandDueSendsDoNotDelayAnotherTenantsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 64, 100*time.Millisecond)
		for i := range 10_000 {
			c.wakeUp(contact("big", fmt.Sprint(i)), rankDue)
		}
		time.Sleep(time.Second + 50*time.Millisecond) // in the middle of the works
		asked := time.Now()
		c.wakeUp(contact("small", "ana"), rankDue)
		synctest.Wait()
		require.Equal(t, []time.Time{asked}, c.beginnings(contact("small", "ana")), "a place is kept for newcomers")
		time.Sleep(time.Minute)
	})
}

func TestTenantsThatBothWaitShareTheWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 64, 100*time.Millisecond)
		for i := range 1000 {
			c.wakeUp(contact("big", fmt.Sprint(i)), rankDue)
		}
		for i := range 200 {
			c.wakeUp(contact("small", fmt.Sprint(i)), rankDue)
		}
		began := time.Now()
		time.Sleep(time.Minute)
		last := time.Time{}
		for i := range 200 {
			at := c.beginnings(contact("small", fmt.Sprint(i)))[0]
			if at.After(last) {
				last = at
			}
		}
		require.LessOrEqual(t, last.Sub(began), 800*time.Millisecond, "200 works on half of 64 workers")
	})
}

func TestATenantWithSlowWorksHoldsNoMoreThanItsShareWhileAnotherWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 64, 10*time.Second)
		c.work = func(ctx context.Context, ref desk.Ref) error {
			if ref.TenantID == "quick" {
				time.Sleep(100 * time.Millisecond)
				return nil
			}
			return c.Work(ctx, ref)
		}
		for i := range 10_000 {
			c.wakeUp(contact("quick", fmt.Sprint(i)), rankDue)
		}
		for i := range 200 {
			c.wakeUp(contact("slow", fmt.Sprint(i)), rankDue)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		c.mutex.Lock()
		require.Len(t, c.began, 32, "half of 64: by turns alone it would come to hold nearly all, since its works do not end")
		c.mutex.Unlock()
		time.Sleep(time.Hour)
	})
}

func TestOneTenantAloneUsesAllButTheReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 64, time.Second)
		for i := range 100 {
			c.wakeUp(contact("only", fmt.Sprint(i)), rankDue)
		}
		_, running := c.load()
		require.Equal(t, 56, running)
		time.Sleep(time.Minute)
		queued, running := c.load()
		require.Zero(t, queued+running)
	})
}

func TestAnswersDoNotWaitForWhatCameDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 8, time.Second)
		for i := range 1000 {
			c.wakeUp(contact("acme", fmt.Sprint(i)), rankDue)
		}
		asked := time.Now()
		c.wakeUp(contact("acme", "999"), rankAnswer) // it waits for its due send already: it comes forward
		c.wakeUp(contact("acme", "send"), rankSend)
		synctest.Wait()
		require.Equal(t, []time.Time{asked}, c.beginnings(contact("acme", "999")))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(t, c.beginnings(contact("acme", "send")), 1, "a send that was asked for goes before due ones")
		time.Sleep(time.Hour)
		require.Len(t, c.beginnings(contact("acme", "999")), 1, "and it does not run twice for it")
	})
}

func TestDueOnesAreNotStarvedByFreshOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 1, time.Second)
		c.wakeUp(contact("acme", "first"), rankSend)
		c.wakeUp(contact("acme", "due"), rankDue)
		for i := range 100 {
			c.wakeUp(contact("acme", fmt.Sprint(i)), rankSend)
		}
		time.Sleep(5 * time.Second)
		require.Len(t, c.beginnings(contact("acme", "due")), 1)
		time.Sleep(time.Hour)
	})
}

func TestAWakeUpDuringAWorkRunsItOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 8, time.Second)
		ana, began := contact("acme", "ana"), time.Now()
		c.wakeUp(ana, rankAnswer)
		time.Sleep(500 * time.Millisecond)
		for range 10 {
			c.wakeUp(ana, rankAnswer)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Equal(t, []time.Time{began, began.Add(time.Second)}, c.beginnings(ana))
		require.Empty(t, c.entries)
		require.Empty(t, c.answers.tenants)
	})
}

func TestAWaiterIsToldOfTheWorkThatBeganAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 8, time.Second)
		ana, began := contact("acme", "ana"), time.Now()
		c.wakeUp(ana, rankAnswer)
		time.Sleep(500 * time.Millisecond)
		told := make(chan error, 1)
		c.wake(ana, rankAnswer, time.Time{}, told)
		require.NoError(t, <-told)
		require.Equal(t, 2*time.Second, time.Since(began))
	})
}

func TestNeverTwoWorksForOneContactAndNoWakeUpLost(t *testing.T) {
	var (
		seen   [20]atomic.Int64 // how many wake-ups a work has seen
		asked  [20]atomic.Int64
		inside [20]atomic.Bool
		twice  atomic.Bool
	)
	o, err := newWorld().options().withDefaults()
	require.NoError(t, err)
	d := newDispatcher(o, func(_ context.Context, ref desk.Ref) error {
		var number int
		_, err := fmt.Sscan(ref.ContactID, &number)
		if err != nil || !inside[number].CompareAndSwap(false, true) {
			twice.Store(true)
		}
		seen[number].Store(asked[number].Load())
		inside[number].Store(false)
		return nil
	}, 8, 8, &tally{}, &latenessRecord{})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 5000 {
				number := rand.IntN(20)
				asked[number].Add(1)
				d.wake(contact(fmt.Sprint(number%3), fmt.Sprint(number)), rank(rand.IntN(3)), time.Time{}, nil)
			}
		})
	}
	callers.Wait()
	eventually(t, func() bool { queued, running := d.load(); return queued+running == 0 }, "all works end")
	require.False(t, twice.Load(), "two works for one contact")
	for number := range seen {
		require.Equal(t, asked[number].Load(), seen[number].Load(), "the last wake-up of %d was seen by a work", number)
	}
	require.NoError(t, d.stop(t.Context()))
}

func TestTheQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 1, time.Second)
		c.limit = 32
		for i := range 100 {
			c.wakeUp(contact("acme", fmt.Sprint(i)), rankDue)
		}
		queued, running := c.load()
		require.Equal(t, 24, queued, "the last quarter is for others")
		require.Equal(t, 1, running)
		require.EqualValues(t, 75, c.tally.dropped.Load())
		told := make(chan error, 1)
		c.wake(contact("acme", "one more"), rankDue, time.Time{}, told)
		require.ErrorIs(t, <-told, errFull)
		for i := range 10 {
			c.wakeUp(contact("other"+fmt.Sprint(i/2), fmt.Sprint(i)), rankDue)
		}
		queued, _ = c.load()
		require.Equal(t, 32, queued, "and it is bounded for them, too")
		time.Sleep(time.Minute)
	})
}

func TestAPanicIsTheErrorOfOneContact(t *testing.T) {
	o, err := newWorld().options().withDefaults()
	require.NoError(t, err)
	d := newDispatcher(o, func(_ context.Context, ref desk.Ref) error {
		if ref.ContactID == "bad" {
			panic("a bug")
		}
		return nil
	}, 1, 1, &tally{}, &latenessRecord{})
	bad, good := make(chan error, 1), make(chan error, 1)
	d.wake(contact("acme", "bad"), rankDue, time.Time{}, bad)
	d.wake(contact("acme", "good"), rankDue, time.Time{}, good)
	require.ErrorContains(t, <-bad, "a bug")
	require.NoError(t, <-good)
	require.EqualValues(t, 1, d.tally.failed.Load())
	require.NoError(t, d.stop(t.Context()))
}

func TestStopLetsWorksEndAndForgetsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, 1, time.Second)
		running, waiting := make(chan error, 1), make(chan error, 1)
		c.wake(contact("acme", "running"), rankDue, time.Time{}, running)
		synctest.Wait()
		c.wake(contact("acme", "waiting"), rankDue, time.Time{}, waiting)
		began := time.Now()
		require.NoError(t, c.stop(t.Context()))
		require.Equal(t, time.Second, time.Since(began))
		require.NoError(t, <-running)
		require.ErrorIs(t, <-waiting, errStopping)
		after := make(chan error, 1)
		c.wake(contact("acme", "after"), rankDue, time.Time{}, after)
		require.ErrorIs(t, <-after, errStopping)
	})
}

func TestStopCutsWorksOffWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, err := newWorld().options().withDefaults()
		require.NoError(t, err)
		ended := make(chan error, 1)
		d := newDispatcher(o, func(ctx context.Context, _ desk.Ref) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		}, 1, 1, &tally{}, &latenessRecord{})
		d.wake(contact("acme", "endless"), rankDue, time.Time{}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		require.ErrorIs(t, d.stop(ctx), context.DeadlineExceeded)
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}
