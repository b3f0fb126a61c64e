package conversations

import (
	"context"
	"maps"
	"strings"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// identity is what a caller says a contact is known by; phone is for one that has none yet.
type identity struct {
	keys  []chat.Key
	phone string
}

// applyContact changes a contact and tells the flows what happened to it, in one commit; its keys are given before. Rules may
// start of it in the conversation in which somebody wrote last; for a contact without any conversation nothing can start.
func (h *Handlers) applyContact(ctx context.Context, tenantID, contactID string, b ContactChange, known identity) (*web.Answer[contactView], error) {
	if err := h.giveKeys(ctx, tenantID, contactID, known.keys, b); err != nil {
		return nil, err
	}
	deed := h.Change(func(c *chat.Contact) {
		b.apply(c)
		if c.Phone == "" {
			c.Phone = known.phone
		}
	})
	carried, err := h.Carry(ctx, tenantID, contactID, []desk.Deed{deed})
	if err != nil {
		return nil, err
	}
	view, err := h.whole(ctx, carried.Contact)
	if err != nil {
		return nil, err
	}
	return web.OK(view)
}

func (b ContactChange) apply(c *chat.Contact) {
	if b.Name != nil {
		c.Name = strings.TrimSpace(*b.Name)
	}
	if b.Timezone != nil {
		c.Timezone = *b.Timezone
	}
	if b.Stage != nil {
		c.Stage = *b.Stage
	}
	if b.Status != nil {
		c.Status = *b.Status
	}
	if b.Tags != nil {
		c.Tags = web.Unique(b.Tags)
	}
	fields := maps.Clone(c.Fields)
	if fields == nil {
		fields = map[string]string{}
	}
	for name, value := range b.Fields {
		fields[name] = value
	}
	if b.ExternalID != nil {
		fields["externalId"] = *b.ExternalID
	}
	maps.DeleteFunc(fields, func(_, value string) bool { return value == "" })
	c.Fields = fields
}

type optOutIn struct {
	ID   string `path:"id"`
	Body *struct {
		Scope chat.OptOut `json:"scope,omitempty" enum:"marketing,all" doc:"all se não for dado"`
	} `required:"false"`
}

// optOut notes that a contact wants no messages. Sends see it at once; the worker then cancels what is pending.
func (h *Handlers) optOut(ctx context.Context, in *optOutIn) (*web.Answer[contactView], error) {
	scope := chat.OptOutAll
	if in.Body != nil && in.Body.Scope != "" {
		scope = in.Body.Scope
	}
	return h.setOptOut(ctx, in.ID, scope)
}

func (h *Handlers) optIn(ctx context.Context, in *web.ByID) (*web.Answer[contactView], error) {
	return h.setOptOut(ctx, in.ID, chat.OptOutNone)
}

func (h *Handlers) setOptOut(ctx context.Context, text string, scope chat.OptOut) (*web.Answer[contactView], error) {
	found, err := h.ContactAt(ctx, text)
	if err != nil {
		return nil, err
	}
	carried, err := h.Carry(ctx, found.TenantID, found.ID, []desk.Deed{*people.RefusalDeed(scope, h.Now())})
	if err != nil {
		return nil, err
	}
	return web.OK(viewContact(carried.Contact))
}
