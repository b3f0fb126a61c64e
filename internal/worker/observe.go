package worker

import (
	"errors"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// Observation is one thing that metrics count. None of its texts is anybody's own: they are words of this program.
type Observation struct {
	Name    string // one of those below
	Outcome string
	// Detail is a refusal's scope, an event's name or the code of a reason.
	Detail  string
	Seconds float64
}

// What is observed.
const (
	SawSend     = "send"     // a call to a provider: outcome, scope, how long it took
	SawLateness = "lateness" // a follow-up's claim: how long after its due time
	SawWriting  = "writing"  // an assistant's text: outcome, how long it took
	SawMail     = "mail"     // an event that was read: outcome, its name, how long it had waited
	SawFollowUp = "followup" // a follow-up's outcome, and the code of the reason
	SawWait     = "wait"     // a send was put off: by which check
)

// saw keeps an observation until what it tells of is committed.
func (p *pass) saw(one Observation) { p.observed = append(p.observed, one) }

// put notes that a send was put off.
func (p *pass) put(check string) { p.saw(Observation{Name: SawWait, Outcome: check}) }

// off is the check that put a send off: the last one that was asked.
func off(log []chat.LogEntry) string {
	if len(log) == 0 {
		return "other"
	}
	return log[len(log)-1].Check
}

// report tells of a pass, now that it is committed.
func (w *Worker) report(d *desk.Desk, p *pass) {
	for _, span := range p.spans {
		span.End("")
	}
	w.write(d, p)
	for _, one := range p.observed {
		w.Observe(one)
	}
	for _, mail := range d.Mail[:min(len(d.Changes.Handled), len(d.Mail))] {
		w.Observe(Observation{Name: SawMail, Outcome: "handled", Detail: eventLabel(mail.Event.Name), Seconds: max(d.Now.Sub(mail.Event.ReceivedAt).Seconds(), 0)})
	}
	for _, row := range d.Changes.FollowUps {
		if outcome, ended := outcomeOf(row.State); ended {
			w.Observe(Observation{Name: SawFollowUp, Outcome: outcome, Detail: reasonOf(row)})
		}
	}
	for range d.Changes.FailedFollowUps {
		w.Observe(Observation{Name: SawFollowUp, Outcome: "failed", Detail: "afterwards"})
	}
}

// outcomeOf is what a follow-up has come to; false while it is planned.
func outcomeOf(state flows.FollowUpState) (outcome string, ended bool) {
	switch state {
	case flows.FollowUpSent:
		return "sent", true
	case flows.FollowUpFailed:
		return "failed", true
	case flows.FollowUpCancelled:
		return "cancelled", true
	case flows.Responded:
		return "responded", true
	}
	return "", false
}

// reasonOf is the code of why a follow-up came to its outcome. Reasons are sentences for people, and some hold what an author
// wrote; only those of this program have a code, all others are "other".
func reasonOf(row flows.FollowUp) string {
	switch row.State {
	case flows.FollowUpSent:
		return "none"
	case flows.Responded:
		return "replied"
	case flows.FollowUpFailed:
		return codeOf(row.ErrorCode)
	}
	return cancelCode(row.CancelReason)
}

func codeOf(text string) string {
	if code := fault.Code(text); code.Known() {
		return text
	}
	return "other"
}

func cancelCode(reason string) string {
	switch reason {
	case flows.ReasonReplied:
		return "replied"
	case flows.ReasonHuman:
		return "human"
	case flows.ReasonSkipped:
		return "skipped"
	case flows.ReasonRemoved:
		return "step_removed"
	case flows.ReasonExit:
		return "exit_condition"
	case flows.ReasonCondition:
		return "condition"
	case flows.ReasonAgain:
		return "restarted"
	case flows.ReasonRefused:
		return "not_delivered"
	case ReasonTrigger:
		return "trigger_changed"
	case ReasonDeleted:
		return "source_deleted"
	case ReasonReplaced:
		return "replaced"
	case ReasonMerged:
		return "merged"
	case ReasonRemoved:
		return "contact_removed"
	case ReasonOptedOut:
		return "opted_out"
	case "Modelo desativado", "Regra desativada", "Configuração desativada", "Fluxo desativado":
		return "inactive"
	}
	return "other"
}

// eventLabel is an event's name where it is one of ours; platforms name theirs as they like.
func eventLabel(name chat.EventName) string {
	switch name {
	case chat.MessageReceived, chat.MessageEcho, chat.AgentWrote, chat.MessageSent, chat.ConversationStarted, chat.MessageStatus, chat.Enrol,
		chat.CommandUnknown, chat.CommandRefused, chat.BotStopped, chat.CallCompleted, chat.DealCreated, chat.StageEntered, chat.TagAdded,
		chat.StatusChanged, chat.ContactChanged, chat.ContactMerged, chat.MergeWanted, chat.NumberLost, chat.FollowUpSkipped, chat.MarketingChosen:
		return string(name)
	}
	return "custom"
}

// scopeOf is how far a refusal reaches.
func scopeOf(err error) string {
	var problem *fault.Error
	switch {
	case err == nil:
		return "none"
	case !errors.As(err, &problem) || problem.Reach.Scope == "":
		return string(fault.ScopeMessage)
	}
	return string(problem.Reach.Scope)
}
