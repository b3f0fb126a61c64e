package gateway

import (
	"context"

	"retoma/flows"
	"retoma/flows/followup"
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
	Body document[rulePatch]
}

// changeRule changes what the body names; null clears instanceId, conditions and whatever else may be absent.
func (g *Gateway) changeRule(ctx context.Context, in *changeRuleIn) (*Answer[ruleView], error) {
	return g.editRule(ctx, in.ID, names(in.Body.raw, "instanceId"), func(rule *followup.Rule) error {
		merged, err := patched[ruleShape](rule, in.Body.raw)
		if err != nil {
			return err
		}
		*rule, err = followup.ParseRule(merged)
		return err
	})
}

// toggleRule turns a rule off or on again. Turning it on never sweeps the past.
func (g *Gateway) toggleRule(ctx context.Context, in *byID) (*Answer[ruleView], error) {
	return g.editRule(ctx, in.ID, false, func(rule *followup.Rule) error {
		active := !rule.Active()
		rule.IsActive = &active
		return nil
	})
}

// editRule changes a rule in one step: read, changed, checked and written, whatever else happens to it meanwhile.
// Enrolled contacts follow the newest version; of another trigger's rule they were never meant to be part. moved tells
// that the change names the rule's channel.
func (g *Gateway) editRule(ctx context.Context, id string, moved bool, edit func(*followup.Rule) error) (*Answer[ruleView], error) {
	found, err := g.ruleAt(ctx, id)
	if err != nil {
		return nil, err
	}
	channels, err := g.Store.Channels(ctx, found.TenantID)
	if err != nil {
		return nil, err
	}
	var ready preparedRule
	var stop string
	saved, err := g.Store.ChangeDocument(ctx, found.TenantID, found.ID, func(d *flows.Document) error {
		before, err := followup.ParseRule(d.Body)
		if err != nil {
			return fault.Wrap(fault.Internal, err, "regra %s ilegível", d.ID)
		}
		wasActive := d.Active
		before.IsActive = &wasActive
		rule := before
		if err := edit(&rule); err != nil {
			return err
		}
		var kept references
		if !moved {
			kept.channels = []string{before.InstanceID}
		}
		if ready, err = g.prepareRule(ctx, channels, rule, kept); err != nil {
			return err
		}
		d.Name, d.ChannelID, d.Active, d.Body = ready.rule.Name, ready.rule.InstanceID, ready.rule.Active(), ready.body
		d.Removed = followup.RemovedNodes(before.Definition(), ready.rule.Definition())
		stop = whyStopped(wasActive && !d.Active, before.TriggerType != ready.rule.TriggerType)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if stop != "" {
		if err := g.stopFlow(ctx, saved, stop); err != nil {
			return nil, err
		}
	}
	if saved.ChannelID != "" {
		// What waits in a conversation of a channel that the rule has left would go out there.
		_, err := g.Store.StopFlowElsewhere(context.WithoutCancel(ctx), saved.TenantID, saved.ID, saved.ChannelID, reasonRuleChannel)
		if err != nil {
			return nil, err
		}
	}
	return g.answerRule(ctx, saved, ready.warnings, 200)
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
func (g *Gateway) deleteRule(ctx context.Context, in *byID) (*Said, error) {
	found, err := g.ruleAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	err = g.deleteDocument(ctx, found, reasonRuleDeleted)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, ruleMissing)
	}
	if err != nil {
		return nil, err
	}
	return said("Regra removida")
}
