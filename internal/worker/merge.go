package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// twoContacts stops a pass: the contact and another one are one person, and nothing may be decided about either before
// they are one contact.
type twoContacts struct{ event chat.Event }

func (t *twoContacts) Error() string { return "two contacts are one person" }

// mergeFirst looks for the wish to merge before anything else is looked at: whoever works on either of the two finds it, so
// that none of their follow-ups passes the message that named both.
func (p *pass) mergeFirst() error {
	for _, mail := range p.desk.Mail {
		if mail.Event.Name == chat.MergeWanted && !p.settled[mail.Event.ID] {
			return &twoContacts{event: mail.Event}
		}
	}
	return nil
}

// mergeIfWished carries out the wish that stopped a pass, if one did; then the pass begins anew. Any other error stays.
func (w *Worker) mergeIfWished(ctx context.Context, stopped error, settled map[string]bool) (merged bool, err error) {
	var wish *twoContacts
	if !errors.As(stopped, &wish) {
		return false, stopped
	}
	if err := w.merge(ctx, wish); err != nil {
		return false, err
	}
	settled[wish.event.ID] = true
	return true, nil
}

// merge carries the wish out. A wish that cannot be is mail that cannot be handled.
func (w *Worker) merge(ctx context.Context, wish *twoContacts) error {
	both := wish.event.MergeContacts()
	if len(both) != 2 {
		return &mailError{event: wish.event, cause: fmt.Errorf("a merge of %d contacts", len(both))}
	}
	merged, err := w.Store.Merge(ctx, desk.Merge{TenantID: wish.event.TenantID, StaysID: both[0], GoesID: both[1], ElderStays: true, By: "message"})
	if err != nil {
		return &mailError{event: wish.event, cause: err}
	}
	w.Logger.Info("contacts merged", "tenant", wish.event.TenantID, "contact", merged.ContactID, "gone", merged.GoneID)
	return nil
}

// merged settles what two contacts had that one cannot have twice, and then lets flows hear of it.
func (p *pass) merged(event chat.Event) error {
	if err := p.endDoubles(event); err != nil {
		return err
	}
	p.creditMissed(event.Missed)
	for _, one := range p.desk.Conversations {
		if channel, known := p.setup.Channels[one.ChannelID]; known {
			p.worker.Pacer.Merged(p.ctx, PaceChannel{TenantID: channel.TenantID, Portfolio: channel.Portfolio(), ID: channel.ID}, p.desk.Contact.ID)
		}
	}
	if p.desk.Contact.OptOut == chat.OptOutAll {
		return p.silence() // either of the two had refused
	}
	if err := p.hearMissed(event.Missed); err != nil {
		return err
	}
	return p.contactMoved(event)
}

// endDoubles ends the runs that lost their place to another one in their exclusive group, and those of a flow that is
// walked twice in one conversation: the older one stays, as a second start would have changed nothing, unless the flow
// begins again at each start.
func (p *pass) endDoubles(event chat.Event) error {
	ends := event.Texts("endRuns")
	kept := map[[2]string]flows.Run{}
	for _, run := range p.waitingRuns() {
		if run.Only || slices.Contains(ends, run.ID) {
			continue
		}
		place := [2]string{run.FlowID, run.ConversationID}
		other, twice := kept[place]
		if !twice {
			kept[place] = run
			continue
		}
		older, newer := other, run
		if newer.StartedAt.Before(older.StartedAt) {
			older, newer = newer, older
		}
		stays, goes := older, newer
		if flow := p.setup.newest[run.FlowID]; flow != nil && flow.Definition().Again == "restart" {
			stays, goes = newer, older
		}
		kept[place] = stays
		ends = append(ends, goes.ID)
	}
	for _, run := range p.waitingRuns() {
		if !slices.Contains(ends, run.ID) {
			continue
		}
		if err := p.advance(run, flows.Input{Kind: flows.Stop, Reason: ReasonMerged}); err != nil {
			return err
		}
	}
	return nil
}

// learnIdentity keeps the address that somebody has now, as their own message tells it.
func (p *pass) learnIdentity(event chat.Event) {
	if event.Identity == nil {
		return
	}
	contact := p.desk.Contact
	if event.Identity.Phone != "" {
		contact.Phone = event.Identity.Phone
	}
	if event.Identity.Route != "" {
		contact.Route = event.Identity.Route
	}
	if contact.Phone != p.desk.Contact.Phone || contact.Route != p.desk.Contact.Route {
		p.desk.SaveContact(contact)
	}
}

// loseNumber forgets a number that is a stranger's now: what is planned goes to the person by id, or to nobody.
func (p *pass) loseNumber(event chat.Event) {
	contact := p.desk.Contact
	for _, lost := range event.Texts("phoneKeys") {
		if chat.PhoneKey(contact.Phone).Value == lost {
			contact.Phone = ""
		}
		if chat.PhoneKey(contact.Route).Value == lost && chat.IsNumber(contact.Route) {
			contact.Route = ""
		}
	}
	if contact.Phone != p.desk.Contact.Phone || contact.Route != p.desk.Contact.Route {
		p.desk.SaveContact(contact)
	}
}
