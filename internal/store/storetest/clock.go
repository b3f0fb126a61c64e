package storetest

import (
	"sync/atomic"
	"time"
)

// Clock is moved by a test while a store reads it.
type Clock struct{ at atomic.Pointer[time.Time] }

// NewClock stands at a time until it is set.
func NewClock(at time.Time) *Clock {
	clock := &Clock{}
	clock.Set(at)
	return clock
}

// Now is where the clock stands.
func (c *Clock) Now() time.Time { return *c.at.Load() }

// Set moves the clock, and gives the time.
func (c *Clock) Set(at time.Time) time.Time {
	c.at.Store(&at)
	return at
}
