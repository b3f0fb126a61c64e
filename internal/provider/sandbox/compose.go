package sandbox

import "strings"

// compose makes the message of a send, or says why Meta refuses it. The caller holds the lock.
func (s *Server) compose(b *Business, out *outgoing, faults *Faults) (*entry, *graphError) {
	if out.customer == digits(b.DisplayPhoneNumber) {
		return nil, refuse(131021, "")
	}
	now := s.now()
	e := &entry{Message: Message{PhoneNumberID: b.PhoneNumberID, From: FromBusiness, Type: out.kind, Text: out.text, At: now,
		Status: StatusAccepted, Buttons: out.buttons, Media: out.media, ReplyTo: out.replyTo, Tracker: out.tracker}}
	open := false
	if known := s.book.phones[out.customer]; known != nil {
		open = known.windowOpen(b.PhoneNumberID, now)
	}
	refused := s.resolveMedia(b, out.kind, out.media)
	if refused != nil {
		return nil, refused
	}
	if out.template != nil {
		refused = s.composeTemplate(e, b, out.template, open)
	} else {
		e.pricing = priceOf("", open)
		if !open {
			refused = refuse(131047, "")
		}
	}
	if refused != nil && !(faults.AsyncErrors && canComeLater(refused.code)) {
		return nil, refused
	}
	if refused != nil {
		e.doom = refused.code
	} else {
		e.doom, e.afterSent = faults.takeFailure()
	}
	e.phone = s.book.use(out.customer)
	e.ID = s.ids.message(out.customer, true)
	return e, nil
}

// canComeLater are the refusals that Meta also reports as 200 and a failed status.
func canComeLater(code int) bool { return code == 131047 || code == 132015 }

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
	out, refused := template.fill(send)
	if refused != nil {
		return refused
	}
	if refused := s.resolveMedia(b, strings.ToLower(template.headerFormat), out.media); refused != nil {
		return refused
	}
	e.Template, e.Text, e.Media, e.Buttons = &out.view, out.view.Body, out.media, out.buttons
	e.pricing = priceOf(template.Category, open)
	if template.Status == "PAUSED" {
		return refuse(132015, "")
	}
	return nil
}
