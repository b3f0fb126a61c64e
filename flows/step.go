package flows

import (
	"encoding/json"
	"time"

	"retoma/internal/chat"
	"retoma/internal/expr"
	"retoma/internal/fault"
)

// Step is what a node sees and may do while the run stands at it.
type Step struct {
	turn  *turn
	node  *compiledNode
	input *Input
}

// Now is the moment of this turn.
func (s *Step) Now() time.Time { return s.turn.now }

// World is what the run may read about its surroundings.
func (s *Step) World() World { return s.turn.world }

// Zone is the zone of local rules.
func (s *Step) Zone() *time.Location { return s.turn.world.zone() }

// Arrived tells that the run has just come to this node, or that its clock starts again.
func (s *Step) Arrived() bool { return s.input == nil }

// Due tells that the time this node waited for has come.
func (s *Step) Due() bool { return s.input != nil && s.input.Kind == Timer }

// Rechecked tells that the send this node asked for still waits, and is to be judged again.
func (s *Step) Rechecked() bool { return s.input != nil && s.input.Kind == Recheck }

// Reply is the customer's message that this node waited for; nil for every other input.
func (s *Step) Reply() *chat.InboundMessage {
	if s.input == nil || s.input.Kind != Reply || s.input.Event == nil {
		return nil
	}
	return s.input.Event.Message
}

// ReplyID is the provider's id of the customer's message that this node waited for; empty if there is none.
func (s *Step) ReplyID() string {
	if s.Reply() == nil {
		return ""
	}
	return s.input.Event.ExternalID
}

// Result is the outcome of the action that this node waited for; nil for every other input.
func (s *Step) Result() *ActionResult {
	if s.input == nil || s.input.Kind != Result {
		return nil
	}
	return s.input.Result
}

// Eval evaluates a condition over the run's scope.
func (s *Step) Eval(condition *expr.Condition) (bool, error) { return condition.Eval(s.turn.scope()) }

// Render fills in a text; nil renders to nothing. A missing value is a fault.TemplateParams that names it.
func (s *Step) Render(template *expr.Template) (string, error) {
	if template == nil {
		return "", nil
	}
	return template.Render(s.turn.scope())
}

// Set gives a variable of the run (vars.<name>) a JSON-like value.
func (s *Step) Set(name string, value any) { s.turn.run.Vars[name] = cloneValue(value) }

// Output is what later steps read as steps.<this node>.output, a JSON-like value.
func (s *Step) Output(value any) { s.turn.run.Outputs[s.node.ID] = cloneValue(value) }

// Log writes into the run's log.
func (s *Step) Log(check, verdict, reason string, values map[string]any) {
	s.turn.note(check, verdict, reason, values)
}

// LogSend writes into the log of the follow-up that is being sent; into the run's if there is none.
func (s *Step) LogSend(check, verdict, reason string, values map[string]any) {
	s.turn.noteOpen(check, verdict, reason, values)
}

// Wait stays until a time (zero: no timer) or, with reply, a customer's message.
func (s *Step) Wait(until time.Time, reply bool) Exit {
	wait := Wait{Reply: reply}
	if !until.IsZero() {
		wait.Until = latest(stored(until), s.turn.now)
	}
	s.turn.wait(wait)
	return Stay
}

// End finishes the run with a reason.
func (s *Step) End(reason string) Exit {
	s.turn.run.Reason = reason
	return Done
}

// Do asks for an action and does not wait for it.
func (s *Step) Do(name string, params any) error {
	_, err := s.ask(name, params, false)
	return err
}

// DoAndWait asks for an action and stays until its result comes.
func (s *Step) DoAndWait(name string, params any) (Exit, error) {
	id, err := s.ask(name, params, true)
	if err != nil {
		return Stay, err
	}
	s.turn.wait(Wait{Action: id})
	return Stay, nil
}

func (s *Step) ask(name string, params any, waits bool) (string, error) {
	encoded, err := json.Marshal(params)
	if err != nil {
		return "", fault.Wrap(fault.Internal, err, "parâmetros da ação %s não podem ser escritos", name)
	}
	t := s.turn
	action := Action{
		ID: t.id(), Name: name, Params: encoded, RunID: t.run.ID, NodeID: s.node.ID, Waits: waits, Origin: t.origin(),
	}
	if t.run.Open != nil {
		action.FollowUpID, action.Origin = t.run.Open.ID, chat.FromFollowUp
	}
	t.actions = append(t.actions, action)
	return action.ID, nil
}

func (t *turn) origin() chat.Origin {
	if t.run.Answering {
		return chat.FromReply
	}
	return chat.FromFlow
}

// Send asks for the open follow-up's send and stays until its result comes; the engine itself records that.
func (s *Step) Send(name string, params any) Exit {
	exit, err := s.DoAndWait(name, params)
	if err != nil {
		return s.Fail(err)
	}
	s.turn.run.AskedVersion = s.turn.flow.Version
	open := s.turn.run.Open
	open.MessageID = s.turn.run.Wait.Action
	s.turn.noteOpen("send", "go", "", map[string]any{"action": name, "flow_version": s.turn.flow.Version, "due": open.DueAt})
	return exit
}

// Fail records that the open follow-up cannot be sent, for a reason that the flow itself holds. The run goes on to its
// next step, unless no later step could do better (domain.md section 5).
func (s *Step) Fail(err error) Exit {
	if ended := s.turn.failOpen(fault.Of(err), s.turn.now); ended != "" {
		s.turn.end(Stopped, ended)
		return Stay
	}
	return Next
}
