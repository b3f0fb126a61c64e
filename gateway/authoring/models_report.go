package authoring

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// modelReport is a model's line of the report; domain.md section 8 defines the numbers. Rates are percentages.
type modelReport struct {
	ID           string  `json:"id"`
	Number       int64   `json:"number"`
	Name         string  `json:"name"`
	IsActive     bool    `json:"isActive"`
	Deleted      bool    `json:"deleted"`
	Enrolled     int64   `json:"enrolled" doc:"inscrições, de sempre"`
	Active       int64   `json:"active" doc:"contatos que estão no modelo agora"`
	Pending      int64   `json:"pending"`
	Sent         int64   `json:"sent"`
	Failed       int64   `json:"failed"`
	Cancelled    int64   `json:"cancelled" doc:"cancelados e respondidos antes do envio"`
	Responded    int64   `json:"responded" doc:"enviados que o cliente respondeu"`
	ResponseRate float64 `json:"responseRate"`
	CancelRate   float64 `json:"cancelRate"`
	SuccessRate  float64 `json:"successRate"`
}

// reportModels shows what became of every model's messages, of deleted models too.
func (h *Handlers) reportModels(ctx context.Context, _ *web.Nothing) (*web.Answer[[]modelReport], error) {
	counts, err := h.Store.FlowCounts(ctx, web.TenantOf(ctx), flows.ModelDocument)
	if err != nil {
		return nil, err
	}
	return web.OK(web.Viewed(counts, reportLine))
}

func reportLine(c flows.Counts) modelReport {
	return modelReport{
		ID: c.FlowID, Number: c.Number, Name: c.Name, IsActive: c.Active, Deleted: c.Deleted, Enrolled: c.Enrolled, Active: c.Waiting,
		Pending: c.Pending, Sent: c.Sent, Failed: c.Failed, Cancelled: c.Cancelled, Responded: c.Responded,
		ResponseRate: briefs.Percent(c.Responded, c.Sent), CancelRate: briefs.Percent(c.Cancelled, c.Sent), SuccessRate: briefs.Percent(c.Sent, c.Sent+c.Failed),
	}
}

type enrolmentView struct {
	RunID      string                          `json:"runId"`
	Contact    namedContact                    `json:"contact"`
	Status     flows.RunState                  `json:"status" enum:"waiting,finished,stopped,failed"`
	Reason     string                          `json:"reason,omitempty" doc:"por que terminou"`
	Step       string                          `json:"step" doc:"id da mensagem em que está"`
	Sent       int64                           `json:"sent"`
	Next       web.OrNull[briefs.NextFollowUp] `json:"next"`
	EnrolledAt time.Time                       `json:"enrolledAt"`
	LastSentAt *time.Time                      `json:"lastSentAt,omitempty"`
	EndedAt    *time.Time                      `json:"endedAt,omitempty"`
}

type namedContact struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
	Name   string `json:"name"`
	Phone  string `json:"phone"`
}

func viewEnrolment(e flows.Enrolled) enrolmentView {
	view := enrolmentView{
		RunID: e.RunID, Contact: namedContact{ID: e.ContactID, Number: e.ContactNumber, Name: e.ContactName, Phone: e.ContactPhone},
		Status: e.State, Reason: e.Reason, Step: e.Node, Sent: e.Sent, EnrolledAt: e.StartedAt.UTC(),
		LastSentAt: web.When(e.LastSentAt), EndedAt: web.When(e.EndedAt),
	}
	if e.FollowUpID != "" && e.State == flows.Waiting && !e.NextAt.IsZero() {
		view.Next = web.Just(briefs.NextFollowUp{ID: e.FollowUpID, ScheduledFor: e.NextAt.UTC()})
	}
	return view
}

type enrolmentsIn struct {
	ID string `path:"id"`
	web.Paging
}

// listModelContacts shows who is or was in a model, newest first.
func (h *Handlers) listModelContacts(ctx context.Context, in *enrolmentsIn) (*web.Answer[[]enrolmentView], error) {
	model, err := h.modelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.enrolments(ctx, model, in.Page())
}

func (h *Handlers) enrolments(ctx context.Context, d flows.Document, page chat.Page) (*web.Answer[[]enrolmentView], error) {
	rows, err := h.Store.Enrolments(ctx, d.TenantID, d.ID, web.Ahead(page))
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewEnrolment, func(e flows.Enrolled) string { return e.RunID }), nil
}

type sendTestIn struct {
	ID   string `path:"id"`
	Body struct {
		Number  people.PhoneText `json:"number" doc:"quem recebe o teste"`
		Message string           `json:"message,omitempty" doc:"id da mensagem; a primeira se não for dado"`
	}
}

type testView struct {
	Contact briefs.ContactBrief `json:"contact"`
	Message string              `json:"message" doc:"id da mensagem que vai"`
}

// sendModelTest sends one message of a model to one number, active or not, without enrolling anybody.
func (h *Handlers) sendModelTest(ctx context.Context, in *sendTestIn) (*web.Answer[testView], error) {
	found, err := h.modelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	model, err := followup.ParseModel(found.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "modelo %s ilegível", found.ID)
	}
	if len(model.Messages) == 0 {
		return nil, fault.New(fault.Impossible, "o modelo não tem mensagens")
	}
	step := in.Body.Message
	if step == "" {
		step = model.Messages[0].ID
	}
	if _, err := placeOfMessage(model, step); err != nil {
		return nil, fault.Field("message", "o modelo não tem esta mensagem")
	}
	channel, err := h.OwnChannel(ctx, found.TenantID, "channelId", found.ChannelID)
	if err != nil {
		return nil, fault.New(fault.Impossible, "o canal do modelo não existe mais: escolha outro")
	}
	return h.sendTest(ctx, found, channel, string(in.Body.Number), step)
}
