package wake

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// Inspection is what Redis says of the queues, for whoever looks for what is wrong.
type Inspection struct {
	Status
	// Now is Redis' own clock.
	Now time.Time
	// Evicts is its policy where that may throw tasks away, and AppendOnly tells whether it keeps them over a restart. Settled tells
	// that it let itself be asked; a hosted one may not.
	Evicts     string
	AppendOnly bool
	Settled    bool
	// Workers are the processes that take tasks.
	Workers int
	// Taskless are due times that are marked as having a task and have none, of those that were looked at.
	Taskless int
	// Refused is why Redis takes no writes; empty if it does.
	Refused string
}

// inspectMost is how many due times are compared with the queues.
const inspectMost = 300

// Inspect compares due times that are marked as armed with the queues, and looks at Redis itself. It changes nothing.
func (w *Wake) Inspect(ctx context.Context, armed []desk.Alarm) (Inspection, error) {
	status, err := w.Status(ctx)
	if err != nil {
		return Inspection{}, err
	}
	found := Inspection{Status: status}
	if found.Now, err = w.client.Time(ctx).Result(); err != nil {
		return found, fault.Wrap(fault.Unavailable, err, "Redis does not answer")
	}
	if !status.Embedded {
		w.inspectSettings(ctx, &found)
	}
	inspector := w.inspector()
	for _, alarm := range armed[:min(len(armed), inspectMost)] {
		_, err := inspector.GetTaskInfo(alarmQueue(alarm), alarmID(alarm, status.Epoch))
		if errors.Is(err, asynq.ErrTaskNotFound) || errors.Is(err, asynq.ErrQueueNotFound) {
			found.Taskless++
		}
	}
	servers, err := inspector.Servers()
	if err != nil {
		return found, fault.Wrap(fault.Unavailable, err, "Redis does not answer")
	}
	seen := map[int]bool{}
	for _, server := range servers {
		seen[server.PID] = true
	}
	found.Workers = len(seen)
	return found, nil
}

func (w *Wake) inspectSettings(ctx context.Context, found *Inspection) {
	settings, err := w.client.ConfigGet(ctx, "*").Result()
	if err != nil {
		return
	}
	found.Settled = true
	found.AppendOnly = settings["appendonly"] == "yes"
	if policy := settings["maxmemory-policy"]; policy != "" && policy != "noeviction" && !strings.HasPrefix(policy, "volatile") {
		found.Evicts = policy
	}
}

// Ask puts a task for each contact into Redis: whoever takes it looks at everything that is due.
func (w *Wake) Ask(ctx context.Context, refs []desk.Ref) error {
	for _, ref := range refs {
		if err := w.enqueue(ctx, contactTask(QueueInbox, ref, false)); err != nil {
			return err
		}
	}
	return nil
}

// ClearDead deletes tasks that were given up and those that wait to be repeated: what they were about stands in SQL.
func (w *Wake) ClearDead() (int, error) {
	inspector := w.inspector()
	total := 0
	for _, queue := range queueNames() {
		count, err := inspector.DeleteAllArchivedTasks(queue)
		if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
			return total, err
		}
		total += count
	}
	return total, nil
}
