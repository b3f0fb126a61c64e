package sandbox

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Kinds of what webhooks tell, as dropWebhooks tells them apart.
const (
	tellsMessages = "messages"
	tellsStatuses = "statuses"
)

// listens gives the business whose callback hears of a number, nil if none does: Meta then sends nothing, silently.
func (s *Server) listens(phoneNumberID string) *Business {
	b := s.registry.businesses[phoneNumberID]
	if b == nil || b.CallbackURL == "" || !s.registry.accounts[b.WabaID].subscribed {
		s.courier.lose(func(c *WebhookCounts) { c.Unsubscribed++ })
		return nil
	}
	return b
}

// tell queues a webhook about a message, as often and as badly as the faults say. It returns nil if there is none to wait for.
// The caller holds the lock.
func (s *Server) tell(e *entry, kind string, c change) *delivery {
	b := s.listens(e.PhoneNumberID)
	if b == nil {
		return nil
	}
	number, customer := e.PhoneNumberID, e.phone.waID
	if _, lost := s.strikesIf(faultDrop, number, customer, dropsKind(kind)); lost {
		s.courier.lose(func(c *WebhookCounts) { c.Dropped++ })
		return nil
	}
	if s.struck(faultBroken, number, customer) {
		c.value = withBrokenItems(c.value)
	}
	copies := 1
	if a, twice := s.strikes(faultDuplicate, number, customer); twice {
		copies += a.whole("copies")
	}
	if a, together := s.strikes(faultBatch, number, customer); together {
		for range copies {
			s.join(b, e, c, a)
		}
		return nil
	}
	body := encodeWebhook(b.WabaID, s.padded(number, customer, c)...)
	shuffle := kind == tellsStatuses && s.struck(faultShuffle, number, customer)
	var first *delivery
	for i := range copies {
		if d := s.queue(e, body, shuffle); i == 0 {
			first = d
		}
	}
	return first
}

func dropsKind(kind string) func(arguments) bool {
	return func(a arguments) bool { return a.text("only") == "all" || a.text("only") == kind }
}

// tellAccount queues a webhook about a whole account, once for each callback that its numbers have. The caller holds the lock.
func (s *Server) tellAccount(wabaID, field string, value any) {
	var heard []string
	for _, id := range s.registry.order {
		b := s.registry.businesses[id]
		if b.WabaID != wabaID || slices.Contains(heard, b.CallbackURL) || s.listens(id) == nil {
			continue
		}
		heard = append(heard, b.CallbackURL)
		if _, lost := s.strikesIf(faultDrop, id, "", dropsKind("account")); lost {
			s.courier.lose(func(c *WebhookCounts) { c.Dropped++ })
			continue
		}
		copies := 1
		if a, twice := s.strikes(faultDuplicate, id, ""); twice {
			copies += a.whole("copies")
		}
		body := encodeWebhook(wabaID, change{field: field, value: encodePlain(value), at: s.now().Unix()})
		for range copies {
			s.dispatch(newDelivery(id, body, nil))
		}
	}
}

// dispatch registers a delivery that waits for no other and sends it, late if the faults say so.
func (s *Server) dispatch(d *delivery) {
	if !s.courier.register(d) {
		return
	}
	if wait := s.lateness(d.phoneNumberID, ""); wait > 0 {
		s.clock.after(wait, func() { s.courier.send(d) })
		return
	}
	s.courier.send(d)
}

// lateness is how long a webhook is held back; each has its own, so that later ones overtake.
func (s *Server) lateness(number, customer string) time.Duration {
	var wait time.Duration
	if a, late := s.strikes(faultDelay, number, customer); late {
		wait += a.seconds("seconds") + time.Duration(s.faults.chance.Float64()*float64(a.seconds("jitterSeconds")))
	}
	if a, mixed := s.strikes(faultReorder, number, customer); mixed {
		wait += time.Duration(s.faults.chance.Float64() * float64(a.seconds("withinSeconds")))
	}
	return wait
}

func (s *Server) queue(e *entry, body []byte, shuffle bool) *delivery {
	d := newDelivery(e.PhoneNumberID, body, e)
	if !s.courier.register(d) {
		return nil
	}
	if shuffle && e.late == nil && e.Status == StatusSent {
		e.late = d
		s.clock.after(s.shuffleTime(), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.release(e, d)
		})
		return d
	}
	if wait := s.lateness(e.PhoneNumberID, e.phone.waID); wait > 0 {
		s.clock.after(wait, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.inTurn(e, d)
		})
	} else {
		s.inTurn(e, d)
	}
	if e.late != nil && (!shuffle || s.overtaken(e)) {
		s.release(e, e.late)
	}
	return d
}

// withBrokenItems puts items that nothing can be made of before the good ones. Within our own encoding the searched texts
// cannot stand in a value, because quotes are escaped there.
func withBrokenItems(value []byte) []byte {
	const broken = `null,7,{"id":{"of":"wrong type"},"timestamp":[]},{"id":"wamid.BROKEN","timestamp":"ontem","type":"text","text":null},`
	for _, list := range []string{`"messages":[`, `"statuses":[`, `"message_echoes":[`} {
		value = bytes.Replace(value, []byte(list), []byte(list+broken), 1)
	}
	return value
}

// padded adds what makes a webhook as large as hugeWebhooks says.
func (s *Server) padded(number, customer string, c change) []change {
	a, huge := s.strikes(faultHuge, number, customer)
	if !huge {
		return []change{c}
	}
	const frame = 256 // what the envelope and the added change's own names take
	room := max(a.whole("bytes")-len(c.value)-len(c.value)/4-frame, 1)
	return []change{c, {field: "sandbox_padding", value: fmt.Appendf(nil, `{"padding":"%s"}`, bytes.Repeat([]byte{'x'}, room))}}
}

// batch is webhooks of one number that wait for more.
type batch struct {
	changes []change
	entries []*entry
}

// join adds a change to the number's batch, and sends it when it is full or has waited long enough.
func (s *Server) join(b *Business, e *entry, c change, a arguments) {
	waiting := s.batches[b.PhoneNumberID]
	if waiting == nil {
		waiting = &batch{}
		s.batches[b.PhoneNumberID] = waiting
		if a.on("unknownFields") {
			waiting.changes = append(waiting.changes, change{field: "sandbox_unknown_field", value: []byte(`{"anything":[1,{"of":"this"}],"messages":"not a list"}`)})
		}
		s.clock.after(a.seconds("withinSeconds"), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.flush(b.PhoneNumberID, waiting)
		})
	}
	waiting.changes, waiting.entries = append(waiting.changes, c), append(waiting.entries, e)
	if len(waiting.entries) >= a.whole("most") {
		s.flush(b.PhoneNumberID, waiting)
	}
}

// flush sends a batch if it still waits. The caller holds the lock.
func (s *Server) flush(number string, waiting *batch) {
	b := s.registry.businesses[number]
	if s.batches[number] != waiting || b == nil {
		return
	}
	delete(s.batches, number)
	d := newDelivery(number, encodeWebhook(b.WabaID, waiting.changes...), nil)
	d.also = waiting.entries
	s.dispatch(d)
}

// flushAll sends what waits for company, so that a snapshot has it.
func (s *Server) flushAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.registry.order {
		if waiting := s.batches[id]; waiting != nil {
			s.flush(id, waiting)
		}
	}
}

// numericID is an id as Meta writes it in numbers where it can.
func numericID(id string) any {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		return n
	}
	return id
}
