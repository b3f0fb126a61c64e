package store

import (
	"context"
	"strings"
)

// The numbers of follow-ups (domain.md section 8) are kept by triggers: every row that is added or changed leaves what
// changed in tally_deltas, in its own transaction. Fold moves these into tally_totals. A number is the sum of both, read in
// one statement, so it is exact at any moment, however far the folding has come.

const tallyColumns = "pending, sent, responded, response_ms, failed, cancelled"

// foldMost is how many changes one transaction folds. SQLite has one writer, which must not wait long.
const (
	foldMost       = 20_000
	foldMostSQLite = 2_000
)

// Fold moves changes in the numbers of follow-ups into the totals and tells how many they were. Several processes may fold
// at once: each takes what no other has. more tells that there may be more of them.
func (s *Store) Fold(ctx context.Context) (folded int64, more bool, err error) {
	waiting, err := s.one(ctx, func(scanner) error { return nil }, "SELECT 1 FROM tally_deltas LIMIT 1")
	if err != nil || !waiting {
		return 0, false, err
	}
	most := int64(foldMost)
	if s.database.name() != "postgres" {
		most = foldMostSQLite
	}
	err = s.write(ctx, "fold", func(tx transaction) error {
		if s.database.name() == "postgres" {
			return foldTaken(ctx, tx, most, &folded)
		}
		return foldUpTo(ctx, tx, most, &folded)
	})
	return folded, folded == most, err
}

// foldTaken takes rows that nobody else holds: a cut at the greatest id would lose those of transactions that began
// before and commit after it. Totals are written in one order, so that two that fold at once cannot wait for each other.
func foldTaken(ctx context.Context, tx transaction, most int64, folded *int64) error {
	var work batch
	work.query(func(row scanner) error { return row.Scan(folded) }, `WITH chosen AS MATERIALIZED (
			SELECT tenant_id, id FROM tally_deltas LIMIT $1 FOR UPDATE SKIP LOCKED),
		taken AS (DELETE FROM tally_deltas d USING chosen c WHERE d.tenant_id = c.tenant_id AND d.id = c.id RETURNING d.*),
		kept AS (`+keepTotals("taken")+`)
		SELECT COUNT(*) FROM taken`, most)
	return tx.run(ctx, &work)
}

// foldUpTo is foldTaken for SQLite: with one writer nothing commits late, and rows are read and deleted one after another.
func foldUpTo(ctx context.Context, tx transaction, most int64, folded *int64) error {
	var find batch
	var last int64
	find.query(func(row scanner) error { return row.Scan(&last, folded) },
		"SELECT COALESCE(MAX(id), 0), COUNT(*) FROM (SELECT id FROM tally_deltas ORDER BY id LIMIT $1) AS chosen", most)
	if err := tx.run(ctx, &find); err != nil {
		return err
	}
	var work batch
	work.exec(keepTotals("(SELECT * FROM tally_deltas WHERE id <= $1)"), last)
	work.exec("DELETE FROM tally_deltas WHERE id <= $1", last)
	return tx.run(ctx, &work)
}

// keepTotals adds changes to the totals of each grain. What comes to nothing is left out.
func keepTotals(source string) string {
	const moment = "0 AS pending, sent, responded, response_ms, failed, cancelled"
	spread := []string{
		"SELECT tenant_id, 'flow' AS grain, 0 AS slot, flow_id, " + tallyColumns + " FROM " + source + " AS d",
		"SELECT tenant_id, 'flow-day', slot / 96, flow_id, " + moment + " FROM " + source + " AS d WHERE slot >= 0",
		"SELECT tenant_id, 'flow-quarter', slot, flow_id, " + moment + " FROM " + source + " AS d WHERE slot >= 0",
		"SELECT tenant_id, 'quarter', slot, '', " + moment + " FROM " + source + " AS d WHERE slot >= 0",
	}
	return "INSERT INTO tally_totals AS t (tenant_id, grain, slot, flow_id, " + tallyColumns + ") SELECT tenant_id, grain, slot, flow_id, " +
		tallySums + " FROM (" + strings.Join(spread, " UNION ALL ") + `) AS spread GROUP BY tenant_id, grain, slot, flow_id
		HAVING SUM(pending) <> 0 OR SUM(sent) <> 0 OR SUM(responded) <> 0 OR SUM(response_ms) <> 0 OR SUM(failed) <> 0 OR SUM(cancelled) <> 0
		ORDER BY tenant_id, grain, slot, flow_id
		ON CONFLICT (tenant_id, grain, slot, flow_id) DO UPDATE SET pending = t.pending + excluded.pending, sent = t.sent + excluded.sent,
		responded = t.responded + excluded.responded, response_ms = t.response_ms + excluded.response_ms,
		failed = t.failed + excluded.failed, cancelled = t.cancelled + excluded.cancelled`
}

// PostgreSQL's sum of BIGINTs is no BIGINT.
const (
	pendingSum = "CAST(SUM(pending) AS BIGINT)"
	momentSums = `CAST(SUM(sent) AS BIGINT), CAST(SUM(responded) AS BIGINT), CAST(SUM(response_ms) AS BIGINT),
	CAST(SUM(failed) AS BIGINT), CAST(SUM(cancelled) AS BIGINT)`
	tallySums = pendingSum + ", " + momentSums
)
