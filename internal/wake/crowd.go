package wake

import (
	"sync"
	"time"
)

const (
	// crowdSize is how many wake-ups of one tenant at about the same time are a crowd: what is more goes to a queue of its own, so that
	// another tenant's one never stands behind them. Redis' lists know no tenants.
	crowdSize = 500
	// crowdSpan is what "about the same time" is.
	crowdSpan = 10 * time.Second
	// crowdsKept bounds what is remembered; forgetting only lets a crowd begin anew.
	crowdsKept = 50_000
)

// crowds counts each tenant's wake-ups by the time at which they ring.
type crowds struct {
	mutex  sync.Mutex
	counts map[crowdKey]int
}

type crowdKey struct {
	tenantID string
	span     int64
}

// joins counts one more and tells whether it belongs to a crowd.
func (c *crowds) joins(tenantID string, at time.Time) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.counts == nil || len(c.counts) >= crowdsKept {
		c.counts = map[crowdKey]int{}
	}
	key := crowdKey{tenantID, at.UnixNano() / int64(crowdSpan)}
	c.counts[key]++
	return c.counts[key] > crowdSize
}

// hasRoom tells whether one more of a tenant may wait in a place for limit of all: the last quarter of it is for those who have little
// there, so that nobody fills it alone.
func hasRoom(all, own, limit int) bool {
	return all < limit*3/4 || all < limit && own < max(1, limit/16)
}
