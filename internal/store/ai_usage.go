package store

import (
	"context"

	"retoma/internal/chat"
)

// CountAI adds to what an assistant used in a local day of its tenant (YYYY-MM-DD).
func (s *Store) CountAI(ctx context.Context, tenantID, assistantID, day string, used chat.AIUsage) error {
	if used == (chat.AIUsage{}) {
		return nil
	}
	var work batch
	work.exec(`INSERT INTO ai_usage (tenant_id, assistant_id, day, calls, input_tokens, output_tokens, spend) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, assistant_id, day) DO UPDATE SET calls = ai_usage.calls + excluded.calls,
		input_tokens = ai_usage.input_tokens + excluded.input_tokens, output_tokens = ai_usage.output_tokens + excluded.output_tokens,
		spend = ai_usage.spend + excluded.spend`,
		tenantID, assistantID, day, used.Calls, used.InputTokens, used.OutputTokens, used.SpendMicros)
	return s.writeBatch(ctx, "count ai", &work)
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
		days = append(days, d)
		return err
	}, `SELECT day, calls, input_tokens, output_tokens, spend FROM ai_usage
		WHERE tenant_id = $1 AND assistant_id = $2 AND day >= $3 AND day <= $4 ORDER BY day`, tenantID, assistantID, from, to)
	return days, err
}
