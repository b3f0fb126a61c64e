package store

import (
	"context"

	"retoma/flows"
	"retoma/internal/chat"
)

// Enrolments lists the contacts of a flow, newest first: where each stands, and what comes next.
func (s *Store) Enrolments(ctx context.Context, tenantID, flowID string, page chat.Page) ([]flows.Enrolled, error) {
	where := newFilter("r.tenant_id", tenantID)
	where.equal("r.flow_id", flowID)
	where.page("r.id", page)
	limit := where.limit(page)
	var enrolled []flows.Enrolled
	err := s.list(ctx, func(row scanner) error {
		var e flows.Enrolled
		var startedAt, endedAt, nextAt, lastAt int64
		err := row.Scan(&e.RunID, &e.State, &e.Reason, &e.Node, &startedAt, &endedAt, &e.ContactID, &e.ContactNumber, &e.ContactName, &e.ContactPhone,
			&e.FollowUpID, &nextAt, &e.Sent, &lastAt)
		e.StartedAt, e.EndedAt, e.NextAt, e.LastSentAt = instant(startedAt), instant(endedAt), instant(nextAt), instant(lastAt)
		enrolled = append(enrolled, e)
		return err
	}, `SELECT r.id, r.state, r.reason, r.node, r.started_at, r.ended_at, c.id, c.number, c.name, c.phone,
		r.followup_id, COALESCE(f.due_at, 0),
		(SELECT COUNT(*) FROM followups s WHERE s.contact_id = r.contact_id AND s.run_id = r.id AND s.state = 'SENT'),
		COALESCE((SELECT MAX(s.sent_at) FROM followups s WHERE s.contact_id = r.contact_id AND s.run_id = r.id), 0)
		FROM runs r JOIN contacts c ON c.id = r.contact_id LEFT JOIN followups f ON f.id = r.followup_id
		WHERE `+where.text()+" ORDER BY r.id DESC"+limit, where.args...)
	return enrolled, err
}

// FlowCounts counts a kind's follow-ups and enrolments per document, deleted ones included, oldest first: the report.
func (s *Store) FlowCounts(ctx context.Context, tenantID string, kind flows.DocumentKind) ([]flows.Counts, error) {
	tallies, err := s.Tallies(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	var counts []flows.Counts
	var work batch
	work.query(func(row scanner) error {
		var c flows.Counts
		var deletedAt int64
		err := row.Scan(&c.FlowID, &c.Number, &c.Name, &c.Active, &deletedAt)
		c.Deleted, c.Tally = deletedAt > 0, tallies[c.FlowID]
		counts = append(counts, c)
		return err
	}, "SELECT id, number, name, active, deleted_at FROM documents WHERE tenant_id = $1 AND kind = $2 ORDER BY id", tenantID, string(kind))
	if err := s.database.read(ctx, &work); err != nil {
		return nil, err
	}
	var runs batch
	for i := range counts {
		runs.query(func(row scanner) error { return counts[i].AddRuns(row.Scan) },
			"SELECT state, COUNT(*) FROM runs WHERE flow_id = $1 GROUP BY state", counts[i].FlowID)
	}
	return counts, s.database.read(ctx, &runs)
}
