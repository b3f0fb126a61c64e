package notify

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is where notifications wait and tenants say whom to tell.
type Store interface {
	// ClaimNotification takes a due, pending notification, counts the attempt and hides it until the lease is over.
	ClaimNotification(ctx context.Context, id string, now time.Time, lease time.Duration) (desk.Notification, bool, error)
	// NotificationProblem gives the problem text that the last EndNotification of a notification wrote; empty if none.
	NotificationProblem(ctx context.Context, id string) (string, error)
	// EndNotification notes how an attempt ended: state "sent", "failed", or "pending" with the time of the next one.
	EndNotification(ctx context.Context, id, state, problem string, dueAt time.Time) error
	// Tenant finds the tenant with its settings, the webhook secret in the clear.
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
}

// Options say where notifications come from and which addresses may be called. Store is needed; the rest has defaults.
type Options struct {
	Store Store
	// Now is the clock of due times and webhook timestamps. Default time.Now.
	Now    func() time.Time
	Logger *slog.Logger
	// HTTPClient replaces the guarded client for everything that goes by HTTP. Whoever gives one takes over the guard
	// against private addresses; redirects are refused all the same. Default: the guarded client.
	HTTPClient *http.Client
	// AllowPrivate lists what may be called although it is private: host names ("mail.internal"), addresses and CIDRs.
	AllowPrivate []string
	// Production refuses the machine's own addresses (127.0.0.1, ::1) too, unless AllowPrivate has them.
	Production bool
	// Observe, if set, is told in which state an attempt left a notification.
	Observe func(state string)
}

// Notifier delivers notifications to the teams of tenants. It is safe for concurrent use.
type Notifier struct {
	store   Store
	observe func(state string)
	now     func() time.Time
	log     *slog.Logger
	carrier *carrier
	// limit is how long one target may take.
	limit time.Duration
}

const (
	// targetLimit is how long one target may take, from the look-up of its name to the last byte of its answer.
	targetLimit = 10 * time.Second
	// endLimit is how long noting the end may take after the caller has gone.
	endLimit = 5 * time.Second
	// lease outlasts every target's limit by far, so that nobody else delivers what is still being delivered.
	lease = 2 * time.Minute
)

// New makes a notifier.
func New(o Options) *Notifier {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Observe == nil {
		o.Observe = func(string) {}
	}
	guard, ignored := newGuard(o.AllowPrivate, !o.Production)
	for _, entry := range ignored {
		o.Logger.Warn("an allowed private address is neither a host, an address nor a CIDR and is ignored", "entry", entry)
	}
	return &Notifier{store: o.Store, now: o.Now, log: o.Logger, observe: o.Observe, carrier: newCarrier(guard, o.HTTPClient), limit: targetLimit}
}
