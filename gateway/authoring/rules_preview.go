package authoring

import (
	"context"
	"fmt"
	"time"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	// previewList is how many conversations a preview names.
	previewList = 100
	// previewBatch is how many conversations are read at once, previewScan how many at most.
	previewBatch = 500
	previewScan  = 50_000
	// previewTime bounds the work of one preview.
	previewTime = 8 * time.Second
)

// rulePreview tells what a rule would reach if silence of the past counted, which it never does.
type rulePreview struct {
	// Applies is false for rules whose trigger is an event: nobody is waiting to be found.
	Applies     bool   `json:"applies"`
	Explanation string `json:"explanation,omitempty"`
	Silent      int    `json:"silent" doc:"conversas em que a última palavra é nossa há mais tempo que a espera da regra"`
	Qualified   int    `json:"qualified" doc:"as que também cumprem as condições"`
	// Complete is false if the search ended at a limit.
	Complete      bool          `json:"complete" doc:"false: a busca parou em um limite e há mais"`
	Conversations []previewItem `json:"conversations" doc:"até 100 das que se qualificam"`
}

type previewItem struct {
	Conversation briefs.ConversationOf `json:"conversation"`
	Contact      briefs.ContactOf      `json:"contact"`
	Instance     instanceBrief         `json:"instance"`
	SilentSince  time.Time             `json:"silentSince"`
}

// previewRule tells how many conversations are silent now and would have qualified for a NO_RESPONSE rule. It changes
// nothing. Contacts who refused messages, and conversations in which the rule is already under way, are not counted.
func (h *Handlers) previewRule(ctx context.Context, in *web.ByID) (*web.Answer[rulePreview], error) {
	found, err := h.ruleAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	rule, err := followup.ParseRule(found.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "regra %s ilegível", found.ID)
	}
	if rule.TriggerType != followup.NoResponse {
		return web.OK(rulePreview{Complete: true, Conversations: []previewItem{}, Explanation: fmt.Sprintf(
			"uma regra %s começa quando o evento acontece: não há conversas à espera para mostrar", rule.TriggerType)})
	}
	work, err := h.newPreview(ctx, found)
	if err != nil {
		return nil, err
	}
	if err := work.scan(ctx, rule.Wait()); err != nil {
		return nil, err
	}
	return web.OK(work.view)
}

// preview gathers what one preview finds.
type preview struct {
	h        *Handlers
	rule     flows.Document
	trigger  flows.TriggerWanted
	tenant   chat.Tenant
	channels map[string]chat.Channel
	now      time.Time
	view     rulePreview
}

func (h *Handlers) newPreview(ctx context.Context, d flows.Document) (*preview, error) {
	flow, err := h.Catalog.Compile(d)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "regra %s ilegível", d.ID)
	}
	work := &preview{
		h: h, rule: d, trigger: flow.Triggers()[0], channels: map[string]chat.Channel{}, now: h.Now(),
		view: rulePreview{Applies: true, Complete: true, Conversations: []previewItem{}},
	}
	if work.tenant, err = h.Store.Tenant(ctx, d.TenantID); err != nil {
		return nil, err
	}
	channels, err := h.Store.Channels(ctx, d.TenantID)
	for _, channel := range channels {
		work.channels[channel.ID] = channel
	}
	return work, err
}

// scan walks the silent conversations in batches until the end, or a limit.
func (p *preview) scan(ctx context.Context, wait time.Duration) error {
	deadline := p.now.Add(previewTime)
	wanted := chat.SilentFilter{ChannelID: p.rule.ChannelID, FlowID: p.rule.ID, Before: p.now.Add(-wait), Page: chat.Page{Limit: previewBatch}}
	for scanned := 0; ; scanned += previewBatch {
		if scanned >= previewScan || p.h.Now().After(deadline) {
			p.view.Complete = false
			return nil
		}
		found, next, err := p.h.Store.Silent(ctx, p.rule.TenantID, wanted)
		if err != nil {
			return err
		}
		for _, silence := range found {
			p.judge(silence)
		}
		if next == "" {
			return nil
		}
		wanted.Cursor = next
	}
}

// judge counts a conversation. A condition that cannot be evaluated starts nothing, and so qualifies nobody.
func (p *preview) judge(silence chat.Silence) {
	channel, known := p.channels[silence.Conversation.ChannelID]
	if !known {
		return // it was removed: nothing is sent there any more
	}
	p.view.Silent++
	if !p.qualifies(silence, channel) {
		return
	}
	p.view.Qualified++
	if len(p.view.Conversations) == previewList {
		return
	}
	p.view.Conversations = append(p.view.Conversations, previewItem{
		Conversation: briefs.ConversationOf{ID: silence.Conversation.ID, ContactNumber: briefs.Digits(silence.Contact.Phone), ContactName: silence.Contact.Name},
		Contact:      briefs.ContactOf{ID: silence.Contact.ID, Name: silence.Contact.Name},
		Instance:     instanceBrief{ID: channel.ID, InstanceName: channel.Name}, SilentSince: silence.Since.UTC(),
	})
}

// qualifies evaluates the condition of the rule's trigger over what a run would begin with.
func (p *preview) qualifies(silence chat.Silence, channel chat.Channel) bool {
	if p.trigger.If == nil {
		return true
	}
	world := flows.World{
		Contact: silence.Contact, Conversation: silence.Conversation, Channel: channel, HasWindow: p.h.HasWindow(channel),
		Company: p.tenant.Name, Zone: people.ZoneOf(silence.Contact, channel, p.tenant),
	}
	event := chat.Event{
		TenantID: p.rule.TenantID, ChannelID: channel.ID, ContactID: silence.Contact.ID, ConversationID: silence.Conversation.ID,
		Name: chat.MessageSent, At: silence.Since, ReceivedAt: silence.Since,
	}
	holds, err := p.trigger.If.Eval(flows.StartScope(flows.TriggerPayload(&event, world), nil, world, p.now))
	return err == nil && holds
}
