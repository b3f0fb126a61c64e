package followups

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type historyIn struct {
	Filters
	Status string `query:"status" enum:"PENDING,SENT,FAILED,CANCELLED,RESPONDED" doc:"PENDING mostra a fila, o próximo primeiro; sem isto, tudo o que terminou"`
	From   string `query:"from" maxLength:"40" doc:"terminou a partir de: data e hora ISO 8601, ou data AAAA-MM-DD no fuso da empresa"`
	To     string `query:"to" maxLength:"40" doc:"terminou até: data e hora ISO 8601, ou data AAAA-MM-DD no fuso da empresa, inclusive"`
	web.Paging
}

// listHistory lists what was executed, what ended last first.
func (h *Handlers) listHistory(ctx context.Context, in *historyIn) (*web.Answer[[]historyView], error) {
	page := in.Page()
	after, err := readPlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	filter := chat.FollowUpFilter{State: in.Status, After: after, Page: web.Ahead(chat.Page{Limit: page.Limit})}
	if filter.From, filter.To, err = h.readPeriod(ctx, in.From, in.To); err != nil {
		return nil, err
	}
	some, err := h.selectFollowUps(ctx, in.Filters, &filter)
	var rows []flows.FollowUpView
	if err == nil && some {
		rows, err = h.Store.FollowUps(ctx, web.TenantOf(ctx), filter)
	}
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewHistory, placeOfRow), nil
}

// readPeriod reads the two ends of a period, both of which may be left open.
func (h *Handlers) readPeriod(ctx context.Context, from, to string) (first, last time.Time, err error) {
	if from == "" && to == "" {
		return first, last, nil
	}
	zone, err := h.tenantZone(ctx)
	if err != nil {
		return first, last, err
	}
	if first, _, err = readMoment("from", from, zone); err != nil {
		return first, last, err
	}
	if _, last, err = readMoment("to", to, zone); err != nil {
		return first, last, err
	}
	if !first.IsZero() && !last.IsZero() && last.Before(first) {
		return first, last, fault.Field("to", "deve ser depois de from")
	}
	return first, last, nil
}

// readMoment reads an instant, or a local date: its first and its last millisecond.
func readMoment(field, text string, zone *time.Location) (first, last time.Time, err error) {
	if text == "" {
		return first, last, nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil && fitsRFC3339(at) {
		return at, at, nil
	}
	date, err := time.Parse(time.DateOnly, text)
	if err != nil || !fitsRFC3339(date) {
		return first, last, fault.Field(field, "esperava data e hora ISO 8601, como 2026-01-20T14:00:00Z, ou uma data, como 2026-01-20")
	}
	year, month, day := date.Date()
	first = calendar.Resolve(year, month, day, 0, 0, 0, zone)
	return first, calendar.Resolve(year, month, day+1, 0, 0, 0, zone).Add(-time.Millisecond), nil
}

// fitsRFC3339 refuses what could not be stored or shown.
func fitsRFC3339(at time.Time) bool {
	year := at.UTC().Year()
	return year >= 1970 && year <= 9999
}

// tenantZone is the zone of the tenant's own days.
func (h *Handlers) tenantZone(ctx context.Context) (*time.Location, error) {
	tenant, err := h.Store.Tenant(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	return companyZone(tenant), nil
}

// companyZone is a tenant's zone; a name that cannot be loaded was refused when it was saved.
func companyZone(tenant chat.Tenant) *time.Location {
	zone, err := calendar.Zone(tenant.Settings.WithDefaults().Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}
