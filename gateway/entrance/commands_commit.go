package entrance

import (
	"context"
	"slices"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// commit writes down everything that the commands of a request come to, in one commit and in the order in which they were
// written.
func (w *commandWork) commit(ctx context.Context) error {
	changes := slices.ContainsFunc(w.facts, func(f commandFact) bool { return f.change != nil })
	switch {
	case len(w.facts) == 0:
		return nil
	case changes:
		return w.carry(ctx)
	}
	var intake desk.Intake
	for _, fact := range w.facts {
		intake.Arrivals = append(intake.Arrivals, fact.arrival)
	}
	_, err := w.h.Receive(ctx, intake)
	return err
}

// carry does the same where the contact is changed: the person and the conversations are seen to first, because nothing
// can be changed of somebody who does not exist.
func (w *commandWork) carry(ctx context.Context) error {
	contactID, err := w.h.knownPerson(ctx, w.tenantID, w.who)
	if err != nil {
		return err
	}
	if err := w.meet(ctx, contactID); err != nil {
		return err
	}
	deeds := make([]desk.Deed, len(w.facts))
	for i, fact := range w.facts {
		deeds[i] = desk.Deed{Do: func(*chat.Contact) []chat.Event { return []chat.Event{fact.arrival.Event} }}
		switch {
		case fact.whole != nil:
			deeds[i] = *fact.whole
		case fact.change != nil:
			deeds[i] = w.h.realChange(fact.change)
		}
		deeds[i].ExternalID, deeds[i].ChannelID = fact.arrival.Event.ExternalID, fact.arrival.ChannelID
	}
	_, err = w.h.Carry(ctx, w.tenantID, contactID, deeds)
	return err
}

// meet makes the conversations on the channels that facts are for, where there are none yet.
func (w *commandWork) meet(ctx context.Context, contactID string) error {
	var intake desk.Intake
	for _, fact := range w.facts {
		if fact.change != nil || fact.arrival.ChannelID == "" {
			continue
		}
		intake.Arrivals = append(intake.Arrivals, desk.Arrival{
			TenantID: w.tenantID, ChannelID: fact.arrival.ChannelID, ContactID: contactID, OnlyPerson: true,
		})
	}
	if len(intake.Arrivals) == 0 {
		return nil
	}
	_, err := w.h.Receive(ctx, intake)
	return err
}

// realChange is a change that flows hear of only if something changed.
func (h *Handlers) realChange(apply func(*chat.Contact)) desk.Deed {
	whole := h.Change(apply)
	return desk.Deed{Do: func(c *chat.Contact) []chat.Event {
		return slices.DeleteFunc(whole.Do(c), func(e chat.Event) bool { return e.Name == chat.ContactChanged })
	}}
}
