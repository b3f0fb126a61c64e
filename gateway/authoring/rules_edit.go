package authoring

import (
	"context"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// The reasons with which follow-ups of a rule are cancelled.
const (
	reasonRuleInactive = "regra desativada"
	reasonRuleDeleted  = "regra removida"
	reasonRuleTrigger  = "gatilho da regra alterado"
	reasonRuleChannel  = "canal da regra alterado"
)

type changeRuleIn struct {
	ID   string `path:"id"`
	Body web.Document[rulePatch]
}

// changeRule changes what the body names; null clears instanceId, conditions and whatever else may be absent.
func (h *Handlers) changeRule(ctx context.Context, in *changeRuleIn) (*web.Answer[ruleView], error) {
	return h.editRule(ctx, in.ID, names(in.Body.Raw, "instanceId"), func(rule *followup.Rule) error {
		merged, err := web.Patched[ruleShape](rule, in.Body.Raw)
		if err != nil {
			return err
		}
		*rule, err = followup.ParseRule(merged)
		return err
	})
}

// toggleRule turns a rule off or on again. Turning it on never sweeps the past.
func (h *Handlers) toggleRule(ctx context.Context, in *web.ByID) (*web.Answer[ruleView], error) {
	return h.editRule(ctx, in.ID, false, func(rule *followup.Rule) error {
		active := !rule.Active()
		rule.IsActive = &active
		return nil
	})
}

// editRule changes a rule; moved tells that the change names its channel. Of another trigger's rule the enrolled contacts
// were never meant to be part.
func (h *Handlers) editRule(ctx context.Context, id string, moved bool, edit func(*followup.Rule) error) (*web.Answer[ruleView], error) {
	found, err := h.ruleAt(ctx, id)
	if err != nil {
		return nil, err
	}
	left := false // the rule has another channel now
	saved, warnings, err := h.revise(ctx, found, func(d flows.Document, channels []chat.Channel) (revision, error) {
		before, err := followup.ParseRule(d.Body)
		if err != nil {
			return revision{}, fault.Wrap(fault.Internal, err, "regra %s ilegível", d.ID)
		}
		before.IsActive = &d.Active
		rule := before
		if err := edit(&rule); err != nil {
			return revision{}, err
		}
		var kept references
		if !moved {
			kept.channels = []string{before.InstanceID}
		}
		ready, err := h.prepareRule(ctx, channels, &rule, kept)
		left = rule.InstanceID != "" && rule.InstanceID != before.InstanceID
		return revision{
			prepared: ready, removed: followup.RemovedNodes(before.Definition(), rule.Definition()),
			stop: whyStopped(d.Active && !ready.active, before.TriggerType != rule.TriggerType),
		}, err
	})
	if err != nil {
		return nil, err
	}
	if left {
		// What waits in a conversation of a channel that the rule has left would go out there.
		_, err := h.Store.StopFlowElsewhere(context.WithoutCancel(ctx), saved.TenantID, saved.ID, saved.ChannelID, reasonRuleChannel)
		if err != nil {
			return nil, err
		}
	}
	return h.answerRule(ctx, saved, warnings, 200)
}

// whyStopped is the reason with which everything under way ends; empty if it goes on.
func whyStopped(turnedOff, otherTrigger bool) string {
	switch {
	case turnedOff:
		return reasonRuleInactive
	case otherTrigger:
		return reasonRuleTrigger
	}
	return ""
}

// deleteRule removes a rule: what is pending is cancelled, the history stays.
func (h *Handlers) deleteRule(ctx context.Context, in *web.ByID) (*web.Said, error) {
	found, err := h.ruleAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	err = h.deleteDocument(ctx, found, reasonRuleDeleted)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, briefs.RuleMissing)
	}
	if err != nil {
		return nil, err
	}
	return web.Say("Regra removida")
}
