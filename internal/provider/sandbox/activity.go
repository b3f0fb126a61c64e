package sandbox

import (
	"context"
	"sync"
	"time"
)

// activity counts what is still under way: planned statuses and webhooks not yet answered.
type activity struct {
	mu    sync.Mutex
	count int
	idle  chan struct{}
}

func newActivity() *activity {
	idle := make(chan struct{})
	close(idle)
	return &activity{idle: idle}
}

func (a *activity) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == 0 {
		a.idle = make(chan struct{})
	}
	a.count++
}

func (a *activity) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count--; a.count == 0 {
		close(a.idle)
	}
}

func (a *activity) quiet() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count == 0
}

func (a *activity) wait(ctx context.Context) error {
	a.mu.Lock()
	idle := a.idle
	a.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// timers runs functions later and can stop them all; a planned function counts as activity.
type timers struct {
	mu       sync.Mutex
	stopped  bool
	issued   uint64
	waiting  map[uint64]*time.Timer
	running  sync.WaitGroup
	activity *activity
}

func newTimers(a *activity) *timers {
	return &timers{waiting: map[uint64]*time.Timer{}, activity: a}
}

// after runs f once d has passed, unless stop comes first.
func (t *timers) after(d time.Duration, f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	t.activity.begin()
	t.issued++
	number := t.issued
	t.waiting[number] = time.AfterFunc(d, func() {
		if !t.start(number) {
			return
		}
		defer t.running.Done()
		defer t.activity.end()
		f()
	})
}

func (t *timers) start(number uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return false
	}
	delete(t.waiting, number)
	t.running.Add(1)
	return true
}

// stop ends what is planned and waits for what is running.
func (t *timers) stop() {
	t.mu.Lock()
	t.stopped = true
	for _, timer := range t.waiting {
		timer.Stop()
	}
	clear(t.waiting)
	t.mu.Unlock()
	t.running.Wait()
}
