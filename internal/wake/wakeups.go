package wake

import (
	"context"
	"time"

	"github.com/hibiken/asynq"

	"retoma/internal/desk"
)

// Contact says that there is something new for a contact: work now. It never blocks and never fails.
func (w *Wake) Contact(ref desk.Ref) { w.now(ref, QueueInbox, rankAnswer) }

// Outbox says that a send was asked for: like [Wake.Contact], but after answers to people.
func (w *Wake) Outbox(ref desk.Ref) { w.now(ref, QueueOutbox, rankSend) }

// now works inline in a consuming process: no polling is as fast. A gateway hands it to others.
func (w *Wake) now(ref desk.Ref, queue string, r rank) {
	if w.options.Consume {
		w.contacts.wake(ref, r, time.Time{}, nil)
		return
	}
	w.outgoing.put(call{
		key: queue + ":" + ref.TenantID + ":" + ref.ContactID,
		make: func(ctx context.Context) error {
			if w.crowds.joins(ref.TenantID, w.options.Now()) {
				return w.handOver(ctx, contactTask(QueueBulk, ref, r == rankAnswer))
			}
			return w.handOver(ctx, contactTask(queue, ref, false))
		},
	})
}

// Notification says that a notification to the team waits.
func (w *Wake) Notification(id string) {
	if w.options.Consume {
		w.notices.wake(desk.Ref{ContactID: id}, rankSend, time.Time{}, nil)
		return
	}
	w.outgoing.put(call{
		key:  QueueHooks + ":" + id,
		make: func(ctx context.Context) error { return w.handOver(ctx, notificationTask(id)) },
	})
}

// handOver gives a task for now to whichever process takes it first.
func (w *Wake) handOver(ctx context.Context, t *asynq.Task) error {
	err := w.enqueue(ctx, t)
	if err == nil {
		w.tally.enqueued.Add(1)
	}
	return err
}

// At rings at alarm.At. It is meant for due times inside the horizon; it never blocks and never fails.
// What is due within 5 seconds goes straight on the heap of a consuming process, without Redis.
func (w *Wake) At(alarm desk.Alarm) {
	if w.options.Consume && w.isNear(alarm) {
		w.holdAlarm(alarm)
		return
	}
	w.outgoing.put(call{
		key:  "at:" + alarmID(alarm, ""),
		make: func(ctx context.Context) error { return w.arm(ctx, alarm) },
		failed: func() {
			if w.options.Consume {
				w.holdAlarm(alarm)
			}
		},
	})
}

func (w *Wake) isNear(alarm desk.Alarm) bool {
	return !alarm.At.After(w.options.Now().Add(holdLimit))
}

// holdAlarm puts an alarm on the heap of this process.
func (w *Wake) holdAlarm(alarm desk.Alarm) bool {
	held := w.timers.add(timer{ref: alarm.Ref, at: alarm.At, rank: rankDue, alarm: true})
	if !held {
		w.tally.dropped.Add(1)
	}
	return held
}

// ring lets a timer's contact be worked on.
func (w *Wake) ring(one timer) {
	due := time.Time{}
	if one.alarm {
		due = one.at
	}
	w.contacts.wake(one.ref, one.rank, due, nil)
}

// Later lets a contact be worked on at an instant, in this process only: waits for the pace, contacts that were busy.
// A contact that is put off during its work keeps its place among answers or sends.
func (w *Wake) Later(ref desk.Ref, at time.Time) {
	r, known := w.contacts.known(ref)
	if !known {
		r = rankSend
	}
	if !w.timers.add(timer{ref: ref, at: at, rank: r}) {
		w.tally.dropped.Add(1)
	}
}

// Forget deletes the task of a cancelled alarm: tidiness for those who look at the queue, and best effort.
func (w *Wake) Forget(alarm desk.Alarm) {
	w.outgoing.put(call{
		key:  "forget:" + alarmID(alarm, ""),
		make: func(context.Context) error { return w.disarm(alarm) },
	})
}

func (w *Wake) disarm(alarm desk.Alarm) error {
	id, inspector := alarmID(alarm, w.redis.epoch()), w.inspector()
	err := inspector.DeleteTask(alarmQueue(alarm), id)
	if err != nil {
		err = inspector.DeleteTask(QueueBulk, id)
	}
	if err == nil {
		w.tally.forgotten.Add(1)
	}
	return nil // a task that is gone already, or is being handled, is as good as deleted
}

func (w *Wake) inspector() *asynq.Inspector { return asynq.NewInspectorFromRedisClient(w.client) }
