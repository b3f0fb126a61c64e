package worker

import (
	"context"
	"fmt"
	"time"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/trace"
)

// pass is one look at a contact's desk: mail first, then what came of sends, then timers, then the outbox. Answers come
// before alarms, so that a reply which is already written down always wins.
type pass struct {
	worker *Worker
	ctx    context.Context
	desk   *desk.Desk
	setup  *setup
	// again is when the contact wants to be looked at without anything new: a pace slot.
	again time.Time
	// lines are the times before which nothing of a line goes to this contact.
	lines map[paceLine]time.Time
	// cancelled are messages whose pace slots are given back after the commit.
	cancelled []chat.Message
	// writings are texts that assistants begin after the commit.
	writings []writingTask
	// settled are wishes for merges that were carried out.
	settled map[string]bool
	// weighed are unconfirmed items that evidence released in this pass, as they were before.
	weighed map[string]desk.Item
	// told is the traceparent of the event that is being read.
	told string
	// spans end once the pass is committed; one that was undone is never told of.
	spans []*trace.Span
	// turns are what runs decided; each is a line of the log once the pass is committed.
	turns []decision
	// observed is what metrics are told once the pass is committed.
	observed []Observation
	// more tells that there is more mail than one pass takes.
	more bool
}

// mailError tells which event could not be handled.
type mailError struct {
	event chat.Event
	cause error
}

func (e *mailError) Error() string { return fmt.Sprintf("handling event %s: %v", e.event.ID, e.cause) }
func (e *mailError) Unwrap() error { return e.cause }

// mailLimit is the most mail that a desk holds; more than that waits for the next pass.
const mailLimit = 100

// decide is called by the store with a fresh desk, perhaps more than once.
func (p *pass) decide(ctx context.Context, d *desk.Desk) error {
	p.worker.dropWritings(d.Contact.TenantID, p.writings) // of a look that could not be written
	*p = pass{worker: p.worker, ctx: ctx, desk: d, settled: p.settled}
	d.Horizon = d.Now.Add(p.worker.Horizon())
	var err error
	if p.setup, err = p.worker.setups.at(ctx, d.Contact.TenantID, d.TenantRevision); err != nil {
		return err
	}
	if err := p.mergeFirst(); err != nil {
		return err
	}
	if err := p.mail(); err != nil {
		return err
	}
	// What a person turned off plans nothing more when its send comes back; what came back unsent is looked at once more.
	for _, step := range []func() error{p.outdated, p.outcomes, p.doubts} {
		if err := step(); err != nil {
			return err
		}
	}
	if p.more = len(d.Mail) >= mailLimit; p.more {
		return nil
	}
	for _, step := range []func() error{p.weigh, p.outdated, p.timers, p.outbox} {
		if err := step(); err != nil {
			return err
		}
	}
	p.unreleased()
	return nil
}

// timers gives each run its alarm. A turn may plan something that is due at once, so the runs are looked at again, but
// only a few times: a flow that never comes to rest is stopped by its own step limit.
func (p *pass) timers() error {
	for range 10 {
		rang := false
		for _, run := range p.waitingRuns() {
			if run.Wait.Until.IsZero() || run.Wait.Until.After(p.desk.Now) || p.desk.HoldsRun(run) {
				continue
			}
			rang = true
			if err := p.advance(run, flows.Input{Kind: flows.Timer, Token: run.Wait.Token}); err != nil {
				return err
			}
		}
		if !rang {
			return nil
		}
	}
	return nil
}

// waitingRuns is a copy of the runs that wait, so that turns may change the desk meanwhile.
func (p *pass) waitingRuns() []flows.Run {
	var waiting []flows.Run
	for _, run := range p.desk.Runs {
		if run.State == flows.Waiting {
			waiting = append(waiting, run)
		}
	}
	return waiting
}

// outdated lets runs look at what their author changed: a deactivated or deleted document ends them, a newer version
// may have lost their step.
func (p *pass) outdated() error {
	for _, run := range p.waitingRuns() {
		flow, live, err := p.worker.setups.flowOf(p.ctx, p.setup, run)
		if err != nil {
			return err
		}
		if !live {
			if err := p.advance(run, flows.Input{Kind: flows.Stop, Reason: p.inactiveReason(run)}); err != nil {
				return err
			}
			continue
		}
		if lostTrigger(flow, run) {
			if err := p.advance(run, flows.Input{Kind: flows.Stop, Reason: ReasonTrigger}); err != nil {
				return err
			}
			continue
		}
		// What was to happen to a run with its send's result happens now, if that send went back into the queue.
		back := run.Wait.Unsettled() && !p.desk.InFlight(run)
		if p.desk.HoldsRun(run) {
			continue // a newer version's clock would move it to where it goes out without having been reviewed
		}
		if flow.Version != run.Version || back {
			if err := p.advance(run, flows.Input{Kind: flows.Refresh}); err != nil {
				return err
			}
		}
	}
	return nil
}

// lostTrigger tells whether the author took away what the run began with: a rule of another trigger is another rule.
func lostTrigger(flow *flows.Flow, run flows.Run) bool {
	return run.Began != "" && flow.Definition().FollowAuthor && !run.Only && len(flow.TriggersFor(run.Began)) == 0
}

// inactiveReason is domain.md's "rule inactive" and "rule deleted" in the words that lists show.
func (p *pass) inactiveReason(run flows.Run) string {
	document, exists := p.setup.Flows[run.FlowID]
	if !exists {
		return ReasonDeleted
	}
	switch document.Kind {
	case flows.ModelDocument:
		return "Modelo desativado"
	case flows.RuleDocument:
		return "Regra desativada"
	case flows.ConfigDocument:
		return "Configuração desativada"
	}
	return "Fluxo desativado"
}

// The reasons with which runs end from outside.
const (
	ReasonTrigger  = "O gatilho foi alterado"
	ReasonDeleted  = "Origem do follow-up removida"
	ReasonReplaced = "Substituído por outro modelo"
	ReasonMerged   = "O contato foi unido a outro, que já está neste fluxo ou em um mais novo"
	ReasonRemoved  = "Contato retirado do follow-up"
	ReasonOptedOut = "Contato pediu para não receber mensagens"
)

// call is what policies and actions see of a message.
func (p *pass) call(d *desk.Desk, message chat.Message) actions.Call {
	conversation, _ := d.Conversation(message.ConversationID)
	channel := p.setup.Channels[message.ChannelID]
	return actions.Call{
		Now: d.Now, Tenant: p.setup.Tenant, Channel: channel, Contact: d.Contact, Conversation: conversation, Message: message,
		Provider:  p.worker.Providers[channel.Provider],
		Template:  func(name, language string) (chat.Template, bool) { return p.setup.Template(channel.ID, name, language) },
		Automatic: p.automatic(channel, message.ID),
	}
}
