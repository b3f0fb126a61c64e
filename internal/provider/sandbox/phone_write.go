package sandbox

import (
	"slices"
	"unicode/utf8"

	"retoma/internal/fault"
)

// Incoming is what a customer does on the phone: writes a text, taps a button or a row of a list, or sends a file.
type Incoming struct {
	// ChannelID or PhoneNumberID choose the business; without them it is the demonstration business.
	ChannelID     string `json:"channelId"`
	PhoneNumberID string `json:"phoneNumberId"`
	// Name changes the customer's profile name.
	Name string `json:"name"`
	Text string `json:"text"`
	// ButtonPayload and ButtonText tap a button; either may be left out if a message on the phone has that button.
	ButtonPayload string `json:"buttonPayload"`
	ButtonText    string `json:"buttonText"`
	// ListID and ListTitle tap a row of a list.
	ListID    string `json:"listId"`
	ListTitle string `json:"listTitle"`
	// ReplyTo quotes a message.
	ReplyTo string `json:"replyTo"`
	// Type image, document, audio, video or sticker sends the file at Link.
	Type     string `json:"type"`
	Link     string `json:"link"`
	Caption  string `json:"caption"`
	FileName string `json:"fileName"`
}

// longestText is WhatsApp's own limit for what people write.
const longestText = 65_536

// Write lets a customer do something and gives the message's id. The webhook leaves at once; a phone that was off is on after it.
func (s *Server) Write(number string, in Incoming) (string, error) {
	number, err := customerNumber(number)
	if err != nil {
		return "", err
	}
	if err := in.checkLengths(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.registry.choose(in.ChannelID, in.PhoneNumberID)
	if err != nil {
		return "", err
	}
	e := &entry{Message: Message{PhoneNumberID: b.PhoneNumberID, From: FromCustomer, Type: "text", Text: in.Text,
		At: s.now(), Status: StatusSent, ReplyTo: in.ReplyTo}}
	chosen, err := s.incoming(e, s.book.phones[number], in)
	if err != nil {
		return "", err
	}
	s.receive(e, b, number, in.Name, chosen)
	return e.ID, nil
}

// receive puts a customer's message on the phone, opens the window and tells the business.
func (s *Server) receive(e *entry, b *Business, number, name string, chosen *Button) {
	p := s.book.use(number)
	p.name = orText(name, p.name)
	e.phone, e.ID = p, s.ids.message(number, false)
	if e.Media != nil {
		e.Media.ID = s.ids.media()
		s.files.put(&ownedFile{phoneNumberID: b.PhoneNumberID, media: *e.Media, at: e.At})
	}
	s.book.add(e)
	p.wrote[b.PhoneNumberID] = e.At
	if !p.on {
		p.on = true
		s.planAll(p)
	}
	contact := webhookContact{WaID: number}
	contact.Profile.Name = p.name
	s.tell(e, webhookValue{Contacts: []webhookContact{contact}, Messages: []webhookMessage{e.wire(b, chosen)}})
}

// incoming fills the message from what the customer did.
func (s *Server) incoming(e *entry, p *phone, in Incoming) (*Button, error) {
	if in.ReplyTo != "" {
		if quoted := s.book.byID[in.ReplyTo]; quoted == nil || p == nil || quoted.phone != p {
			return nil, fault.Field("replyTo", "mensagem não encontrada neste telefone")
		}
	}
	switch {
	case in.ButtonPayload != "" || in.ButtonText != "":
		return tap(e, p, Button{Payload: in.ButtonPayload, Text: in.ButtonText})
	case in.ListID != "":
		return tap(e, p, Button{Type: "row", Payload: in.ListID, Text: in.ListTitle})
	case in.Type != "" && in.Type != "text":
		return nil, incomingFile(e, in)
	case in.Text == "":
		return nil, fault.Required("text")
	}
	return nil, nil
}

// checkLengths keeps what one call can put into memory small.
func (in Incoming) checkLengths() error {
	for _, field := range []struct {
		name, value string
		longest     int
	}{
		{"text", in.Text, longestText}, {"caption", in.Caption, longestText}, {"name", in.Name, 256}, {"fileName", in.FileName, 256}, {"link", in.Link, 4096},
		{"buttonPayload", in.ButtonPayload, 256}, {"buttonText", in.ButtonText, 256}, {"listId", in.ListID, 256}, {"listTitle", in.ListTitle, 256},
	} {
		if utf8.RuneCountInString(field.value) > field.longest {
			return fault.Field(field.name, "no máximo %d caracteres", field.longest)
		}
	}
	return nil
}

func incomingFile(e *entry, in Incoming) error {
	if !isMedia(in.Type) {
		return fault.Field("type", "deve ser text, image, document, audio, video ou sticker")
	}
	if in.Link == "" {
		return fault.Required("link")
	}
	if !absoluteLink(in.Link) {
		return fault.Field("link", "deve ser um endereço http ou https completo")
	}
	e.Type, e.Text = in.Type, orText(in.Caption, in.Text)
	e.Media = &Media{Link: in.Link, Caption: e.Text, FileName: in.FileName, MimeType: mimeType(in.Type, in.Link)}
	return nil
}

// tap finds the button on the phone, the newest first. One that is nowhere is tapped all the same, as on a phone that kept a
// message the sandbox has forgotten: then it is a template's button, or a row if it came as one.
func tap(e *entry, p *phone, wanted Button) (*Button, error) {
	found, origin := findButton(e, p, wanted)
	if found == nil {
		wanted.Text = orText(wanted.Text, wanted.Payload)
		wanted.Payload = orText(wanted.Payload, wanted.Text)
		found = &wanted
	}
	if origin != "" {
		e.ReplyTo = origin
	}
	e.Text = found.Text
	switch found.Type {
	case "reply", "row":
		e.Type = "interactive"
	case "quick_reply", "":
		e.Type = "button"
	default:
		return nil, fault.Field("buttonPayload", "este botão abre um link e não responde à empresa")
	}
	return found, nil
}

func findButton(e *entry, p *phone, wanted Button) (*Button, string) {
	if p == nil {
		return nil, ""
	}
	matches := func(b Button) bool {
		return (wanted.Type == "row") == (b.Type == "row") &&
			(wanted.Payload == "" || wanted.Payload == b.Payload) && (wanted.Text == "" || wanted.Text == b.Text)
	}
	for _, candidate := range slices.Backward(p.entries) {
		if candidate.From != FromBusiness || candidate.PhoneNumberID != e.PhoneNumberID || (e.ReplyTo != "" && candidate.ID != e.ReplyTo) {
			continue
		}
		if i := slices.IndexFunc(candidate.Buttons, matches); i >= 0 {
			found := candidate.Buttons[i]
			return &found, candidate.ID
		}
	}
	return nil, ""
}

func customerNumber(number string) (string, error) {
	kept := digits(number)
	if len(kept) < 7 || len(kept) > 15 {
		return "", fault.Field("number", "deve ter de 7 a 15 dígitos, com código do país")
	}
	return kept, nil
}
