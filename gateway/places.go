package gateway

import (
	"context"
	"time"

	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

const contactMissing = "Contato não encontrado"

// contactAt finds the contact that a path names.
func (g *Gateway) contactAt(ctx context.Context, text string) (chat.Contact, error) {
	ref, err := pathRef(text, contactMissing)
	if err != nil {
		return chat.Contact{}, err
	}
	return g.Store.Contact(ctx, tenantOf(ctx), ref)
}

const conversationMissing = "Conversa não encontrada"

const channelMissing = "Canal não encontrado"

// channelAt finds the channel that a path names.
func (g *Gateway) channelAt(ctx context.Context, text string) (chat.Channel, error) {
	id, err := pathID(text, channelMissing)
	if err != nil {
		return chat.Channel{}, err
	}
	return g.Store.Channel(ctx, tenantOf(ctx), id)
}

// ownChannel finds a channel that a body names; one that is not the tenant's is the field's mistake.
func (g *Gateway) ownChannel(ctx context.Context, tenantID, field, id string) (chat.Channel, error) {
	ref, understood := chat.ParseRef(id)
	if understood && ref.ID != "" {
		channel, err := g.Store.Channel(ctx, tenantID, ref.ID)
		if !fault.Is(err, fault.NotFound) {
			return channel, err
		}
	}
	return chat.Channel{}, fault.Field(field, "canal não encontrado")
}

// hasWindow tells whether free-form messages on the channel need a customer's message of the last 24 hours.
func (g *Gateway) hasWindow(channel chat.Channel) bool {
	keeper, can := g.Providers[channel.Provider].(provider.WindowKeeper)
	return !can || keeper.HasWindow()
}

// zoneOf is the zone of local rules (domain.md section 3): the contact's if it was set, else the channel's, else the tenant's.
func zoneOf(contact chat.Contact, channel chat.Channel, tenant chat.Tenant) *time.Location {
	for _, name := range []string{contact.Timezone, channel.Timezone, tenant.Settings.Timezone} {
		if zone, err := calendar.Zone(name); name != "" && err == nil {
			return zone
		}
	}
	return time.UTC
}

// localZone is the zone in which the worker reckons sending hours, so what people read of it is told in it.
func localZone(contact chat.Contact, channel chat.Channel, tenant chat.Tenant) *time.Location {
	tenant.Settings = tenant.Settings.WithDefaults()
	return zoneOf(contact, channel, tenant)
}
