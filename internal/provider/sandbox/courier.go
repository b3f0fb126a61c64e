package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// delivery is one webhook that a business must answer.
type delivery struct {
	number        uint64
	phoneNumberID string
	body          []byte
	attempts      int
	lastError     string
	// born is when it was made, in the sandbox's time.
	born time.Time
	// entry is the message it is about; nil if that was forgotten over a restart.
	entry *entry
	// also are the other messages of a batch.
	also []*entry
	// tried is closed after the first attempt in this life of the server; reported says that it was.
	tried    chan struct{}
	reported bool
}

func newDelivery(phoneNumberID string, body []byte, e *entry) *delivery {
	return &delivery{phoneNumberID: phoneNumberID, body: body, entry: e, tried: make(chan struct{})}
}

// target is where a business's webhooks go.
type target struct {
	url    string
	secret string
}

// WebhookCounts says how the webhooks fare.
type WebhookCounts struct {
	// Delivered were answered with 200; FailedAttempts were not, and were or will be repeated.
	Delivered      int `json:"delivered"`
	FailedAttempts int `json:"failedAttempts"`
	// Pending wait for an answer or for their next attempt.
	Pending int `json:"pending"`
	// Dropped were lost on purpose (dropWebhooks) or because too many were waiting.
	Dropped int `json:"dropped"`
	// Expired were lost after 7 days without an answer.
	Expired int `json:"expired"`
	// Unsubscribed were never made, because the business has no callback URL or no subscription.
	Unsubscribed int `json:"unsubscribed"`
}

// courier posts webhooks, a few at a time per business, and repeats them until they are answered with 200.
type courier struct {
	client   *http.Client
	retry    Retry
	most     int
	logger   *slog.Logger
	clock    *clockwork
	activity *activity
	// moving counts what is ready or on its way; what waits for its next attempt is not.
	moving *activity
	// where finds a business's target at each attempt; attempted, delivered and failed report to the server.
	where     func(phoneNumberID string) (target, bool)
	attempted func(*delivery)
	delivered func(*delivery)
	failed    func(*delivery, time.Duration)

	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	stopped bool
	// serial sends one webhook at a time, whatever the business.
	serial  bool
	issued  uint64
	queues  map[string]*lane
	pending map[uint64]*delivery
	counts  WebhookCounts
}

// lane is one business's queue, so that a callback that hangs holds up no other business.
type lane struct {
	ready   []*delivery
	workers int
}

// register counts a delivery as pending. It is false when too many are waiting; the webhook is then lost.
func (c *courier) register(d *delivery) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) >= c.most || c.stopped {
		// Under load thousands may be lost in a second: one line for each would be a second problem.
		if c.counts.Dropped++; c.counts.Dropped%1000 == 1 {
			c.logger.Warn("webhooks lost: too many are waiting", "phoneNumberId", d.phoneNumberID, "lost", c.counts.Dropped)
		}
		return false
	}
	c.issued++
	d.number = c.issued
	if d.born.IsZero() {
		d.born = c.clock.now()
	}
	c.pending[d.number] = d
	c.activity.begin()
	return true
}

// send puts a registered delivery on its way.
func (c *courier) send(d *delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	name, parallel := d.phoneNumberID, c.retry.Parallel
	if c.serial {
		name, parallel = "", 1
	}
	l := c.queues[name]
	if l == nil {
		l = &lane{}
		c.queues[name] = l
	}
	c.moving.begin()
	l.ready = append(l.ready, d)
	if l.workers < parallel {
		l.workers++
		c.workers.Add(1)
		go c.work(l)
	}
}

func (c *courier) work(l *lane) {
	defer c.workers.Done()
	for d := c.take(l); d != nil; d = c.take(l) {
		c.attempt(d)
		c.moving.end()
	}
}

func (c *courier) setSerial(serial bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial = serial
}

// take gives the next delivery; with none left the worker ends.
func (c *courier) take(l *lane) *delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || len(l.ready) == 0 {
		l.workers--
		return nil
	}
	d := l.ready[0]
	l.ready[0] = nil
	l.ready = l.ready[1:]
	return d
}

func (c *courier) attempt(d *delivery) {
	err := c.post(d)
	if c.ctx.Err() != nil {
		return
	}
	gap, over := c.retry.gap(d.attempts+1, c.clock.now().Sub(d.born)), false
	c.mu.Lock()
	d.attempts++
	first, attempts := !d.reported, d.attempts
	d.reported = true
	if err == nil {
		c.counts.Delivered++
	} else {
		c.counts.FailedAttempts++
		d.lastError = err.Error()
		if over = c.clock.now().Add(gap).Sub(d.born) > c.retry.GiveUp; over {
			c.counts.Expired++
		}
	}
	if err == nil || over {
		delete(c.pending, d.number)
	}
	c.mu.Unlock()

	switch {
	case err == nil:
		c.delivered(d)
	case over:
		c.logger.Warn("webhook given up", "phoneNumberId", d.phoneNumberID, "attempts", attempts, "error", err)
	default:
		c.logger.Debug("webhook not answered with 200", "phoneNumberId", d.phoneNumberID, "attempts", attempts, "error", err)
		c.clock.after(gap, func() { c.send(d) })
	}
	if err != nil {
		c.failed(d, c.clock.now().Sub(d.born))
	}
	if first {
		c.attempted(d)
	}
	if err == nil || over {
		c.activity.end()
	}
}

// gap is the pause after so many failed attempts of a webhook of this age.
func (r Retry) gap(attempts int, age time.Duration) time.Duration {
	gap := r.Base
	for i := 1; i < attempts && gap < r.Cap; i++ {
		gap *= 2
	}
	return max(min(gap, r.Cap), age/16)
}

func (c *courier) post(d *delivery) error {
	to, ok := c.where(d.phoneNumberID)
	if !ok {
		return fmt.Errorf("no callback URL")
	}
	request, err := http.NewRequestWithContext(c.ctx, http.MethodPost, to.url, bytes.NewReader(d.body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "facebookexternalua")
	request.Header.Set(SignatureHeader, Sign(to.secret, d.body))
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16)) // read to the end so that the connection can be used again
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

func (c *courier) lose(count func(*WebhookCounts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.counts)
}

func (c *courier) snapshot() WebhookCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := c.counts
	counts.Pending = len(c.pending)
	return counts
}

// stop ends all attempts and waits for those under way; what is pending stays so.
func (c *courier) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.cancel()
	c.workers.Wait()
}

// waiting lists the oldest pending deliveries.
func (c *courier) waiting(most int) []waitingWebhook {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]waitingWebhook, 0, min(most, len(c.pending)))
	for _, number := range slices.Sorted(maps.Keys(c.pending)) {
		if len(out) == most {
			break
		}
		d := c.pending[number]
		out = append(out, waitingWebhook{PhoneNumberID: d.phoneNumberID, Attempts: d.attempts, LastError: d.lastError})
	}
	return out
}
