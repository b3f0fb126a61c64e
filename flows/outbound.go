package flows

import (
	"time"

	"retoma/internal/chat"
)

// This file holds what our own messages do to a run that counts from them (Definition.OnOutbound and Rearm): the clock of
// NO_RESPONSE (domain.md section 4).

// spokenAt is when we wrote: the teller's time, never later than now.
func spokenAt(event chat.Event, now time.Time) time.Time {
	if event.At.IsZero() || event.At.After(now) {
		return now
	}
	return stored(event.At)
}

// outbound starts the clock of the open follow-up again at a message of ours. A send that is on its way is not disturbed,
// and neither is what a person scheduled.
func (t *turn) outbound() {
	at := spokenAt(*t.in.Event, t.now)
	switch {
	case t.flow.definition.OnOutbound != "restart" || t.run.Open == nil || t.run.Only:
		return
	case t.run.Wait.Action != "" && t.in.InFlight, !at.After(t.run.Anchor):
		return
	case t.present() == nil:
		t.removed()
		return
	}
	t.takeBack()
	t.run.ClockBefore, t.run.ClockMessage, t.run.Anchor = t.run.Anchor, t.in.Event.ID, at
	t.logAnew("restart", "nova mensagem nossa: o prazo recomeça", at)
	t.walk(nil)
}

// logAnew begins the open follow-up's log again with the message that its clock counts from now.
func (t *turn) logAnew(verdict, reason string, at time.Time) {
	t.run.Restarts++
	open := t.run.Open
	open.Log, open.LogAnew = nil, true
	t.noteOpen("outbound", verdict, reason, map[string]any{
		"message": t.run.ClockMessage, "at": at, "restarts": t.run.Restarts, "planned": open.CreatedAt,
	})
}

// refused takes back the clock that a message started which was not delivered after all: it counts from what it counted
// from before, and if that message was the first, there is nothing to follow up.
func (t *turn) refused() {
	switch {
	case t.in.MessageID == "" || t.run.ClockMessage != t.in.MessageID || t.run.Open == nil:
		return
	case t.run.Wait.Action != "" && t.in.InFlight:
		return
	case t.run.ClockBefore.IsZero():
		t.stop(FollowUpCancelled, ReasonRefused)
		return
	case t.present() == nil:
		t.removed()
		return
	}
	t.takeBack()
	t.run.Anchor, t.run.ClockMessage, t.run.ClockBefore = t.run.ClockBefore, "", time.Time{}
	t.noteOpen("outbound", "restart", ReasonRefused, map[string]any{"message": t.in.MessageID})
	t.walk(nil)
}

// mayRest tells whether a reply lets the run rest instead of ending it: nothing was sent yet, and nothing is on its way.
func (t *turn) mayRest() bool {
	open := t.run.Open
	return t.flow.definition.Rearm && open != nil && open.Attempt == 1 && !t.run.Only && (t.run.Wait.Action == "" || !t.in.InFlight)
}

// rest ends the open follow-up as RESPONDED and waits, until it would have been due, for a message of ours.
func (t *turn) rest() {
	t.takeBack()
	open := t.run.Open
	t.noteOpen("end", string(Responded), ReasonReplied, nil)
	open.State, open.CancelledAt, open.CancelReason = Responded, t.now, ReasonReplied
	t.wait(Wait{Until: latest(open.DueAt, t.now)})
}

// rests applies an input to a resting run; false leaves it to be handled like any other run's.
func (t *turn) rests() bool {
	switch t.in.Kind {
	case Timer:
		t.end(Stopped, ReasonReplied)
	case Outbound:
		t.rearm()
	case Refresh:
		if t.present() == nil {
			t.end(Stopped, ReasonReplied)
		}
	case Stop, Human, Changed:
		return false
	}
	return true
}

// rearm makes the answered follow-up pending again: the same row, counted from the message that we just wrote.
func (t *turn) rearm() {
	at := spokenAt(*t.in.Event, t.now)
	if t.flow.definition.OnOutbound != "restart" || at.Before(t.run.Open.CancelledAt.Add(-chat.SameMoment)) {
		return
	}
	if t.present() == nil {
		t.end(Stopped, ReasonReplied)
		return
	}
	open := t.run.Open
	open.State, open.CancelledAt, open.CancelReason, open.MessageID = Pending, time.Time{}, "", ""
	t.run.ClockBefore, t.run.ClockMessage, t.run.Anchor = time.Time{}, t.in.Event.ID, at
	t.logAnew("rearm", "nova mensagem nossa depois da resposta: o prazo recomeça", at)
	t.walk(nil)
}

// changed ends the run at once if its StopIf holds. One that cannot be evaluated ends nothing.
func (t *turn) changed() {
	if t.flow.stopIf == nil || t.run.Testing() {
		return
	}
	stops, err := t.flow.stopIf.Eval(t.scope())
	switch {
	case err != nil:
		t.noteOpen("stop_if", "undecided", err.Error(), nil)
	case stops:
		t.noteOpen("stop_if", "drop", t.exitReason(), map[string]any{"condition": t.flow.definition.StopIf})
		t.stop(FollowUpCancelled, t.exitReason())
	}
}
