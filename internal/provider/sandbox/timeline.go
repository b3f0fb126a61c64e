package sandbox

import (
	"strings"
	"time"
)

// plan starts the timer for a message's next status, if it has one. The caller holds the lock.
func (s *Server) plan(e *entry) {
	status, pause := e.next(*s.options.Delays)
	if status == "" || e.planned || s.outlived(e, status) {
		return
	}
	if status == StatusDelivered || (status == StatusRead && e.Status == StatusSent) {
		if a, slow := s.strikes(faultSlowDelivery, e.PhoneNumberID, e.phone.waID); slow {
			pause += a.seconds("seconds")
		}
	}
	e.planned = true
	s.clock.after(pause, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		e.planned = false
		s.step(e)
	})
}

// step takes a message to its next status, tells the business and plans the one after. The caller holds the lock.
func (s *Server) step(e *entry) *delivery {
	status, _ := e.next(*s.options.Delays)
	if status == "" || s.outlived(e, status) {
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

// messageLife is how long Meta tries to deliver; what was not delivered by then is dropped without a word (providers.md 1.2).
const messageLife = 30 * 24 * time.Hour

// outlived tells whether a message has waited too long for its phone.
func (s *Server) outlived(e *entry, next string) bool {
	return e.Status == StatusSent && next != StatusFailed && s.now().Sub(e.At) >= messageLife
}

// tellStatus makes the webhook for a message's present status. The caller holds the lock.
func (s *Server) tellStatus(e *entry) *delivery {
	b := s.registry.businesses[e.PhoneNumberID]
	if b == nil || (e.Status == StatusRead && (e.phone.NoReceipts || s.struck(faultNoReceipts, e.PhoneNumberID, e.phone.waID))) {
		return nil
	}
	who := e.phone.address(b, s.now())
	status := webhookStatus{ID: e.ID, Status: e.Status, Timestamp: seconds(s.now()), Recipient: who.waID, UserID: who.userID, ParentID: who.parentUserID, Tracker: e.Tracker}
	switch e.Status {
	case StatusFailed:
		status.Errors = failedStatusError(e.doom)
	case StatusSent, StatusDelivered:
		status.Pricing = e.pricing
	}
	value := webhookValue{Statuses: []webhookStatus{status}}
	if who.userID != "" {
		value.Contacts = []webhookContact{e.phone.contact(who)}
	}
	return s.tell(e, tellsStatuses, messageChange(b, "messages", value))
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
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range append([]*entry{d.entry}, d.also...) {
		if e != nil && e.From == FromCustomer && e.Status == StatusSent {
			e.Status = StatusDelivered
		}
	}
}

// failed hears that a webhook of this age was not answered with 200: after long enough the subscription may end.
func (s *Server) failed(d *delivery, age time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.registry.businesses[d.phoneNumberID]
	if b == nil || !s.registry.accounts[b.WabaID].subscribed {
		return
	}
	if _, ends := s.strikesIf(faultUnsubscribe, b.PhoneNumberID, "", func(a arguments) bool {
		return age.Hours() >= a.number("afterHours")
	}); ends {
		s.registry.accounts[b.WabaID].subscribed = false
		s.options.Logger.Warn("subscription ended: the callback did not answer for too long", "wabaId", b.WabaID)
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
