package flows

import "time"

// This file holds what happens to a run from outside: replies, people, results, stops.

// The reasons with which runs and follow-ups end, as people read them.
const (
	ReasonHuman     = "atendimento humano"
	ReasonSkipped   = "pulado"
	ReasonRemoved   = "etapa removida"
	ReasonExit      = "condição de saída"
	ReasonCondition = "condição não atendida"
	ReasonAgain     = "Recomeçou com um novo evento"
	ReasonRefused   = "a mensagem que começou o prazo não foi entregue"
)

// reply applies a customer's message: to the node that waits for one, else as the flow's onReply says.
func (t *turn) reply() {
	if t.run.Wait.Reply && t.present() != nil {
		t.run.Answering = true
		t.walk(&t.in)
		return
	}
	switch t.onReply() {
	case ReplyStop:
		if t.mayRest() {
			t.rest()
			return
		}
		t.stop(Responded, ReasonReplied)
	case ReplyRestart:
		t.restart()
	default:
		if t.present() == nil {
			t.removed()
		}
	}
}

// onReply is the run's own choice, or its flow's.
func (t *turn) onReply() OnReply {
	if t.run.OnReply != "" {
		return t.run.OnReply
	}
	return t.flow.definition.OnReply
}

// restart begins the clock of the present step anew. A send that is on its way is not disturbed, unless it comes back unsent.
func (t *turn) restart() {
	switch {
	case t.present() == nil:
		t.removed()
		return
	case t.run.Wait.Action != "" && t.run.Open == nil:
		return
	case t.run.Wait.Action != "" && t.in.InFlight:
		t.run.Wait.Answered = t.now
		t.noteOpen("reply", "later", "o envio já saiu: se voltar sem sair, o prazo recomeça", nil)
		return
	}
	t.restartAt(t.now)
}

// restartAt counts the present step from an answer.
func (t *turn) restartAt(answered time.Time) {
	t.takeBack()
	t.run.Anchor, t.run.Wait.Answered = answered, time.Time{}
	t.noteOpen("reply", "restart", "o cliente respondeu: o prazo recomeça", nil)
	t.walk(nil)
}

// restartLate restarts a clock whose restart waited for a send that has come back unsent.
func (t *turn) restartLate() {
	if t.present() == nil {
		t.removed()
		return
	}
	t.restartAt(t.run.Wait.Answered)
}

// takeBack asks that a send that was asked for but not claimed be withdrawn.
func (t *turn) takeBack() {
	if t.run.Wait.Action == "" {
		return
	}
	t.cancelActions = true
	if t.run.Open != nil {
		t.run.Open.MessageID = ""
	}
}

func (t *turn) human() {
	if t.flow.definition.OnHuman == "stop" {
		t.stop(FollowUpCancelled, ReasonHuman)
		return
	}
	if t.present() == nil {
		t.removed()
	}
}

// stop ends the run and its open follow-up. A send in flight is awaited first: it counts as what it turns out to be.
func (t *turn) stop(state FollowUpState, reason string) {
	if t.run.Wait.Action != "" && t.in.InFlight {
		t.run.Wait.EndReason = reason
		t.noteOpen("stop", "later", "o envio já saiu: termina quando houver resultado", map[string]any{"reason": reason})
		return
	}
	t.cancelActions = true
	t.closeOpen(state, reason)
	t.end(Stopped, reason)
}

// endLate ends a run whose end waited for a send that has come back unsent: it may be taken back after all.
func (t *turn) endLate() {
	if t.in.InFlight {
		return
	}
	state := FollowUpCancelled
	if t.run.Wait.EndReason == ReasonReplied {
		state = Responded
	}
	t.stop(state, t.run.Wait.EndReason)
}

// skip ends the open follow-up; the next step counts from now.
func (t *turn) skip() {
	t.takeBack()
	t.closeOpen(FollowUpCancelled, firstOf(t.in.Reason, ReasonSkipped))
	t.run.Anchor = t.now
	t.goOn()
}

// removed cancels what waits at a step that the newest version no longer has, and goes on behind it.
func (t *turn) removed() {
	if t.run.Wait.Action != "" && t.in.InFlight {
		return
	}
	t.takeBack()
	t.closeOpen(FollowUpCancelled, ReasonRemoved)
	t.note("refresh", "drop", ReasonRemoved, map[string]any{"node": t.run.Node, "flow_version": t.flow.Version})
	t.goOn()
}

// goOn leaves the present step by its exit "next", or, if the step was deleted, for the next one that exists.
func (t *turn) goOn() {
	if node := t.present(); node != nil {
		t.leave(node, Next)
	} else if target := t.flow.after(t.run.Visited); target != "" && !t.run.Only {
		t.enter(target)
	} else {
		t.end(Finished, "")
	}
	t.walk(nil)
}

// result applies the outcome of the action that the run waits for.
func (t *turn) result(r ActionResult) {
	endReason, followUp := t.run.Wait.EndReason, t.run.Open != nil
	ended := ""
	if followUp {
		ended = t.settle(r)
	}
	switch {
	case endReason != "":
		t.end(Stopped, endReason)
	case ended != "":
		t.end(Stopped, ended)
	case followUp || t.present() == nil:
		t.goOn()
	default:
		t.walk(&t.in)
	}
}
