package sandbox

import (
	"encoding/json"
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
	// Type image, document, audio, video or sticker sends a file: the one at Link, the bytes in Data (base64 in JSON), or with Sample one that the
	// sandbox makes. Only files with bytes have a hash and an address that expires.
	Type     string `json:"type"`
	Link     string `json:"link"`
	Data     []byte `json:"data"`
	MimeType string `json:"mimeType"`
	Sample   bool   `json:"sample"`
	Caption  string `json:"caption"`
	FileName string `json:"fileName"`
	// Location sends a place, Contacts contact cards in Meta's form, Order a basket in Meta's form, FlowResponse the answers of a
	// form: an object, to which the token of the form is added if it answers a message (ReplyTo) and has none.
	Location     *Location       `json:"location"`
	Contacts     json.RawMessage `json:"contacts"`
	Order        json.RawMessage `json:"order"`
	FlowResponse json.RawMessage `json:"flowResponse"`
	// ReactTo puts Emoji on a message; an empty one takes it away.
	ReactTo string `json:"reactTo"`
	Emoji   string `json:"emoji"`
	// Unsupported sends a kind that Meta passes on without its content, such as "poll_update".
	Unsupported string `json:"unsupported"`
	// Referral is the ad that the customer came from, in Meta's form. GroupID is the group the message is written in.
	Referral json.RawMessage `json:"referral"`
	GroupID  string          `json:"groupId"`
	// Forwarded and ForwardedManyTimes mark a forwarded text.
	Forwarded          bool `json:"forwarded"`
	ForwardedManyTimes bool `json:"forwardedManyTimes"`
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
	p := s.book.find(number)
	if p != nil && slices.Contains(p.Blocked, b.PhoneNumberID) {
		return "", fault.New(fault.Conflict, "o cliente bloqueou esta empresa; desbloqueie antes de escrever")
	}
	e := &entry{Message: Message{PhoneNumberID: b.PhoneNumberID, From: FromCustomer, Type: "text", Text: in.Text,
		At: s.now(), Status: StatusSent, ReplyTo: in.ReplyTo, GroupID: in.GroupID}}
	extra := wireExtra{referral: in.Referral, forwarded: in.Forwarded, manyTimes: in.ForwardedManyTimes}
	if err := s.incoming(e, p, in, &extra); err != nil {
		return "", err
	}
	s.receive(e, b, number, in.Name, extra)
	return e.ID, nil
}

// receive puts a customer's message on the phone, opens the window and tells the business.
func (s *Server) receive(e *entry, b *Business, number, name string, extra wireExtra) {
	p := s.book.use(number)
	p.name = orText(name, p.name)
	e.phone, e.ID = p, s.ids.message(p.waID, false)
	if e.Media != nil {
		s.keepFile(e, b, &extra)
	}
	s.book.add(e)
	s.countThroughput(b)
	if e.opensWindow() {
		p.wrote[b.PhoneNumberID] = e.At
	}
	if !p.on {
		p.on = true
		s.planAll(p)
	}
	who := p.address(b, s.now())
	s.tell(e, tellsMessages, messageChange(b, "messages",
		webhookValue{Contacts: []webhookContact{p.contact(who)}, Messages: []webhookMessage{e.wire(b, who, extra)}}))
}

// opensWindow tells whether a customer's message lets the business write freely. What Meta does not say opens it, does not here.
func (e *entry) opensWindow() bool {
	return e.GroupID == "" && e.Type != "reaction" && e.Type != "unsupported" && e.Type != "system"
}

// keepFile gives a customer's file its id, and an address of ours if we have its bytes.
func (s *Server) keepFile(e *entry, b *Business, extra *wireExtra) {
	e.Media.ID = s.ids.media()
	file := &ownedFile{phoneNumberID: b.PhoneNumberID, media: *e.Media, at: e.At}
	if extra.file != nil {
		file.data = extra.file.data
	}
	s.files.put(file)
	extra.file, extra.url = file, s.fileURL(file)
}

// incoming fills the message from what the customer did.
func (s *Server) incoming(e *entry, p *phone, in Incoming, extra *wireExtra) error {
	if in.ReplyTo != "" {
		if quoted := s.book.byID[in.ReplyTo]; quoted == nil || p == nil || quoted.phone != p {
			return fault.Field("replyTo", "mensagem não encontrada neste telefone")
		}
	}
	var err error
	switch {
	case in.ButtonPayload != "" || in.ButtonText != "":
		extra.chosen, err = tap(e, p, Button{Payload: in.ButtonPayload, Text: in.ButtonText})
		return err
	case in.ListID != "":
		extra.chosen, err = tap(e, p, Button{Type: "row", Payload: in.ListID, Text: in.ListTitle})
		return err
	case in.ReactTo != "":
		return s.incomingReaction(e, p, in, extra)
	case in.Unsupported != "":
		e.Type, extra.kind = "unsupported", in.Unsupported
		return nil
	case in.Type != "" && isMedia(in.Type):
		return incomingFile(e, in, extra)
	}
	if len(in.FlowResponse) > 0 {
		return s.incomingForm(e, in, extra)
	}
	return incomingOther(e, in, extra)
}

// checkLengths keeps what one call can put into memory small.
func (in Incoming) checkLengths() error {
	for _, field := range []struct {
		name, value string
		longest     int
	}{
		{"text", in.Text, longestText}, {"caption", in.Caption, longestText}, {"name", in.Name, 256}, {"fileName", in.FileName, 256}, {"link", in.Link, 4096},
		{"buttonPayload", in.ButtonPayload, 256}, {"buttonText", in.ButtonText, 256}, {"listId", in.ListID, 256}, {"listTitle", in.ListTitle, 256},
		{"emoji", in.Emoji, 11}, {"unsupported", in.Unsupported, 64}, {"groupId", in.GroupID, 256}, {"mimeType", in.MimeType, 128},
	} {
		if utf8.RuneCountInString(field.value) > field.longest {
			return fault.Field(field.name, "no máximo %d caracteres", field.longest)
		}
	}
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
	case "flow", "location_request":
		return nil, fault.Field("buttonPayload", "responda com flowResponse ou location, e não com o botão")
	case "catalog", "mpm":
		return nil, fault.Field("buttonPayload", "este botão abre um catálogo: responda com order")
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
		for _, button := range candidate.allButtons() {
			if matches(button) {
				return &button, candidate.ID
			}
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
