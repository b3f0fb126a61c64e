package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"retoma/internal/desk"
)

const (
	// rowsKept is how long SQL's answer is good for: two Prometheus servers and a curious person ask once.
	rowsKept = 10 * time.Second
	// rowsPatience is how long a scrape waits for SQL. Without an answer the rest is shown all the same.
	rowsPatience = 2 * time.Second
)

// rows are the numbers that stand in SQL, asked at a scrape.
type rows struct {
	ask func(ctx context.Context) (desk.Backlog, error)
	now func() time.Time

	mutex sync.Mutex
	last  desk.Backlog
	at    time.Time
	well  bool

	up, lag, mail, due, oldest, sending, unconfirmed, beat *prometheus.Desc
}

func newRows(ask func(ctx context.Context) (desk.Backlog, error), now func() time.Time) *rows {
	described := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &rows{
		ask: ask, now: now,
		up:          described("retoma_sql_up", "1 if SQL answered this scrape's questions in time."),
		lag:         described("retoma_inbox_lag_seconds", "How long the oldest event that nobody has handled has waited."),
		mail:        described("retoma_inbox_waiting", "Events that nobody has handled yet (counted up to 50,000)."),
		due:         described("retoma_due_backlog", "Rows whose time has come: runs (follow-ups, other timers), sends (the pace counts in) (counted up to 50,000).", "kind"),
		oldest:      described("retoma_due_oldest_age_seconds", "How long the oldest of these rows has been due.", "kind"),
		sending:     described("retoma_sends_under_way", "Sends that some worker has claimed and not noted the outcome of."),
		unconfirmed: described("retoma_sends_unconfirmed", "Messages of which nobody knows whether they went out (counted up to 50,000)."),
		beat:        described("retoma_canary_last_success_timestamp_seconds", "When the canary was last claimed, by whichever worker; 0: never."),
	}
}

// Describe is for prometheus.Collector.
func (r *rows) Describe(to chan<- *prometheus.Desc) {
	for _, one := range []*prometheus.Desc{r.up, r.lag, r.mail, r.due, r.oldest, r.sending, r.unconfirmed, r.beat} {
		to <- one
	}
}

// Collect is for prometheus.Collector. Without an answer of SQL only retoma_sql_up is shown: an old number would look like
// a fresh one.
func (r *rows) Collect(to chan<- prometheus.Metric) {
	now := r.now()
	seen, well := r.seen(now)
	show := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	if !well {
		show(r.up, 0)
		return
	}
	show(r.up, 1)
	show(r.lag, age(seen.OldestMail, now))
	show(r.mail, float64(seen.Mail))
	show(r.due, float64(seen.DueRuns), "run")
	show(r.due, float64(seen.DueSends), "send")
	show(r.oldest, age(seen.OldestRun, now), "run")
	show(r.oldest, age(seen.OldestSend, now), "send")
	show(r.sending, float64(seen.Sending))
	show(r.unconfirmed, float64(seen.Unconfirmed))
	beat := 0.0
	if !seen.Canary.Rang.IsZero() {
		beat = float64(seen.Canary.Rang.UnixMilli()) / 1000
	}
	show(r.beat, beat)
}

// seen is SQL's answer, of now or of a few seconds ago. Who asks while another asks waits for that answer.
func (r *rows) seen(now time.Time) (desk.Backlog, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.at.IsZero() && now.Sub(r.at) < rowsKept {
		return r.last, r.well
	}
	ctx, cancel := context.WithTimeout(context.Background(), rowsPatience)
	defer cancel()
	found, err := r.ask(ctx)
	r.last, r.well, r.at = found, err == nil, now
	return r.last, r.well
}

// age is how long ago an instant was; 0 for none, and for one that is yet to come.
func age(at, now time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return max(now.Sub(at).Seconds(), 0)
}
