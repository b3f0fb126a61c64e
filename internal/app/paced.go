package app

import (
	"context"
	"sync"
	"time"

	"retoma/gateway"
	"retoma/internal/pace"
	"retoma/internal/store"
	"retoma/internal/worker"
)

// inWords is a wait's cause as people read it.
func inWords(wait pace.Wait) string {
	switch wait.Cause {
	case pace.ChannelHeld:
		if wait.Why != "" {
			return "o provedor pediu uma pausa a este número: " + wait.Why
		}
		return "o provedor pediu uma pausa a este número"
	case pace.PairHeld:
		return "o provedor recusou mensagens a este contato por virem rápido demais"
	case pace.PairOwes:
		return "já foram mensagens seguidas a este contato, e o provedor só aceita outra depois desse intervalo"
	case pace.Rate:
		return "espera a sua vez no ritmo do canal"
	}
	return ""
}

// namesKept is how long a channel's name in the pace is remembered: whose people are counted together hardly ever changes.
const namesKept = time.Minute

// lookout tells people what of the pace a message waits for.
type lookout struct {
	pace  *pace.Pace
	store *store.Store
	now   func() time.Time

	mutex sync.Mutex
	names map[string]string // by tenant and channel
	since time.Time
}

func (l *lookout) paced(ctx context.Context, message gateway.PacedMessage) (reason string, until time.Time) {
	name, err := l.nameOf(ctx, message)
	if err != nil {
		return "", time.Time{}
	}
	wait := l.pace.Look(ctx, name, message.ContactID, message.MessageID, l.now())
	return inWords(wait), wait.Until
}

func (l *lookout) nameOf(ctx context.Context, message gateway.PacedMessage) (string, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if now := l.now(); l.names == nil || now.Sub(l.since) > namesKept {
		l.names, l.since = map[string]string{}, now
	}
	key := message.TenantID + separator + message.ChannelID
	if name, known := l.names[key]; known {
		return name, nil
	}
	channel, err := l.store.Channel(ctx, message.TenantID, message.ChannelID)
	if err != nil {
		return "", err
	}
	name := nameOf(worker.PaceChannel{TenantID: message.TenantID, Portfolio: channel.Portfolio(), ID: channel.ID})
	l.names[key] = name
	return name, nil
}
