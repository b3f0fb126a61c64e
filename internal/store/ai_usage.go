package store

import (
	"context"
	"fmt"
	"math"

	"retoma/internal/chat"
)

// mostCounted is where sums of usage stop: more than any assistant can use, and far from what a column can hold.
const mostCounted int64 = 1 << 50

// CountAI adds to what an assistant used in a local day of its tenant (YYYY-MM-DD). Parts below zero take from it what a
// reservation was too much. A sum stays between 0 and 2^50, so that no sum of sums can overflow.
func (s *Store) CountAI(ctx context.Context, tenantID, assistantID, day string, used chat.AIUsage) error {
	if used == (chat.AIUsage{}) {
		return nil
	}
	var work batch
	values := append([]any{tenantID, assistantID, day}, parts(used, -mostCounted)...)
	work.exec(`INSERT INTO ai_usage (tenant_id, assistant_id, day, calls, input_tokens, output_tokens, spend) VALUES ($1, $2, $3, $8, $9, $10, $11)
		ON CONFLICT (tenant_id, assistant_id, day) DO UPDATE SET `+raisedUsage, append(values, parts(used, 0)...)...)
	return s.writeBatch(ctx, "count ai", &work)
}

// parts are the columns of a usage, none of them under least.
func parts(used chat.AIUsage, least int64) []any {
	var values []any
	for _, value := range []int64{used.Calls, used.InputTokens, used.OutputTokens, used.SpendMicros} {
		values = append(values, min(max(value, least), mostCounted))
	}
	return values
}

// raisedUsage adds the arguments 4 to 7 to the columns.
var raisedUsage = raised("calls", 4) + ", " + raised("input_tokens", 5) + ", " + raised("output_tokens", 6) + ", " + raised("spend", 7)

func raised(column string, argument int) string {
	return fmt.Sprintf(`%[1]s = CASE WHEN ai_usage.%[1]s > %[3]d - CAST($%[2]d AS BIGINT) THEN %[3]d
		WHEN ai_usage.%[1]s + CAST($%[2]d AS BIGINT) < 0 THEN 0 ELSE ai_usage.%[1]s + CAST($%[2]d AS BIGINT) END`, column, argument, mostCounted)
}

// ReserveAI counts beforehand what a writing will probably use, unless the assistant's cap of the day is reached: then
// nothing is counted and the answer is false. It is one statement, so that writings which begin at the same time see one
// another. What was used in the end goes to CountAI less what was reserved.
func (s *Store) ReserveAI(ctx context.Context, assistant chat.Assistant, day string, expected chat.AIUsage) (reserved bool, err error) {
	var work batch
	var affected int64
	values := append([]any{assistant.TenantID, assistant.ID, day}, parts(expected, 0)...)
	work.count(&affected, `INSERT INTO ai_usage (tenant_id, assistant_id, day, calls, input_tokens, output_tokens, spend) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, assistant_id, day) DO UPDATE SET `+raisedUsage+`
		WHERE (CAST($8 AS BIGINT) = 0 OR ai_usage.input_tokens < CAST($8 AS BIGINT) - ai_usage.output_tokens)
		AND (CAST($9 AS BIGINT) = 0 OR ai_usage.spend < CAST($9 AS BIGINT))`,
		append(values, assistant.DailyTokens, int64(math.Ceil(assistant.DailySpend*1e6)))...)
	err = s.writeBatch(ctx, "reserve ai", &work)
	return affected > 0, err
}

// AIUsage is what an assistant used in a day so far; nothing is all zero.
func (s *Store) AIUsage(ctx context.Context, tenantID, assistantID, day string) (chat.AIUsage, error) {
	days, err := s.AIDays(ctx, tenantID, assistantID, day, day)
	if err != nil || len(days) == 0 {
		return chat.AIUsage{}, err
	}
	return days[0].AIUsage, nil
}

// AIDays lists what an assistant used from a day to a day, both included, without the days on which it used nothing.
func (s *Store) AIDays(ctx context.Context, tenantID, assistantID, from, to string) ([]chat.AIDay, error) {
	var days []chat.AIDay
	err := s.list(ctx, func(row scanner) error {
		var d chat.AIDay
		err := row.Scan(&d.Day, &d.Calls, &d.InputTokens, &d.OutputTokens, &d.SpendMicros)
		d.Calls, d.InputTokens = min(d.Calls, mostCounted), min(d.InputTokens, mostCounted)
		d.OutputTokens, d.SpendMicros = min(d.OutputTokens, mostCounted), min(d.SpendMicros, mostCounted)
		days = append(days, d)
		return err
	}, `SELECT day, CAST(calls AS BIGINT), CAST(input_tokens AS BIGINT), CAST(output_tokens AS BIGINT), CAST(spend AS BIGINT) FROM ai_usage
		WHERE tenant_id = $1 AND assistant_id = $2 AND day >= $3 AND day <= $4 ORDER BY day`, tenantID, assistantID, from, to)
	return days, err
}
