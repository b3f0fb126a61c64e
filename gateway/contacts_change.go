package gateway

import (
	"context"
	"maps"
	"strings"

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
func (g *Gateway) applyContact(ctx context.Context, tenantID, contactID string, b ContactChange, known identity) (*Answer[contactView], error) {
	if err := g.giveKeys(ctx, tenantID, contactID, known.keys, b); err != nil {
		return nil, err
	}
	deed := g.change(func(c *chat.Contact) {
		b.apply(c)
		if c.Phone == "" {
			c.Phone = known.phone
		}
	})
	carried, err := g.carry(ctx, tenantID, contactID, []desk.Deed{deed})
	if err != nil {
		return nil, err
	}
	view, err := g.whole(ctx, carried.Contact)
	if err != nil {
		return nil, err
	}
	return ok(view)
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
		c.Tags = unique(b.Tags)
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
func (g *Gateway) optOut(ctx context.Context, in *optOutIn) (*Answer[contactView], error) {
	scope := chat.OptOutAll
	if in.Body != nil && in.Body.Scope != "" {
		scope = in.Body.Scope
	}
	return g.setOptOut(ctx, in.ID, scope)
}

func (g *Gateway) optIn(ctx context.Context, in *byID) (*Answer[contactView], error) {
	return g.setOptOut(ctx, in.ID, chat.OptOutNone)
}

func (g *Gateway) setOptOut(ctx context.Context, text string, scope chat.OptOut) (*Answer[contactView], error) {
	found, err := g.contactAt(ctx, text)
	if err != nil {
		return nil, err
	}
	carried, err := g.carry(ctx, found.TenantID, found.ID, []desk.Deed{*refusalDeed(scope, g.Now())})
	if err != nil {
		return nil, err
	}
	return ok(viewContact(carried.Contact))
}
