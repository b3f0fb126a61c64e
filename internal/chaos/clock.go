package chaos

import (
	"sync"
	"time"
)

// clockLog remembers how far the provider's clock was ahead when, so that its times can be read as the world's.
type clockLog struct {
	mu    sync.Mutex
	moves []move
}

// move is one jump: by the provider's clock it came from one time to the other.
type move struct {
	from, to time.Time
	ahead    time.Duration // in all, after it
}

func (c *clockLog) jumped(from, to time.Time, ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves = append(c.moves, move{from, to, ahead})
}

// real is the world's time of a time of the provider's. During a jump it is that of the jump's end: within it nothing passes.
func (c *clockLog) real(shown time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := time.Duration(0)
	for _, m := range c.moves {
		if shown.Before(m.from) {
			break
		}
		if shown.Before(m.to) {
			return m.from.Add(-before)
		}
		before = m.ahead
	}
	return shown.Add(-before)
}
