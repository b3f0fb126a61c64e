package assistants

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type usageIn struct {
	ID   string `path:"id"`
	From string `query:"from" maxLength:"10" doc:"primeiro dia, AAAA-MM-DD; 30 dias até o último se não for dado"`
	To   string `query:"to" maxLength:"10" doc:"último dia, AAAA-MM-DD; hoje se não for dado"`
}

// usageView is what writing used; spend is in the tenant's own currency.
type usageView struct {
	Calls        int64   `json:"calls"`
	InputTokens  int64   `json:"inputTokens"`
	OutputTokens int64   `json:"outputTokens"`
	Spend        float64 `json:"spend" doc:"na moeda da empresa, pelos preços do assistente"`
}

type usageDayView struct {
	Day          string  `json:"day" doc:"dia local da empresa, AAAA-MM-DD"`
	Calls        int64   `json:"calls"`
	InputTokens  int64   `json:"inputTokens"`
	OutputTokens int64   `json:"outputTokens"`
	Spend        float64 `json:"spend"`
}

type usagePeriodView struct {
	From  string         `json:"from"`
	To    string         `json:"to"`
	Days  []usageDayView `json:"days" doc:"só os dias em que houve uso"`
	Total usageView      `json:"total"`
}

func viewUsage(u chat.AIUsage) usageView {
	return usageView{Calls: u.Calls, InputTokens: u.InputTokens, OutputTokens: u.OutputTokens, Spend: float64(u.SpendMicros) / 1e6}
}

// assistantUsage shows what an assistant used, by local day of the tenant and in all.
func (h *Handlers) assistantUsage(ctx context.Context, in *usageIn) (*web.Answer[usagePeriodView], error) {
	assistant, err := h.assistantAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	tenant, err := h.Store.Tenant(ctx, assistant.TenantID)
	if err != nil {
		return nil, err
	}
	from, to, err := h.usagePeriod(*in, tenant)
	if err != nil {
		return nil, err
	}
	days, err := h.Store.AIDays(ctx, assistant.TenantID, assistant.ID, from, to)
	if err != nil {
		return nil, err
	}
	view := usagePeriodView{From: from, To: to, Days: []usageDayView{}}
	var total chat.AIUsage
	for _, day := range days {
		used := viewUsage(day.AIUsage)
		view.Days = append(view.Days, usageDayView{
			Day: day.Day, Calls: used.Calls, InputTokens: used.InputTokens, OutputTokens: used.OutputTokens, Spend: used.Spend,
		})
		total = total.Plus(day.AIUsage)
	}
	view.Total = viewUsage(total)
	return web.OK(view)
}

const (
	usualUsageDays   = 30
	longestUsageDays = 400
)

func (h *Handlers) usagePeriod(in usageIn, tenant chat.Tenant) (from, to string, err error) {
	zone, err := calendar.Zone(tenant.Settings.WithDefaults().Timezone)
	if err != nil {
		return "", "", err
	}
	last, err := dayOr("to", in.To, h.Now().In(zone))
	if err != nil {
		return "", "", err
	}
	first, err := dayOr("from", in.From, last.AddDate(0, 0, 1-usualUsageDays))
	switch {
	case err != nil:
		return "", "", err
	case first.After(last):
		return "", "", fault.Field("from", "deve ser no máximo o dia de to")
	case first.AddDate(0, 0, longestUsageDays).Before(last):
		return "", "", fault.Field("from", "o período passa de %d dias", longestUsageDays)
	}
	return first.Format(time.DateOnly), last.Format(time.DateOnly), nil
}

// dayOr reads a day; without one it is that of an instant.
func dayOr(field, text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return time.Date(otherwise.Year(), otherwise.Month(), otherwise.Day(), 0, 0, 0, 0, time.UTC), nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fault.Field(field, "esperava um dia, como 2026-01-20")
	}
	return day, nil
}
