package followups_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// shop is a house with two rules and a model, and follow-ups of them.
type shop struct {
	*house
	ref                  desk.Ref
	conversation         string
	first, second, model string
}

func newShop(t *testing.T) *shop {
	h := newHouse(t)
	s := &shop{house: h}
	s.first = h.Rule(h.Ours, object{"name": "Reengajamento 24h"}).Text("id")
	s.second = h.Rule(h.Ours, object{"name": "Follow-up Proposta", "isActive": false}).Text("id")
	s.model = h.Model(h.Ours).Text("id")
	s.ref = h.CustomerWrote(h.Ours, "5511999999999")
	s.conversation = h.Done(200, "GET", "/api/conversations", h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
	return s
}

// sent is a follow-up that went out then, and was answered so much later; 0 was not answered.
func (s *shop) sent(rule string, at time.Time, answered time.Duration) {
	s.T.Helper()
	id := s.FollowUp(s.Ours, rule, s.ref, s.conversation)
	s.SettleFollowUp(s.ref, id, func(f *flows.FollowUp) { f.State, f.SentAt = flows.FollowUpSent, at })
	if answered == 0 {
		return
	}
	_, err := s.Store.Work(context.Background(), s.ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.Changes.Credit = &desk.Credit{FollowUpID: id, At: at.Add(answered)}
		return nil
	})
	require.NoError(s.T, err)
}

func (s *shop) ended(rule string, state flows.FollowUpState, at time.Time) {
	s.T.Helper()
	id := s.FollowUp(s.Ours, rule, s.ref, s.conversation)
	s.SettleFollowUp(s.ref, id, func(f *flows.FollowUp) { f.State, f.CancelledAt, f.FailedAt = state, at, at })
}

// The clock of the tests is Friday, 10 July 2026, 10:00 in São Paulo (13:00 UTC).
func TestStatisticsCountLocalDaysWeeksAndMonths(t *testing.T) {
	s := newShop(t)
	local := func(month, day, hour, minute int) time.Time {
		return time.Date(2026, time.Month(month), day, hour+3, minute, 0, 0, time.UTC)
	}
	s.sent(s.first, local(7, 10, 0, 0), time.Hour)       // the first minute of today
	s.sent(s.first, local(7, 9, 23, 59), 30*time.Minute) // the last of yesterday
	s.sent(s.first, local(7, 6, 0, 0), 0)                // Monday
	s.sent(s.first, local(7, 5, 23, 59), 0)              // Sunday before
	s.sent(s.first, local(7, 1, 0, 0), 90*time.Minute)   // the first of the month
	s.sent(s.first, local(6, 30, 23, 59), 0)             // the month before
	s.sent(s.model, local(7, 10, 9, 0), 0)
	s.ended(s.first, flows.FollowUpFailed, local(7, 10, 9, 0))
	s.ended(s.first, flows.FollowUpCancelled, local(7, 10, 9, 0))
	s.FollowUp(s.Ours, s.first, s.ref, s.conversation)
	for range 2 { // the same before and after the folding
		found := s.Done(200, "GET", "/api/followups/stats", s.Ours.Viewer, nil)
		require.Equal(t, object{
			"totalRules": 2.0, "activeRules": 1.0, "pendingFollowups": 1.0, "sentToday": 2.0, "sentThisWeek": 4.0, "sentThisMonth": 6.0,
			"successRate": 87.5, "averageResponseTime": 3600.0,
			"byRule": []any{
				object{"ruleId": s.first, "ruleName": "Reengajamento 24h", "sent": 6.0, "responded": 3.0, "responseRate": 50.0},
				object{"ruleId": s.second, "ruleName": "Follow-up Proposta", "sent": 0.0, "responded": 0.0, "responseRate": 0.0},
				object{"ruleId": s.model, "ruleName": "Orçamento", "sent": 1.0, "responded": 0.0, "responseRate": 0.0},
			},
		}, found.Data())
		_, _, err := s.Store.Fold(context.Background())
		require.NoError(t, err)
	}
}

func TestStatisticsOfNothing(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, object{
		"totalRules": 0.0, "activeRules": 0.0, "pendingFollowups": 0.0, "sentToday": 0.0, "sentThisWeek": 0.0, "sentThisMonth": 0.0,
		"successRate": 0.0, "averageResponseTime": 0.0, "byRule": []any{},
	}, h.Done(200, "GET", "/api/followups/stats", h.Ours.Viewer, nil).Data())
	summary := object{"totalSent": 0.0, "totalResponded": 0.0, "totalCancelled": 0.0, "responseRate": 0.0, "cancelRate": 0.0}
	found := h.Done(200, "GET", "/api/followups/dashboard-metrics?days=1", h.Ours.Viewer, nil).Data()
	require.Equal(t, summary, found["summary"])
	require.Equal(t, []any{}, found["byRule"])
	require.Equal(t, []any{}, found["topPerformingRules"])
}

func TestTheDashboardCountsSendsOnTheirDay(t *testing.T) {
	s := newShop(t)
	s.Done(200, "PUT", "/api/settings", s.Ours.Admin, object{"timezone": "UTC"})
	day := func(back, hour int) time.Time { return time.Date(2026, 7, 10-back, hour, 0, 0, 0, time.UTC) }
	s.sent(s.first, day(0, 12), time.Hour)
	s.sent(s.first, day(1, 23), 2*time.Hour) // answered today, counted yesterday
	s.sent(s.first, day(2, 0), 0)
	s.sent(s.first, day(3, 23), time.Hour) // before the period
	s.sent(s.second, day(0, 1), time.Hour)
	s.sent(s.model, day(0, 1), 0)
	s.ended(s.first, flows.Responded, day(1, 5))
	s.ended(s.first, flows.FollowUpCancelled, day(0, 5))
	s.ended(s.first, flows.FollowUpFailed, day(0, 5))
	for range 2 {
		found := s.Done(200, "GET", "/api/followups/dashboard-metrics?days=2", s.Ours.Viewer, nil)
		require.Equal(t, object{
			"period":  object{"start": "2026-07-08T00:00:00Z", "end": "2026-07-10T23:59:59Z", "days": 2.0},
			"summary": object{"totalSent": 5.0, "totalResponded": 3.0, "totalCancelled": 2.0, "responseRate": 60.0, "cancelRate": 40.0},
			"daily": []any{
				object{"date": "2026-07-08", "sent": 1.0, "responded": 0.0, "cancelled": 0.0},
				object{"date": "2026-07-09", "sent": 1.0, "responded": 1.0, "cancelled": 1.0},
				object{"date": "2026-07-10", "sent": 3.0, "responded": 2.0, "cancelled": 1.0},
			},
			"byRule": []any{
				object{"ruleId": s.first, "ruleName": "Reengajamento 24h", "sent": 3.0, "responded": 2.0},
				object{"ruleId": s.second, "ruleName": "Follow-up Proposta", "sent": 1.0, "responded": 1.0},
				object{"ruleId": s.model, "ruleName": "Orçamento", "sent": 1.0, "responded": 0.0},
			},
			"topPerformingRules": []any{
				object{"ruleId": s.second, "ruleName": "Follow-up Proposta", "responseRate": 100.0},
				object{"ruleId": s.first, "ruleName": "Reengajamento 24h", "responseRate": 66.7},
				object{"ruleId": s.model, "ruleName": "Orçamento", "responseRate": 0.0},
			},
		}, found.Data())
		_, _, err := s.Store.Fold(context.Background())
		require.NoError(t, err)
	}
	s.Done(200, "DELETE", "/api/followups/rules/"+s.second, s.Ours.Admin, nil)
	byRule := s.Done(200, "GET", "/api/followups/dashboard-metrics?days=2", s.Ours.Viewer, nil).Data()["byRule"].([]any)
	require.Len(t, byRule, 3, "a deleted rule keeps its history")
	require.Len(t, s.Done(200, "GET", "/api/followups/dashboard-metrics?days=1", s.Ours.Viewer, nil).Data()["daily"], 2)
}

// A deleted rule is listed for what it sent, where it was sent; it is nobody's example any more.
func TestWhatIsDeletedIsListedOnlyForWhatItSent(t *testing.T) {
	s := newShop(t)
	silent := s.Rule(s.Ours, object{"name": "Nunca enviou"}).Text("id")
	s.ended(silent, flows.FollowUpCancelled, gatewaytest.Start)
	s.ended(silent, flows.FollowUpFailed, gatewaytest.Start)
	s.sent(s.first, gatewaytest.Start.Add(-40*24*time.Hour), time.Hour)
	s.ended(s.first, flows.FollowUpCancelled, gatewaytest.Start)
	s.sent(s.second, gatewaytest.Start, time.Hour)
	s.ended(s.model, flows.FollowUpCancelled, gatewaytest.Start)
	s.FollowUp(s.Ours, silent, s.ref, s.conversation)
	for _, rule := range []string{silent, s.first, s.second} {
		s.Done(200, "DELETE", "/api/followups/rules/"+rule, s.Ours.Admin, nil)
	}
	names := func(query, list string) []string {
		var names []string
		for _, line := range s.Done(200, "GET", "/api/followups/"+query, s.Ours.Viewer, nil).Data()[list].([]any) {
			names = append(names, line.(object)["ruleName"].(string))
		}
		return names
	}
	require.Equal(t, []string{"Reengajamento 24h", "Follow-up Proposta", "Orçamento"}, names("stats", "byRule"))
	require.Equal(t, []string{"Follow-up Proposta", "Orçamento"}, names("dashboard-metrics", "byRule"), "within the period")
	require.Equal(t, []string{"Reengajamento 24h", "Follow-up Proposta", "Orçamento"}, names("dashboard-metrics?days=60", "byRule"))
	require.Empty(t, names("dashboard-metrics?days=60", "topPerformingRules"))
	s.Done(200, "DELETE", "/api/followup-models/"+s.model, s.Ours.Admin, nil)
	require.Equal(t, []string{"Reengajamento 24h", "Follow-up Proposta"}, names("stats", "byRule"))
}

func TestAtMostFiveRulesAreBest(t *testing.T) {
	s := newShop(t)
	for i := range 7 {
		rule := s.Rule(s.Ours, object{"name": fmt.Sprintf("Regra %d", i)}).Text("id")
		for n := range i + 1 {
			answered := time.Duration(0)
			if n == 0 {
				answered = time.Minute
			}
			s.sent(rule, gatewaytest.Start.Add(-time.Hour), answered)
		}
	}
	top := s.Done(200, "GET", "/api/followups/dashboard-metrics", s.Ours.Viewer, nil).Data()["topPerformingRules"].([]any)
	require.Len(t, top, 5)
	require.Equal(t, "Regra 0", top[0].(object)["ruleName"])
	require.Equal(t, 100.0, top[0].(object)["responseRate"])
	require.Equal(t, 20.0, top[4].(object)["responseRate"])
}

// The period is the tenant's, also where the clocks change in it, and where a date does not exist.
func TestTheDashboardCountsLocalDays(t *testing.T) {
	tests := map[string]struct {
		now        string
		zone       string
		days       int
		start, end string
		dates      int
	}{
		"ordinary":               {"2026-07-10T13:00:00Z", "America/Sao_Paulo", 30, "2026-06-10T03:00:00Z", "2026-07-11T02:59:59Z", 31},
		"already tomorrow there": {"2026-07-10T22:00:00Z", "Asia/Kathmandu", 1, "2026-07-09T18:15:00Z", "2026-07-11T18:14:59Z", 2},
		"midnight did not exist": {"2018-11-04T15:00:00Z", "America/Sao_Paulo", 1, "2018-11-03T03:00:00Z", "2018-11-05T01:59:59Z", 2},
		"begins with the gap":    {"2018-11-05T15:00:00Z", "America/Sao_Paulo", 1, "2018-11-04T03:00:00Z", "2018-11-06T01:59:59Z", 2},
		"half an hour more":      {"2026-04-05T12:00:00Z", "Australia/Lord_Howe", 1, "2026-04-03T13:00:00Z", "2026-04-05T13:29:59Z", 2},
		"a date left out":        {"2011-12-31T12:00:00Z", "Pacific/Apia", 3, "2011-12-29T10:00:00Z", "2012-01-01T09:59:59Z", 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"timezone": test.zone})
			now, err := time.Parse(time.RFC3339, test.now)
			require.NoError(t, err)
			h.Advance(now.Sub(h.Clock()))
			found := h.Done(200, "GET", fmt.Sprintf("/api/followups/dashboard-metrics?days=%d", test.days), h.Ours.Viewer, nil).Data()
			period := found["period"].(object)
			require.Equal(t, []any{test.start, test.end}, []any{period["start"], period["end"]})
			daily := found["daily"].([]any)
			require.Len(t, daily, test.dates)
			require.Equal(t, now.In(gatewaytest.Zone(t, test.zone)).Format(time.DateOnly), daily[len(daily)-1].(object)["date"])
		})
	}
}

func TestTheDashboardRefusesOtherPeriods(t *testing.T) {
	h := newHouse(t)
	for _, days := range []string{"0", "367", "-1", "x", "1.5", "99999999999999999999"} {
		h.Refused(400, "Erro de validação: days", "GET", "/api/followups/dashboard-metrics?days="+days, h.Ours.Viewer, nil)
	}
	require.Equal(t, 30.0, h.Done(200, "GET", "/api/followups/dashboard-metrics", h.Ours.Viewer, nil).Data()["period"].(object)["days"])
	require.Len(t, h.Done(200, "GET", "/api/followups/dashboard-metrics?days=366", h.Ours.Viewer, nil).Data()["daily"], 367)
}

func TestLeadsAreFiltered(t *testing.T) {
	const path = "/api/followups/leads-in-automation"
	s := newShop(t)
	s.sent(s.second, gatewaytest.Start.Add(-time.Hour), 0)
	pending := s.FollowUp(s.Ours, s.first, s.ref, s.conversation)
	for _, query := range []string{"", "?status=PENDING", "?ruleId=" + s.first, "?ruleId=1"} {
		leads := s.Done(200, "GET", path+query, s.Ours.Viewer, nil).List()
		require.Len(t, leads, 1, query)
		followUps := leads[0].(object)["followups"].([]any)
		require.Len(t, followUps, 1, query)
		require.Equal(t, pending, followUps[0].(object)["id"], query)
	}
	sent := s.Done(200, "GET", path+"?status=SENT", s.Ours.Viewer, nil).List()
	require.Len(t, sent, 1)
	require.Equal(t, 1.0, sent[0].(object)["totalPending"], "the conversation's, whatever was asked for")
	require.Equal(t, "SENT", sent[0].(object)["followups"].([]any)[0].(object)["status"])
	for _, query := range []string{"?status=FAILED", "?ruleId=" + s.second, "?ruleId=" + chat.NewID(), "?ruleId=99"} {
		require.Equal(t, []any{}, s.Done(200, "GET", path+query, s.Ours.Viewer, nil).List(), query)
	}
	for query, field := range map[string]string{"status=ATIVO": "status", "ruleId=x": "ruleId", "limit=0": "limit", "limit=1001": "limit", "cursor=x": "cursor"} {
		s.Refused(400, "Erro de validação: "+field, "GET", path+"?"+query, s.Ours.Viewer, nil)
	}
}

func TestLeadsHavePages(t *testing.T) {
	s := newShop(t)
	s.FollowUp(s.Ours, s.first, s.ref, s.conversation)
	want := []any{s.ref.ContactID}
	for i := range 2 {
		s.Advance(time.Minute)
		ref := s.CustomerWrote(s.Ours, fmt.Sprintf("551199999990%d", i))
		conversation, err := s.Store.ConversationOn(context.Background(), s.Ours.ID, ref.ContactID, s.Ours.Channel.ID)
		require.NoError(t, err)
		s.FollowUp(s.Ours, s.first, ref, conversation.ID)
		want = append(want, ref.ContactID)
	}
	var seen []any
	cursor := ""
	for {
		page := s.Done(200, "GET", "/api/followups/leads-in-automation?limit=1&cursor="+cursor, s.Ours.Viewer, nil)
		for _, lead := range page.List() {
			seen = append(seen, lead.(object)["contact"].(object)["id"])
		}
		next, more := page.Body["nextCursor"].(string)
		if cursor = next; !more {
			break
		}
	}
	require.Equal(t, want, seen)
}
