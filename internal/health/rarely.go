package health

import (
	"context"
	"sync"
	"time"
)

// Rarely keeps what a check found well for longer than the board does; what was found ill is looked at every time, so that
// a recovery shows at once.
func Rarely(kept time.Duration, now func() time.Time, look func(context.Context) Finding) func(context.Context) Finding {
	var mutex sync.Mutex
	var well time.Time
	return func(ctx context.Context) Finding {
		mutex.Lock()
		defer mutex.Unlock()
		if !well.IsZero() && now().Sub(well) < kept {
			return Well()
		}
		found := look(ctx)
		if found.State == OK {
			well = now()
		}
		return found
	}
}
