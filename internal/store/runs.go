package store

import (
	"time"

	"retoma/flows"
	"retoma/internal/desk"
)

const runColumns = `id, tenant_id, flow_id, version, contact_id, conversation_id, channel_id, run_group, state, reason, node, body, started_at`

func scanRun(row scanner) (flows.Run, error) {
	var run flows.Run
	var body string
	var startedAt int64
	targets := []any{&run.ID, &run.TenantID, &run.FlowID, &run.Version, &run.ContactID, &run.ConversationID, &run.ChannelID,
		&run.Group, &run.State, &run.Reason, &run.Node, &body, &startedAt}
	if err := row.Scan(targets...); err != nil {
		return run, err
	}
	run.StartedAt = instant(startedAt)
	err := decode(body, &run)
	return run, err
}

// runBody is what has no column of its own; the fields that have one are not encoded.
func runBody(run flows.Run) (string, error) {
	run.Open = nil
	return encoded(run)
}

func openFollowUp(run flows.Run) string {
	if run.Open == nil {
		return ""
	}
	return run.Open.ID
}

func ended(run flows.Run, now time.Time) int64 {
	if run.State == flows.Waiting {
		return 0
	}
	return millis(now)
}

func insertRun(work *batch, run flows.Run, d *desk.Desk) error {
	body, err := runBody(run)
	if err != nil {
		return err
	}
	lines, err := logLines(d.Changes.RunLogs[run.ID])
	if err != nil {
		return err
	}
	work.exec(`INSERT INTO runs (id, tenant_id, flow_id, version, contact_id, conversation_id, channel_id, run_group, state, reason, node, body,
		followup_id, wake_at, wake_token, armed, refresh, started_at, ended_at, log)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, $18, $19)`,
		run.ID, run.TenantID, run.FlowID, run.Version, run.ContactID, run.ConversationID, run.ChannelID, run.Group, string(run.State),
		text(run.Reason), run.Node, text(body), openFollowUp(run), millis(run.Wait.Until), run.Wait.Token,
		armed(run.Wait.Until, d.Horizon), millis(run.StartedAt), ended(run, d.Now), text(lines))
	return nil
}

func updateRun(work *batch, run flows.Run, d *desk.Desk) error {
	body, err := runBody(run)
	if err != nil {
		return err
	}
	lines, err := logLines(d.Changes.RunLogs[run.ID])
	if err != nil {
		return err
	}
	work.exec(`UPDATE runs SET version = $2, state = $3, reason = $4, node = $5, body = $6, followup_id = $7, wake_at = $8, wake_token = $9,
		armed = $10, refresh = 0, ended_at = $11, run_group = $12, log = log || $13 WHERE id = $1 AND state = 'waiting'`,
		run.ID, run.Version, string(run.State), text(run.Reason), run.Node, text(body), openFollowUp(run), millis(run.Wait.Until),
		run.Wait.Token, armed(run.Wait.Until, d.Horizon), ended(run, d.Now), run.Group, text(lines))
	return nil
}
