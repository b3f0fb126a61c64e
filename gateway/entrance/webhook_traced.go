package entrance

import (
	"context"

	"retoma/internal/desk"
	"retoma/internal/trace"
)

// followStatuses lets delivery states end the story of their messages: each is a span of the trace that led to the send, and
// linked with the webhook that told it. It reads each message, and only where the request is traced.
func (h *Handlers) followStatuses(ctx context.Context, statuses []desk.StatusArrival) {
	told := trace.Carried(ctx)
	if told == "" {
		return
	}
	for _, arrival := range statuses {
		if arrival.Status.Tracker == "" {
			continue
		}
		message, err := h.Store.Message(ctx, arrival.TenantID, arrival.Status.Tracker)
		if err != nil || message.Content.Trace == "" {
			continue // not ours, or asked for while nothing was traced
		}
		span := trace.Below(ctx, message.Content.Trace, trace.Consumer, "status "+string(arrival.Status.State),
			"retoma.tenant", arrival.TenantID, "retoma.channel", arrival.ChannelID, "retoma.message", message.ID, "retoma.code", arrival.Status.ErrorCode)
		span.Link(told)
		span.End("")
	}
}
