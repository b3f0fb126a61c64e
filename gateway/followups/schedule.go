package followups

import (
	"context"
	"net/http"
	"slices"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type scheduleIn struct {
	Body struct {
		RuleID         web.Ref `json:"ruleId"`
		ConversationID web.Ref `json:"conversationId"`
		ContactID      web.Ref `json:"contactId,omitzero" doc:"deve ser o contato da conversa"`
		ScheduledFor   string  `json:"scheduledFor" minLength:"1" maxLength:"64" doc:"data e hora do envio, ISO 8601; futura, no máximo um ano à frente"`
	}
}

// scheduledView is what followups-api.md answers.
type scheduledView struct {
	ID             string              `json:"id"`
	RuleID         string              `json:"ruleId"`
	ConversationID string              `json:"conversationId"`
	ScheduledFor   time.Time           `json:"scheduledFor" doc:"pode ser depois da hora pedida, se ela cai fora do horário de envio"`
	Status         flows.FollowUpState `json:"status"`
	CreatedAt      time.Time           `json:"createdAt"`
}

// refusedSchedule is the answer of followups-api.md to data that cannot be scheduled, naming what is wrong.
func refusedSchedule(field, what string) error {
	return &web.Failure{
		Text: "Erro ao agendar follow-up", Code: fault.Invalid, Field: field, Status: http.StatusBadRequest,
		Problems: []web.Problem{{Field: field, Text: what}},
	}
}

// scheduleFollowUp plans one attempt of a rule, active or not, for one conversation. The rule's conditions and the sending
// hours hold as they do for any other attempt.
func (h *Handlers) scheduleFollowUp(ctx context.Context, in *scheduleIn) (*web.Answer[scheduledView], error) {
	rule, flow, err := h.flowToSchedule(ctx, in.Body.RuleID)
	if err != nil {
		return nil, err
	}
	at, err := h.readSchedule(in.Body.ScheduledFor)
	if err != nil {
		return nil, err
	}
	conversation, err := h.conversationToSchedule(ctx, in, rule)
	if err != nil {
		return nil, err
	}
	around, err := h.surroundings(ctx, rule.TenantID)
	if err != nil {
		return nil, err
	}
	if _, known := around.channel(conversation.ChannelID); !known {
		return nil, refusedSchedule("conversationId", "o canal desta conversa não existe mais")
	}
	var planned flows.FollowUp
	err = h.editDesk(ctx, desk.Ref{TenantID: rule.TenantID, ContactID: conversation.ContactID}, func(_ context.Context, d *desk.Desk) error {
		planned, err = h.plan(around, d, flow, conversation, at)
		return err
	})
	if err != nil {
		return nil, err
	}
	return web.Created(scheduledView{
		ID: planned.ID, RuleID: planned.FlowID, ConversationID: planned.ConversationID, ScheduledFor: planned.DueAt.UTC(),
		Status: planned.State, CreatedAt: planned.CreatedAt.UTC(),
	})
}

// plan begins a run that walks just the rule's first attempt.
func (h *Handlers) plan(around surroundings, d *desk.Desk, flow *flows.Flow, conversation chat.Conversation, at time.Time) (flows.FollowUp, error) {
	if d.Contact.OptOut == chat.OptOutAll {
		return flows.FollowUp{}, refusedSchedule("conversationId", "o contato pediu para não receber mensagens")
	}
	node := firstFollowUp(flow)
	if node == "" {
		return flows.FollowUp{}, refusedSchedule("ruleId", "não há nela uma mensagem para agendar")
	}
	run := flows.Run{
		ID: h.NewID(), TenantID: d.Contact.TenantID, ContactID: d.Contact.ID, ConversationID: conversation.ID, ChannelID: conversation.ChannelID,
	}
	event := startEvent(h.NewID(), run.TenantID, conversation, flow.ID, node, at, d.Now)
	turn, err := flows.Begin(flow, run, flows.Input{Kind: flows.Start, Event: event}, h.world(around, d, run), d.Now)
	if err != nil {
		return flows.FollowUp{}, err
	}
	if turn.Run.State != flows.Waiting || turn.Run.Open == nil || len(turn.Actions) > 0 {
		return flows.FollowUp{}, refusedSchedule("ruleId", whyNot(turn))
	}
	d.NoteTurn(turn)
	return *turn.Run.Open, nil
}

// whyNot tells why a turn planned nothing. The reasons in its log speak of a follow-up that was planned already.
func whyNot(turn flows.Turn) string {
	judged := func(entry chat.LogEntry) bool { return entry.Check == "exit_if" || entry.Check == "condition" }
	if slices.ContainsFunc(turn.Log, judged) {
		return "o contato não atende às condições da regra"
	}
	return "não há o que agendar: " + turn.Run.Reason
}

// flowToSchedule finds the rule; a model, whose first message is then scheduled, may be named by its UUID.
func (h *Handlers) flowToSchedule(ctx context.Context, given web.Ref) (flows.Document, *flows.Flow, error) {
	if !given.Given {
		return flows.Document{}, nil, fault.Required("ruleId")
	}
	missing := &fault.Error{Code: fault.NotFound, Field: "ruleId", Message: briefs.RuleMissing}
	if given.Bad {
		return flows.Document{}, nil, missing
	}
	kinds := []flows.DocumentKind{flows.RuleDocument}
	if given.Value.ID != "" {
		kinds = append(kinds, flows.ModelDocument)
	}
	for _, kind := range kinds {
		found, err := h.Store.Document(ctx, web.TenantOf(ctx), kind, given.Value)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return found, nil, err
		}
		flow, err := h.Catalog.Compile(found)
		return found, flow, err
	}
	return flows.Document{}, nil, missing
}

// readSchedule reads the time.
func (h *Handlers) readSchedule(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return at, refusedSchedule("scheduledFor", "esperava data e hora ISO 8601, como 2026-01-20T14:00:00Z")
	}
	if err := checkFuture("scheduledFor", at, h.Now()); err != nil {
		return at, refusedSchedule("scheduledFor", fault.Of(err).Message)
	}
	return at, nil
}

// conversationToSchedule finds the conversation, which must be the contact's, if one is named, and on the rule's channel.
func (h *Handlers) conversationToSchedule(ctx context.Context, in *scheduleIn, rule flows.Document) (chat.Conversation, error) {
	const field = "conversationId"
	if !in.Body.ConversationID.Given {
		return chat.Conversation{}, fault.Required(field)
	}
	if in.Body.ConversationID.Bad {
		return chat.Conversation{}, refusedSchedule(field, "esperava um UUID ou um número inteiro a partir de 1")
	}
	found, err := h.Store.Conversation(ctx, rule.TenantID, in.Body.ConversationID.Value)
	switch {
	case fault.Is(err, fault.NotFound):
		return found, refusedSchedule(field, people.ConversationMissing)
	case err != nil:
		return found, err
	case rule.ChannelID != "" && rule.ChannelID != found.ChannelID:
		return found, refusedSchedule(field, "a regra é de outro canal")
	case !in.Body.ContactID.Given:
		return found, nil
	case in.Body.ContactID.Bad:
		return found, refusedSchedule("contactId", "esperava um UUID ou um número inteiro a partir de 1")
	}
	contact, err := h.Store.Contact(ctx, rule.TenantID, in.Body.ContactID.Value)
	switch {
	case fault.Is(err, fault.NotFound):
		return found, refusedSchedule("contactId", people.ContactMissing)
	case err == nil && contact.ID != found.ContactID:
		err = refusedSchedule("contactId", "a conversa é de outro contato")
	}
	return found, err
}

// firstFollowUp is the first follow-up of a flow in the author's order; empty if there is none.
func firstFollowUp(flow *flows.Flow) string {
	for _, id := range flow.Steps() {
		if step, known := flow.Step(id); known && step.Type == "followup" {
			return id
		}
	}
	return ""
}

// startEvent is the enrolment that walks one node of a document at a time that a person chose.
func startEvent(id, tenantID string, conversation chat.Conversation, flowID, node string, at, now time.Time) *chat.Event {
	return &chat.Event{
		ID: id, TenantID: tenantID, ChannelID: conversation.ChannelID, ContactID: conversation.ContactID, ConversationID: conversation.ID,
		Name: chat.Enrol, At: now, ReceivedAt: now,
		Enrol: &chat.Enrolment{FlowID: flowID, Source: "api", OnlyNode: node, At: at},
	}
}
