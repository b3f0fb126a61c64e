package play

import (
	"cmp"
	"fmt"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
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

	// runs are all that ever began, in order.
	runs []flows.Run
	// over are those that ended in this moment with messages still to leave.
	over []flows.Run
	// outbox are the messages that are not done yet, in order; see outbox.go.
	outbox []*item
	// made counts messages that no run asked for.
	made int
	// heard counts the customer's messages.
	heard int
	// last is our last message that was accepted.
	last string
	// results and drafts are what becomes of the next sends and of the next texts of an assistant, as the script says.
	results, drafts []outcome
}

func newStage(flow *flows.Flow, script *Conversation, out *writer) *stage {
	s := &stage{flow: flow, script: script, out: out, now: script.start}
	s.world = flows.World{
		Contact: script.Contact.contact(), Zone: script.zone, Hours: script.Hours, HasWindow: script.Window, Company: script.Company,
		Conversation: chat.Conversation{ID: "conversation", CreatedAt: script.start},
		Channel:      chat.Channel{ID: cmp.Or(script.Channel, flow.Definition().Channel, "channel"), Online: true},
	}
	return s
}

// play goes from moment to moment: at one instant, what came of messages comes before what people do, and that before
// alarms. After each of them leaves what may leave, as after each look of the worker at a contact.
func (s *stage) play() error {
	steps := s.script.Steps
	for range maxMoments {
		came, alarm, due := s.nextOutcome(), s.alarm(), s.nextDue()
		next := earliest(earliest(came, alarm), due)
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
		case came.Equal(next):
			err = s.land()
		case len(steps) > 0 && steps[0].at.Equal(next):
			err = s.step(steps[0])
			steps = steps[1:]
		case alarm.Equal(next):
			err = s.timers()
		}
		if err == nil {
			err = s.leave()
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
		return
	}
	for _, run := range s.waiting() {
		s.show("·", "o roteiro termina aqui; o fluxo espera no nó %q", run.Node)
	}
}

func earliest(first, second time.Time) time.Time {
	if first.IsZero() || !second.IsZero() && second.Before(first) {
		return second
	}
	return first
}

func latest(first, second time.Time) time.Time {
	if first.Before(second) {
		return second
	}
	return first
}
