package people

import (
	"context"
	"slices"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Change is a change of a contact with what it means to flows.
func (r *Register) Change(apply func(*chat.Contact)) desk.Deed {
	return desk.Deed{Do: func(c *chat.Contact) []chat.Event {
		before := *c
		before.Tags = slices.Clone(c.Tags)
		apply(c)
		return chat.ContactEvents(before, *c, r.Now())
	}}
}

// Carry does deeds in one commit and wakes the contact. Those of a keyed request are done once.
func (r *Register) Carry(ctx context.Context, tenantID, contactID string, deeds []desk.Deed) (desk.Carried, error) {
	web.NameDeeds(ctx, deeds)
	carried, err := r.Store.Carry(ctx, tenantID, contactID, carrying(ctx, deeds))
	if err == nil && carried.Wake {
		r.Waker.Contact(desk.Ref{TenantID: tenantID, ContactID: contactID})
	}
	return carried, err
}

// RefusalDeed notes that a contact refuses messages, or takes it back. A refusal makes a wider one no narrower. Sends see it
// at once; the worker then cancels what is pending.
func RefusalDeed(scope chat.OptOut, now time.Time) *desk.Deed {
	return &desk.Deed{Do: func(c *chat.Contact) []chat.Event {
		if scope == chat.OptOutNone || c.OptOut == chat.OptOutNone {
			c.OptOutAt = now
		}
		if scope == chat.OptOutNone {
			c.OptOut = scope
		} else {
			c.OptOut = c.OptOut.And(scope)
		}
		return []chat.Event{{Name: chat.ContactChanged, At: now, Data: map[string]any{"optOut": string(c.OptOut)}}}
	}}
}
