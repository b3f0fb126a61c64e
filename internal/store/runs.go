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

// runBody is what has no column of its own; the fields that have one are not encoded. Nobody asks a run that has ended what
// began it: the customer's message says so, where it was one.
func runBody(run flows.Run) (string, error) {
	run.Open = nil
	if run.State != flows.Waiting {
		run.Trigger, run.Wait = nil, flows.Wait{}
	}
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

// newRunTable takes rows for runs.
func newRunTable() *table {
	return newTable("id text", "tenant_id text", "flow_id text", "version bigint", "contact_id text", "conversation_id text", "channel_id text",
		"run_group text", "state text", "reason text", "node text", "body text", "followup_id text", "wake_at bigint", "wake_token bigint",
		"armed bigint", "refresh bigint", "started_at bigint", "ended_at bigint", "log text")
}

func addRun(rows *table, run flows.Run, d *desk.Desk) error {
	body, lines, err := runTexts(run, d)
	if err != nil {
		return err
	}
	rows.add(run.ID, run.TenantID, run.FlowID, run.Version, run.ContactID, run.ConversationID, run.ChannelID, run.Group, string(run.State),
		text(run.Reason), run.Node, text(body), openFollowUp(run), millis(run.Wait.Until), run.Wait.Token,
		armed(run.Wait.Until, d.Horizon), 0, millis(run.StartedAt), ended(run, d.Now), text(lines))
	return nil
}

func runTexts(run flows.Run, d *desk.Desk) (body, lines string, err error) {
	if body, err = runBody(run); err == nil {
		lines, err = logLines(d.Changes.RunLogs[run.ID])
	}
	return body, lines, err
}

const updateRuns = `UPDATE runs SET version = v.version, state = v.state, reason = v.reason, node = v.node, body = v.body, followup_id = v.followup_id,
	wake_at = v.wake_at, wake_token = v.wake_token, armed = v.armed, refresh = 0, ended_at = v.ended_at, run_group = v.run_group,
	log = runs.log || v.log FROM {v} WHERE runs.id = v.id AND runs.state = 'waiting'`

func changedRunTable() *table {
	return newTable("id text", "version bigint", "state text", "reason text", "node text", "body text", "followup_id text", "wake_at bigint",
		"wake_token bigint", "armed bigint", "ended_at bigint", "run_group text", "log text")
}

func addChangedRun(rows *table, run flows.Run, d *desk.Desk) error {
	body, lines, err := runTexts(run, d)
	if err != nil {
		return err
	}
	rows.add(run.ID, run.Version, string(run.State), text(run.Reason), run.Node, text(body), openFollowUp(run), millis(run.Wait.Until),
		run.Wait.Token, armed(run.Wait.Until, d.Horizon), ended(run, d.Now), run.Group, text(lines))
	return nil
}
