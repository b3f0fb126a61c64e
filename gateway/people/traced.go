package people

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/trace"
)

// written begins the span of writing things down; what is written carries it to whoever works on it.
func written(ctx context.Context, intake desk.Intake) (context.Context, *trace.Span) {
	ctx, span := trace.Child(ctx, trace.Inside, "write down", "retoma.events", len(intake.Arrivals), "retoma.statuses", len(intake.Statuses))
	if carried := span.Carry(); carried != "" {
		for i := range intake.Arrivals {
			intake.Arrivals[i].Event.Trace = carried
		}
	}
	return ctx, span
}

// carrying lets the events of deeds carry the request's span.
func carrying(ctx context.Context, deeds []desk.Deed) []desk.Deed {
	carried := trace.Carried(ctx)
	if carried == "" {
		return deeds
	}
	for i, deed := range deeds {
		if deed.Do == nil {
			continue
		}
		do := deed.Do
		deeds[i].Do = func(c *chat.Contact) []chat.Event {
			events := do(c)
			for j := range events {
				events[j].Trace = carried
			}
			return events
		}
	}
	return deeds
}

// outcome is what a span says of an error.
func outcome(err error) string {
	if err == nil {
		return ""
	}
	return "not_written"
}
