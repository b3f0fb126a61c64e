package sandbox

import "slices"

// PhoneChange changes a phone; what is nil stays as it is.
type PhoneChange struct {
	// Name is the customer's profile name.
	Name *string `json:"name"`
	// On false: the phone receives nothing, messages stay "sent". New phones are on.
	On *bool `json:"on"`
	// Reading true: the chat is open, messages are read as they arrive. New phones do not read.
	Reading *bool `json:"reading"`
}

// PhoneView is a phone in the list of phones.
type PhoneView struct {
	Number   string   `json:"number"`
	Name     string   `json:"name"`
	On       bool     `json:"on"`
	Reading  bool     `json:"reading"`
	Messages int      `json:"messages"`
	Unread   int      `json:"unread"`
	Last     *Message `json:"last"`
}

func (p *phone) view() PhoneView {
	view := PhoneView{Number: p.number, Name: p.name, On: p.on, Reading: p.reading, Messages: len(p.entries)}
	for _, e := range p.entries {
		if e.From == FromBusiness && e.Status != StatusRead && e.Status != StatusFailed {
			view.Unread++
		}
	}
	if n := len(p.entries); n > 0 {
		last := p.entries[n-1].Message
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
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.book.use(number)
	if change.Name != nil {
		p.name = orText(*change.Name, defaultName(number))
	}
	if change.On != nil {
		p.on = *change.On
	}
	if change.Reading != nil {
		p.reading = *change.Reading
	}
	s.planAll(p)
	return p.view(), nil
}

// Read opens the chats of a phone: everything delivered is read, and what is not yet delivered will be at delivery.
// It gives the number of messages concerned.
func (s *Server) Read(number string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.book.phones[digits(number)]
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
	if p := s.book.phones[digits(number)]; p != nil {
		for _, e := range p.entries {
			out = append(out, e.Message)
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
		views = append(views, p.view())
	}
	return views
}
