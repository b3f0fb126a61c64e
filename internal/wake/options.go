package wake

import (
	"context"
	"log/slog"
	"time"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// Source is what this package asks of the store: what is due, and what has a task.
type Source interface {
	// Overdue gives contacts with something overdue or forgotten, longest first, of all tenants but some.
	Overdue(ctx context.Context, now time.Time, limit int, except ...string) ([]desk.Ref, error)
	// OverdueNotifications gives the ids of notifications that are due.
	OverdueNotifications(ctx context.Context, now time.Time, limit int) ([]string, error)
	// Unarmed gives due times up to an instant that have no task yet.
	Unarmed(ctx context.Context, until time.Time, limit int) ([]desk.Alarm, error)
	// MarkArmed notes that the alarms have a task; one whose token is no longer the row's is left alone.
	MarkArmed(ctx context.Context, alarms []desk.Alarm) error
	// Disarm forgets all arming: Redis has lost its tasks.
	Disarm(ctx context.Context) error
	// Epoch is the Redis epoch that the arming belongs to; empty if there was none.
	Epoch(ctx context.Context) (string, error)
	// SetEpoch changes the epoch if it still is from, and tells whether it did.
	SetEpoch(ctx context.Context, from, to string) (bool, error)
}

// Options say how to wake and whom. Work, Notify and Source are needed; the rest has defaults.
type Options struct {
	// RedisURL is empty for an embedded Redis inside this process, or one of
	// redis://, rediss:// (TLS), unix://, redis-sentinel://, rediss-sentinel://, redis-cluster://, rediss-cluster://.
	RedisURL string
	// RedisListen is a loopback address ("127.0.0.1:0") on which the embedded Redis can be looked at, by asynqmon for example.
	// The port has no password, so any other address is refused. Empty opens no port.
	RedisListen string
	// Consume makes this process work; false is the gateway role, which only hands work to other processes.
	Consume bool
	// Horizon is how far ahead due times get a task in Redis; 0 arms everything.
	Horizon time.Duration
	// Concurrency is how many contacts are worked on at once for answers, and as many again for what came due. Default 64.
	Concurrency int
	// NotifyConcurrency is how many notifications are sent at once. Default 8.
	NotifyConcurrency int
	// TenantShare is the part of the concurrency that one tenant may hold while others wait. Default 0.5.
	TenantShare float64
	// QueueLimit is how many contacts may wait in this process; further ones are dropped and found by the scan. Default 100,000.
	QueueLimit int
	// BufferLimit is how many calls to Redis may wait in this process. Default 10,000.
	BufferLimit int
	// Work does whatever there is to do for a contact. Calling it too often is harmless.
	// An error means that SQL itself failed; everything else is recorded by the work.
	Work func(ctx context.Context, ref desk.Ref) error
	// Notify sends one notification; it may be called too often as well.
	Notify func(ctx context.Context, notificationID string) error
	Source Source
	// Now is the clock; default time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

const (
	defaultConcurrency       = 64
	defaultNotifyConcurrency = 8
	defaultTenantShare       = 0.5
	defaultQueueLimit        = 100_000
	defaultBufferLimit       = 10_000
)

// withDefaults checks the options and fills in what was left out.
func (o Options) withDefaults() (Options, error) {
	if o.Source == nil || o.Work == nil || o.Notify == nil {
		return o, fault.New(fault.Invalid, "wake needs Source, Work and Notify")
	}
	if o.RedisListen != "" && o.RedisURL != "" {
		return o, fault.Field("redis-listen", "only the embedded Redis can listen; there is a redis-url")
	}
	if o.Horizon < 0 {
		return o, fault.Field("horizon", "must not be negative")
	}
	if o.TenantShare < 0 || o.TenantShare > 1 {
		return o, fault.Field("tenant-share", "must be between 0 and 1")
	}
	o.Concurrency = positiveOr(o.Concurrency, defaultConcurrency)
	o.NotifyConcurrency = positiveOr(o.NotifyConcurrency, defaultNotifyConcurrency)
	o.QueueLimit = positiveOr(o.QueueLimit, defaultQueueLimit)
	o.BufferLimit = positiveOr(o.BufferLimit, defaultBufferLimit)
	if o.TenantShare == 0 {
		o.TenantShare = defaultTenantShare
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

func positiveOr(value, otherwise int) int {
	if value > 0 {
		return value
	}
	return otherwise
}
