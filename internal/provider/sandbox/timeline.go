package sandbox

import (
	"strings"
	"time"
)

// plan starts the timer for a message's next status, if it has one. The caller holds the lock.
func (s *Server) plan(e *entry) {
	status, pause := e.next(*s.options.Delays)
	if status == "" || e.planned {
		return
	}
	e.planned = true
	s.timers.after(pause, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		e.planned = false
		s.step(e)
	})
}

// step takes a message to its next status, tells the business and plans the one after. The caller holds the lock.
func (s *Server) step(e *entry) *delivery {
	status, _ := e.next(*s.options.Delays)
	if status == "" {
		return nil
	}
	e.Status = status
	if status == StatusFailed {
		e.Failure = &Failure{Code: e.doom, Title: refuse(e.doom, "").title}
	}
	told := s.tellStatus(e)
	s.plan(e)
	return told
}

// tellStatus makes the webhook for a message's present status. The caller holds the lock.
func (s *Server) tellStatus(e *entry) *delivery {
	faults := s.faults.of(e.PhoneNumberID)
	if e.Status == StatusRead && !faults.ReadReceipts {
		return nil
	}
	status := webhookStatus{ID: e.ID, Status: e.Status, Timestamp: seconds(s.now()), Recipient: e.phone.number, Tracker: e.Tracker}
	switch e.Status {
	case StatusFailed:
		status.Errors = failedStatusError(e.doom)
	case StatusSent, StatusDelivered:
		status.Pricing = e.pricing
	}
	return s.tell(e, webhookValue{Statuses: []webhookStatus{status}})
}

// tell queues a webhook about a message, once or as often as the faults say. It returns nil if there is none to wait for.
func (s *Server) tell(e *entry, value webhookValue) *delivery {
	b := s.registry.businesses[e.PhoneNumberID]
	if b == nil || b.CallbackURL == "" || !s.registry.accounts[b.WabaID].subscribed {
		s.courier.lose(func(c *WebhookCounts) { c.Unsubscribed++ })
		return nil
	}
	faults := s.faults.of(e.PhoneNumberID)
	if take(&faults.DropWebhooks) {
		s.courier.lose(func(c *WebhookCounts) { c.Dropped++ })
		return nil
	}
	body := encodeWebhook(b, value)
	shuffle := faults.ShuffleStatuses && len(value.Statuses) > 0
	first := s.queue(e, body, shuffle)
	if faults.DuplicateWebhooks {
		s.queue(e, body, shuffle)
	}
	return first
}

func (s *Server) queue(e *entry, body []byte, shuffle bool) *delivery {
	d := newDelivery(e.PhoneNumberID, body, e)
	if !s.courier.register(d) {
		return nil
	}
	if shuffle && e.late == nil && e.Status == StatusSent {
		e.late = d
		s.timers.after(s.shuffleTime(), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.release(e, d)
		})
		return d
	}
	s.inTurn(e, d)
	if e.late != nil && (!shuffle || s.overtaken(e)) {
		s.release(e, e.late)
	}
	return d
}

// overtaken tells whether a held-back "sent" may go now. It always waits for a later status, so that shuffling never leaves the
// true order by chance; whether it waits for "read", too, is left to chance.
func (s *Server) overtaken(e *entry) bool {
	switch e.Status {
	case StatusSent:
		return false
	case StatusDelivered:
		return !e.phone.reading || s.ids.source.IntN(2) == 0
	}
	return true
}

// shuffleTime is how long a status is held back at most, if no other overtakes it.
func (s *Server) shuffleTime() time.Duration {
	d := s.options.Delays
	return 2*(d.Sent+d.Delivered+d.Read) + 20*time.Millisecond
}

func (s *Server) release(e *entry, d *delivery) {
	if e.late == d {
		e.late = nil
		s.inTurn(e, d)
	}
}

// inTurn sends the webhooks of one message one after the other: the next leaves when the one before was tried once.
func (s *Server) inTurn(e *entry, d *delivery) {
	if e.onWay {
		e.queue = append(e.queue, d)
		return
	}
	e.onWay = true
	s.courier.send(d)
}

// attempted hears that a webhook was tried for the first time.
func (s *Server) attempted(d *delivery) {
	close(d.tried)
	if d.entry == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := d.entry
	if len(e.queue) == 0 {
		e.onWay = false
		return
	}
	following := e.queue[0]
	e.queue = e.queue[1:]
	s.courier.send(following)
}

// answered hears that a webhook was answered with 200: a customer's message then has its second tick.
func (s *Server) answered(d *delivery) {
	if d.entry == nil || d.entry.From != FromCustomer {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.entry.Status == StatusSent {
		d.entry.Status = StatusDelivered
	}
}

// priceOf says what a message costs under pricing per message: marketing and authentication always, utility outside the window.
func priceOf(category string, windowOpen bool) *pricing {
	p := &pricing{Billable: true, Model: "PMP", Type: "regular", Category: strings.ToLower(category)}
	switch {
	case category == "":
		p.Billable, p.Type, p.Category = false, "free_customer_service", "service"
	case p.Category == "utility" && windowOpen:
		p.Billable, p.Type = false, "free_customer_service"
	}
	return p
}
