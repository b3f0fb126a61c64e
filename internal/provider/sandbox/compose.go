package sandbox

import (
	"slices"
	"strings"
	"time"
)

// compose makes the message of a send, or says why Meta refuses it. What Meta only finds out later dooms the message instead: it is
// accepted and fails by webhook. The caller holds the lock.
func (s *Server) compose(b *Business, out *outgoing) (*entry, *graphError) {
	customer, refused := s.recipient(b, out)
	if refused == nil {
		refused = s.mayServe(b, out, customer)
	}
	if refused != nil {
		return nil, refused
	}
	now := s.now()
	e := &entry{Message: Message{PhoneNumberID: b.PhoneNumberID, From: FromBusiness, Type: out.kind, Text: out.text, At: now, Status: StatusAccepted,
		Buttons: out.buttons, Interactive: out.interactive, Media: out.media, Location: out.location, Contacts: out.contacts, ReplyTo: out.replyTo, Tracker: out.tracker}}
	known := s.book.find(customer)
	open := known != nil && known.windowOpen(b.PhoneNumberID, now)
	later, refused := s.judge(e, b, out, customer, open)
	if refused != nil {
		return nil, refused
	}
	e.phone = s.book.use(customer)
	e.phone.Void = e.phone.Void || out.void
	if out.userID == "" {
		e.phone.dialled[b.PhoneNumberID] = now
	}
	delete(e.phone.typing, b.PhoneNumberID)
	s.doom(e, b, out, later, open)
	e.skip = s.struck(faultSkipDelivered, b.PhoneNumberID, customer)
	e.ID = s.ids.message(customer, true)
	s.countSend(b, customer)
	return e, nil
}

// recipient finds the wa_id that a send goes to. The number wins where both it and a user's id are given.
func (s *Server) recipient(b *Business, out *outgoing) (string, *graphError) {
	if out.customer != "" {
		return canonical(out.customer), nil
	}
	p := s.findUser(b, out.userID)
	if p == nil {
		return "", refuse(131009, "Param recipient is not a user id that this business was told.")
	}
	return p.waID, nil
}

// mayServe refuses for reasons that lie before the content: sender, state of the number, pace, test numbers.
func (s *Server) mayServe(b *Business, out *outgoing, customer string) *graphError {
	if customer == canonical(digits(b.DisplayPhoneNumber)) {
		return refuse(131021, "")
	}
	if refused := b.blockedState(); refused != nil {
		return refused
	}
	if b.TestRecipients != nil && !slices.ContainsFunc(b.TestRecipients, func(n string) bool { return canonical(digits(n)) == customer }) {
		return refuse(131030, "")
	}
	if out.userID != "" && out.customer == "" && out.template != nil {
		if t := s.registry.accounts[b.WabaID].template(out.template.Name, out.template.Language.Code); t != nil && t.Category == "AUTHENTICATION" {
			return refuse(131062, "")
		}
	}
	return s.overPace(b, customer)
}

// judge checks the content. The first result is the code of a refusal that comes later.
func (s *Server) judge(e *entry, b *Business, out *outgoing, customer string, open bool) (int, *graphError) {
	refused := s.resolveMedia(b, orText(out.mediaKind, out.kind), out.media)
	if refused == nil {
		refused = out.linkRefused
	}
	if refused == nil && out.media != nil && out.media.Link != "" && s.struck(faultLinkFails, b.PhoneNumberID, customer) {
		refused = refuse(131053, "Media upload error: the link could not be downloaded.")
	}
	switch {
	case refused != nil:
	case out.template != nil:
		refused = s.composeTemplate(e, b, out.template, open)
	case out.kind == "reaction":
		s.composeReaction(e, b, out, customer)
		open = true // a reaction is refused for its own reasons
	}
	if refused == nil && out.template == nil {
		e.pricing = priceOf("", open)
		if !open {
			refused = refuse(131047, "")
		}
	}
	if refused != nil && laterCode(refused.code) != 0 && s.struck(faultAsync, b.PhoneNumberID, customer) {
		return laterCode(refused.code), nil
	}
	return 0, refused
}

// laterCode is the code under which Meta reports a refusal by webhook; 0 if it always refuses at once.
func laterCode(code int) int {
	switch code {
	case 131047, 132015:
		return code
	case 131053:
		return 131052
	}
	return 0
}

// reactionLife is how long after a customer's message a business may react to it (providers.md 1.2).
const reactionLife = 30 * 24 * time.Hour

// composeReaction puts the emoji on the customer's message. What Meta finds wrong with it comes later, as 131009.
func (s *Server) composeReaction(e *entry, b *Business, out *outgoing, customer string) {
	e.silent = true
	on := s.book.byID[out.reaction.MessageID]
	if on == nil || on.From != FromCustomer || on.Type == "reaction" || on.phone.waID != customer || on.PhoneNumberID != b.PhoneNumberID || s.now().Sub(on.At) > reactionLife {
		e.doom = 131009
		return
	}
	on.react(FromBusiness, out.reaction.Emoji)
}

// doom decides whether an accepted message fails later, and why.
func (s *Server) doom(e *entry, b *Business, out *outgoing, later int, open bool) {
	marketing := out.template != nil && e.pricing != nil && e.pricing.Category == "marketing"
	p := e.phone
	if later != 0 {
		e.doom = later
	}
	switch {
	case e.doom != 0:
	case p.NoWhatsApp || slices.Contains(p.Blocked, b.PhoneNumberID):
		e.doom = 131026
	case marketing && slices.Contains(p.Stopped, b.WabaID):
		e.doom = 131050
	case marketing && !open && p.saturated(b.MarketingPerDay, s.now()):
		e.doom = 131049
	case out.template != nil && !open && s.overReach(b, p.waID):
		// Meta documents no code of its own for the messaging limit; docs/providers/sandbox.md says why this one.
		e.doom = 131048
	default:
		s.doomByFault(e)
	}
	if marketing && !open && e.doom == 0 {
		p.marketed = append(p.marketed, s.now())
	}
}

func (s *Server) doomByFault(e *entry) {
	number, customer := e.PhoneNumberID, e.phone.waID
	if a, fails := s.strikes(faultFailedStatus, number, customer); fails {
		e.doom, e.afterSent = a.whole("code"), a.on("afterSent")
		return
	}
	for _, r := range refusalFaults {
		if a, fails := s.strikesIf(r.name, number, customer, func(a arguments) bool { return a.on("async") }); fails {
			e.doom = a.whole("code")
			return
		}
	}
}

// saturated tells whether the phone was sent as much marketing outside its windows in the last 24 hours as it takes; 0 is no bound.
func (p *phone) saturated(most int, now time.Time) bool {
	p.marketed = slices.DeleteFunc(p.marketed, func(at time.Time) bool { return now.Sub(at) >= window })
	return most > 0 && len(p.marketed) >= most
}

func (s *Server) composeTemplate(e *entry, b *Business, send *templateSend, open bool) *graphError {
	template := s.registry.accounts[b.WabaID].template(send.Name, send.Language.Code)
	if template == nil {
		return refuse(132001, "template name (%s) does not exist in %s", send.Name, send.Language.Code)
	}
	switch template.Status {
	case "APPROVED", "PAUSED":
	case "DISABLED":
		return refuse(132016, "")
	default:
		return refuse(132001, "template name (%s) is not approved in %s", send.Name, send.Language.Code)
	}
	if s.now().Before(template.syncedAt) || s.struck(faultSyncing, b.PhoneNumberID, "") {
		return refuse(134101, "")
	}
	out, refused := template.fill(send)
	if refused != nil {
		return refused
	}
	if refused := s.resolveMedia(b, strings.ToLower(template.headerFormat), out.media); refused != nil {
		return refused
	}
	for _, card := range out.cards {
		if refused := s.resolveMedia(b, strings.ToLower(card.HeaderFormat), card.Media); refused != nil {
			return refused
		}
	}
	e.Template, e.Text, e.Media, e.Buttons, e.Location, e.Cards = &out.view, out.view.Body, out.media, out.buttons, out.location, out.cards
	e.pricing = priceOf(template.Category, open)
	if template.Status == "PAUSED" {
		return refuse(132015, "")
	}
	e.template = template
	return nil
}
