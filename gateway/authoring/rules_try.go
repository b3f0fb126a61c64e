package authoring

import (
	"context"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type ruleTestIn struct {
	ID   string `path:"id"`
	Body struct {
		Number    people.PhoneText `json:"number" doc:"quem recebe o teste"`
		ChannelID string           `json:"channelId,omitempty" doc:"por onde sai, quando a regra vale para todas as instâncias e há mais de uma"`
	}
}

// sendRuleTest sends a rule's message to one number, active or not, without enrolling anybody.
func (h *Handlers) sendRuleTest(ctx context.Context, in *ruleTestIn) (*web.Answer[testView], error) {
	found, err := h.ruleAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	channel, err := h.testChannel(ctx, found, in.Body.ChannelID)
	if err != nil {
		return nil, err
	}
	return h.sendTest(ctx, found, channel, string(in.Body.Number), followup.AttemptNode(1))
}

// testChannel is the rule's own channel, else the one named, else the tenant's only one.
func (h *Handlers) testChannel(ctx context.Context, rule flows.Document, named string) (chat.Channel, error) {
	if rule.ChannelID != "" {
		channel, err := h.OwnChannel(ctx, rule.TenantID, "channelId", rule.ChannelID)
		switch {
		case fault.Is(err, fault.Invalid):
			return channel, fault.New(fault.Impossible, "o canal da regra não existe mais: escolha outro")
		case err == nil && named != "" && named != channel.ID:
			return channel, fault.Field("channelId", "a regra é só da instância %q", channel.Name)
		}
		return channel, err
	}
	if named != "" {
		return h.OwnChannel(ctx, rule.TenantID, "channelId", named)
	}
	channels, err := h.Store.Channels(ctx, rule.TenantID)
	if err != nil {
		return chat.Channel{}, err
	}
	if len(channels) != 1 {
		return chat.Channel{}, fault.Required("channelId")
	}
	return channels[0], nil
}

// sendTest sends one step of a document to one number. Without a group: a test replaces no enrolment.
func (h *Handlers) sendTest(ctx context.Context, d flows.Document, channel chat.Channel, number, step string) (*web.Answer[testView], error) {
	who, err := people.ByPhone("number", number, people.RegionOf(channel))
	if err != nil {
		return nil, err
	}
	enrolment := &chat.Enrolment{FlowID: d.ID, Source: "test", OnlyNode: step}
	arrival := who.Arrival(d.TenantID, channel.ID, chat.Event{Name: chat.Enrol, At: h.Now(), Enrol: enrolment})
	written, err := h.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}})
	if err != nil {
		return nil, err
	}
	contact, err := h.Store.Contact(ctx, d.TenantID, chat.Ref{ID: written.Accepted[0].ContactID})
	if err != nil {
		return nil, err
	}
	return web.With(202, testView{Contact: briefs.ContactBrief{ID: contact.ID, Number: contact.Number, Phone: contact.Phone}, Message: step})
}
