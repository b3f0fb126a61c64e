package people

import (
	"context"
	"errors"
	"sync"
	"time"

	"retoma/internal/chat"
)

// HearingStore keeps what webhooks heard.
type HearingStore interface {
	Heard(ctx context.Context, tenantID, channelID string, at time.Time) error
	Forged(ctx context.Context, tenantID, channelID string, count int) error
}

// Hearing counts in memory what channels' webhooks hear, and writes it down now and then: a webhook costs no commit more.
type Hearing struct {
	Store    HearingStore
	mutex    sync.Mutex
	channels map[string]heard
}

// heard is what was heard on one channel and is not written down yet.
type heard struct {
	tenantID string
	at       time.Time // of the last webhook with a right signature
	forged   int       // with a wrong one, since then
}

// Good notes a webhook with a right signature.
func (h *Hearing) Good(channel chat.Channel, at time.Time) {
	h.note(channel, func(known *heard) { known.at, known.forged = at, 0 })
}

// Forged notes one with a wrong signature.
func (h *Hearing) Forged(channel chat.Channel) {
	h.note(channel, func(known *heard) { known.forged++ })
}

func (h *Hearing) note(channel chat.Channel, change func(*heard)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.channels == nil {
		h.channels = map[string]heard{}
	}
	known := h.channels[channel.ID]
	known.tenantID = channel.TenantID
	change(&known)
	h.channels[channel.ID] = known
}

func (h *Hearing) take() map[string]heard {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	taken := h.channels
	h.channels = nil
	return taken
}

// Write writes down what was heard since the last time. What cannot be written is forgotten: it is a hint for people.
func (h *Hearing) Write(ctx context.Context) error {
	var failures []error
	for id, known := range h.take() {
		if !known.at.IsZero() {
			failures = append(failures, h.Store.Heard(ctx, known.tenantID, id, known.at))
		}
		if known.forged > 0 {
			failures = append(failures, h.Store.Forged(ctx, known.tenantID, id, known.forged))
		}
	}
	return errors.Join(failures...)
}
