package web

import (
	"context"
	"time"
)

// Until asks again and again, at least once, until done says so, the time is over or the request has ended.
func Until(ctx context.Context, most, every time.Duration, done func() bool) {
	deadline := time.NewTimer(max(most, 0))
	defer deadline.Stop()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return
		case <-deadline.C:
			return
		case <-ticker.C:
		}
	}
}
