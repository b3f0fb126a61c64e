package store

import (
	"sync"
	"time"
)

// rush knows how many webhooks wait to be written down. Whoever sent them waits for our answer and gives up after seconds;
// work is in SQL already and waits for nobody. So work lets what comes in go first, but not for ever: it gets its turns.
type rush struct {
	mutex   sync.Mutex
	waiting int
	last    int           // how many went together last
	calm    chan struct{} // closed when nothing waits any more
	rises   chan struct{} // closed when something comes again
}

const (
	// rushPatience is how long work lets what comes in go first. At saturation ingestion then has most of the time, and each
	// group of work the rest.
	rushPatience = 100 * time.Millisecond
	// rushPause is how long senders have to come back who were all answered at once, before work takes it that nobody does.
	rushPause = time.Millisecond
	// rushSize is how many that have to be.
	rushSize = 8
)

func newRush() *rush { return &rush{rises: make(chan struct{})} }

func (r *rush) came() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.waiting == 0 {
		r.calm = make(chan struct{})
		close(r.rises)
	}
	r.waiting++
}

// went tells that one does not wait any more.
func (r *rush) went() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.waiting--
	if r.waiting == 0 {
		close(r.calm)
		r.rises = make(chan struct{})
	}
}

// gathered tells that so many are written down together.
func (r *rush) gathered(count int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.last = count
}

// change gives what to wait for: that nothing waits any more, or, where many were answered at once, that they come back.
func (r *rush) change() (calm, rises <-chan struct{}) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case r.waiting > 0:
		return r.calm, nil
	case r.last >= rushSize:
		return nil, r.rises
	}
	return nil, nil
}

// over notes that nobody came back.
func (r *rush) over() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.last = 0
}

// pass returns when nothing waits to be written down, when patience is over, or when closed is.
func (r *rush) pass(patience time.Duration, closed <-chan struct{}) {
	limit := time.Now().Add(patience)
	for {
		calm, rises := r.change()
		if calm == nil && rises == nil {
			return
		}
		left := time.Until(limit)
		if rises != nil {
			left = min(left, rushPause)
		}
		enough := time.NewTimer(left)
		select {
		case <-calm:
		case <-rises:
		case <-closed:
			enough.Stop()
			return
		case <-enough.C:
			if rises != nil {
				r.over()
			}
			return
		}
		enough.Stop()
	}
}
