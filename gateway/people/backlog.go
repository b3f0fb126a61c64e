package people

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"retoma/internal/fault"
)

const (
	// DefaultBacklog is how much mail may lie unread: some minutes of the workers' time. Acknowledged mail costs disk and no memory, and
	// a customer's answer that is written down holds back what it answers, even unread; refused, it does not. So the limit is high, and
	// it is a count: mail that is old because no worker runs is better kept than refused.
	DefaultBacklog = 100_000
	// lookEvery is how often the unread mail is counted, while some comes in.
	lookEvery    = 2 * time.Second
	lookPatience = 5 * time.Second
	// backlogAfter is when to come again: workers read some thousands meanwhile.
	backlogAfter = 15 * time.Second
)

// Backlog watches how far the workers are behind.
type Backlog struct {
	store interface {
		UnreadMail(ctx context.Context, limit int) (int, error)
	}
	limit  int
	logger *slog.Logger

	mutex   sync.Mutex
	looking bool
	looked  time.Time
	full    bool
}

// NewBacklog watches the unread mail of a database; a limit of 0 is DefaultBacklog.
func NewBacklog(store Store, limit int, logger *slog.Logger) *Backlog {
	if limit == 0 {
		limit = DefaultBacklog
	}
	return &Backlog{store: store, limit: limit, logger: logger}
}

// refuse gives the refusal while there is too much. The counting is done beside requests, never in their way.
func (b *Backlog) refuse(now time.Time) error {
	if b == nil {
		return nil
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if !b.looking && (now.Sub(b.looked) >= lookEvery || now.Before(b.looked)) {
		b.looking, b.looked = true, now
		go b.look()
	}
	if !b.full {
		return nil
	}
	refusal := fault.New(fault.Unavailable, "há mensagens demais ainda não lidas; tente de novo em instantes")
	refusal.After = backlogAfter
	return refusal
}

func (b *Backlog) look() {
	ctx, cancel := context.WithTimeout(context.Background(), lookPatience)
	defer cancel()
	unread, err := b.store.UnreadMail(ctx, b.limit)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.looking = false
	if err != nil {
		return // a database that does not answer is noticed by whoever writes
	}
	if full := unread >= b.limit; full != b.full {
		b.full = full
		b.logger.Warn("the workers' backlog", "unread", unread, "limit", b.limit, "mail_is_refused", full)
	}
}
