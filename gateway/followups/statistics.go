package followups

import (
	"context"
	"math"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/calendar"
)

// statisticsView are the general numbers of followups-api.md; domain.md section 8 defines them. Rates are percentages.
type statisticsView struct {
	TotalRules          int           `json:"totalRules"`
	ActiveRules         int           `json:"activeRules"`
	PendingFollowups    int64         `json:"pendingFollowups"`
	SentToday           int64         `json:"sentToday" doc:"no dia local da empresa"`
	SentThisWeek        int64         `json:"sentThisWeek" doc:"desde segunda-feira"`
	SentThisMonth       int64         `json:"sentThisMonth"`
	SuccessRate         float64       `json:"successRate" doc:"enviados sobre enviados e falhos, de sempre"`
	AverageResponseTime int64         `json:"averageResponseTime" doc:"segundos do envio à resposta, em média"`
	ByRule              []ruleNumbers `json:"byRule" doc:"de sempre; toda regra, o que mais tem números, e do que foi removido o que enviou algo"`
}

type ruleNumbers struct {
	RuleID       string  `json:"ruleId"`
	RuleName     string  `json:"ruleName"`
	Sent         int64   `json:"sent"`
	Responded    int64   `json:"responded" doc:"enviados que o cliente respondeu"`
	ResponseRate float64 `json:"responseRate"`
}

// statistics tells how follow-ups go in general.
func (h *Handlers) statistics(ctx context.Context, _ *web.Nothing) (*web.Answer[statisticsView], error) {
	zone, err := h.tenantZone(ctx)
	if err != nil {
		return nil, err
	}
	now := h.Now()
	week, month := calendar.StartOfWeek(now, zone), calendar.StartOfMonth(now, zone)
	first := week
	if month.Before(week) {
		first = month
	}
	found, err := h.Store.StatisticsNow(ctx, web.TenantOf(ctx), calendar.Stretches(first, endOfDay(now, zone), zone))
	if err != nil {
		return nil, err
	}
	documents, err := h.Store.Titles(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	today := flows.DayOf(now, zone)
	view := statisticsView{
		SentToday: sentSince(found.Days, today), SentThisWeek: sentSince(found.Days, flows.DayOf(week, zone)),
		SentThisMonth: sentSince(found.Days, flows.DayOf(month, zone)), ByRule: []ruleNumbers{},
	}
	view.TotalRules, view.ActiveRules = countRules(documents)
	var ever flows.Tally
	for _, tally := range found.Flows {
		ever = ever.Plus(tally)
	}
	view.PendingFollowups, view.SuccessRate = ever.Pending, briefs.Percent(ever.Sent, ever.Sent+ever.Failed)
	view.AverageResponseTime = averageSeconds(ever)
	for _, line := range byRule(documents, found.Flows) {
		view.ByRule = append(view.ByRule, ruleNumbers{RuleID: line.ID, RuleName: line.Name, Sent: line.tally.Sent, Responded: line.tally.Responded,
			ResponseRate: briefs.Percent(line.tally.Responded, line.tally.Sent)})
	}
	return web.OK(view)
}

// endOfDay is the first instant after t's local day.
func endOfDay(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return calendar.Resolve(year, month, day+1, 0, 0, 0, zone)
}

func sentSince(days map[flows.Day]flows.Tally, first flows.Day) int64 {
	var sent int64
	for day, tally := range days {
		if day >= first {
			sent += tally.Sent
		}
	}
	return sent
}

// countRules counts rules only, not the other formats.
func countRules(documents []flows.Document) (all, active int) {
	for _, document := range documents {
		if document.Kind != flows.RuleDocument || !document.DeletedAt.IsZero() {
			continue
		}
		all++
		if document.Active {
			active++
		}
	}
	return all, active
}

func averageSeconds(tally flows.Tally) int64 {
	if tally.Responded == 0 {
		return 0
	}
	return int64(math.Round(tally.ResponseTime.Seconds() / float64(tally.Responded)))
}

// ruleLine is a document with its numbers.
type ruleLine struct {
	flows.Document
	tally flows.Tally
}

// byRule lists every rule that is not deleted, the other documents that have numbers, and of the deleted ones those that
// sent something; oldest first.
func byRule(documents []flows.Document, counted map[string]flows.Tally) []ruleLine {
	var lines []ruleLine
	for _, document := range documents {
		tally := counted[document.ID]
		switch {
		case !document.DeletedAt.IsZero() && tally.Sent == 0:
			continue
		case document.Kind != flows.RuleDocument && tally.IsZero():
			continue
		}
		lines = append(lines, ruleLine{Document: document, tally: tally})
	}
	return lines
}
