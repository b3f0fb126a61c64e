package wake

import (
	"context"
	"errors"
	"time"

	"github.com/hibiken/asynq"

	"retoma/internal/fault"
)

// Status is what `retoma queue status` shows.
type Status struct {
	Embedded bool
	// Epoch is Redis' life, ArmedEpoch the one that SQL's arming belongs to. They differ only for seconds.
	Epoch      string
	ArmedEpoch string
	Queues     []QueueStatus
}

// QueueStatus is one queue as asynq sees it.
type QueueStatus struct {
	Name                                        string
	Pending, Active, Scheduled, Retry, Archived int
	ProcessedToday, FailedToday                 int
	// Latency is how long the oldest pending task has waited.
	Latency time.Duration
	Paused  bool
}

// Status looks at the queues. An error of code unavailable means that Redis does not answer.
func (w *Wake) Status(ctx context.Context) (Status, error) {
	if err := w.Ready(ctx); err != nil {
		return Status{}, err
	}
	epoch, _, err := w.askEpoch(ctx)
	if err != nil {
		return Status{}, fault.Wrap(fault.Unavailable, err, "Redis does not answer")
	}
	armed, err := w.options.Source.Epoch(ctx)
	if err != nil {
		return Status{}, err
	}
	status := Status{Embedded: w.Embedded(), Epoch: epoch, ArmedEpoch: armed}
	for _, name := range queueNames() {
		queue, err := w.queueStatus(name)
		if err != nil {
			return Status{}, fault.Wrap(fault.Unavailable, err, "the queue %s could not be read", name)
		}
		status.Queues = append(status.Queues, queue)
	}
	return status, nil
}

func (w *Wake) queueStatus(name string) (QueueStatus, error) {
	info, err := w.inspector().GetQueueInfo(name)
	if errors.Is(err, asynq.ErrQueueNotFound) {
		return QueueStatus{Name: name}, nil
	}
	if err != nil {
		return QueueStatus{}, err
	}
	return QueueStatus{
		Name: name, Pending: info.Pending, Active: info.Active, Scheduled: info.Scheduled, Retry: info.Retry,
		Archived: info.Archived, ProcessedToday: info.Processed, FailedToday: info.Failed,
		Latency: info.Latency, Paused: info.Paused,
	}, nil
}
