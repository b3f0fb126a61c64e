package actions

import (
	"context"

	"retoma/internal/ai"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// write has a message written within the caps of the day on which it begins. Before it begins, what it will probably use
// is counted, so that a cap holds for writings that run at the same time too; when it has ended, in whatever way, what it
// really used stands there instead. A process that dies between the two leaves the estimate counted, which is the safe side.
func (a Assistants) write(ctx context.Context, tenant chat.Tenant, job ai.Job) (ai.Draft, error) {
	if err := job.Endpoint.Check(); err != nil {
		return ai.Draft{}, err
	}
	day := localDay(job.Now, tenant)
	reserved, err := a.reserve(ctx, job, day)
	if err != nil {
		return ai.Draft{}, err
	}
	draft, err := a.Writer.Write(ctx, job)
	counted := a.Store.CountAI(context.WithoutCancel(ctx), job.Assistant.TenantID, job.Assistant.ID, day, draft.Usage.Minus(reserved))
	if err == nil {
		err = counted
	}
	return draft, err
}

// reserve counts beforehand what a writing will probably use: fault.AILimit when a cap is reached. Without a cap there is
// nothing to keep to, and nothing is counted before it was used.
func (a Assistants) reserve(ctx context.Context, job ai.Job, day string) (chat.AIUsage, error) {
	assistant := job.Assistant
	if !assistant.HasLimit() {
		return chat.AIUsage{}, nil
	}
	expected := ai.Estimate(job)
	reserved, err := a.Store.ReserveAI(ctx, assistant, day, expected)
	if err != nil || reserved {
		return expected, err
	}
	today, err := a.Store.AIUsage(ctx, assistant.TenantID, assistant.ID, day)
	if err != nil {
		return chat.AIUsage{}, err
	}
	if err := assistant.CheckLimit(today); err != nil {
		return chat.AIUsage{}, err
	}
	return chat.AIUsage{}, fault.New(fault.AILimit, "o que o assistente %q está escrevendo agora alcança o limite diário: aumente dailyTokens ou dailySpend, ou tente de novo", assistant.Name)
}
