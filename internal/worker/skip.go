package worker

import (
	"retoma/flows"
	"retoma/internal/chat"
)

// skipFollowUp lets the run of a follow-up that somebody skipped go on. Where the next step only waits, whoever was asked
// did that at once; this is for steps that act, which nobody but the worker can carry out.
func (p *pass) skipFollowUp(event chat.Event) error {
	for _, run := range p.waitingRuns() {
		if run.Open != nil && run.Open.ID == event.Data["followUpId"] {
			return p.advance(run, flows.Input{Kind: flows.Skip, Reason: flows.ReasonSkipped})
		}
	}
	return nil
}
