package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"

	"retoma/internal/fault"
)

// PhoneAction is what a customer does besides writing; Action says what, and what else counts stands beside it.
type PhoneAction struct {
	// Action is change_number (To), change_identity, block, unblock, stop_marketing, resume_marketing, edit (MessageID, Text) or
	// revoke (MessageID).
	Action string `json:"action"`
	// ChannelID or PhoneNumberID choose the business; without them it is the demonstration business.
	ChannelID     string `json:"channelId"`
	PhoneNumberID string `json:"phoneNumberId"`
	To            string `json:"to"`
	MessageID     string `json:"messageId"`
	Text          string `json:"text"`
}

// Do lets a customer do something besides writing; it gives the phone as it is then.
func (s *Server) Do(number string, action PhoneAction) (PhoneView, error) {
	number, err := customerNumber(number)
	if err != nil {
		return PhoneView{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.registry.choose(action.ChannelID, action.PhoneNumberID)
	if err != nil {
		return PhoneView{}, err
	}
	p := s.book.use(number)
	switch action.Action {
	case "change_number":
		err = s.changeNumber(p, action.To)
	case "change_identity":
		s.changeIdentity(p, b)
	case "block":
		p.Blocked = with(p.Blocked, b.PhoneNumberID)
	case "unblock":
		p.Blocked = without(p.Blocked, b.PhoneNumberID)
	case "stop_marketing":
		p.Stopped = with(p.Stopped, b.WabaID)
		s.tellPreference(p, b, "stop")
	case "resume_marketing":
		p.Stopped = without(p.Stopped, b.WabaID)
		s.tellPreference(p, b, "resume")
	case "edit":
		err = s.edit(p, action)
	case "revoke":
		err = s.revoke(p, action.MessageID)
	default:
		err = fault.Field("action", "deve ser change_number, change_identity, block, unblock, stop_marketing, resume_marketing, edit ou revoke")
	}
	return p.view(s.now()), err
}

func with(list []string, one string) []string { return append(without(list, one), one) }

func without(list []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(other string) bool { return other == one })
}

// changeNumber moves a customer to another number. Every business that the customer wrote to is told, and the user's id changes.
func (s *Server) changeNumber(p *phone, to string) error {
	to, err := customerNumber(to)
	if err != nil {
		return fault.Field("to", "deve ter de 7 a 15 dígitos, com código do país")
	}
	if s.book.find(to) != nil {
		return fault.Field("to", "já existe um telefone com este número")
	}
	before := p.waID
	addresses := map[string]address{}
	for id := range p.wrote {
		if b := s.registry.businesses[id]; b != nil {
			addresses[id] = p.address(b, s.now())
		}
	}
	delete(s.book.phones, p.waID)
	p.number, p.waID, p.Generation = to, canonical(to), p.Generation+1
	s.book.phones[p.waID] = p
	for _, id := range s.registry.order {
		if old, told := addresses[id]; told {
			b := s.registry.businesses[id]
			s.system(p, b, old, &webhookSystem{Type: "user_changed_number", WaID: p.address(b, s.now()).waID, UserID: p.address(b, s.now()).userID,
				Body: fmt.Sprintf("User %s changed from %s to %s", p.name, before, p.waID)}, nil, nil)
		}
	}
	return nil
}

// changeIdentity is a new installation: the key that ends encrypt with is another.
func (s *Server) changeIdentity(p *phone, b *Business) {
	p.Identity++
	who := p.address(b, s.now())
	now := seconds(s.now())
	s.system(p, b, who, &webhookSystem{Type: "customer_identity_changed", Body: "User identity changed"},
		&webhookIdentity{Acknowledged: true, Created: now, Hash: p.digest(fmt.Sprintf("identity|%d", p.Identity))[:12]}, []webhookContact{p.contact(who)})
}

// system tells a business of something that WhatsApp itself says in the chat.
func (s *Server) system(p *phone, b *Business, from address, what *webhookSystem, identity *webhookIdentity, contacts []webhookContact) {
	e := &entry{Message: Message{ID: s.ids.message(p.waID, false), PhoneNumberID: b.PhoneNumberID, From: FromCustomer, Type: "system", Text: what.Body,
		At: s.now(), Status: StatusSent}, phone: p}
	s.book.add(e)
	s.tell(e, tellsMessages, messageChange(b, "messages", webhookValue{Contacts: contacts, Messages: []webhookMessage{{From: from.waID, FromUserID: from.userID,
		FromParent: from.parentUserID, ID: e.ID, Timestamp: seconds(e.At), Type: "system", System: what, Identity: identity}}}))
}

// tellPreference is the webhook of a customer who stops or resumes a business's marketing.
func (s *Server) tellPreference(p *phone, b *Business, value string) {
	detail := "User requested to stop marketing messages"
	if value == "resume" {
		detail = "User requested to resume marketing messages"
	}
	who := p.address(b, s.now())
	e := &entry{Message: Message{PhoneNumberID: b.PhoneNumberID, From: FromCustomer}, phone: p}
	s.tell(e, "account", messageChange(b, "user_preferences", webhookValue{Contacts: []webhookContact{p.contact(who)}, Preferences: []webhookPreference{
		{WaID: who.waID, UserID: who.userID, Detail: detail, Category: "marketing_messages", Value: value, Timestamp: s.now().Unix()}}}))
}

// own finds a message that this customer wrote.
func (s *Server) own(p *phone, id string) (*entry, error) {
	e := s.book.byID[id]
	if e == nil || e.phone != p || e.From != FromCustomer {
		return nil, fault.Field("messageId", "o cliente não escreveu esta mensagem")
	}
	return e, nil
}

func (s *Server) edit(p *phone, action PhoneAction) error {
	e, err := s.own(p, action.MessageID)
	switch {
	case err != nil:
		return err
	case e.Type != "text":
		return fault.Field("messageId", "só textos podem ser editados")
	case action.Text == "":
		return fault.Required("text")
	case utf8.RuneCountInString(action.Text) > longestText:
		return fault.Field("text", "no máximo %d caracteres", longestText)
	}
	e.Text, e.Edited = action.Text, true
	s.tellAbout(e, func(m *webhookMessage) {
		m.Type = "edit"
		m.Edit = &webhookEdit{Original: e.ID, Message: webhookMessage{From: m.From, FromUserID: m.FromUserID, ID: e.ID, Timestamp: seconds(e.At), Type: "text",
			Text: &webhookText{Body: e.Text}}}
	})
	return nil
}

func (s *Server) revoke(p *phone, id string) error {
	e, err := s.own(p, id)
	if err != nil {
		return err
	}
	e.Text, e.Media, e.Revoked = "", nil, true
	s.tellAbout(e, func(m *webhookMessage) {
		m.Type, m.Revoke = "revoke", &webhookRevoke{Original: e.ID}
	})
	return nil
}

// tellAbout is a webhook of its own about an earlier message.
func (s *Server) tellAbout(e *entry, fill func(*webhookMessage)) {
	b := s.registry.businesses[e.PhoneNumberID]
	if b == nil {
		return
	}
	who := e.phone.address(b, s.now())
	m := webhookMessage{From: who.waID, FromUserID: who.userID, FromParent: who.parentUserID, ID: s.ids.message(e.phone.waID, false), Timestamp: seconds(s.now())}
	fill(&m)
	s.tell(e, tellsMessages, messageChange(b, "messages", webhookValue{Contacts: []webhookContact{e.phone.contact(who)}, Messages: []webhookMessage{m}}))
}

// Echo is the business writing on its own phone, beside the API (coexistence): the customer gets it, and the webhook tells of it.
func (s *Server) Echo(phoneNumberID, number, text string) (string, error) {
	number, err := customerNumber(number)
	switch {
	case err != nil:
		return "", fault.Field("to", "deve ter de 7 a 15 dígitos, com código do país")
	case text == "":
		return "", fault.Required("text")
	case utf8.RuneCountInString(text) > longestText:
		return "", fault.Field("text", "no máximo %d caracteres", longestText)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.registry.businesses[phoneNumberID]
	if b == nil {
		return "", fault.New(fault.NotFound, "empresa não encontrada")
	}
	p := s.book.use(number)
	e := &entry{Message: Message{ID: s.ids.message(p.waID, true), PhoneNumberID: b.PhoneNumberID, From: FromBusiness, Type: "text", Text: text, At: s.now(),
		Status: StatusDelivered, Echo: true}, phone: p}
	s.book.add(e)
	s.tell(e, tellsMessages, messageChange(b, "smb_message_echoes", webhookValue{Echoes: []webhookMessage{{From: digits(b.DisplayPhoneNumber), To: p.waID,
		ID: e.ID, Timestamp: seconds(e.At), Type: "text", Text: &webhookText{Body: text}}}}))
	return e.ID, nil
}

func (s *Server) postAction(r *http.Request) (any, error) {
	var action PhoneAction
	if err := readJSON(r, &action); err != nil {
		return nil, err
	}
	return s.Do(r.PathValue("number"), action)
}

func (s *Server) postEcho(r *http.Request) (any, error) {
	var echo struct {
		To   string `json:"to"`
		Text string `json:"text"`
	}
	if err := readJSON(r, &echo); err != nil {
		return nil, err
	}
	id, err := s.Echo(r.PathValue("phoneNumberID"), echo.To, echo.Text)
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": id}, nil
}
