package play

import (
	"errors"
	"fmt"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/triggers"
)

// maxMoments bounds a play, whatever the flow does.
const maxMoments = 10_000

// stage is a play under way: it does what worker, store and provider do in earnest.
type stage struct {
	flow   *flows.Flow
	script *Conversation
	out    *writer
	now    time.Time
	world  flows.World
	facts  []fact

	run  *flows.Run
	runs int
	// upcoming are the outcomes of the next sends, as the script says.
	upcoming []Step
	// flights are sends whose outcome is still to come.
	flights []flight
	written bool
}

type flight struct {
	at     time.Time
	action flows.Action
	failed *fault.Error
}

func newStage(flow *flows.Flow, script *Conversation, out *writer) *stage {
	s := &stage{flow: flow, script: script, out: out, now: script.start}
	s.world = flows.World{
		Contact: script.Contact.contact(), Zone: script.zone, Hours: script.Hours,
		Conversation: chat.Conversation{ID: "conversation"}, Channel: chat.Channel{ID: "channel"},
	}
	return s
}

// play goes from moment to moment: at one instant, outcomes come before what people do, and that before alarms.
func (s *stage) play() error {
	steps := s.script.Steps
	for range maxMoments {
		result, alarm := s.nextFlight(), s.alarm()
		next := earliest(result, alarm)
		if len(steps) > 0 {
			next = earliest(next, steps[0].at)
		}
		if next.IsZero() || next.After(s.script.until) {
			s.close(next)
			return nil
		}
		if next.After(s.now) {
			s.now = next
		}
		var err error
		switch {
		case result.Equal(next):
			err = s.land()
		case len(steps) > 0 && steps[0].at.Equal(next):
			err = s.step(steps[0])
			steps = steps[1:]
		default:
			err = s.tell(flows.Input{Kind: flows.Timer, Token: s.run.Wait.Token})
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("a conversa passou de %d momentos; ponha until no roteiro", maxMoments)
}

func (s *stage) close(next time.Time) {
	if !next.IsZero() {
		s.show("·", "o roteiro termina aqui; o próximo momento seria %s", s.clock(next))
	} else if s.run != nil && s.run.State == flows.Waiting {
		s.show("·", "o roteiro termina aqui; o fluxo espera no nó %q", s.run.Node)
	}
}

func earliest(first, second time.Time) time.Time {
	if first.IsZero() || !second.IsZero() && second.Before(first) {
		return second
	}
	return first
}

func (s *stage) alarm() time.Time {
	if s.run == nil || s.run.State != flows.Waiting {
		return time.Time{}
	}
	return s.run.Wait.Until
}

func (s *stage) step(step Step) error {
	switch {
	case step.Customer != "" || step.Choice != "":
		return s.customer(step)
	case step.Enrol:
		s.show("◆", "inscrição")
		return s.event(chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{FlowID: s.flow.ID, Source: "test", Vars: step.Vars}})
	case step.Event != "":
		s.show("◆", "evento %s", step.Event)
		return s.event(chat.Event{Name: chat.EventName(step.Event), Data: step.Data})
	case step.Human:
		s.show("◆", "uma pessoa assume a conversa")
		s.world.Conversation.AgentAt = s.now
		return s.tell(flows.Input{Kind: flows.Human})
	case step.Result != "":
		s.upcoming = append(s.upcoming, step)
	case step.Contact != nil:
		s.show("◆", "o contato mudou")
		s.world.Contact = step.Contact.contact()
	case step.Stop != "":
		return s.tell(flows.Input{Kind: flows.Stop, Reason: step.Stop})
	case step.Skip:
		return s.tell(flows.Input{Kind: flows.Skip})
	}
	return nil
}

// customer lets a message come in: to the run that waits, by onReply, or as the start of a run.
func (s *stage) customer(step Step) error {
	s.show("←", "%s", firstOf(step.Customer, step.Choice))
	content := chat.Content{Type: chat.Text, Text: step.Customer, Choice: step.Choice}
	if step.Choice != "" {
		content.Type = chat.ButtonReply
	}
	event := chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: content}}
	first := !s.written
	s.written, s.world.Conversation.CustomerAt = true, s.now
	if s.waiting() {
		waited := s.run.Wait.Reply
		if err := s.tell(flows.Input{Kind: flows.Reply, Event: s.dated(event)}); err != nil || waited {
			return err
		}
	}
	if first {
		started := event
		started.Name = chat.ConversationStarted
		if err := s.event(started); err != nil {
			return err
		}
	}
	return s.event(event)
}

func (s *stage) dated(event chat.Event) *chat.Event {
	event.At, event.ReceivedAt = s.now, s.now
	event.ConversationID, event.ChannelID = s.world.Conversation.ID, s.world.Channel.ID
	return &event
}

// event starts a run if none is under way and a trigger matches.
func (s *stage) event(event chat.Event) error {
	if s.waiting() {
		return nil
	}
	dated := s.dated(event)
	if s.flow.Definition().Channel != "" {
		dated.ChannelID = s.flow.Definition().Channel
	}
	start, matched, err := triggers.Match(s.flow, *dated, s.world, s.now)
	if err != nil {
		s.show("!", "%s", fault.Of(err).Message)
	}
	if !matched {
		return nil
	}
	s.runs++
	run := flows.Run{ID: fmt.Sprintf("run-%d", s.runs), ContactID: "contact", ConversationID: "conversation", ChannelID: "channel", Node: start.NodeID}
	s.show("▶", "começa %q", s.flow.Definition().Name)
	turn, err := flows.Begin(s.flow, run, flows.Input{Kind: flows.Start, Event: dated, Vars: start.Vars}, s.world, s.now)
	if err != nil {
		return err
	}
	return s.take(turn)
}

func (s *stage) waiting() bool { return s.run != nil && s.run.State == flows.Waiting }

// tell gives the run an input.
func (s *stage) tell(in flows.Input) error {
	if !s.waiting() {
		return nil
	}
	in.InFlight = s.run.Wait.Action != ""
	turn, err := flows.Advance(s.flow, *s.run, in, s.world, s.now)
	if err != nil {
		return err
	}
	return s.take(turn)
}

var errUnreadable = errors.New("play: an action has parameters that cannot be read")

func firstOf(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
