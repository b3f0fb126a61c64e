package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// movedStatus is a delivery state and the message that it moved.
type movedStatus struct {
	arrival   desk.StatusArrival
	intake    int
	messageID string
	contactID string
	runID     string
	awaited   bool
	// begun is when the message was claimed, or made, in UTC milliseconds: nothing happened to it before.
	begun int64
	// known counts the recipient's keys by which the contact is known already.
	known int64
}

// statedBy are the states of a group that name their messages in one way.
type statedBy struct {
	where string
	// waves are the rows of one statement each, which moves a message once; a message's further states go with the next.
	waves []*table
	names []map[string]bool
}

// moveStatuses is the batched compare-and-set of delivery states: a state only moves forward; a late lower one
// leaves only its time, which is no earlier than the message. Statuses of messages that are not ours match nothing. However
// many there are, they are one statement for each way of naming messages, unless one message has several.
func (g *reception) moveStatuses(work *batch) {
	g.lockStated(work)
	byExternal := &statedBy{where: "messages.external_id = v.key AND messages.external_id <> ''"}
	byTracker := &statedBy{where: "messages.id = v.key"}
	earlier := map[chat.MessageState]string{}
	for n, moved := range g.statuses {
		status := moved.arrival.Status
		if _, known := earlier[status.State]; !known {
			earlier[status.State] = "," + strings.Join(texts(reportedBefore(status.State)), ",") + ","
		}
		if chat.IsID(status.Tracker) {
			byTracker.add(n, status.Tracker, moved.arrival, earlier[status.State])
		} else {
			byExternal.add(n, text(status.MessageExternalID), moved.arrival, earlier[status.State])
		}
	}
	for _, named := range []*statedBy{byExternal, byTracker} {
		for _, wave := range named.waves {
			work.read(wave, g.moved, moveText(named.where))
		}
	}
}

// moved notes what a state moved.
func (g *reception) moved(row scanner) error {
	var n int
	var moved movedStatus
	err := row.Scan(&n, &moved.messageID, &moved.contactID, &moved.runID, &moved.awaited, &moved.begun, &moved.known)
	if err != nil {
		return err
	}
	moved.arrival, moved.intake = g.statuses[n].arrival, g.statuses[n].intake
	*g.statuses[n] = moved
	return nil
}

// keysAsked is how many of a recipient's keys are looked for; nobody tells more.
const keysAsked = 3

func (b *statedBy) add(n int, key string, arrival desk.StatusArrival, earlier string) {
	name := arrival.ChannelID + " " + key
	wave := 0
	for wave < len(b.waves) && b.names[wave][name] {
		wave++
	}
	if wave == len(b.waves) {
		b.waves = append(b.waves, newTable("n bigint", "channel_id text", "key text", "tenant_id text", "state text", "earlier text", "at bigint",
			"code text", "detail text", "category text", "external_id text", "failed boolean", "kind1 text", "value1 text", "kind2 text", "value2 text",
			"kind3 text", "value3 text"))
		b.names = append(b.names, map[string]bool{})
	}
	b.names[wave][name] = true
	status := arrival.Status
	row := []any{n, arrival.ChannelID, key, arrival.TenantID, string(status.State), earlier, millis(status.At), status.ErrorCode, text(status.ErrorDetail),
		status.Category, text(status.MessageExternalID), status.State == chat.Failed}
	for i := range keysAsked {
		var own chat.Key
		if i < len(status.Recipient) {
			own = status.Recipient[i]
		}
		row = append(row, string(own.Kind), text(own.Value))
	}
	b.waves[wave].add(row...)
}

// lockStated takes the messages in order of id, as work does: what is sent right now is stated right now, and the two would
// wait for each other in a circle.
func (g *reception) lockStated(work *batch) {
	if len(g.statuses) < 2 || !g.store.database.overlaps() {
		return
	}
	rows := newTable("channel_id text", "external_id text", "id text")
	for _, moved := range g.statuses {
		rows.add(moved.arrival.ChannelID, text(moved.arrival.Status.MessageExternalID), text(moved.arrival.Status.Tracker))
	}
	work.read(rows, nothing, `SELECT 1 FROM messages m WHERE m.id IN (SELECT v.id FROM {v} UNION SELECT o.id FROM {v,} messages o
		WHERE o.channel_id = v.channel_id AND o.external_id = v.external_id AND o.external_id <> '') ORDER BY m.id FOR NO KEY UPDATE OF m`)
}

// moveText is the compare-and-set. Awaited tells that a run or the outbox waits for news, or that the provider withdrew its
// acceptance: then the contact's inbox gets a row too. Which of the recipient's keys are the contact's already is asked in
// passing: only where one is not does anything else have to be asked.
func moveText(where string) string {
	settles := sqlList([]chat.MessageState{chat.Sending, chat.Unconfirmed})
	// The claim is only asked for where the message still has one; whole seconds of the provider may lie before either.
	const begun = "COALESCE((SELECT o.claimed_at FROM outbox o WHERE o.id = messages.id AND o.claimed_at > messages.created_at), messages.created_at)"
	const happened = "CASE WHEN v.at < " + begun + " THEN " + begun + " ELSE v.at END"
	const moves = "v.earlier LIKE '%%,' || messages.state || ',%%'"
	return fmt.Sprintf(`UPDATE messages SET
		state = CASE WHEN `+moves+` THEN v.state ELSE messages.state END,
		external_id = CASE WHEN messages.external_id = '' THEN v.external_id ELSE messages.external_id END,
		at = CASE WHEN messages.at = 0 AND NOT v.failed AND messages.state IN (%[1]s) THEN %[3]s ELSE messages.at END,
		sent_at = CASE WHEN v.state = 'sent' AND messages.sent_at = 0 THEN %[3]s ELSE messages.sent_at END,
		delivered_at = CASE WHEN v.state = 'delivered' AND messages.delivered_at = 0 THEN %[3]s ELSE messages.delivered_at END,
		read_at = CASE WHEN v.state IN ('read', 'played') AND messages.read_at = 0 THEN %[3]s ELSE messages.read_at END,
		failed_at = CASE WHEN v.failed AND `+moves+` THEN %[3]s ELSE messages.failed_at END,
		error_code = CASE WHEN v.failed AND `+moves+` THEN v.code ELSE messages.error_code END,
		error_detail = CASE WHEN v.failed AND `+moves+` THEN v.detail ELSE messages.error_detail END,
		category = CASE WHEN v.category <> '' THEN v.category ELSE messages.category END
		FROM {v} WHERE messages.tenant_id = v.tenant_id AND messages.channel_id = v.channel_id AND messages.direction = 'out' AND messages.removal <> 'erased' AND %[2]s
			AND (NOT v.failed OR messages.external_id = '' OR v.external_id = '' OR messages.external_id = v.external_id)
		RETURNING v.n, messages.id, messages.contact_id, messages.run_id,
			(messages.state = 'failed' AND v.failed) OR EXISTS (SELECT 1 FROM outbox WHERE outbox.id = messages.id)
			OR v.state IN ('delivered', 'read', 'played') AND EXISTS (SELECT 1 FROM contacts WHERE contacts.id = messages.contact_id AND contacts.limits <> ''),
			%[4]s,
			CASE WHEN v.kind1 = '' THEN 0 ELSE (SELECT COUNT(*) FROM contact_keys k WHERE k.contact_id = messages.contact_id
				AND (k.kind = v.kind1 AND k.value = v.value1 OR k.kind = v.kind2 AND k.value = v.value2 OR k.kind = v.kind3 AND k.value = v.value3)) END`,
		settles, where, happened, begun)
}

// reportedBefore are the states that a report of the provider moves to target. A failure that is reported of a message which
// waits to be sent is news of an earlier try, and so is one with another id of the provider's.
func reportedBefore(target chat.MessageState) []chat.MessageState {
	return slices.DeleteFunc(chat.StatesBefore(target), func(state chat.MessageState) bool {
		return state == chat.Queued || state == chat.Parked
	})
}

func texts[T ~string](values []T) []string {
	plain := make([]string, len(values))
	for i, value := range values {
		plain[i] = string(value)
	}
	return plain
}

func sqlList[T ~string](values []T) string {
	list := ""
	for i, value := range values {
		if i > 0 {
			list += ", "
		}
		list += "'" + string(value) + "'"
	}
	return list
}

// confirm notes that a message was reported as sent, or as more than that.
func (g *reception) confirm(moved *movedStatus) {
	switch moved.arrival.Status.State {
	case chat.Sent, chat.Delivered, chat.Read, chat.Played:
	default:
		return
	}
	written := &g.written[moved.intake]
	if written.Confirmed == nil {
		written.Confirmed = map[string][]desk.Confirmation{}
	}
	channelID := moved.arrival.ChannelID
	written.Confirmed[channelID] = append(written.Confirmed[channelID], desk.Confirmation{MessageID: moved.messageID, Begun: instant(moved.begun)})
}

// depositStatuses writes the inbox rows of delivery states that somebody waits for. They do not raise the mailbox:
// a delivery state is no reason to hold a send back.
func (g *reception) depositStatuses(work *batch, now time.Time) error {
	for _, moved := range g.statuses {
		if moved.messageID == "" {
			g.written[moved.intake].StatusesUnknown++
			continue
		}
		if moved.arrival.Confirms {
			g.confirm(moved)
		}
		if !moved.awaited {
			continue
		}
		status := moved.arrival.Status
		status.Tracker = moved.messageID
		if begun := instant(moved.begun); status.At.Before(begun) {
			status.At = begun
		}
		event := chat.Event{
			ID: chat.NewID(), TenantID: moved.arrival.TenantID, ChannelID: moved.arrival.ChannelID, ContactID: moved.contactID,
			Name: chat.MessageStatus, At: status.At, ReceivedAt: now, Status: &status, Data: map[string]any{"runId": moved.runID},
		}
		if status.State == chat.Failed {
			event.ExternalID = "failed:" + moved.messageID // a failure that is reported again is not told again
		}
		if err := depositStatus(work, event); err != nil {
			return err
		}
		g.wake(moved.intake, event.TenantID, event.ContactID)
	}
	return nil
}
