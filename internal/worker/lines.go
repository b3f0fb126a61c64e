package worker

import (
	"context"
	"log/slog"

	"retoma/flows"
	"retoma/internal/desk"
	"retoma/internal/trace"
)

// decision is one turn of a run, for the log.
type decision struct {
	turn  flows.Turn
	input flows.InputKind
}

// write writes one line for each event that was read and each turn that was taken, now that both are committed. What was sent
// has a line of its own. Nothing of what anybody said is in them; "trace" is empty where nothing is traced.
func (w *Worker) write(d *desk.Desk, p *pass) {
	if !w.Logger.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	for _, mail := range d.Mail[:min(len(d.Changes.Handled), len(d.Mail))] {
		event := mail.Event
		w.Logger.Info("event read", "tenant", event.TenantID, "event", event.ID, "name", eventLabel(event.Name), "channel", event.ChannelID,
			"outcome", "handled", "attempt", mail.Attempts+1, "waited_ms", max(d.Now.Sub(event.ReceivedAt).Milliseconds(), 0), "trace", trace.ID(event.Trace))
	}
	for _, one := range p.turns {
		run, planned, reason := one.turn.Run, "", ""
		for _, row := range one.turn.FollowUps {
			planned = row.ID
			if outcome, ended := outcomeOf(row.State); ended {
				reason = outcome + ":" + reasonOf(row)
			}
		}
		w.Logger.Info("run decided", "tenant", run.TenantID, "run", run.ID, "flow", run.FlowID, "version", run.Version, "input", string(one.input),
			"outcome", string(run.State), "node", run.Node, "actions", len(one.turn.Actions), "followup", planned, "followup_outcome", reason, "trace", trace.ID(run.Trace))
	}
}
