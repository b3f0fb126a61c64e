package store

import (
	"context"
	"time"

	"retoma/internal/chat"
)

// moveWork moves what is only written under the contacts' locks, and unites the contacts themselves.
func (m *merge) moveWork(ctx context.Context) error {
	if err := m.chooseRuns(ctx); err != nil {
		return err
	}
	var work batch
	stays, goes := m.stays.ID, m.goes.ID
	for _, id := range m.endRuns {
		work.exec("UPDATE runs SET run_group = '' WHERE id = $1", id)
	}
	work.exec(`UPDATE runs SET contact_id = $1 WHERE contact_id = $2 AND (state = 'waiting'
		OR id IN (SELECT run_id FROM followups WHERE contact_id = $2)
		OR id IN (SELECT run_id FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE contact_id = $2)))`, stays, goes)
	work.exec("UPDATE messages SET contact_id = $1 WHERE conversation_id IN (SELECT id FROM conversations WHERE contact_id = $2)", stays, goes)
	// What was written by somebody who had looked both up before names a conversation that is gone.
	work.exec(`UPDATE messages SET contact_id = $1, conversation_id = COALESCE((SELECT a.conversation_id FROM conversation_aliases a
		WHERE a.id = messages.conversation_id), conversation_id) WHERE id IN (SELECT id FROM outbox WHERE contact_id = $2)`, stays, goes)
	if err := m.joinOutbox(ctx, &work); err != nil {
		return err
	}
	work.exec("UPDATE outbox SET contact_id = $1 WHERE contact_id = $2", stays, goes)
	line, err := logLines([]chat.LogEntry{{At: m.store.now(), Check: "merge", Verdict: "moved", Reason: "dois contatos eram a mesma pessoa",
		Values: map[string]any{"from": goes, "to": stays, "by": m.wanted.By}}})
	if err != nil {
		return err
	}
	work.exec(`UPDATE followups SET contact_id = $1, log = CASE WHEN state = 'PENDING' THEN log || $3 ELSE log END WHERE contact_id = $2`,
		stays, goes, line)
	if !m.sweeps {
		if err := updateContact(&work, united(m.stays, m.goes), m.store.now()); err != nil {
			return err
		}
		work.exec("UPDATE contacts SET merged_into = $1, updated_at = $3 WHERE id = $2 OR merged_into = $2", stays, goes, millis(m.store.now()))
	}
	return m.tx.run(ctx, &work)
}

// groupedRun is a waiting run in an exclusive group.
type groupedRun struct {
	id, flowID, group string
	startedAt         int64
}

// chooseRuns finds the runs of exclusive groups in which both contacts are: the newer enrolment replaces the older one, as
// it would have if they had been one contact, and the same flow again changes nothing. Those that lose leave their group
// here, so that there is one run in each; the worker ends them, because it knows what a send under way means to them.
func (m *merge) chooseRuns(ctx context.Context) error {
	byGroup := map[string]groupedRun{}
	var work batch
	work.query(func(row scanner) error {
		var run groupedRun
		if err := row.Scan(&run.id, &run.flowID, &run.group, &run.startedAt); err != nil {
			return err
		}
		other, both := byGroup[run.group]
		if !both {
			byGroup[run.group] = run
			return nil
		}
		wins, loses := run, other // in order of enrolment: run is the newer one
		if run.flowID == other.flowID {
			wins, loses = other, run
		}
		byGroup[run.group] = wins
		m.endRuns = append(m.endRuns, loses.id)
		return nil
	}, `SELECT id, flow_id, run_group, started_at FROM runs WHERE contact_id IN ($1, $2) AND state = 'waiting' AND run_group <> ''
		ORDER BY started_at, id`, m.stays.ID, m.goes.ID)
	return m.tx.run(ctx, &work)
}

// united is the contact that is left: it wins where both say something, but for what protects the person.
func united(stays, goes chat.Contact) chat.Contact {
	one := stays
	one.Name, one.Phone, one.Route = firstOf(stays.Name, goes.Name), firstOf(stays.Phone, goes.Phone), firstOf(stays.Route, goes.Route)
	one.Timezone, one.Stage, one.Status = firstOf(stays.Timezone, goes.Timezone), firstOf(stays.Stage, goes.Stage), firstOf(stays.Status, goes.Status)
	one.Tags = append([]string{}, stays.Tags...)
	has := map[string]bool{}
	for _, tag := range stays.Tags {
		has[tag] = true
	}
	for _, tag := range goes.Tags {
		if !has[tag] {
			one.Tags = append(one.Tags, tag)
		}
	}
	one.Fields = map[string]string{}
	for _, fields := range []map[string]string{goes.Fields, stays.Fields} {
		for name, value := range fields {
			one.Fields[name] = value
		}
	}
	if united := stays.OptOut.And(goes.OptOut); united != stays.OptOut {
		one.OptOut, one.OptOutAt = goes.OptOut, goes.OptOutAt
	}
	if goes.LastFollowUpAt.After(stays.LastFollowUpAt) {
		one.LastFollowUpID, one.LastFollowUpAt = goes.LastFollowUpID, goes.LastFollowUpAt
	}
	one.Automatic = laterMark(stays.Automatic, goes.Automatic)
	one.Limits = unitedLimits(stays.Limits, goes.Limits)
	return one
}

// unitedLimits rests from marketing as long as either would; whoever was reached by one of the two is within reach.
func unitedLimits(one, other chat.ContactLimits) chat.ContactLimits {
	if other.MarketingRest.After(one.MarketingRest) {
		one.MarketingRest, one.Refusals = other.MarketingRest, other.Refusals
	}
	if other.ChosenAt.After(one.ChosenAt) {
		one.Stopped, one.ChosenAt = other.Stopped, other.ChosenAt
	}
	one.Said = one.Said.And(other.Said)
	one.Undeliverable = min(one.Undeliverable, other.Undeliverable)
	if other.UnreachableAt.IsZero() {
		one.UnreachableAt = time.Time{}
	}
	return one
}

func firstOf(one, other string) string {
	if one != "" {
		return one
	}
	return other
}

// laterMark is the later of two marks; messages of one day are one person's now.
func laterMark(one, other chat.AutomaticMark) chat.AutomaticMark {
	if other.At.After(one.At) {
		one, other = other, one
	}
	if one.Day == other.Day {
		one.Count += other.Count
	}
	return one
}

// unite gives one conversation of two on the same channel; keeps is the older one.
func unite(keeps, other chat.Conversation) chat.Conversation {
	later := func(a, b time.Time) time.Time {
		if a.After(b) {
			return a
		}
		return b
	}
	keeps.TeamID = firstOf(keeps.TeamID, other.TeamID)
	keeps = keeps.Joined(other)
	keeps.CustomerNumber = max(keeps.CustomerNumber, other.CustomerNumber)
	keeps.WindowClosedAt, keeps.OutboundAt = later(keeps.WindowClosedAt, other.WindowClosedAt), later(keeps.OutboundAt, other.OutboundAt)
	keeps.AgentAt, keeps.HeldUntil = later(keeps.AgentAt, other.AgentAt), later(keeps.HeldUntil, other.HeldUntil)
	keeps.PairRefusals = max(keeps.PairRefusals, other.PairRefusals)
	for _, flowID := range other.UnansweredFlows() {
		keeps = keeps.FollowedUpBy(flowID)
	}
	return keeps
}
