package entrance

import (
	"time"

	"retoma/internal/desk"
)

// What comes of a webhook, in the words of the metrics.
const (
	Accepted       = "accepted"
	Duplicate      = "duplicate" // every message in it was known
	Refused        = "refused"   // its signature is wrong
	UnknownChannel = "unknown_channel"
	Failed         = "failed" // it could not be kept; the provider comes again

	// Unknown is the provider of a webhook whose channel is not known: the path is anybody's to write.
	Unknown = "unknown"
)

// Counter counts what providers tell. The provider is the name of an adapter, or Unknown.
type Counter interface {
	Webhook(provider, outcome string, took time.Duration)
	WebhookItems(provider, kind string, count int)
}

// Uncounted counts nothing.
type Uncounted struct{}

// Webhook does nothing.
func (Uncounted) Webhook(string, string, time.Duration) {}

// WebhookItems does nothing.
func (Uncounted) WebhookItems(string, string, int) {}

func (h *Handlers) countItems(provider string, sorted desk.Intake, told []desk.ChannelNews) {
	h.Counter.WebhookItems(provider, "message", len(sorted.Arrivals))
	h.Counter.WebhookItems(provider, "status", len(sorted.Statuses))
	h.Counter.WebhookItems(provider, "notice", len(told))
	h.Counter.WebhookItems(provider, "rejected", len(sorted.Rejected))
}
