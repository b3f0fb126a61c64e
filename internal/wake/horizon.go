package wake

import (
	"context"
	"errors"
	"sync"
	"time"

	"retoma/internal/desk"
)

const (
	horizonInterval = 10 * time.Second
	horizonPage     = 500
	armingWorkers   = 8
	// nearby is how far ahead due times go on the heap while Redis is away: a little more than until the next look.
	nearby = horizonInterval + 2*time.Second
	// everythingYears is as far as a horizon of 0 reaches.
	everythingYears = 200
)

// until is the end of the horizon.
func (w *Wake) until(now time.Time) time.Time {
	if w.options.Horizon == 0 {
		return now.AddDate(everythingYears, 0, 0)
	}
	return now.Add(w.options.Horizon)
}

// armHorizon gives every due time that has entered the horizon its task.
func (w *Wake) armHorizon(ctx context.Context) {
	if !w.redis.usable() {
		w.holdNearby(ctx)
		return
	}
	if _, err := w.armAll(ctx); err != nil && ctx.Err() == nil {
		w.options.Logger.Warn("the horizon could not be armed; the next look tries again", "error", err)
	}
}

// holdNearby keeps due times precise while Redis is away. They stay unarmed: the heap is lost with the process.
func (w *Wake) holdNearby(ctx context.Context) {
	alarms, err := w.options.Source.Unarmed(ctx, w.options.Now().Add(nearby), horizonPage)
	if err != nil {
		w.options.Logger.Warn("due times could not be read", "error", err)
		return
	}
	for _, alarm := range alarms {
		w.holdAlarm(alarm)
	}
}

// armAll arms page by page until nothing unarmed is left inside the horizon.
func (w *Wake) armAll(ctx context.Context) (int, error) {
	total := 0
	for {
		count, more, err := w.armPage(ctx)
		total += count
		if err != nil || !more {
			return total, err
		}
	}
}

func (w *Wake) armPage(ctx context.Context) (count int, more bool, err error) {
	w.arming.Lock()
	defer w.arming.Unlock()
	alarms, err := w.options.Source.Unarmed(ctx, w.until(w.options.Now()), horizonPage)
	if err != nil || len(alarms) == 0 {
		return 0, false, err
	}
	armed, err := w.armEach(ctx, alarms)
	if len(armed) > 0 {
		if markErr := w.options.Source.MarkArmed(ctx, armed); markErr != nil {
			return 0, false, errors.Join(err, markErr)
		}
	}
	return len(armed), len(alarms) == horizonPage, err
}

// armEach arms the alarms of a page side by side and gives those that have a task now.
func (w *Wake) armEach(ctx context.Context, alarms []desk.Alarm) ([]desk.Alarm, error) {
	var (
		mutex   sync.Mutex
		armed   []desk.Alarm
		failure error
		workers sync.WaitGroup
		todo    = make(chan desk.Alarm)
	)
	for range armingWorkers {
		workers.Go(func() {
			for alarm := range todo {
				err := w.armOrHold(ctx, alarm)
				mutex.Lock()
				if err == nil {
					armed = append(armed, alarm)
				} else {
					failure = err
				}
				mutex.Unlock()
			}
		})
	}
	for _, alarm := range alarms {
		todo <- alarm
	}
	close(todo)
	workers.Wait()
	return armed, failure
}

// armOrHold arms one alarm; what is due in a moment needs no detour through Redis.
func (w *Wake) armOrHold(ctx context.Context, alarm desk.Alarm) error {
	if w.options.Consume && w.isNear(alarm) && w.holdAlarm(alarm) {
		return nil
	}
	if !w.redis.usable() {
		return errAway
	}
	ctx, cancel := context.WithTimeout(ctx, epochPatience)
	defer cancel()
	return w.arm(ctx, alarm)
}
