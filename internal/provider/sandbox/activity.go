package sandbox

import (
	"context"
	"sync"
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
