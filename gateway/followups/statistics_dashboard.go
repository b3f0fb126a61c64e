package followups

import (
	"cmp"
	"context"
	"slices"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/calendar"
)

// dashboardView is what followups-api.md shows of a period. Sent and responded count on the day of the send, cancelled on
// the day of the cancellation (domain.md section 8).
type dashboardView struct {
	Period             periodView         `json:"period"`
	Summary            summaryView        `json:"summary"`
	Daily              []dayView          `json:"daily" doc:"todos os dias do período, em ordem"`
	ByRule             []ruleInPeriod     `json:"byRule"`
	TopPerformingRules []performanceBrief `json:"topPerformingRules" doc:"no máximo 5, pela taxa de resposta; sem as removidas"`
}

type periodView struct {
	Start time.Time `json:"start" doc:"meia-noite local de tantos dias atrás"`
	End   time.Time `json:"end" doc:"último segundo de hoje"`
	Days  int       `json:"days"`
}

type summaryView struct {
	TotalSent      int64   `json:"totalSent"`
	TotalResponded int64   `json:"totalResponded"`
	TotalCancelled int64   `json:"totalCancelled"`
	ResponseRate   float64 `json:"responseRate"`
	CancelRate     float64 `json:"cancelRate"`
}

type dayView struct {
	Date      string `json:"date" format:"date" doc:"data local da empresa"`
	Sent      int64  `json:"sent"`
	Responded int64  `json:"responded"`
	Cancelled int64  `json:"cancelled"`
}

type ruleInPeriod struct {
	RuleID    string `json:"ruleId"`
	RuleName  string `json:"ruleName"`
	Sent      int64  `json:"sent"`
	Responded int64  `json:"responded"`
}

type performanceBrief struct {
	RuleID       string  `json:"ruleId"`
	RuleName     string  `json:"ruleName"`
	ResponseRate float64 `json:"responseRate"`
}

type dashboardIn struct {
	Days int `query:"days" default:"30" minimum:"1" maximum:"366" doc:"dias antes de hoje"`
}

// topRules is how many of the best rules are shown.
const topRules = 5

// dashboard tells how a period went, by day and by rule.
func (h *Handlers) dashboard(ctx context.Context, in *dashboardIn) (*web.Answer[dashboardView], error) {
	zone, err := h.tenantZone(ctx)
	if err != nil {
		return nil, err
	}
	now := h.Now()
	year, month, day := now.In(zone).Date()
	first, end := calendar.Resolve(year, month, day-in.Days, 0, 0, 0, zone), endOfDay(now, zone)
	found, err := h.Store.StatisticsOf(ctx, web.TenantOf(ctx), calendar.Stretches(first, end, zone))
	if err != nil {
		return nil, err
	}
	documents, err := h.Store.Titles(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	lines := byRule(documents, found.Flows)
	today := flows.DayOf(now, zone)
	view := dashboardView{
		Period: periodView{Start: first.UTC(), End: end.UTC().Add(-time.Second), Days: in.Days},
		Daily:  everyDay(found.Days, today-flows.Day(in.Days), today), ByRule: []ruleInPeriod{}, TopPerformingRules: best(lines),
	}
	var all flows.Tally
	for _, tally := range found.Days {
		all = all.Plus(tally)
	}
	view.Summary = summaryView{
		TotalSent: all.Sent, TotalResponded: all.Responded, TotalCancelled: all.Cancelled,
		ResponseRate: briefs.Percent(all.Responded, all.Sent), CancelRate: briefs.Percent(all.Cancelled, all.Sent),
	}
	for _, line := range lines {
		view.ByRule = append(view.ByRule, ruleInPeriod{RuleID: line.ID, RuleName: line.Name, Sent: line.tally.Sent, Responded: line.tally.Responded})
	}
	return web.OK(view)
}

// everyDay shows all dates, those without any follow-up too.
func everyDay(days map[flows.Day]flows.Tally, first, last flows.Day) []dayView {
	views := make([]dayView, 0, last-first+1)
	for day := first; day <= last; day++ {
		tally := days[day]
		views = append(views, dayView{Date: day.String(), Sent: tally.Sent, Responded: tally.Responded, Cancelled: tally.Cancelled})
	}
	return views
}

// best are those with the highest response rates that are not deleted; of equal ones whoever sent more.
func best(lines []ruleLine) []performanceBrief {
	sent := slices.DeleteFunc(slices.Clone(lines), func(line ruleLine) bool { return line.tally.Sent == 0 || !line.DeletedAt.IsZero() })
	slices.SortStableFunc(sent, func(a, b ruleLine) int {
		// a/b against c/d without rounding
		return cmp.Or(cmp.Compare(b.tally.Responded*a.tally.Sent, a.tally.Responded*b.tally.Sent), cmp.Compare(b.tally.Sent, a.tally.Sent))
	})
	return web.Viewed(sent[:min(len(sent), topRules)], func(line ruleLine) performanceBrief {
		return performanceBrief{RuleID: line.ID, RuleName: line.Name, ResponseRate: briefs.Percent(line.tally.Responded, line.tally.Sent)}
	})
}
