package app

import (
	"log/slog"
	"time"

	"retoma/internal/deliver"
	"retoma/internal/notify"
)

// buildCourier makes who delivers to subscriptions, behind the guard against private networks.
func (p *Parts) buildCourier(c Config, log *slog.Logger) *deliver.Courier {
	return deliver.New(deliver.Options{
		Store: p.Store, Dial: notify.Dialer(c.AllowPrivate, !c.Production()), Explain: notify.Explain, Notify: p.Wake.Notification,
		KeepDelivered: c.KeepDelivered, KeepFailed: c.KeepFailed, Now: time.Now, Logger: log,
		Observe: p.Metrics.Delivery,
	})
}

// checkSubscription refuses addresses and secrets that cannot be used; plain http is for development.
func checkSubscription(c Config) func(address, secret string) error {
	return func(address, secret string) error { return notify.CheckWebhook(address, secret, !c.Production()) }
}

// committed tells the courier of commits that may have announced something, and then whoever else listens.
func (p *Parts) committed(hooks Hooks) func(point string) {
	return func(point string) {
		if p.Courier != nil {
			p.nudge(point)
		}
		if hooks.Committed != nil {
			hooks.Committed(point)
		}
	}
}

// nudge leaves out the courier's own commits, which announce nothing.
func (p *Parts) nudge(point string) {
	switch point {
	case "lease", "deliver", "dealt", "prune", "fold":
	case "subscription", "replay":
		p.Courier.Changed()
	default:
		p.Courier.Nudge()
	}
}
