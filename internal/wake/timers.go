package wake

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"retoma/internal/desk"
)

// longestSleep bounds one sleep, so that a wall clock that was set forward is noticed.
const longestSleep = time.Second

// timer rings for a contact at an instant.
type timer struct {
	ref  desk.Ref
	at   time.Time
	rank rank
	// alarm tells a due time of SQL from a wait of this process: only alarms count as late.
	alarm bool
}

// timerKey makes the same ring asked for twice one ring.
type timerKey struct {
	ref  desk.Ref
	nano int64
}

// hold is a contact that a work of this process has put off.
type hold struct {
	count int
	since time.Time // when it was last put off
}

// timers is the in-process heap: precise to about a millisecond, lost with the process.
type timers struct {
	now   func() time.Time
	limit int
	ring  func(timer)

	mutex  sync.Mutex
	heap   timerHeap
	known  map[timerKey]struct{}
	held   map[desk.Ref]hold
	owned  map[string]int // timers by tenant
	sooner chan struct{}  // the first instant has changed
}

func newTimers(o Options, ring func(timer)) *timers {
	return &timers{now: o.Now, limit: o.QueueLimit, ring: ring,
		known: map[timerKey]struct{}{}, held: map[desk.Ref]hold{}, owned: map[string]int{}, sooner: make(chan struct{}, 1)}
}

// add lets a timer ring at its instant; false if the heap is full. A past instant rings at once.
func (t *timers) add(one timer) bool {
	key := timerKey{one.ref, one.at.UnixNano()}
	now := t.now()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	_, twice := t.known[key]
	if !twice && !hasRoom(len(t.heap), t.owned[one.ref.TenantID], t.limit) {
		return false
	}
	if !one.alarm {
		kept := t.held[one.ref]
		kept.since = now
		if !twice {
			kept.count++
		}
		t.held[one.ref] = kept
	}
	if twice {
		return true
	}
	t.known[key] = struct{}{}
	t.owned[one.ref.TenantID]++
	heap.Push(&t.heap, one)
	if t.heap[0] == one {
		select {
		case t.sooner <- struct{}{}:
		default:
		}
	}
	return true
}

// heldSince tells since when a contact has been put off by a work of this process, and how many are.
func (t *timers) heldSince(ref desk.Ref) (since time.Time, held bool, all int) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	kept, yes := t.held[ref]
	return kept.since, yes, len(t.held)
}

func (t *timers) length() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return len(t.heap)
}

// run rings until ctx ends.
func (t *timers) run(ctx context.Context) {
	clock := time.NewTimer(0)
	defer clock.Stop()
	for {
		for _, one := range t.due() {
			t.ring(one)
		}
		wait, some := t.wait()
		clock.Reset(wait)
		if !some {
			clock.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
		case <-t.sooner:
		}
	}
}

// due takes what is to ring now, earliest first.
func (t *timers) due() []timer {
	now := t.now()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var rings []timer
	for len(t.heap) > 0 && !t.heap[0].at.After(now) {
		one := heap.Pop(&t.heap).(timer)
		delete(t.known, timerKey{one.ref, one.at.UnixNano()})
		if t.owned[one.ref.TenantID]--; t.owned[one.ref.TenantID] == 0 {
			delete(t.owned, one.ref.TenantID)
		}
		t.release(one)
		rings = append(rings, one)
	}
	return rings
}

func (t *timers) release(one timer) {
	if one.alarm {
		return
	}
	kept := t.held[one.ref]
	kept.count--
	if kept.count <= 0 {
		delete(t.held, one.ref)
		return
	}
	t.held[one.ref] = kept
}

// wait is how long until the first one rings.
func (t *timers) wait() (time.Duration, bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.heap) == 0 {
		return 0, false
	}
	return min(max(t.heap[0].at.Sub(t.now()), 0), longestSleep), true
}

// timerHeap orders timers by instant.
type timerHeap []timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is for container/heap.
func (h *timerHeap) Push(one any) { *h = append(*h, one.(timer)) }

// Pop is for container/heap.
func (h *timerHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = timer{}
	*h = old[:len(old)-1]
	return last
}
