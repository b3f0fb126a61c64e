package wake

import (
	"context"
	"errors"
	"time"

	"github.com/hibiken/asynq"

	"retoma/internal/fault"
)

// Counts tells what a rebuild did.
type Counts struct {
	Deleted int // tasks thrown away
	Armed   int // due times that have a task now
	// Elsewhere: Redis is inside another process, which was told and arms its horizon within seconds.
	Elsewhere bool
}

// Rebuild throws the tasks of all due times away and arms the whole horizon anew, from SQL.
// It may be called on a Wake that was not started, and beside running processes; they only wake, so nothing is done twice.
func (w *Wake) Rebuild(ctx context.Context) (Counts, error) {
	if w.embedded != nil && !w.started {
		return w.rebuildElsewhere(ctx)
	}
	epoch := newEpoch()
	if err := w.client.Set(ctx, epochKey, epoch, time.Duration(0)).Err(); err != nil {
		return Counts{}, fault.Wrap(fault.Unavailable, err, "Redis does not answer")
	}
	if _, _, err := w.askEpoch(ctx); err != nil { // the names of the queues
		return Counts{}, fault.Wrap(fault.Unavailable, err, "Redis does not answer")
	}
	w.redis.begin(epoch)
	deleted, err := w.throwAway()
	if err != nil {
		return Counts{Deleted: deleted}, fault.Wrap(fault.Unavailable, err, "old tasks could not be deleted")
	}
	if err := w.forgetArming(ctx, epoch); err != nil {
		return Counts{Deleted: deleted}, err
	}
	armed, err := w.armAll(ctx)
	return Counts{Deleted: deleted, Armed: armed}, err
}

// rebuildElsewhere makes the process with the embedded Redis see that SQL knows no epoch.
func (w *Wake) rebuildElsewhere(ctx context.Context) (Counts, error) {
	known, err := w.options.Source.Epoch(ctx)
	if err != nil {
		return Counts{}, err
	}
	if _, err := w.options.Source.SetEpoch(ctx, known, ""); err != nil {
		return Counts{}, err
	}
	return Counts{Elsewhere: true}, nil
}

// begin takes over an epoch that this process has made.
func (s *redisState) begin(epoch string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.current, s.away, s.failures = epoch, false, 0
}

// forgetArming is the same as in agree: first forget, then write the epoch.
func (w *Wake) forgetArming(ctx context.Context, epoch string) error {
	w.arming.Lock()
	defer w.arming.Unlock()
	if err := w.options.Source.Disarm(ctx); err != nil {
		return err
	}
	known, err := w.options.Source.Epoch(ctx)
	if err != nil {
		return err
	}
	_, err = w.options.Source.SetEpoch(ctx, known, epoch)
	return err
}

// throwAway deletes scheduled and archived tasks; pending ones and retries are work that somebody waits for.
func (w *Wake) throwAway() (int, error) {
	inspector := w.inspector()
	total := 0
	for _, queue := range []string{QueueInbox, QueueOutbox, QueueBulk} {
		for _, remove := range []func(string) (int, error){inspector.DeleteAllScheduledTasks, inspector.DeleteAllArchivedTasks} {
			count, err := remove(queue)
			if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
				return total, err
			}
			total += count
		}
	}
	return total, nil
}
