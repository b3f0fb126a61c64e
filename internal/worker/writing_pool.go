package worker

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"retoma/internal/desk"
)

// The sizes of the writing pool. An assistant may take a minute, and nobody else waits for it.
const (
	// WritingPlaces is how many texts are written at a time in one process.
	WritingPlaces = 256
	// writingShare is how many of them one tenant may have.
	writingShare = WritingPlaces * 4 / 5
	writingPause = 500 * time.Millisecond
	// writingGrace lets the writer notice its own time limit first: its words about it are better.
	writingGrace = 2 * time.Second
	// writingPatience is how long a process that stops waits for its writers to note that they stopped.
	writingPatience = 5 * time.Second
)

// pool bounds how many texts are written at a time, and each tenant's share of them.
type pool struct {
	mutex    sync.Mutex
	taken    int
	byTenant map[string]int
	// items are the messages that are being written.
	items   map[string]int
	pulsing bool
	running sync.WaitGroup
	context context.Context
	stop    context.CancelFunc
}

func newPool() *pool {
	ctx, stop := context.WithCancel(context.Background())
	return &pool{byTenant: map[string]int{}, items: map[string]int{}, context: ctx, stop: stop}
}

func (l *pool) take(tenantID string) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.context.Err() != nil || l.taken >= WritingPlaces || l.byTenant[tenantID] >= writingShare {
		return false
	}
	l.taken++
	l.byTenant[tenantID]++
	l.running.Add(1)
	return true
}

func (l *pool) give(tenantID string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.taken--
	if l.byTenant[tenantID]--; l.byTenant[tenantID] == 0 {
		delete(l.byTenant, tenantID)
	}
	l.running.Done()
}

// begin notes that a message is being written; the first one starts the pulse.
func (l *pool) begin(id string, keep func(ctx context.Context, ids []string)) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.items[id]++
	if !l.pulsing {
		l.pulsing = true
		go l.pulse(keep)
	}
}

// end notes that a message is not written any more.
func (l *pool) end(id string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.items[id]--; l.items[id] == 0 {
		delete(l.items, id)
	}
}

// pulse says again and again what is being written, as long as anything is.
func (l *pool) pulse(keep func(ctx context.Context, ids []string)) {
	beat := time.NewTicker(desk.WritingPulse)
	defer beat.Stop()
	for {
		select {
		case <-l.context.Done():
			return
		case <-beat.C:
		}
		ids := l.writing()
		if len(ids) == 0 {
			return
		}
		keep(l.context, ids)
	}
}

// writing lists what is being written; when nothing is, the pulse has ended.
func (l *pool) writing() []string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.pulsing = len(l.items) > 0
	return slices.Sorted(maps.Keys(l.items))
}
