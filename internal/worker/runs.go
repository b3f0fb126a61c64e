package worker

import (
	"encoding/json"
	"fmt"
	"time"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// world is what a run may read about its surroundings.
func (p *pass) world(run flows.Run) flows.World {
	conversation, _ := p.desk.Conversation(run.ConversationID)
	channel := p.setup.Channels[run.ChannelID]
	return flows.World{
		Contact: p.desk.Contact, Conversation: conversation, Channel: channel,
		Zone: p.zoneOn(channel), Hours: p.setup.hours,
		MaxLateness: p.maxLateness(), HasWindow: hasWindow(p.worker.Providers[channel.Provider]), Company: p.setup.Tenant.Name,
	}
}

func hasWindow(adapter provider.Provider) bool {
	keeper, can := adapter.(provider.WindowKeeper)
	return !can || keeper.HasWindow()
}

func (p *pass) maxLateness() time.Duration {
	return time.Duration(p.setup.Tenant.Settings.WithDefaults().MaxLateness) * time.Minute
}

// begin starts a run of a flow.
func (p *pass) begin(flow *flows.Flow, run flows.Run, in flows.Input) error {
	span := p.decides(&run, in)
	turn, err := flows.Begin(flow, run, in, p.world(run), p.desk.Now)
	if err != nil {
		return err
	}
	p.decided(span, in, turn)
	if turn.Run.Only {
		turn.Run.Group = "" // a test beside a real enrolment must not replace it
	}
	return p.apply(turn)
}

// advance tells a run something and notes what it decides.
func (p *pass) advance(run flows.Run, in flows.Input) error {
	flow, _, err := p.worker.setups.flowOf(p.ctx, p.setup, run)
	if err != nil {
		return err
	}
	in.InFlight = p.desk.InFlight(run)
	span := p.decides(&run, in)
	turn, err := flows.Advance(flow, run, in, p.world(run), p.desk.Now)
	if err != nil {
		return err
	}
	p.decided(span, in, turn)
	return p.apply(turn)
}

// apply notes a turn: the run, its follow-ups, and what it wants done.
func (p *pass) apply(turn flows.Turn) error {
	p.cancelled = append(p.cancelled, p.desk.NoteTurn(turn)...)
	for _, action := range turn.Actions {
		if err := p.request(turn.Run, action); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) cancel(item desk.Item, reason string) {
	p.cancelled = append(p.cancelled, p.desk.Withdraw(item, reason))
}

func (p *pass) entry(check, verdict, reason string, values map[string]any) chat.LogEntry {
	return chat.LogEntry{At: p.desk.Now, Check: check, Verdict: verdict, Reason: reason, Values: values}
}

// request puts an action that a run asked for into the outbox.
func (p *pass) request(run flows.Run, action flows.Action) error {
	message := chat.Message{
		ID: action.ID, TenantID: run.TenantID, ContactID: run.ContactID, ConversationID: run.ConversationID, ChannelID: run.ChannelID,
		Direction: chat.Outbound, Origin: action.Origin, State: chat.Queued, RunID: run.ID, NodeID: action.NodeID,
		FollowUpID: action.FollowUpID, CreatedAt: p.desk.Now,
	}
	item := desk.Item{ID: action.ID, OrderingKey: run.ID, Action: action.Name, State: desk.ItemPending, DueAt: p.desk.Now, Waits: action.Waits, Message: message}
	if _, known := actions.Find(action.Name); !known {
		return fmt.Errorf("flow %s asks for the unknown action %q", run.FlowID, action.Name)
	}
	if err := p.fill(&item, action.Params); err != nil {
		p.desk.Queue(item)
		return p.fail(item, fault.Of(err), p.desk.Now)
	}
	item.Message.Content.Trace = run.Trace
	p.desk.Queue(item)
	return nil
}

// fill gives the message its content. A template that cannot be filled is an error only where there is nothing else to send.
func (p *pass) fill(item *desk.Item, raw json.RawMessage) error {
	var params flows.SendParams
	if err := json.Unmarshal(raw, &params); err != nil {
		return fmt.Errorf("reading the parameters of %s: %w", item.Action, err)
	}
	message := &item.Message
	message.Content = params.Content
	message.Content.Writing, message.ReplyTo = params.Writing, params.ReplyTo
	if params.Template == nil {
		return nil
	}
	filled, err := p.fillTemplate(message.ChannelID, *params.Template)
	switch {
	case err == nil && item.Action == flows.SendTemplate:
		message.Content = chat.Content{Type: chat.TemplateUse, Text: filled.Text, Template: filled}
	case err == nil:
		message.FallbackTemplate = filled
	case item.Action == flows.SendTemplate:
		message.Content = chat.Content{Type: chat.TemplateUse, Template: &chat.FilledTemplate{Name: params.Template.Name, Language: params.Template.Language}}
		return err
	default:
		problem := fault.Of(err)
		message.FallbackTemplate = &chat.FilledTemplate{Name: params.Template.Name, Language: params.Template.Language,
			ProblemCode: string(problem.Code), Problem: problem.Message}
		message.Log = append(message.Log, p.entry("template", "unusable", problem.Message, map[string]any{"template": params.Template.Name}))
	}
	return nil
}

func (p *pass) fillTemplate(channelID string, wanted flows.TemplateWanted) (*chat.FilledTemplate, error) {
	template, known := p.setup.Template(channelID, wanted.Name, wanted.Language)
	if !known {
		return nil, fault.New(fault.TemplateNotFound, "o template %q (%s) não existe neste canal", wanted.Name, wanted.Language)
	}
	filled, _, err := actions.FillTemplate(template, actions.Texts(wanted.Variables.Named, wanted.Variables.List))
	return filled, err
}
