package wake

import (
	"context"
	"errors"
	"fmt"

	"github.com/hibiken/asynq"

	"retoma/internal/desk"
)

// errAway says that Redis was not asked, because it did not answer lately or its epoch is not known yet.
var errAway = errors.New("redis is away")

// enqueue puts a task into Redis. An id that is taken already is as good as done.
func (w *Wake) enqueue(ctx context.Context, t *asynq.Task, options ...asynq.Option) error {
	_, err := w.tasks.EnqueueContext(ctx, t, options...)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		err = nil
	}
	w.redis.note(err)
	return err
}

// arm gives an alarm its task.
func (w *Wake) arm(ctx context.Context, alarm desk.Alarm) error {
	epoch := w.redis.epoch()
	if epoch == "" {
		return errAway
	}
	return w.armAs(ctx, alarm, alarmID(alarm, epoch))
}

// armAgain arms an alarm whose task rang far too early. The task that is being handled blocks its id,
// so the new one has another.
func (w *Wake) armAgain(ctx context.Context, alarm desk.Alarm) error {
	id := fmt.Sprintf("%s:again%d", alarmID(alarm, w.redis.epoch()), w.options.Now().UnixMilli())
	return w.armAs(ctx, alarm, id)
}

func (w *Wake) armAs(ctx context.Context, alarm desk.Alarm, id string) error {
	at := ringAt(alarm)
	options := []asynq.Option{asynq.ProcessAt(at)}
	if w.crowds.joins(alarm.Ref.TenantID, at) {
		if w.embedded != nil && w.options.Consume && w.holdAlarm(alarm) {
			// The embedded Redis is this process' own memory, and slow with long lists: the heap keeps a crowd as long as it would.
			w.tally.armed.Add(1)
			return nil
		}
		options = append(options, asynq.Queue(QueueBulk))
	}
	err := w.enqueue(ctx, alarmTask(alarm, id), options...)
	if err == nil {
		w.tally.armed.Add(1)
	}
	return err
}
