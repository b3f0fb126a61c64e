package wake

import (
	"context"
	"sync"
	"time"
)

const (
	redisPatience = 200 * time.Millisecond // for one call that a wake-up makes
	senders       = 8
)

// outgoing is the bounded buffer through which wake-ups leave for Redis, so that a caller is never delayed or failed.
type outgoing struct {
	tally *tally
	ready func() bool // false while Redis is away: nothing is tried then

	calls   chan call
	mutex   sync.Mutex
	waiting map[string]struct{} // keys of calls that have not begun
	workers sync.WaitGroup
}

// call is one call to Redis. Two calls of one key that have not begun are one call.
type call struct {
	key  string
	make func(context.Context) error
	// failed is what to do instead if Redis did not take it; may be nil.
	failed func()
}

func newOutgoing(o Options, t *tally, ready func() bool) *outgoing {
	return &outgoing{tally: t, ready: ready, calls: make(chan call, o.BufferLimit), waiting: map[string]struct{}{}}
}

// put lets a call leave soon. It never blocks: with the buffer full the call is given up.
func (o *outgoing) put(one call) {
	o.mutex.Lock()
	if _, twice := o.waiting[one.key]; twice {
		o.mutex.Unlock()
		return
	}
	taken := false
	select {
	case o.calls <- one:
		o.waiting[one.key] = struct{}{}
		taken = true
	default:
	}
	o.mutex.Unlock()
	if !taken {
		o.giveUp(one)
	}
}

func (o *outgoing) giveUp(one call) {
	o.tally.unsent.Add(1)
	if one.failed != nil {
		one.failed()
	}
}

func (o *outgoing) length() int { return len(o.calls) }

// start lets calls leave until ctx ends; what waits then is left to drain.
func (o *outgoing) start(ctx context.Context) {
	for range senders {
		o.workers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case one := <-o.calls:
					o.send(one)
				}
			}
		})
	}
}

// drain sends what still waits, once the workers have ended, for as long as ctx lasts.
func (o *outgoing) drain(ctx context.Context) {
	o.workers.Wait()
	for {
		select {
		case one := <-o.calls:
			if ctx.Err() != nil {
				o.giveUp(one)
				continue
			}
			o.send(one)
		default:
			return
		}
	}
}

// send makes the call. Its key is free from here on: whatever was committed later needs a call of its own.
func (o *outgoing) send(one call) {
	o.mutex.Lock()
	delete(o.waiting, one.key)
	o.mutex.Unlock()
	if !o.ready() {
		o.giveUp(one)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), redisPatience)
	defer cancel()
	if err := one.make(ctx); err != nil {
		o.giveUp(one)
	}
}
