package sandbox

import (
	"container/list"
	"time"
)

// phone is one customer's WhatsApp.
type phone struct {
	// number is as it was first dialled; waID is WhatsApp's own form of it, by which the phone is found.
	number  string
	waID    string
	name    string
	on      bool
	reading bool
	entries []*entry
	traits
	// dialled is when each business last sent to the number, not to the user's id.
	dialled map[string]time.Time
	// marketed is when marketing was accepted for this phone lately, from whatever business.
	marketed []time.Time
	// typing is until when each business shows that it is writing.
	typing map[string]time.Time
	// wrote is when the customer last wrote to each business, by phone number id: the 24-hour window.
	wrote map[string]time.Time
	place *list.Element
}

// traits are the rarer things about a phone, all off for a new one.
type traits struct {
	NoWhatsApp bool   `json:"noWhatsApp,omitempty"`
	NoReceipts bool   `json:"noReceipts,omitempty"`
	Username   string `json:"username,omitempty"`
	// Scoped: businesses are told the user's id beside the number; Hidden: instead of it; Parent: the parent's id, too.
	Scoped bool `json:"scoped,omitempty"`
	Hidden bool `json:"hidden,omitempty"`
	Parent bool `json:"parent,omitempty"`
	// Generation counts changes of number, Identity changes of the identity key.
	Generation int `json:"generation,omitempty"`
	Identity   int `json:"identity,omitempty"`
	// Blocked are businesses by number id, Stopped accounts whose marketing the customer stopped.
	Blocked []string `json:"blocked,omitempty"`
	Stopped []string `json:"stopped,omitempty"`
	// Void: a number that exists nowhere, made by sending a user's id as if it were a number.
	Void bool `json:"void,omitempty"`
}

// window is how long after a customer's message free-form messages are allowed.
const window = 24 * time.Hour

func (p *phone) windowOpen(phoneNumberID string, now time.Time) bool {
	last, ever := p.wrote[phoneNumberID]
	return ever && now.Sub(last) < window
}

// book holds all phones and messages within the limits. It has no lock of its own.
type book struct {
	limits Limits
	phones map[string]*phone
	// recent has the phone used last in front.
	recent *list.List
	byID   map[string]*entry
	// byAge is every message in order of arrival, including some already gone; head is the oldest not yet passed.
	byAge []*entry
	head  int
}

func newBook(limits Limits) *book {
	return &book{limits: limits, phones: map[string]*phone{}, recent: list.New(), byID: map[string]*entry{}}
}

// find gives the phone of a number in whatever national form, nil if there is none.
func (b *book) find(number string) *phone { return b.phones[canonical(number)] }

// use finds or makes a phone and counts it as just used.
func (b *book) use(number string) *phone {
	if p := b.find(number); p != nil {
		b.recent.MoveToFront(p.place)
		return p
	}
	p := &phone{number: number, waID: canonical(number), name: defaultName(number), on: true, wrote: map[string]time.Time{},
		dialled: map[string]time.Time{}, typing: map[string]time.Time{}}
	p.place = b.recent.PushFront(p)
	b.phones[p.waID] = p
	for len(b.phones) > b.limits.Phones {
		b.dropPhone(b.recent.Back().Value.(*phone))
	}
	return p
}

func defaultName(number string) string {
	return "Cliente " + number[max(0, len(number)-4):]
}

func (b *book) add(e *entry) {
	e.phone.entries = append(e.phone.entries, e)
	b.byID[e.ID] = e
	b.byAge = append(b.byAge, e)
	if len(e.phone.entries) > b.limits.MessagesPerPhone {
		b.dropFirst(e.phone)
	}
	for len(b.byID) > b.limits.Messages {
		b.dropOldest()
	}
	b.compact()
}

func (b *book) dropPhone(p *phone) {
	for len(p.entries) > 0 {
		b.dropFirst(p)
	}
	b.recent.Remove(p.place)
	delete(b.phones, p.waID)
}

func (b *book) dropFirst(p *phone) {
	first := p.entries[0]
	first.gone = true
	p.entries[0] = nil
	p.entries = p.entries[1:]
	delete(b.byID, first.ID)
}

func (b *book) dropOldest() {
	for b.byAge[b.head].gone {
		b.head++
	}
	// The oldest message of all is the oldest of its phone, too.
	b.dropFirst(b.byAge[b.head].phone)
}

// compact forgets the gone messages at the head, and all gone ones once they outnumber the rest.
func (b *book) compact() {
	if len(b.byAge) < 1024 || len(b.byAge) < 2*len(b.byID) {
		return
	}
	kept := make([]*entry, 0, len(b.byID)+len(b.byID)/2)
	for _, e := range b.byAge[b.head:] {
		if !e.gone {
			kept = append(kept, e)
		}
	}
	b.byAge, b.head = kept, 0
}

// list is the phones, the one used last first.
func (b *book) list(most int) []*phone {
	out := make([]*phone, 0, min(most, len(b.phones)))
	for place := b.recent.Front(); place != nil && len(out) < most; place = place.Next() {
		out = append(out, place.Value.(*phone))
	}
	return out
}
