package flows

import (
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// This file holds the life of a run's open follow-up: planned, moved, sent, failed, ended (domain.md section 5).

// plan makes the run's next follow-up.
func (t *turn) plan(due time.Time) {
	t.run.Attempts++
	t.run.Open = &FollowUp{
		ID: t.id(), TenantID: t.run.TenantID, RunID: t.run.ID, FlowID: t.run.FlowID, NodeID: t.run.Node,
		ContactID: t.run.ContactID, ConversationID: t.run.ConversationID, ChannelID: t.run.ChannelID,
		State: Pending, Attempt: t.run.Attempts, DueAt: due, Revision: 1, CreatedAt: t.now,
	}
}

// touch puts the open follow-up among the rows that changed.
func (t *turn) touch() {
	for _, changed := range t.followUps {
		if changed == t.run.Open {
			return
		}
	}
	t.followUps = append(t.followUps, t.run.Open)
}

// noteOpen writes into the open follow-up's decision log; without one, into the turn's.
func (t *turn) noteOpen(check, verdict, reason string, values map[string]any) {
	if t.run.Open == nil {
		t.note(check, verdict, reason, values)
		return
	}
	t.touch()
	t.run.Open.Log = append(t.run.Open.Log, chat.LogEntry{At: t.now, Check: check, Verdict: verdict, Reason: reason, Values: values})
}

// moveOpen gives the open follow-up another due time, never before now, and waits for it.
func (t *turn) moveOpen(due time.Time, check, reason string, values map[string]any) {
	due = latest(stored(due), t.now)
	all := map[string]any{"from": t.run.Open.DueAt, "to": due}
	for name, value := range values {
		all[name] = value
	}
	t.noteOpen(check, "later", reason, all)
	t.run.Open.DueAt = due
	t.run.Open.Revision++
	t.wait(Wait{Until: due})
}

// closeOpen ends an open follow-up that was not sent, as CANCELLED or RESPONDED.
func (t *turn) closeOpen(state FollowUpState, reason string) {
	if t.run.Open == nil {
		return
	}
	if t.run.Resting() {
		t.run.Open = nil // it has ended already
		return
	}
	t.noteOpen("end", string(state), reason, nil)
	t.run.Open.State, t.run.Open.CancelledAt, t.run.Open.CancelReason = state, t.now, reason
	t.run.Open = nil
}

// settle records the outcome of the open follow-up's send. It gives the reason why the run ends, if it does.
func (t *turn) settle(r ActionResult) (ended string) {
	at := stored(r.At)
	if r.At.IsZero() {
		at = t.now
	}
	if r.MessageID != "" {
		t.run.Open.MessageID = r.MessageID
	}
	if r.Error != nil {
		return t.failOpen(r.Error, at)
	}
	t.noteOpen("result", string(FollowUpSent), "", map[string]any{"sent_at": at})
	t.run.Open.State, t.run.Open.SentAt = FollowUpSent, at
	output := cloneMap(r.Output)
	if output == nil {
		output = map[string]any{}
	}
	output["sent_at"] = at.In(t.world.zone()).Format(time.RFC3339)
	output["message_id"] = t.run.Open.MessageID
	t.run.Outputs[t.run.Node] = output
	t.run.Open, t.run.Anchor = nil, at
	return ""
}

// failOpen records that the open follow-up failed for good. It gives the reason why the run ends, if it does.
func (t *turn) failOpen(problem *fault.Error, at time.Time) (ended string) {
	values := map[string]any{"code": string(problem.Code)}
	if problem.Detail != "" {
		values["detail"] = problem.Detail
	}
	t.noteOpen("result", string(FollowUpFailed), problem.Message, values)
	t.run.Open.State, t.run.Open.FailedAt, t.run.Open.ErrorCode = FollowUpFailed, at, string(problem.Code)
	t.run.Outputs[t.run.Node] = errorOutput(problem)
	t.run.Open, t.run.Anchor = nil, at
	if problem.Code.EndsRun() {
		return string(problem.Code)
	}
	return ""
}

// forgetNotes drops what was written into the open follow-up's log since it had so many lines: a send that waits is judged
// often, and only what comes of it is worth a line.
func (t *turn) forgetNotes(lines int) {
	t.run.Open.Log = t.run.Open.Log[:lines]
	if lines > 0 {
		return
	}
	kept := t.followUps[:0]
	for _, changed := range t.followUps {
		if changed != t.run.Open {
			kept = append(kept, changed)
		}
	}
	t.followUps = kept
}

// recheck judges a send again that was asked for earlier and still waits. A newer version asks for it anew, in its own
// words; else the conditions decide, and what holds goes on waiting as it was.
func (t *turn) recheck() {
	switch node := t.present(); {
	case t.run.Wait.Action == "" || t.run.Testing():
	case node == nil:
		t.removed()
	case t.run.AskedVersion != t.flow.Version:
		t.takeBack()
		t.noteOpen("recheck", "again", "uma versão nova: o texto e as condições dela valem", map[string]any{"flow_version": t.flow.Version})
		t.walk(&Input{Kind: Timer})
	default:
		t.walk(&t.in)
	}
}

func latest(first, second time.Time) time.Time {
	if first.Before(second) {
		return second
	}
	return first
}
