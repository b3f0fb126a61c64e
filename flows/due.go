package flows

import (
	"time"

	"retoma/internal/expr"
)

// Plan plans the follow-up of this step, or moves the one that is open (a clock that starts again), and stays.
// Conditions are checked now as well as when it is due: exitIf ends the run, the step's own condition passes it over.
// A condition that cannot be evaluated decides nothing yet; it is asked again when the follow-up is due.
func (s *Step) Plan(timing Timing, condition *expr.Condition) Exit {
	t := s.turn
	if exit, blocked := s.blocked(condition, false); blocked {
		return exit
	}
	due, values := t.dueAt(timing)
	if t.run.Open != nil {
		t.moveOpen(due, "plan", "o prazo recomeça", values)
		return Stay
	}
	t.plan(due)
	t.noteOpen("plan", "planned", "", values)
	t.wait(Wait{Until: due})
	return Stay
}

// dueAt computes when the present step is due, never before now, and the values that it was computed from.
func (t *turn) dueAt(timing Timing) (time.Time, map[string]any) {
	values := map[string]any{"flow_version": t.flow.Version, "anchor": t.run.Anchor}
	if t.run.Testing() {
		values["test"] = true
		return t.now, values
	}
	timing = t.heeded(timing)
	due := stored(timing.from(t.run.Anchor, t.world.zone()))
	if !t.run.Scheduled.IsZero() {
		due, values["scheduled"] = t.run.Scheduled, t.run.Scheduled
	}
	if t.now.Sub(due) > t.world.maxLateness() {
		values["late_since"] = due
		due = stored(timing.afterLate(t.now, t.world))
	}
	due = latest(due, t.now)
	open, reason := t.world.opening(due)
	if reason != "" {
		values["hours"] = reason
	}
	if timing.KeepInWindow {
		if inside, reason := t.world.insideWindow(due, open, t.now); reason != "" {
			values["window_closes"], values["without_window"], values["window"] = t.world.Conversation.WindowClosesAt(), open, reason
			open = inside
		}
	}
	values["due"], values["zone"] = open, t.world.zone().String()
	return open, values
}

// Ready decides whether the open follow-up may go out now. If not, the exit says where the run stands instead.
func (s *Step) Ready(timing Timing, condition *expr.Condition) (Exit, bool) {
	t := s.turn
	if t.run.Testing() {
		return Stay, true
	}
	if exit, blocked := s.blocked(condition, true); blocked {
		return exit, false
	}
	if late := t.now.Sub(t.run.Open.DueAt); late > t.world.maxLateness() {
		next := t.heeded(timing).afterLate(t.now, t.world)
		values := map[string]any{"late_seconds": int(late / time.Second), "max_seconds": int(t.world.maxLateness() / time.Second)}
		if next.After(t.now) {
			t.moveOpen(next, "lateness", "atrasado demais para sair agora", values)
			return Stay, false
		}
		t.noteOpen("lateness", "go", "atrasado, mas em horário de envio", values)
	}
	if open, reason := t.world.opening(t.now); reason != "" {
		t.moveOpen(open, "hours", reason, nil)
		return Stay, false
	}
	return Stay, true
}

// Still decides whether the open follow-up, whose send waits, is still wanted. If not, the send is taken back and the exit
// says where the run stands instead.
func (s *Step) Still(condition *expr.Condition) (Exit, bool) {
	logged := len(s.turn.run.Open.Log)
	exit, blocked := s.blocked(condition, true)
	if !blocked {
		s.turn.forgetNotes(logged)
		return Stay, true
	}
	s.turn.cancelActions = true
	return exit, false
}

// blocked evaluates the flow's exitIf and the step's condition.
func (s *Step) blocked(condition *expr.Condition, due bool) (Exit, bool) {
	t := s.turn
	if t.run.Testing() {
		return Stay, false
	}
	if t.flow.exitIf != nil {
		leaves, err := t.flow.exitIf.Eval(t.scope())
		switch {
		case err != nil:
			return s.undecided("exit_if", err, due)
		case leaves:
			t.noteOpen("exit_if", "drop", t.exitReason(), map[string]any{"condition": t.flow.definition.ExitIf})
			t.end(Stopped, t.exitReason())
			return Stay, true
		}
	}
	if condition == nil {
		return Stay, false
	}
	holds, err := condition.Eval(t.scope())
	switch {
	case err != nil:
		return s.undecided("condition", err, due)
	case holds:
		if due {
			t.noteOpen("condition", "go", "", map[string]any{"condition": condition.Source()})
		}
		return Stay, false
	}
	t.noteOpen("condition", "drop", ReasonCondition, map[string]any{"node": s.node.ID, "condition": condition.Source()})
	if t.run.Open != nil {
		t.closeOpen(FollowUpCancelled, ReasonCondition)
		t.run.Anchor = t.now
	}
	return Next, true
}

// exitReason is why ExitIf and StopIf end what they end.
func (t *turn) exitReason() string { return firstOf(t.flow.definition.ExitReason, ReasonExit) }

// undecided treats a condition that failed: a due follow-up fails with it, a planned one is asked again later.
func (s *Step) undecided(check string, err error, due bool) (Exit, bool) {
	if due {
		return s.Fail(err), true
	}
	s.turn.noteOpen(check, "undecided", err.Error(), nil)
	return Stay, false
}
