package authoring

import (
	"context"
	"slices"
	"time"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/briefs"
	"retoma/gateway/outgoing"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// ruleView is a follow-up rule in the form of followups-api.md.
type ruleView struct {
	ID           string                              `json:"id"`
	Number       int64                               `json:"number"`
	Name         string                              `json:"name"`
	TriggerType  followup.TriggerType                `json:"triggerType" enum:"NO_RESPONSE,STAGE_ENTERED,TAG_ADDED,DEAL_CREATED,CUSTOM"`
	TriggerValue float64                             `json:"triggerValue"`
	TriggerUnit  followup.TriggerUnit                `json:"triggerUnit" enum:"minutes,hours,days"`
	Message      string                              `json:"message"`
	Attachment   *followup.ModelAttachment           `json:"attachment,omitempty"`
	Template     *followup.ModelTemplate             `json:"template,omitempty"`
	IsActive     bool                                `json:"isActive"`
	MaxAttempts  int                                 `json:"maxAttempts"`
	KeepInWindow bool                                `json:"keepInWindow"`
	Conditions   web.OrNull[followup.RuleConditions] `json:"conditions"`
	Instance     web.OrNull[instanceBrief]           `json:"instance" doc:"null: todas as instâncias"`
	Stats        *ruleStats                          `json:"stats,omitempty" doc:"só na lista"`
	CreatedAt    time.Time                           `json:"createdAt"`
	UpdatedAt    time.Time                           `json:"updatedAt"`
	Warnings     []string                            `json:"warnings,omitempty" doc:"o que foi salvo mas provavelmente não vai funcionar"`
}

type instanceBrief struct {
	ID           string `json:"id"`
	InstanceName string `json:"instanceName"`
}

// ruleStats are of all time (domain.md section 8).
type ruleStats struct {
	Sent      int64 `json:"sent"`
	Pending   int64 `json:"pending"`
	Cancelled int64 `json:"cancelled" doc:"cancelados e respondidos antes do envio"`
}

func viewRule(d flows.Document, channels []chat.Channel) (ruleView, error) {
	rule, err := followup.ParseRule(d.Body)
	if err != nil || rule.TriggerValue == nil {
		return ruleView{}, fault.Wrap(fault.Internal, err, "regra %s ilegível", d.ID)
	}
	view := ruleView{
		ID: d.ID, Number: d.Number, Name: d.Name, TriggerType: rule.TriggerType, TriggerValue: rule.TriggerValue.Float(), TriggerUnit: rule.TriggerUnit,
		Message: rule.Message, Attachment: rule.Attachment, Template: rule.Template, IsActive: d.Active, MaxAttempts: rule.Attempts(),
		KeepInWindow: rule.KeepInWindow, Conditions: web.OrNull[followup.RuleConditions]{Value: rule.Conditions},
		CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(),
	}
	if d.ChannelID != "" {
		view.Instance = web.Just(instanceBrief{ID: d.ChannelID, InstanceName: nameOfChannel(channels, d.ChannelID)})
	}
	return view, nil
}

// nameOfChannel is empty for a channel that was removed.
func nameOfChannel(channels []chat.Channel, id string) string {
	for _, channel := range channels {
		if channel.ID == id {
			return channel.Name
		}
	}
	return ""
}

type rulesIn struct {
	InstanceID string `query:"instanceId" doc:"as regras desta instância, e as de todas"`
	Limit      int    `query:"limit" minimum:"1" maximum:"1000" doc:"1000 se não for dado"`
	Cursor     string `query:"cursor" maxLength:"64"`
}

// listRules shows the rules with what became of them, oldest first.
func (h *Handlers) listRules(ctx context.Context, in *rulesIn) (*web.Answer[[]ruleView], error) {
	tenantID, only := web.TenantOf(ctx), ""
	if in.InstanceID != "" {
		channel, err := h.OwnChannel(ctx, tenantID, "instanceId", in.InstanceID)
		if err != nil {
			return nil, err
		}
		only = channel.ID
	}
	all, err := h.Store.Documents(ctx, tenantID, flows.RuleDocument)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(d flows.Document) bool { return only != "" && d.ChannelID != "" && d.ChannelID != only })
	page := web.OpenPage(in.Limit)
	page.Cursor = in.Cursor
	part, next := web.PageOf(all, page, func(d flows.Document) string { return d.ID })
	views, err := h.viewRules(ctx, tenantID, part)
	if err != nil {
		return nil, err
	}
	return &web.Answer[[]ruleView]{Status: 200, Body: web.Success[[]ruleView]{Success: true, Data: views, NextCursor: next}}, nil
}

func (h *Handlers) viewRules(ctx context.Context, tenantID string, documents []flows.Document) ([]ruleView, error) {
	channels, err := h.Store.Channels(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	tallies, err := h.Store.Tallies(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	views := make([]ruleView, len(documents))
	for i, d := range documents {
		if views[i], err = viewRule(d, channels); err != nil {
			return nil, err
		}
		tally := tallies[d.ID]
		views[i].Stats = &ruleStats{Sent: tally.Sent, Pending: tally.Pending, Cancelled: tally.Cancelled}
	}
	return views, nil
}

func (h *Handlers) getRule(ctx context.Context, in *web.ByID) (*web.Answer[ruleView], error) {
	found, err := h.ruleAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.answerRule(ctx, found, nil, 200)
}

func (h *Handlers) answerRule(ctx context.Context, d flows.Document, warnings []string, status int) (*web.Answer[ruleView], error) {
	channels, err := h.Store.Channels(ctx, d.TenantID)
	if err != nil {
		return nil, err
	}
	view, err := viewRule(d, channels)
	if err != nil {
		return nil, err
	}
	view.Warnings = warnings
	return web.With(status, view)
}

// ruleAt finds the rule that a path names.
func (h *Handlers) ruleAt(ctx context.Context, id string) (flows.Document, error) {
	ref, err := web.PathRef(id, briefs.RuleMissing)
	if err != nil {
		return flows.Document{}, err
	}
	found, err := h.Store.Document(ctx, web.TenantOf(ctx), flows.RuleDocument, ref)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, briefs.RuleMissing)
	}
	return found, err
}

type createRuleIn struct {
	Body web.Document[ruleShape]
}

// createRule saves a new rule. It never looks at the past: only what happens from now on starts it.
func (h *Handlers) createRule(ctx context.Context, in *createRuleIn) (*web.Answer[ruleView], error) {
	rule, err := followup.ParseRule(in.Body.Raw)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := h.create(ctx, flows.RuleDocument, func(channels []chat.Channel) (prepared, error) {
		return h.prepareRule(ctx, channels, &rule, references{})
	})
	if err != nil {
		return nil, err
	}
	return h.answerRule(ctx, saved, warnings, 201)
}

// prepareRule checks everything that can be checked before a rule is saved, and gives its channel's id its one form;
// channels are the tenant's.
func (h *Handlers) prepareRule(ctx context.Context, channels []chat.Channel, rule *followup.Rule, kept references) (prepared, error) {
	if err := rule.Validate(); err != nil {
		return prepared{}, err
	}
	if err := checkTemplates(templateOf("template", "template", rule.Template, nil)); err != nil {
		return prepared{}, err
	}
	if err := h.CheckAttachments(ctx, web.TenantOf(ctx), []outgoing.AttachmentUse{{Path: "attachment", File: rule.Attachment, Text: rule.Message}}); err != nil {
		return prepared{}, err
	}
	removed := false
	if rule.InstanceID != "" {
		place := channelAmong(channels, rule.InstanceID)
		removed = place < 0
		if removed && !kept.keepsChannel(rule.InstanceID) {
			return prepared{}, fault.Field("instanceId", "canal não encontrado")
		}
		if !removed {
			channels = channels[place : place+1]
			rule.InstanceID = channels[0].ID
		}
	}
	ready := prepared{name: rule.Name, channelID: rule.InstanceID, active: rule.Active()}
	var err error
	if ready.body, err = h.bodyOf(flows.RuleDocument, rule); err != nil {
		return ready, err
	}
	if removed {
		ready.warnings = []string{"o canal desta regra foi removido: ela não envia nada até que instanceId seja outro"}
		return ready, nil
	}
	templates, err := h.templateWarnings(ctx, templateOf("template", "template", rule.Template, channels))
	ready.warnings = append(rule.Warnings(slices.ContainsFunc(channels, h.HasWindow)), templates...)
	return ready, err
}
