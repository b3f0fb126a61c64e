package actions

import (
	"context"
	"time"

	"retoma/internal/ai"
	"retoma/internal/calendar"
	"retoma/internal/chat"
)

// AssistantStore is what assistants remember and how much they have used.
type AssistantStore interface {
	// History is a conversation's last messages, received or sent, oldest first.
	History(ctx context.Context, tenantID, conversationID string, limit int) ([]chat.Message, error)
	AIUsage(ctx context.Context, tenantID, assistantID, day string) (chat.AIUsage, error)
	// ReserveAI counts what a writing will probably use, unless the assistant's cap of the day is reached.
	ReserveAI(ctx context.Context, assistant chat.Assistant, day string, expected chat.AIUsage) (reserved bool, err error)
	// CountAI adds to a day's usage, or takes from it what was reserved too much.
	CountAI(ctx context.Context, tenantID, assistantID, day string, usage chat.AIUsage) error
}

// Assistants write messages: they read the conversation, keep to the daily caps and count what they use.
type Assistants struct {
	Store  AssistantStore
	Writer ai.Writer
	// Installation is the endpoint of tenants and assistants that have none of their own.
	Installation ai.Endpoint
	Now          func() time.Time
}

// followUpsShown is how many earlier follow-ups the model sees, so that it does not repeat itself.
const followUpsShown = 5

// Write writes one message of a flow (assistant-followup.md, "AI Follow-up"). The error says why there is none; what was
// used is counted in every case.
func (a Assistants) Write(ctx context.Context, job WritingJob) (Written, error) {
	history, err := a.Store.History(ctx, job.Tenant.ID, job.Conversation.ID, max(memoryOf(job.Assistant), historyForFollowUps))
	if err != nil {
		return Written{}, err
	}
	draft, err := a.write(ctx, job.Tenant, a.job(job, history, a.Now()))
	if err != nil && draft.Tries == 0 {
		return Written{}, err // nothing was asked for, so there is nothing to tell
	}
	return Written{Text: draft.Text, Log: remarks(a.Now(), draft)}, err
}

// historyForFollowUps is how far back earlier follow-ups are looked for.
const historyForFollowUps = 50

func memoryOf(assistant chat.Assistant) int {
	if assistant.Memory > 0 {
		return assistant.Memory
	}
	return chat.DefaultMemory
}

func (a Assistants) job(job WritingJob, history []chat.Message, now time.Time) ai.Job {
	settings := job.Tenant.Settings.AI
	writing := job.Message.Content.Writing
	vars := make(map[string]any, len(job.Vars)+len(writing.Data))
	for name, value := range job.Vars {
		vars[name] = value
	}
	for name, value := range writing.Data {
		vars[name] = value
	}
	return ai.Job{
		Endpoint: ai.EndpointFor(job.Assistant, settings, a.Installation), Assistant: job.Assistant, StepPrompt: writing.Prompt,
		History: history, FollowUps: sentFollowUps(history), Contact: job.Contact, Vars: vars, Forbidden: settings.ForbiddenWords,
		Now: now, Zone: job.Zone,
	}
}

// sentFollowUps are the texts of the conversation's last follow-ups, newest last.
func sentFollowUps(history []chat.Message) []string {
	var texts []string
	for _, message := range history {
		if message.FollowUpID != "" && message.Content.Text != "" {
			texts = append(texts, message.Content.Text)
		}
	}
	return texts[max(0, len(texts)-followUpsShown):]
}

// localDay is the tenant's date at an instant: daily caps count by it.
func localDay(now time.Time, tenant chat.Tenant) string {
	zone, err := calendar.Zone(tenant.Settings.WithDefaults().Timezone)
	if err != nil {
		zone = time.UTC
	}
	return now.In(zone).Format("2006-01-02")
}

// remarks are the decision log's lines about a draft.
func remarks(now time.Time, draft ai.Draft) []chat.LogEntry {
	values := map[string]any{
		"model": draft.Model, "tries": draft.Tries, "calls": draft.Usage.Calls,
		"inputTokens": draft.Usage.InputTokens, "outputTokens": draft.Usage.OutputTokens,
	}
	verdict := "written"
	if draft.Text == "" {
		verdict = "nothing"
	}
	log := []chat.LogEntry{{At: now, Check: "ai", Verdict: verdict, Values: values}}
	for _, remark := range draft.Remarks {
		log = append(log, chat.LogEntry{At: now, Check: "ai", Verdict: "remark", Reason: remark})
	}
	return log
}
