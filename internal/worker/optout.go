package worker

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// The confirmations, when the tenant has none of its own.
const (
	optOutReply    = "Pronto! Você não receberá mais as nossas mensagens. Se mudar de ideia, responda VOLTAR."
	promotionReply = "Pronto! Você não receberá mais as nossas promoções. Se mudar de ideia, responda VOLTAR."
	optInReply     = "Que bom ter você de volta! Você voltará a receber as nossas mensagens."
	stillStopped   = "Que bom ter você de volta! Você voltará a receber as nossas mensagens, menos promoções: elas estão desligadas no seu WhatsApp, nas opções desta conversa."
)

// optOut obeys a customer who refuses messages, or comes back. It tells whether the message was such a word, which then
// answers and starts nothing else.
func (p *pass) optOut(event chat.Event, conversation chat.Conversation) (bool, error) {
	if scope := p.refusal(event.Message.Content); scope != chat.OptOutNone {
		return true, p.refuse(event, conversation, scope)
	}
	if p.desk.Contact.OptOut != chat.OptOutNone && comesBack(event.Message.Content) {
		p.welcomeBack(event, conversation)
		return true, nil
	}
	return false, nil
}

// refuse notes the refusal and confirms once. Where it is about everything, everything that is pending and parked is
// cancelled; of what is pending, promotions are dropped when they are due. A wider refusal stays.
func (p *pass) refuse(event chat.Event, conversation chat.Conversation, scope chat.OptOut) error {
	contact := p.desk.Contact
	said := contact.Limits.Said
	if said == chat.OptOutAll || contact.OptOut == chat.OptOutNone {
		said = contact.OptOut // what somebody undid meanwhile counts no more
	}
	if said == scope || said == chat.OptOutAll {
		return p.silenceFor(contact.OptOut)
	}
	contact.OptOut, contact.OptOutAt, contact.Limits.Said = scope.And(contact.OptOut), event.ReceivedAt, scope
	p.desk.SaveContact(contact)
	if err := p.silenceFor(contact.OptOut); err != nil {
		return err
	}
	reply := promotionReply
	if scope == chat.OptOutAll {
		reply = firstText(p.setup.Tenant.Settings.OptOutReply, optOutReply) // the tenant's words speak of everything
	}
	p.confirm(event, conversation, reply)
	return nil
}

// silenceFor cancels what a refusal reaches at once.
func (p *pass) silenceFor(scope chat.OptOut) error {
	if scope != chat.OptOutAll {
		return nil
	}
	return p.silence()
}

// contactChanged looks at what somebody changed about the contact. An opt-out noted by the team silences like the
// customer's own word, but needs no confirmation; anything else only wakes.
func (p *pass) contactChanged(event chat.Event) error {
	if scope, noted := event.Data["optOut"].(string); noted && chat.OptOut(scope) == chat.OptOutAll {
		return p.silence()
	}
	return p.tellAll(flows.Input{Kind: flows.Changed})
}

// contactMoved tells the runs that a tag, the stage or the status changed, and then lets flows start on it.
func (p *pass) contactMoved(event chat.Event) error {
	if err := p.tellAll(flows.Input{Kind: flows.Changed}); err != nil {
		return err
	}
	return p.start(event)
}

// tellAll tells every run of the contact the same thing.
func (p *pass) tellAll(in flows.Input) error {
	for _, run := range p.waitingRuns() {
		if err := p.advance(run, in); err != nil {
			return err
		}
	}
	return nil
}

// silence cancels everything that is pending and parked.
func (p *pass) silence() error {
	if err := p.tellAll(flows.Input{Kind: flows.Stop, Reason: ReasonOptedOut}); err != nil {
		return err
	}
	for _, item := range slices.Clone(p.desk.Outbox) {
		if item.Withdrawable() && !item.Message.Transactional {
			p.cancel(item, ReasonOptedOut)
		}
	}
	return nil
}

func (p *pass) welcomeBack(event chat.Event, conversation chat.Conversation) {
	contact := p.desk.Contact
	contact.OptOut, contact.OptOutAt, contact.Limits.Said = chat.OptOutNone, event.ReceivedAt, chat.OptOutNone
	reply := optInReply
	if contact.Limits.Stopped {
		contact.OptOut, reply = chat.OptOutMarketing, stillStopped // what was chosen in WhatsApp is undone there
	}
	p.desk.SaveContact(contact)
	p.confirm(event, conversation, reply)
}

func (p *pass) confirm(event chat.Event, conversation chat.Conversation, words string) {
	id := chat.DeriveID(event.ID, 1, p.desk.Now)
	p.desk.Queue(desk.Item{
		ID: id, OrderingKey: id, Action: flows.SendMessage, State: desk.ItemPending, DueAt: p.desk.Now,
		Message: chat.Message{
			ID: id, TenantID: event.TenantID, ContactID: event.ContactID, ConversationID: conversation.ID, ChannelID: conversation.ChannelID,
			Direction: chat.Outbound, Origin: chat.FromSystem, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: words},
			CreatedAt: p.desk.Now,
		},
	})
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// fold makes texts comparable: lower case, no accents, no punctuation, single spaces.
func fold(text string) string {
	if len(text) > 1000 {
		return "" // nobody refuses in so many words that a list could know
	}
	var folded strings.Builder
	space := false
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && folded.Len() > 0 {
				folded.WriteByte(' ')
			}
			space = false
			folded.WriteRune(r)
		default:
			space = true
		}
	}
	return folded.String()
}
