package actions

import (
	"maps"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Policy is one named check before a send.
type Policy struct {
	Name  string
	Check func(call Call) Verdict
}

// Decision is what a policy wants.
type Decision string

// The decisions.
const (
	Go    Decision = "go"
	Later Decision = "later"
	Drop  Decision = "drop"
)

// Verdict is a policy's answer, with the values it saw for the decision log.
type Verdict struct {
	Decision Decision
	// Until is when to look again (Later).
	Until time.Time
	// Moves tells that a follow-up gets Until as its due time, so that the queue shows it (Later).
	Moves bool
	// Error is why the message is not sent (Drop), or why it waits for something ill to recover (Later, may be nil).
	Error *fault.Error
	// Reason is for people; empty: the error's words. What waits without an end known says until what it waits.
	Reason string
	Values map[string]any
	// Content replaces the message's content (Go), such as a template for a closed window.
	Content *chat.Content
}

// Judge asks every policy in turn. It gives the first verdict that is not Go (or a Go), the message as it is to be sent,
// and the log of all that was checked.
func Judge(call Call, policies []Policy) (Verdict, chat.Message, []chat.LogEntry) {
	log := make([]chat.LogEntry, 0, len(policies))
	for _, policy := range policies {
		verdict := policy.Check(call)
		log = append(log, chat.LogEntry{
			At: call.Now, Check: policy.Name, Verdict: string(verdict.Decision), Reason: verdict.Said(), Values: valuesOf(verdict),
		})
		if verdict.Decision != Go {
			return verdict, call.Message, log
		}
		if verdict.Content != nil {
			call.Message.Content = *verdict.Content
		}
	}
	return Verdict{Decision: Go}, call.Message, log
}

// Said is the verdict's reason for people.
func (v Verdict) Said() string {
	if v.Reason == "" && v.Error != nil {
		return v.Error.Message
	}
	return v.Reason
}

// valuesOf are the values seen, with the code of an error: sentences for people have none.
func valuesOf(v Verdict) map[string]any {
	if v.Error == nil {
		return v.Values
	}
	values := map[string]any{"code": string(v.Error.Code)}
	maps.Copy(values, v.Values)
	return values
}

func pass(values map[string]any) Verdict { return Verdict{Decision: Go, Values: values} }

func drop(problem *fault.Error, values map[string]any) Verdict {
	return Verdict{Decision: Drop, Error: problem, Values: values}
}
