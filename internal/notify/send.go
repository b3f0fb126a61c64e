package notify

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// note is a notification as targets are told it.
type note struct {
	desk.Notification
	// Subject is the title with the tenant's name: one chat may hear of several.
	Subject string
	// Now is the attempt's time; At is when the thing happened.
	Now time.Time
}

func newNote(notification desk.Notification, tenant chat.Tenant, now time.Time) note {
	subject := notification.Title
	if tenant.Name != "" {
		subject = "[" + tenant.Name + "] " + subject
	}
	return note{Notification: notification, Subject: subject, Now: now}
}

// target is one place that is told.
type target struct {
	service string // such as "slack": all that is ever shown of a target
	key     string // the whole address, secrets included: tells targets apart, never shown
	send    func(ctx context.Context, c *carrier, told note) error
}

// sendAll tells every target at once, each within the limit, and gives their failures in the same order.
func (n *Notifier) sendAll(ctx context.Context, told note, targets []target) []error {
	failures := make([]error, len(targets))
	var group sync.WaitGroup
	for i, target := range targets {
		group.Go(func() { failures[i] = n.sendOne(ctx, told, target) })
	}
	group.Wait()
	return failures
}

// sendOne tells one target. A panic (the text was made by others, the addresses are read by a library) fails this
// target, not the worker.
func (n *Notifier) sendOne(ctx context.Context, told note, to target) (err error) {
	ctx, cancel := context.WithTimeout(ctx, n.limit)
	defer cancel()
	defer func() {
		if recover() != nil { // the value may hold an address: the stack does not
			n.log.Error("a notification target panicked", "notification", told.ID, "service", to.service, "stack", string(debug.Stack()))
			err = problem("erro interno")
		}
	}()
	return to.send(ctx, n.carrier, told)
}
