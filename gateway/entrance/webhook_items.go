package entrance

import (
	"context"
	"fmt"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
)

// itemRouter finds the channel of each item of a webhook: one URL may serve several numbers of a tenant.
type itemRouter struct {
	channel   chat.Channel
	byAccount map[string]chat.Channel
}

// routerFor reads the tenant's channels only if an item names an account that is not the URL's own channel's.
func (h *Handlers) routerFor(ctx context.Context, channel chat.Channel, batch provider.Batch) (itemRouter, error) {
	router := itemRouter{channel: channel, byAccount: map[string]chat.Channel{"": channel, channel.Account: channel}}
	if !router.needsOthers(batch) {
		return router, nil
	}
	all, err := h.Store.Channels(ctx, channel.TenantID)
	for _, other := range all {
		if _, taken := router.byAccount[other.Account]; !taken && other.Provider == channel.Provider {
			router.byAccount[other.Account] = other
		}
	}
	return router, err
}

func (r itemRouter) needsOthers(batch provider.Batch) bool {
	for _, message := range batch.Messages {
		if message.Account != r.channel.Account {
			return true
		}
	}
	for _, status := range batch.Statuses {
		if status.Account != r.channel.Account {
			return true
		}
	}
	return len(batch.Notices) > 0
}

// sort gives every item its channel. What cannot be used is kept with the reason and costs the others nothing.
func (r itemRouter) sort(batch provider.Batch) (desk.Intake, []desk.ChannelNews) {
	var sorted desk.Intake
	var told []desk.ChannelNews
	reject := func(reason, raw string) {
		sorted.Rejected = append(sorted.Rejected, desk.RejectedItem{TenantID: r.channel.TenantID, ChannelID: r.channel.ID, Reason: reason, Raw: raw})
	}
	for _, message := range batch.Messages {
		channel, known := r.byAccount[message.Account]
		switch {
		case message.Event.Message != nil && message.Event.Message.Group != "":
			reject(desk.ReasonGroup, message.Raw)
		case !known:
			reject(r.stranger(message.Account), message.Raw)
		case len(message.From) == 0:
			reject("mensagem sem remetente", message.Raw)
		case message.Event.Name == chat.MarketingChosen:
			sorted.Arrivals = append(sorted.Arrivals, choice(channel, message))
		default:
			sorted.Arrivals = append(sorted.Arrivals, desk.Arrival{
				TenantID: channel.TenantID, ChannelID: channel.ID, Keys: message.From, Phone: message.Phone, Name: message.Name,
				Evidence: true, Provider: channel.Provider, Business: channel.Portfolio(),
				Became: message.Became, BecamePhone: message.BecamePhone, Event: message.Event,
			})
		}
	}
	for _, status := range batch.Statuses {
		channel, known := r.byAccount[status.Account]
		if !known {
			reject(r.stranger(status.Account), status.Raw)
			continue
		}
		sorted.Statuses = append(sorted.Statuses, desk.StatusArrival{
			TenantID: channel.TenantID, ChannelID: channel.ID, Provider: channel.Provider, Business: channel.Portfolio(), Status: status.Status,
			Confirms: channel.OnUnconfirmed == chat.UnconfirmedEvidence,
		})
	}
	for _, rejection := range batch.Rejected {
		reject(rejection.Reason, string(rejection.Raw))
	}
	for _, notice := range batch.Notices {
		meant := r.told(notice)
		if len(meant) == 0 {
			reject(desk.ReasonUnknownAccount+": nenhum canal desta empresa tem esta conta ou este número", notice.Raw)
		}
		told = append(told, meant...)
	}
	return sorted, told
}

// stranger says whose an item is that no channel of the tenant can take: the most frequent answer to why nothing arrives.
func (r itemRouter) stranger(account string) string {
	return fmt.Sprintf("%s: veio do número com phone_number_id %s, e nenhum canal desta empresa o tem; o canal deste endereço tem %s",
		desk.ReasonUnknownAccount, account, r.channel.Account)
}

// choice is a person's word about marketing messages. It goes into the person's inbox, so that no send passes it unread, but
// belongs to no conversation: nobody said anything in one.
func choice(channel chat.Channel, message provider.Incoming) desk.Arrival {
	event := message.Event
	event.ExternalID = channel.ID + ":" + event.ExternalID
	return desk.Arrival{TenantID: channel.TenantID, Keys: message.From, Phone: message.Phone, Event: event}
}
