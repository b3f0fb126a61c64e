package sandbox

import (
	"slices"
	"strings"
	"time"

	"retoma/internal/fault"
)

// PhoneChange changes a phone; what is nil stays as it is.
type PhoneChange struct {
	// Name is the customer's profile name.
	Name *string `json:"name"`
	// On false: the phone receives nothing, messages stay "sent". New phones are on.
	On *bool `json:"on"`
	// Reading true: the chat is open, messages are read as they arrive. New phones do not read.
	Reading *bool `json:"reading"`
	// Receipts false: the customer reads, and businesses never hear of it.
	Receipts *bool `json:"receipts"`
	// WhatsApp false: the number is not on WhatsApp; messages to it fail with 131026.
	WhatsApp *bool `json:"whatsApp"`
	// Username is the customer's public name, such as "@ana"; empty takes it away.
	Username *string `json:"username"`
	// UserID true: businesses are told the business-scoped user id beside the number. HidesNumber true: instead of it, but for 30 days
	// to a business that sent to the number. ParentUserID true: the id that linked portfolios share, too.
	UserID       *bool `json:"userId"`
	HidesNumber  *bool `json:"hidesNumber"`
	ParentUserID *bool `json:"parentUserId"`
}

// PhoneView is a phone in the list of phones.
type PhoneView struct {
	Number string `json:"number"`
	// WaID is WhatsApp's form of the number, which webhooks carry.
	WaID     string   `json:"waId"`
	Name     string   `json:"name"`
	On       bool     `json:"on"`
	Reading  bool     `json:"reading"`
	Receipts bool     `json:"receipts"`
	WhatsApp bool     `json:"whatsApp"`
	Username string   `json:"username,omitempty"`
	UserID   bool     `json:"userId,omitempty"`
	Hides    bool     `json:"hidesNumber,omitempty"`
	Blocked  []string `json:"blocked,omitempty"`
	Stopped  []string `json:"stoppedMarketing,omitempty"`
	// Typing are the businesses, by number id, that show that they are writing. Windows is until when each may write freely.
	Typing   []string             `json:"typing,omitempty"`
	Windows  map[string]time.Time `json:"windows,omitempty"`
	Messages int                  `json:"messages"`
	Unread   int                  `json:"unread"`
	Last     *Message             `json:"last"`
}

func (p *phone) view(now time.Time) PhoneView {
	view := PhoneView{Number: p.number, WaID: p.waID, Name: p.name, On: p.on, Reading: p.reading, Receipts: !p.NoReceipts, WhatsApp: !p.NoWhatsApp,
		Username: p.Username, UserID: p.Scoped, Hides: p.Hidden, Blocked: p.Blocked, Stopped: p.Stopped, Messages: len(p.entries)}
	for _, e := range p.entries {
		if e.From == FromBusiness && e.Status != StatusRead && e.Status != StatusFailed {
			view.Unread++
		}
	}
	for id, until := range p.typing {
		if now.Before(until) {
			view.Typing = append(view.Typing, id)
		}
	}
	slices.Sort(view.Typing)
	for id, at := range p.wrote {
		if p.windowOpen(id, now) {
			if view.Windows == nil {
				view.Windows = map[string]time.Time{}
			}
			view.Windows[id] = at.Add(window)
		}
	}
	if n := len(p.entries); n > 0 {
		last := p.entries[n-1].shown()
		view.Last = &last
	}
	return view
}

// SetPhone changes a phone, which comes into being if it is new.
func (s *Server) SetPhone(number string, change PhoneChange) (PhoneView, error) {
	number, err := customerNumber(number)
	if err != nil {
		return PhoneView{}, err
	}
	if change.Username != nil && len(*change.Username) > 64 {
		return PhoneView{}, fault.Field("username", "no máximo 64 caracteres")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.book.use(number)
	change.apply(p)
	s.planAll(p)
	return p.view(s.now()), nil
}

func (c PhoneChange) apply(p *phone) {
	if c.Name != nil {
		p.name = orText(*c.Name, defaultName(p.number))
	}
	if c.Username != nil {
		p.Username = strings.TrimPrefix(*c.Username, "@")
	}
	for _, set := range []struct {
		wanted *bool
		field  *bool
		not    bool
	}{
		{c.On, &p.on, false}, {c.Reading, &p.reading, false}, {c.Receipts, &p.NoReceipts, true}, {c.WhatsApp, &p.NoWhatsApp, true},
		{c.UserID, &p.Scoped, false}, {c.HidesNumber, &p.Hidden, false}, {c.ParentUserID, &p.Parent, false},
	} {
		if set.wanted != nil {
			*set.field = *set.wanted != set.not
		}
	}
}

// Read opens the chats of a phone: everything delivered is read, and what is not yet delivered will be at delivery.
// It gives the number of messages concerned.
func (s *Server) Read(number string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.book.find(digits(number))
	if p == nil {
		return 0
	}
	concerned := 0
	for _, e := range p.entries {
		if e.From != FromBusiness || e.Status == StatusRead || e.Status == StatusFailed || e.doom != 0 {
			continue
		}
		concerned++
		e.readWanted = true
		s.plan(e)
	}
	return concerned
}

// planAll starts what a phone that was switched on or opened makes possible.
func (s *Server) planAll(p *phone) {
	for _, e := range p.entries {
		s.plan(e)
	}
}

// Messages is what a phone shows, oldest first.
func (s *Server) Messages(number string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Message{}
	if p := s.book.find(digits(number)); p != nil {
		for _, e := range p.entries {
			out = append(out, e.shown())
		}
	}
	return out
}

// Sent is what businesses sent to a phone, oldest first.
func (s *Server) Sent(number string) []Message {
	return slices.DeleteFunc(s.Messages(number), func(m Message) bool { return m.From != FromBusiness })
}

// Phones lists the phones, the one used last first, at most so many.
func (s *Server) Phones(most int) []PhoneView {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []PhoneView{}
	for _, p := range s.book.list(most) {
		views = append(views, p.view(s.now()))
	}
	return views
}
