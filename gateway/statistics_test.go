package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
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
	s.first = h.rule(h.ours, object{"name": "Reengajamento 24h"}).text("id")
	s.second = h.rule(h.ours, object{"name": "Follow-up Proposta", "isActive": false}).text("id")
	s.model = h.model(h.ours).text("id")
	s.ref = h.customerWrote(h.ours, "5511999999999")
	s.conversation = h.done(200, "GET", "/api/conversations", h.ours.viewer, nil).list()[0].(object)["id"].(string)
	return s
}

// sent is a follow-up that went out then, and was answered so much later; 0 was not answered.
func (s *shop) sent(rule string, at time.Time, answered time.Duration) {
	s.t.Helper()
	id := s.followUp(s.ours, rule, s.ref, s.conversation)
	s.settleFollowUp(s.ref, id, func(f *flows.FollowUp) { f.State, f.SentAt = flows.FollowUpSent, at })
	if answered == 0 {
		return
	}
	_, err := s.store.Work(context.Background(), s.ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.Changes.Credit = &desk.Credit{FollowUpID: id, At: at.Add(answered)}
		return nil
	})
	require.NoError(s.t, err)
}

func (s *shop) ended(rule string, state flows.FollowUpState, at time.Time) {
	s.t.Helper()
	id := s.followUp(s.ours, rule, s.ref, s.conversation)
	s.settleFollowUp(s.ref, id, func(f *flows.FollowUp) { f.State, f.CancelledAt, f.FailedAt = state, at, at })
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
	s.followUp(s.ours, s.first, s.ref, s.conversation)
	for range 2 { // the same before and after the folding
		found := s.done(200, "GET", "/api/followups/stats", s.ours.viewer, nil)
		require.Equal(t, object{
			"totalRules": 2.0, "activeRules": 1.0, "pendingFollowups": 1.0, "sentToday": 2.0, "sentThisWeek": 4.0, "sentThisMonth": 6.0,
			"successRate": 87.5, "averageResponseTime": 3600.0,
			"byRule": []any{
				object{"ruleId": s.first, "ruleName": "Reengajamento 24h", "sent": 6.0, "responded": 3.0, "responseRate": 50.0},
				object{"ruleId": s.second, "ruleName": "Follow-up Proposta", "sent": 0.0, "responded": 0.0, "responseRate": 0.0},
				object{"ruleId": s.model, "ruleName": "Orçamento", "sent": 1.0, "responded": 0.0, "responseRate": 0.0},
			},
		}, found.data())
		_, _, err := s.store.Fold(context.Background())
		require.NoError(t, err)
	}
}

func TestStatisticsOfNothing(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, object{
		"totalRules": 0.0, "activeRules": 0.0, "pendingFollowups": 0.0, "sentToday": 0.0, "sentThisWeek": 0.0, "sentThisMonth": 0.0,
		"successRate": 0.0, "averageResponseTime": 0.0, "byRule": []any{},
	}, h.done(200, "GET", "/api/followups/stats", h.ours.viewer, nil).data())
	summary := object{"totalSent": 0.0, "totalResponded": 0.0, "totalCancelled": 0.0, "responseRate": 0.0, "cancelRate": 0.0}
	found := h.done(200, "GET", "/api/followups/dashboard-metrics?days=1", h.ours.viewer, nil).data()
	require.Equal(t, summary, found["summary"])
	require.Equal(t, []any{}, found["byRule"])
	require.Equal(t, []any{}, found["topPerformingRules"])
}

func TestTheDashboardCountsSendsOnTheirDay(t *testing.T) {
	s := newShop(t)
	s.done(200, "PUT", "/api/settings", s.ours.admin, object{"timezone": "UTC"})
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
		found := s.done(200, "GET", "/api/followups/dashboard-metrics?days=2", s.ours.viewer, nil)
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
		}, found.data())
		_, _, err := s.store.Fold(context.Background())
		require.NoError(t, err)
	}
	s.done(200, "DELETE", "/api/followups/rules/"+s.second, s.ours.admin, nil)
	byRule := s.done(200, "GET", "/api/followups/dashboard-metrics?days=2", s.ours.viewer, nil).data()["byRule"].([]any)
	require.Len(t, byRule, 3, "a deleted rule keeps its history")
	require.Len(t, s.done(200, "GET", "/api/followups/dashboard-metrics?days=1", s.ours.viewer, nil).data()["daily"], 2)
}

// A deleted rule is listed for what it sent, where it was sent; it is nobody's example any more.
func TestWhatIsDeletedIsListedOnlyForWhatItSent(t *testing.T) {
	s := newShop(t)
	silent := s.rule(s.ours, object{"name": "Nunca enviou"}).text("id")
	s.ended(silent, flows.FollowUpCancelled, start)
	s.ended(silent, flows.FollowUpFailed, start)
	s.sent(s.first, start.Add(-40*24*time.Hour), time.Hour)
	s.ended(s.first, flows.FollowUpCancelled, start)
	s.sent(s.second, start, time.Hour)
	s.ended(s.model, flows.FollowUpCancelled, start)
	s.followUp(s.ours, silent, s.ref, s.conversation)
	for _, rule := range []string{silent, s.first, s.second} {
		s.done(200, "DELETE", "/api/followups/rules/"+rule, s.ours.admin, nil)
	}
	names := func(query, list string) []string {
		var names []string
		for _, line := range s.done(200, "GET", "/api/followups/"+query, s.ours.viewer, nil).data()[list].([]any) {
			names = append(names, line.(object)["ruleName"].(string))
		}
		return names
	}
	require.Equal(t, []string{"Reengajamento 24h", "Follow-up Proposta", "Orçamento"}, names("stats", "byRule"))
	require.Equal(t, []string{"Follow-up Proposta", "Orçamento"}, names("dashboard-metrics", "byRule"), "within the period")
	require.Equal(t, []string{"Reengajamento 24h", "Follow-up Proposta", "Orçamento"}, names("dashboard-metrics?days=60", "byRule"))
	require.Empty(t, names("dashboard-metrics?days=60", "topPerformingRules"))
	s.done(200, "DELETE", "/api/followup-models/"+s.model, s.ours.admin, nil)
	require.Equal(t, []string{"Reengajamento 24h", "Follow-up Proposta"}, names("stats", "byRule"))
}

func TestAtMostFiveRulesAreBest(t *testing.T) {
	s := newShop(t)
	for i := range 7 {
		rule := s.rule(s.ours, object{"name": fmt.Sprintf("Regra %d", i)}).text("id")
		for n := range i + 1 {
			answered := time.Duration(0)
			if n == 0 {
				answered = time.Minute
			}
			s.sent(rule, start.Add(-time.Hour), answered)
		}
	}
	top := s.done(200, "GET", "/api/followups/dashboard-metrics", s.ours.viewer, nil).data()["topPerformingRules"].([]any)
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
			h.done(200, "PUT", "/api/settings", h.ours.admin, object{"timezone": test.zone})
			now, err := time.Parse(time.RFC3339, test.now)
			require.NoError(t, err)
			h.advance(now.Sub(h.clock()))
			found := h.done(200, "GET", fmt.Sprintf("/api/followups/dashboard-metrics?days=%d", test.days), h.ours.viewer, nil).data()
			period := found["period"].(object)
			require.Equal(t, []any{test.start, test.end}, []any{period["start"], period["end"]})
			daily := found["daily"].([]any)
			require.Len(t, daily, test.dates)
			require.Equal(t, now.In(zone(t, test.zone)).Format(time.DateOnly), daily[len(daily)-1].(object)["date"])
		})
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	found, err := time.LoadLocation(name)
	require.NoError(t, err)
	return found
}

func TestTheDashboardRefusesOtherPeriods(t *testing.T) {
	h := newHouse(t)
	for _, days := range []string{"0", "367", "-1", "x", "1.5", "99999999999999999999"} {
		h.refused(400, "Erro de validação: days", "GET", "/api/followups/dashboard-metrics?days="+days, h.ours.viewer, nil)
	}
	require.Equal(t, 30.0, h.done(200, "GET", "/api/followups/dashboard-metrics", h.ours.viewer, nil).data()["period"].(object)["days"])
	require.Len(t, h.done(200, "GET", "/api/followups/dashboard-metrics?days=366", h.ours.viewer, nil).data()["daily"], 367)
}

func TestLeadsAreFiltered(t *testing.T) {
	const path = "/api/followups/leads-in-automation"
	s := newShop(t)
	s.sent(s.second, start.Add(-time.Hour), 0)
	pending := s.followUp(s.ours, s.first, s.ref, s.conversation)
	for _, query := range []string{"", "?status=PENDING", "?ruleId=" + s.first, "?ruleId=1"} {
		leads := s.done(200, "GET", path+query, s.ours.viewer, nil).list()
		require.Len(t, leads, 1, query)
		followUps := leads[0].(object)["followups"].([]any)
		require.Len(t, followUps, 1, query)
		require.Equal(t, pending, followUps[0].(object)["id"], query)
	}
	sent := s.done(200, "GET", path+"?status=SENT", s.ours.viewer, nil).list()
	require.Len(t, sent, 1)
	require.Equal(t, 1.0, sent[0].(object)["totalPending"], "the conversation's, whatever was asked for")
	require.Equal(t, "SENT", sent[0].(object)["followups"].([]any)[0].(object)["status"])
	for _, query := range []string{"?status=FAILED", "?ruleId=" + s.second, "?ruleId=" + chat.NewID(), "?ruleId=99"} {
		require.Equal(t, []any{}, s.done(200, "GET", path+query, s.ours.viewer, nil).list(), query)
	}
	for query, field := range map[string]string{"status=ATIVO": "status", "ruleId=x": "ruleId", "limit=0": "limit", "limit=1001": "limit", "cursor=x": "cursor"} {
		s.refused(400, "Erro de validação: "+field, "GET", path+"?"+query, s.ours.viewer, nil)
	}
}

func TestLeadsHavePages(t *testing.T) {
	s := newShop(t)
	s.followUp(s.ours, s.first, s.ref, s.conversation)
	want := []any{s.ref.ContactID}
	for i := range 2 {
		s.advance(time.Minute)
		ref := s.customerWrote(s.ours, fmt.Sprintf("551199999990%d", i))
		conversation, err := s.store.ConversationOn(context.Background(), s.ours.id, ref.ContactID, s.ours.channel.ID)
		require.NoError(t, err)
		s.followUp(s.ours, s.first, ref, conversation.ID)
		want = append(want, ref.ContactID)
	}
	var seen []any
	cursor := ""
	for {
		page := s.done(200, "GET", "/api/followups/leads-in-automation?limit=1&cursor="+cursor, s.ours.viewer, nil)
		for _, lead := range page.list() {
			seen = append(seen, lead.(object)["contact"].(object)["id"])
		}
		next, more := page.body["nextCursor"].(string)
		if cursor = next; !more {
			break
		}
	}
	require.Equal(t, want, seen)
}
