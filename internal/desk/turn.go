package desk

import (
	"retoma/flows"
	"retoma/internal/chat"
)

// NoteTurn notes what a turn decided about its run: the run, its follow-ups and its log. If it wants that, what earlier
// turns asked for and nobody claimed is taken back; those messages are given. What the turn itself asks for is left to the
// caller.
func (d *Desk) NoteTurn(turn flows.Turn) (takenBack []chat.Message) {
	if turn.Run.Wait.EndReason != "" {
		turn.Run.Group = "" // it only waits for a send to end; another run may take its place
	}
	d.SaveRun(turn.Run)
	d.SaveFollowUps(turn.FollowUps)
	d.LogRun(turn.Run.ID, turn.Log)
	if !turn.CancelActions {
		return nil
	}
	for _, item := range append([]Item{}, d.Outbox...) {
		if item.Message.RunID != turn.Run.ID || !item.Withdrawable() {
			continue
		}
		takenBack = append(takenBack, d.Withdraw(item, "o fluxo retirou o pedido"))
	}
	return takenBack
}

// Awaited is the outbox row that a run waits for: its action's, or the one that took its place.
func (d *Desk) Awaited(run flows.Run) (Item, bool) {
	for _, item := range d.Outbox {
		if item.ID == run.Wait.Action || item.Waits && item.Message.Replaces != "" && item.Message.Replaces == run.Wait.Action {
			return item, true
		}
	}
	return Item{}, false
}

// InFlight tells whether the action that a run waits for can no longer be taken back.
func (d *Desk) InFlight(run flows.Run) bool {
	item, known := d.Awaited(run)
	return run.Wait.Action != "" && known && !item.Withdrawable()
}

// RunAlarms are the alarms of the runs that this desk changed and that wait for a time within the horizon.
func (d *Desk) RunAlarms() []Alarm {
	var alarms []Alarm
	for _, runs := range [][]flows.Run{d.Changes.Runs, d.Changes.NewRuns} {
		for _, run := range runs {
			if run.State != flows.Waiting || run.Wait.Until.IsZero() || run.Wait.Until.After(d.Horizon) {
				continue
			}
			alarm := Alarm{Kind: AlarmRun, ID: run.ID, Token: run.Wait.Token, At: run.Wait.Until,
				Ref: Ref{TenantID: d.Contact.TenantID, ContactID: d.Contact.ID}}
			if run.Open != nil {
				alarm.FollowUpID = run.Open.ID
			}
			alarms = append(alarms, alarm)
		}
	}
	return alarms
}
