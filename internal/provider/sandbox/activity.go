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
	waiting  map[*time.Timer]struct{}
	running  sync.WaitGroup
	activity *activity
}

func newTimers(a *activity) *timers {
	return &timers{waiting: map[*time.Timer]struct{}{}, activity: a}
}

// after runs f once d has passed, unless stop comes first.
func (t *timers) after(d time.Duration, f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	t.activity.begin()
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		if !t.start(timer) {
			return
		}
		defer t.running.Done()
		defer t.activity.end()
		f()
	})
	t.waiting[timer] = struct{}{}
}

func (t *timers) start(timer *time.Timer) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return false
	}
	delete(t.waiting, timer)
	t.running.Add(1)
	return true
}

// stop ends what is planned and waits for what is running.
func (t *timers) stop() {
	t.mu.Lock()
	t.stopped = true
	for timer := range t.waiting {
		timer.Stop()
	}
	clear(t.waiting)
	t.mu.Unlock()
	t.running.Wait()
}
