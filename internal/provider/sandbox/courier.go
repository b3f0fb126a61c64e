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
	// entry is the message it is about; nil if that was forgotten over a restart.
	entry *entry
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
	// Unsubscribed were never made, because the business has no callback URL or no subscription.
	Unsubscribed int `json:"unsubscribed"`
}

// courier posts webhooks, a few at a time per business, and repeats them until they are answered with 200.
type courier struct {
	client   *http.Client
	retry    Retry
	most     int
	logger   *slog.Logger
	timers   *timers
	activity *activity
	// where finds a business's target at each attempt; attempted and delivered report to the server.
	where     func(phoneNumberID string) (target, bool)
	attempted func(*delivery)
	delivered func(*delivery)

	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	stopped bool
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
	l := c.queues[d.phoneNumberID]
	if l == nil {
		l = &lane{}
		c.queues[d.phoneNumberID] = l
	}
	l.ready = append(l.ready, d)
	if l.workers < c.retry.Parallel {
		l.workers++
		c.workers.Add(1)
		go c.work(l)
	}
}

func (c *courier) work(l *lane) {
	defer c.workers.Done()
	for d := c.take(l); d != nil; d = c.take(l) {
		c.attempt(d)
	}
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
	c.mu.Lock()
	d.attempts++
	first, attempts := !d.reported, d.attempts
	d.reported = true
	if err == nil {
		c.counts.Delivered++
		delete(c.pending, d.number)
	} else {
		c.counts.FailedAttempts++
		d.lastError = err.Error()
	}
	c.mu.Unlock()

	if err != nil {
		c.logger.Debug("webhook not answered with 200", "phoneNumberId", d.phoneNumberID, "attempts", attempts, "error", err)
		c.timers.after(c.retry.gap(attempts), func() { c.send(d) })
	} else {
		c.delivered(d)
	}
	if first {
		c.attempted(d)
	}
	if err == nil {
		c.activity.end()
	}
}

// gap is the pause after so many failed attempts.
func (r Retry) gap(attempts int) time.Duration {
	gap := r.Base
	for i := 1; i < attempts && gap < r.Cap; i++ {
		gap *= 2
	}
	return min(gap, r.Cap)
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
