package followups

import (
	"context"
	"encoding/json"
	"time"

	"retoma/flows"
	"retoma/gateway/people"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// What people do to a single follow-up goes the same way as everything: an input to its run, decided by the flow. It is
// done here, under the contact's lock, so that the answer can say what came of it.

// surroundings are what runs of a tenant read besides their contact.
type surroundings struct {
	tenant   chat.Tenant
	channels []chat.Channel
	hours    *calendar.Hours
}

func (h *Handlers) surroundings(ctx context.Context, tenantID string) (surroundings, error) {
	tenant, err := h.Store.Tenant(ctx, tenantID)
	if err != nil {
		return surroundings{}, err
	}
	tenant.Settings = tenant.Settings.WithDefaults()
	around := surroundings{tenant: tenant}
	if raw := tenant.Settings.SendingHours; len(raw) > 0 && string(raw) != "null" {
		around.hours = &calendar.Hours{}
		if err := json.Unmarshal(raw, around.hours); err != nil {
			return around, fault.Wrap(fault.Internal, err, "horário de envio ilegível")
		}
	}
	around.channels, err = h.Store.Channels(ctx, tenantID)
	return around, err
}

// channel is the zero value if it was removed.
func (s surroundings) channel(id string) (chat.Channel, bool) {
	for _, channel := range s.channels {
		if channel.ID == id {
			return channel, true
		}
	}
	return chat.Channel{}, false
}

// world is what a run on this desk may read.
func (h *Handlers) world(around surroundings, d *desk.Desk, run flows.Run) flows.World {
	conversation, _ := d.Conversation(run.ConversationID)
	channel, _ := around.channel(run.ChannelID)
	return flows.World{
		Contact: d.Contact, Conversation: conversation, Channel: channel, HasWindow: h.HasWindow(channel), Company: around.tenant.Name,
		Zone: people.ZoneOf(d.Contact, channel, around.tenant), Hours: around.hours,
		MaxLateness: time.Duration(around.tenant.Settings.MaxLateness) * time.Minute,
	}
}

// flowOf is the flow that a run walks: the newest version if it follows its author, else the one that it began with.
func (h *Handlers) flowOf(ctx context.Context, run flows.Run, kind flows.DocumentKind) (*flows.Flow, error) {
	newest, err := h.Store.Document(ctx, run.TenantID, kind, chat.Ref{ID: run.FlowID})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err == nil {
		flow, err := h.Catalog.Compile(newest)
		if err != nil || flow.Definition().FollowAuthor || flow.Version == run.Version {
			return flow, err
		}
	}
	pinned, err := h.Store.DocumentVersion(ctx, run.TenantID, run.FlowID, run.Version)
	if err != nil {
		return nil, err
	}
	return h.Catalog.Compile(pinned)
}

// editDesk works on a contact's desk and arms what became due soon.
func (h *Handlers) editDesk(ctx context.Context, ref desk.Ref, decide desk.Decide) error {
	worked, err := h.Store.Edit(ctx, ref, func(ctx context.Context, d *desk.Desk) error {
		d.Horizon = d.Now.Add(h.Horizon())
		return decide(ctx, d)
	})
	if err != nil {
		return err
	}
	if worked.Gone {
		return fault.New(fault.NotFound, people.ContactMissing)
	}
	for _, alarm := range worked.Desk.RunAlarms() {
		h.Waker.At(alarm)
	}
	h.Waker.Contact(ref)
	return nil
}
