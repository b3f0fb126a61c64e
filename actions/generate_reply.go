package actions

import (
	"context"
	"time"

	"retoma/internal/ai"
	"retoma/internal/calendar"
	"retoma/internal/chat"
)

// ReplyJob is a customer's message that an assistant is to answer, for a platform that carries the messages itself
// (whatsapp-automation.md, "Gerar Resposta IA").
type ReplyJob struct {
	Tenant    chat.Tenant
	Assistant chat.Assistant
	Contact   chat.Contact
	// Memory is what the assistant remembers of the talk, oldest first.
	Memory []chat.Message
	// WhatsApp is what was said lately on the contact's channel, oldest first.
	WhatsApp []chat.Message
	Message  string
	Vars     map[string]any
}

// Reply is an assistant's answer.
type Reply struct {
	Text  string
	Model string
	Usage chat.AIUsage
}

// Ready tells whether an assistant may write now: fault.AIUnconfigured without an endpoint, fault.AILimit when its cap of
// the day is reached. It is a look before anything is made for the answer; what counts is asked again as a writing begins.
func (a Assistants) Ready(ctx context.Context, tenant chat.Tenant, assistant chat.Assistant) error {
	if err := ai.EndpointFor(assistant, tenant.Settings.AI, a.Installation).Check(); err != nil {
		return err
	}
	today, err := a.Store.AIUsage(ctx, tenant.ID, assistant.ID, localDay(a.Now(), tenant))
	if err != nil {
		return err
	}
	return assistant.CheckLimit(today)
}

// Reply answers a customer's message. The answer passes every check but the one against repetition: the same question may
// have the same answer. What was used is counted in every case. The caller keeps what was said.
func (a Assistants) Reply(ctx context.Context, job ReplyJob) (Reply, error) {
	draft, err := a.write(ctx, job.Tenant, a.replyJob(job, a.Now()))
	return Reply{Text: draft.Text, Model: draft.Model, Usage: draft.Usage}, err
}

func (a Assistants) replyJob(job ReplyJob, now time.Time) ai.Job {
	question := chat.Message{Direction: chat.Inbound, Content: chat.Content{Type: chat.Text, Text: job.Message}, At: now}
	history := append(heard(job.Memory, job.WhatsApp, job.Message, now), question)
	settings := job.Tenant.Settings
	return ai.Job{
		Endpoint: ai.EndpointFor(job.Assistant, settings.AI, a.Installation), Assistant: job.Assistant, Reply: true,
		History: history, Contact: job.Contact, Vars: job.Vars, Forbidden: settings.AI.ForbiddenWords,
		Now: now, Zone: zoneOf(job.Contact, job.Tenant),
	}
}

// zoneOf is the contact's zone if it was set, else the tenant's.
func zoneOf(contact chat.Contact, tenant chat.Tenant) *time.Location {
	for _, name := range []string{contact.Timezone, tenant.Settings.WithDefaults().Timezone} {
		if zone, err := calendar.Zone(name); err == nil {
			return zone
		}
	}
	return time.UTC
}
