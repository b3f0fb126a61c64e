package entrance

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// modelChoice says which model, as a number, a string, null or false (domain.md section 4: 0 in any form removes).
type modelChoice struct {
	given  bool
	remove bool
	name   string
	bad    string
}

// UnmarshalJSON reads every form; what is wrong is told later, with the field's name at hand.
func (m *modelChoice) UnmarshalJSON(raw []byte) error {
	*m = modelChoice{given: true}
	var text string
	switch {
	case string(raw) == "null" || string(raw) == "false" || string(raw) == "0":
		m.remove = true
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		m.name = strings.TrimSpace(text)
		m.remove = m.name == "0"
		if m.name == "" {
			m.bad = "Required"
		}
	case raw[0] == '{' || raw[0] == '[' || raw[0] == 't':
		m.bad = "esperava o número ou o UUID de um modelo, ou 0 para retirar"
	default:
		m.name = string(raw)
		if _, understood := chat.ParseRef(m.name); !understood {
			m.bad = "esperava o número ou o UUID de um modelo, ou 0 para retirar"
		}
	}
	return nil
}

// Schema says in the document what is accepted.
func (modelChoice) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "número, UUID ou nome do modelo; 0, null ou false retiram o contato",
		AnyOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}, {Type: huma.TypeBoolean}, {Type: "null"}},
	}
}

type updateFollowUpIn struct {
	Body struct {
		people.Who
		FollowUp modelChoice    `json:"followup"`
		Vars     map[string]any `json:"vars,omitempty" doc:"valores para os textos do modelo, em vars"`
	}
}

type enrolled struct {
	Contact      briefs.ContactBrief                  `json:"contact"`
	Conversation web.OrNull[briefs.ConversationBrief] `json:"conversation"`
	FollowUp     web.OrNull[briefs.DocumentBrief]     `json:"followup"`
	Status       string                               `json:"status" enum:"enrolled,removed"`
	// Next is the first message, when it is planned already.
	Next web.OrNull[briefs.NextFollowUp] `json:"next"`
}

// updateFollowUp puts a contact into a model or takes it out (followup-models.md). It is committed before the answer.
func (h *Handlers) updateFollowUp(ctx context.Context, in *updateFollowUpIn) (*web.Answer[enrolled], error) {
	choice := in.Body.FollowUp
	if err := in.Body.ExactlyOne(); err != nil {
		return nil, err
	}
	if choice.bad != "" {
		return nil, fault.Field("followup", "%s", choice.bad)
	}
	tenantID := web.TenantOf(ctx)
	target, err := h.enrolTarget(ctx, tenantID, choice)
	if err != nil {
		return nil, err
	}
	who, err := h.Find(ctx, tenantID, in.Body.Who, people.RegionOf(target.channel))
	if err != nil {
		return nil, err
	}
	if err := h.wantsMessages(ctx, tenantID, who, choice); err != nil {
		return nil, err
	}
	written, err := h.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{target.arrival(tenantID, who, "api", in.Body.Vars, h.Now())}})
	if err != nil {
		return nil, err
	}
	return h.enrolledAnswer(ctx, tenantID, written.Accepted[0], target)
}

// wantsMessages refuses to put somebody into a model who wants no messages: nothing of it would ever be sent.
func (h *Handlers) wantsMessages(ctx context.Context, tenantID string, who people.Person, choice modelChoice) error {
	if choice.remove {
		return nil
	}
	var contact chat.Contact
	var err error
	if who.ContactID != "" {
		contact, err = h.Store.Contact(ctx, tenantID, chat.Ref{ID: who.ContactID})
	} else {
		contact, err = h.Store.ContactByKeys(ctx, tenantID, who.Keys)
	}
	switch {
	case fault.Is(err, fault.NotFound):
		return nil // nobody knows this person yet
	case err != nil:
		return err
	case contact.OptOut == chat.OptOutAll:
		return fault.New(fault.OptedOut, "o contato pediu para não receber mensagens: nada deste modelo seria enviado")
	}
	return nil
}

// enrolTarget is the model to enter with its channel; both are empty to leave whatever model is active.
type enrolTarget struct {
	model   flows.Document
	channel chat.Channel
}

func (h *Handlers) enrolTarget(ctx context.Context, tenantID string, choice modelChoice) (enrolTarget, error) {
	if choice.remove {
		return enrolTarget{}, nil
	}
	model, err := h.findModel(ctx, tenantID, choice.name)
	if err != nil {
		return enrolTarget{}, err
	}
	if !model.Active {
		return enrolTarget{}, fault.New(fault.Impossible, "o modelo %q está desativado: ative-o antes de incluir contatos", model.Name)
	}
	channel, err := h.Store.Channel(ctx, tenantID, model.ChannelID)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Impossible, "o canal do modelo %q não existe mais: escolha outro", model.Name)
	}
	return enrolTarget{model: model, channel: channel}, err
}

// findModel finds a model by number, UUID or name (case does not matter).
func (h *Handlers) findModel(ctx context.Context, tenantID, name string) (flows.Document, error) {
	if ref, understood := chat.ParseRef(name); understood {
		model, err := h.Store.Document(ctx, tenantID, flows.ModelDocument, ref)
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.NotFound, briefs.ModelMissing)
		}
		return model, err
	}
	all, err := h.Store.Documents(ctx, tenantID, flows.ModelDocument)
	if err != nil {
		return flows.Document{}, err
	}
	for _, model := range all {
		if strings.EqualFold(strings.TrimSpace(model.Name), name) {
			return model, nil
		}
	}
	return flows.Document{}, fault.New(fault.NotFound, briefs.ModelMissing)
}

// arrival is the enrolment or the removal as a fact. The model's channel wins: the contact's conversation there is
// found or made. A removal of somebody unknown makes nobody.
func (t enrolTarget) arrival(tenantID string, who people.Person, source string, vars map[string]any, now time.Time) desk.Arrival {
	channelID := t.channel.ID
	if channelID == "" {
		channelID = who.Conversation.ChannelID
	}
	arrival := who.Arrival(tenantID, channelID, chat.Event{
		Name: chat.Enrol, At: now,
		Enrol: &chat.Enrolment{FlowID: t.model.ID, Group: followup.GroupModel, Source: source, Vars: vars},
	})
	arrival.NoContact = t.model.ID == ""
	return arrival
}

func (h *Handlers) enrolledAnswer(ctx context.Context, tenantID string, accepted desk.Accepted, target enrolTarget) (*web.Answer[enrolled], error) {
	answer := enrolled{Status: "removed"}
	contact, err := h.Store.Contact(ctx, tenantID, chat.Ref{ID: accepted.ContactID})
	if err != nil {
		return nil, err
	}
	answer.Contact = briefs.ContactBrief{ID: contact.ID, Number: contact.Number, Phone: contact.Phone}
	if accepted.ConversationID != "" {
		conversation, err := h.Store.Conversation(ctx, tenantID, chat.Ref{ID: accepted.ConversationID})
		if err != nil {
			return nil, err
		}
		answer.Conversation = web.Just(briefs.ConversationBrief{ID: conversation.ID, Number: conversation.Number})
	}
	if target.model.ID == "" {
		return web.OK(answer)
	}
	answer.Status = "enrolled"
	answer.FollowUp = web.Just(briefs.DocumentBrief{ID: target.model.ID, Number: target.model.Number, Name: target.model.Name})
	answer.Next = web.OrNull[briefs.NextFollowUp]{Value: h.awaitPlan(ctx, tenantID, contact.ID, target.model.ID)}
	return web.OK(answer)
}

// planPoll is how often the first due time is looked for.
const planPoll = 15 * time.Millisecond

// awaitPlan waits a moment for a worker to plan the first message, so that the answer can tell when it is due.
// It is a courtesy: the enrolment itself is committed, and no answer here is null.
func (h *Handlers) awaitPlan(ctx context.Context, tenantID, contactID, modelID string) *briefs.NextFollowUp {
	filter := chat.FollowUpFilter{Pending: true, ContactID: contactID, FlowID: modelID, Page: chat.Page{Limit: 1}}
	var planned *briefs.NextFollowUp
	web.Until(ctx, h.PlanWait, planPoll, func() bool {
		rows, err := h.Store.FollowUps(ctx, tenantID, filter)
		if err == nil && len(rows) > 0 {
			planned = &briefs.NextFollowUp{ID: rows[0].ID, ScheduledFor: rows[0].DueAt.UTC()}
		}
		return err != nil || planned != nil
	})
	return planned
}
