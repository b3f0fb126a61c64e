package store

import (
	"context"
	"strings"
	"time"

	"retoma/flows"
	"retoma/internal/calendar"
)

// The quarter of an hour is the finest part of time that numbers are kept for: zones are whole quarters ahead of UTC, and
// their clocks change at whole quarters, so that every local day is a sum of them.
const (
	quarter        = 15 * time.Minute
	quartersOfADay = 96
)

// Tallies are the numbers of all time, by flow. Flows without any are absent.
func (s *Store) Tallies(ctx context.Context, tenantID string) (map[string]flows.Tally, error) {
	question := newTallyQuestion(tenantID)
	question.ever()
	_, byFlow, err := s.tallies(ctx, question)
	return byFlow, err
}

// StatisticsNow are the numbers of each local day of some stretches of time, and those of all time by flow, as of one moment.
func (s *Store) StatisticsNow(ctx context.Context, tenantID string, stretches []calendar.Stretch) (flows.Statistics, error) {
	question := newTallyQuestion(tenantID)
	question.days(stretches)
	question.ever()
	days, byFlow, err := s.tallies(ctx, question)
	return flows.Statistics{Days: days, Flows: byFlow}, err
}

// StatisticsOf are the numbers of each local day of some stretches of time, which must follow each other, and those of the
// same time by flow, as of one moment.
func (s *Store) StatisticsOf(ctx context.Context, tenantID string, stretches []calendar.Stretch) (flows.Statistics, error) {
	question := newTallyQuestion(tenantID)
	question.days(stretches)
	if len(stretches) > 0 {
		question.between(slotOf(stretches[0].From), slotOf(stretches[len(stretches)-1].To))
	}
	days, byFlow, err := s.tallies(ctx, question)
	return flows.Statistics{Days: days, Flows: byFlow}, err
}

// tallies asks everything in one statement: both databases let one statement see one moment.
func (s *Store) tallies(ctx context.Context, q *tallyQuestion) (map[flows.Day]flows.Tally, map[string]flows.Tally, error) {
	days, byFlow := map[flows.Day]flows.Tally{}, map[string]flows.Tally{}
	if len(q.parts) == 0 {
		return days, byFlow, nil
	}
	err := s.list(ctx, func(row scanner) error {
		var day, responseMillis int64
		var flowID string
		var t flows.Tally
		if err := row.Scan(&day, &flowID, &t.Pending, &t.Sent, &t.Responded, &responseMillis, &t.Failed, &t.Cancelled); err != nil {
			return err
		}
		t.ResponseTime = time.Duration(responseMillis) * time.Millisecond
		if flowID == "" {
			days[flows.Day(day)] = days[flows.Day(day)].Plus(t)
		} else {
			byFlow[flowID] = byFlow[flowID].Plus(t)
		}
		return nil
	}, strings.Join(q.parts, " UNION ALL "), q.args...)
	for flowID, tally := range byFlow {
		if tally.IsZero() {
			delete(byFlow, flowID)
		}
	}
	return days, byFlow, err
}

// tallyQuestion is a statement whose rows are a day (where it counts days), a flow (where it counts flows) and numbers.
type tallyQuestion struct {
	parts []string
	args  []any
}

func newTallyQuestion(tenantID string) *tallyQuestion { return &tallyQuestion{args: []any{tenantID}} }

// add adds a part; each %s of the condition stands for the next of the values. What is pending belongs to no moment.
func (q *tallyQuestion) add(day, flow, table, condition string, values ...any) {
	for _, value := range values {
		q.args = append(q.args, value)
		condition = strings.Replace(condition, "%s", place(len(q.args)), 1)
	}
	q.sum(day, flow, "CAST(0 AS BIGINT)", table, condition)
}

func (q *tallyQuestion) sum(day, flow, pending, table, condition string) {
	q.parts = append(q.parts, "SELECT "+day+" AS day, "+flow+" AS flow_id, "+pending+", "+momentSums+" FROM "+table+
		" WHERE tenant_id = $1"+condition+" GROUP BY 1, 2")
}

func (q *tallyQuestion) ever() {
	q.sum("0", "flow_id", pendingSum, "tally_totals", " AND grain = 'flow'")
	q.sum("0", "flow_id", pendingSum, "tally_deltas", "")
}

// days asks for each local day of the tenant as a whole.
func (q *tallyQuestion) days(stretches []calendar.Stretch) {
	for _, stretch := range stretches {
		from, to := slotOf(stretch.From), slotOf(stretch.To)
		q.args = append(q.args, int64(stretch.Offset/quarter), int64(quartersOfADay))
		day := "(slot + " + place(len(q.args)-1) + ") / " + place(len(q.args))
		q.add(day, "''", "tally_totals", " AND grain = 'quarter' AND slot >= %s AND slot < %s", from, to)
		q.add(day, "''", "tally_deltas", " AND slot >= %s AND slot < %s", from, to)
	}
}

// between asks for each flow from a quarter until before another: whole days of UTC as such, and what stands out on
// either side by the quarter.
func (q *tallyQuestion) between(from, to int64) {
	const someQuarters = " AND grain = 'flow-quarter' AND slot >= %s AND slot < %s"
	firstDay, lastDay := (from+quartersOfADay-1)/quartersOfADay, to/quartersOfADay
	if firstDay < lastDay {
		q.add("0", "flow_id", "tally_totals", " AND grain = 'flow-day' AND slot >= %s AND slot < %s", firstDay, lastDay)
		q.add("0", "flow_id", "tally_totals", someQuarters, from, firstDay*quartersOfADay)
		q.add("0", "flow_id", "tally_totals", someQuarters, lastDay*quartersOfADay, to)
	} else {
		q.add("0", "flow_id", "tally_totals", someQuarters, from, to)
	}
	q.add("0", "flow_id", "tally_deltas", " AND slot >= %s AND slot < %s", from, to)
}

func slotOf(t time.Time) int64 { return t.UnixMilli() / quarter.Milliseconds() }

// Titles lists every document of a tenant, deleted ones too, oldest first, without keys and bodies: what numbers are called.
func (s *Store) Titles(ctx context.Context, tenantID string) ([]flows.Document, error) {
	var titles []flows.Document
	err := s.list(ctx, func(row scanner) error {
		d := flows.Document{TenantID: tenantID}
		var deletedAt int64
		err := row.Scan(&d.ID, &d.Kind, &d.Number, &d.Name, &d.Active, &deletedAt)
		d.DeletedAt = instant(deletedAt)
		titles = append(titles, d)
		return err
	}, "SELECT id, kind, number, name, active, deleted_at FROM documents WHERE tenant_id = $1 ORDER BY id", tenantID)
	return titles, err
}
