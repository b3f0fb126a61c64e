package play

import (
	"fmt"
	"slices"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/triggers"
)

// This file holds how runs begin and go on; the order and the rules are the worker's.

// waiting is a copy of the runs that wait, so that turns may change the stage meanwhile.
func (s *stage) waiting() []flows.Run {
	var waiting []flows.Run
	for _, run := range s.runs {
		if run.State == flows.Waiting {
			waiting = append(waiting, run)
		}
	}
	return waiting
}

func (s *stage) alarm() time.Time {
	var next time.Time
	for _, run := range s.waiting() {
		next = earliest(next, run.Wait.Until)
	}
	return next
}

// timers gives each run whose time has come its alarm.
func (s *stage) timers() error {
	for _, run := range s.waiting() {
		if run.Wait.Until.IsZero() || run.Wait.Until.After(s.now) {
			continue
		}
		if err := s.advance(run, flows.Input{Kind: flows.Timer, Token: run.Wait.Token}); err != nil {
			return err
		}
	}
	return nil
}

// dated is an event that happens now, in the one conversation that there is.
func (s *stage) dated(event chat.Event) chat.Event {
	event.At, event.ReceivedAt = s.now, s.now
	event.ContactID, event.ConversationID, event.ChannelID = s.world.Contact.ID, s.world.Conversation.ID, s.world.Channel.ID
	return event
}

// start lets an event start the flow if its trigger matches. While a run of the flow is under way it does not, unless its
// author wants it to begin again.
func (s *stage) start(event chat.Event) error {
	waiting := s.waiting()
	if len(waiting) > 0 && s.flow.Definition().Again != "restart" {
		return nil
	}
	if s.flow.Definition().Rearm && s.world.Conversation.WaitsForAnswerTo(s.flow.ID) {
		return nil // its attempts begin anew only after the customer has written
	}
	start, matched, err := triggers.Match(s.flow, event, s.world, s.now)
	if err != nil {
		s.show("!", "%s", fault.Of(err).Message)
	}
	if !matched {
		return nil
	}
	if len(waiting) > 0 {
		if err := s.advance(waiting[0], flows.Input{Kind: flows.Stop, Reason: flows.ReasonAgain}); err != nil {
			return err
		}
	}
	return s.begin(start.NodeID, flows.Input{Kind: flows.Start, Event: &event, Vars: start.Vars})
}

// enrol puts the contact into the flow. In an exclusive group the same one again changes nothing while it is active.
func (s *stage) enrol(vars map[string]any) error {
	if s.flow.Definition().Group != "" && len(s.waiting()) > 0 {
		return nil
	}
	event := s.dated(chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{FlowID: s.flow.ID, Source: "test", Vars: vars}})
	return s.begin("", flows.Input{Kind: flows.Start, Event: &event, Vars: vars})
}

func (s *stage) begin(node string, in flows.Input) error {
	s.show("▶", "começa %q", s.flow.Definition().Name)
	turn, err := flows.Begin(s.flow, flows.Run{
		ID: fmt.Sprintf("run-%d", len(s.runs)+1), ContactID: s.world.Contact.ID, ConversationID: s.world.Conversation.ID,
		ChannelID: s.world.Channel.ID, Node: node,
	}, in, s.world, s.now)
	if err != nil {
		return err
	}
	s.runs = append(s.runs, turn.Run)
	return s.take(turn)
}

// tell gives every run the same input.
func (s *stage) tell(in flows.Input) error {
	for _, run := range s.waiting() {
		if err := s.advance(run, in); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) advance(run flows.Run, in flows.Input) error {
	in.InFlight = run.Wait.Action != "" && slices.ContainsFunc(s.outbox, func(i *item) bool { return i.message.ID == run.Wait.Action && i.state == sent })
	turn, err := flows.Advance(s.flow, run, in, s.world, s.now)
	if err != nil {
		return err
	}
	for i := range s.runs {
		if s.runs[i].ID == turn.Run.ID {
			s.runs[i] = turn.Run
		}
	}
	return s.take(turn)
}

// take shows what a turn decided and notes what it wants sent.
func (s *stage) take(turn flows.Turn) error {
	for _, entry := range turn.Log {
		s.entry(entry)
	}
	for _, followUp := range turn.FollowUps {
		s.followUp(followUp)
	}
	if turn.CancelActions {
		s.withdraw(turn.Run.ID)
	}
	for _, action := range turn.Actions {
		if err := s.request(action); err != nil {
			return err
		}
	}
	if turn.Run.State == flows.Waiting {
		return nil
	}
	if slices.ContainsFunc(s.outbox, func(i *item) bool { return i.message.RunID == turn.Run.ID && i.state == queued }) {
		s.over = append(s.over, turn.Run) // told when its last messages have left
		return nil
	}
	s.ended(turn.Run)
	return nil
}
