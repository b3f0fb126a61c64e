package people

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

const ContactMissing = "Contato não encontrado"

// ContactAt finds the contact that a path names.
func (r *Register) ContactAt(ctx context.Context, text string) (chat.Contact, error) {
	ref, err := web.PathRef(text, ContactMissing)
	if err != nil {
		return chat.Contact{}, err
	}
	return r.Store.Contact(ctx, web.TenantOf(ctx), ref)
}

const ConversationMissing = "Conversa não encontrada"

const ChannelMissing = "Canal não encontrado"

// ChannelAt finds the channel that a path names.
func (r *Register) ChannelAt(ctx context.Context, text string) (chat.Channel, error) {
	id, err := web.PathID(text, ChannelMissing)
	if err != nil {
		return chat.Channel{}, err
	}
	return r.Store.Channel(ctx, web.TenantOf(ctx), id)
}

// OwnChannel finds a channel that a body names; one that is not the tenant's is the field's mistake.
func (r *Register) OwnChannel(ctx context.Context, tenantID, field, id string) (chat.Channel, error) {
	ref, understood := chat.ParseRef(id)
	if understood && ref.ID != "" {
		channel, err := r.Store.Channel(ctx, tenantID, ref.ID)
		if !fault.Is(err, fault.NotFound) {
			return channel, err
		}
	}
	return chat.Channel{}, fault.Field(field, "canal não encontrado")
}

// HasWindow tells whether free-form messages on the channel need a customer's message of the last 24 hours.
func (r *Register) HasWindow(channel chat.Channel) bool {
	keeper, can := r.Providers[channel.Provider].(provider.WindowKeeper)
	return !can || keeper.HasWindow()
}

// ZoneOf is the zone of local rules (domain.md section 3): the contact's if it was set, else the channel's, else the tenant's.
func ZoneOf(contact chat.Contact, channel chat.Channel, tenant chat.Tenant) *time.Location {
	for _, name := range []string{contact.Timezone, channel.Timezone, tenant.Settings.Timezone} {
		if zone, err := calendar.Zone(name); name != "" && err == nil {
			return zone
		}
	}
	return time.UTC
}

// LocalZone is the zone in which the worker reckons sending hours, so what people read of it is told in it.
func LocalZone(contact chat.Contact, channel chat.Channel, tenant chat.Tenant) *time.Location {
	tenant.Settings = tenant.Settings.WithDefaults()
	return ZoneOf(contact, channel, tenant)
}
