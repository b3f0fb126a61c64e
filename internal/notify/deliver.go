package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// The states that an attempt leaves a notification in.
const (
	stateSent    = "sent"
	statePending = "pending"
	stateFailed  = "failed"
)

// noTarget is the problem of a notification that nobody could be told: it is still listed in the API.
const noTarget = "sem destino configurado"

// Deliver claims a notification and tells every target of its tenant that does not have it yet. It does nothing when the
// notification is not due, is done, or is being delivered by somebody else, so it may be called too often.
//
// What targets answer is noted on the notification: delivered everywhere ("sent"), tried again after 1, 5, 30 minutes,
// 2 and 6 hours ("pending"), given up after the sixth attempt ("failed"). An error means that the store failed.
func (n *Notifier) Deliver(ctx context.Context, notificationID string) error {
	notification, claimed, err := n.store.ClaimNotification(ctx, notificationID, n.now(), lease)
	if err != nil {
		return fmt.Errorf("claim notification %s: %w", notificationID, err)
	}
	if !claimed {
		return nil
	}
	if notification.Attempts > Attempts { // workers died with it, again and again
		return n.end(ctx, notification, stateFailed, "tentativas esgotadas", n.now())
	}
	tenant, err := n.store.Tenant(ctx, notification.TenantID)
	if fault.Is(err, fault.NotFound) {
		return n.end(ctx, notification, stateFailed, "empresa não encontrada", n.now())
	}
	if err != nil {
		return fmt.Errorf("tenant of notification %s: %w", notificationID, err)
	}
	done, err := n.earlier(ctx, notification)
	if err != nil {
		return err
	}
	return n.tell(ctx, notification, tenant, done)
}

// earlier reads which targets took the notification in attempts before this one.
func (n *Notifier) earlier(ctx context.Context, notification desk.Notification) (progress, error) {
	if notification.Attempts <= 1 {
		return progress{}, nil
	}
	problem, err := n.store.NotificationProblem(ctx, notification.ID)
	if err != nil {
		return nil, fmt.Errorf("problem of notification %s: %w", notification.ID, err)
	}
	return readProgress(problem), nil
}

// tell delivers to the targets that are missing and notes how that ended.
func (n *Notifier) tell(ctx context.Context, notification desk.Notification, tenant chat.Tenant, done progress) error {
	targets := targetsOf(tenant.Settings.Notify)
	if len(targets) == 0 {
		return n.end(ctx, notification, stateSent, noTarget, n.now())
	}
	missing := missingOf(notification.ID, targets, done)
	failures := n.sendAll(ctx, newNote(notification, tenant, n.now()), missing)
	var problems []string
	for i, target := range missing {
		if failures[i] == nil {
			done[fingerprint(notification.ID, target.key)] = true
			continue
		}
		problems = append(problems, target.service+": "+shown(failures[i]))
	}
	if len(problems) == 0 {
		return n.end(ctx, notification, stateSent, "", n.now())
	}
	problem := done.note(fmt.Sprintf("tentativa %d de %d: %s", notification.Attempts, Attempts, strings.Join(problems, "; ")))
	delay, again := retryDelay(notification.Attempts)
	if !again {
		return n.end(ctx, notification, stateFailed, problem, n.now())
	}
	return n.end(ctx, notification, statePending, problem, n.now().Add(delay))
}

// missingOf leaves out targets that have the notification, and a target that the settings name twice.
func missingOf(notificationID string, targets []target, done progress) []target {
	var missing []target
	seen := map[string]bool{}
	for _, target := range targets {
		mark := fingerprint(notificationID, target.key)
		if done[mark] || seen[mark] {
			continue
		}
		seen[mark] = true
		missing = append(missing, target)
	}
	return missing
}

// end notes how an attempt ended, also when the caller has been stopped meanwhile: what is not noted is delivered again.
func (n *Notifier) end(ctx context.Context, notification desk.Notification, state, problem string, dueAt time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endLimit)
	defer cancel()
	n.observe(state)
	log := n.log.Info
	if state == stateFailed {
		log = n.log.Error
	}
	log("notification attempted", "tenant", notification.TenantID, "notification", notification.ID, "kind", notification.Kind,
		"attempt", notification.Attempts, "state", state, "problem", problem)
	if err := n.store.EndNotification(ctx, notification.ID, state, problem, dueAt); err != nil {
		return fmt.Errorf("end notification %s: %w", notification.ID, err)
	}
	return nil
}
