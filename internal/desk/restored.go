package desk

import (
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// After a restore nobody knows what of the time between the backup and the restore was sent already: it is in no table. So
// whatever was due up to then is held until somebody has looked at it: its due time says so, it needs no mark of its own.
// What is released is due at the moment of its release, which is later.

// HoldsRun tells whether a run's timer waits for review.
func (d *Desk) HoldsRun(run flows.Run) bool {
	return run.State == flows.Waiting && !run.Wait.Until.IsZero() && d.holds(run.Wait.Until)
}

// HoldsItem tells whether an outbox row waits for review.
func (d *Desk) HoldsItem(item Item) bool { return item.State == ItemPending && d.holds(item.DueAt) }

func (d *Desk) holds(due time.Time) bool { return !d.Restored.IsZero() && !due.After(d.Restored) }

// MailTime is the moment at which mail is handled: now. Mail that came in before the restore was handled before it, too, and is
// handled as of then: what it makes due is held like everything that was due then.
func (d *Desk) MailTime(mail Mail, now time.Time) time.Time {
	if at := mail.Event.ReceivedAt; !at.IsZero() && d.holds(at) && at.Before(now) {
		return at
	}
	return now
}

// UnparkedAt is when a parked message is due that the customer's answer lets go: now, or held if it was parked before the
// restore, because that answer need not be the first.
func (d *Desk) UnparkedAt(item Item) time.Time {
	if d.holds(item.Message.CreatedAt) {
		return d.Restored
	}
	return d.Now
}

// What decision logs say of the review: HeldReason when something begins to be held, ReleaseReason when it goes on.
const (
	ReviewCheck   = "review"
	HeldReason    = "restaurado de um backup: pode já ter sido enviado; espera que a equipe revise"
	ReleaseReason = "liberado pela equipe depois de uma restauração"
)

// Release makes what is held due now, and tells how many things that were: those whose ids are wanted, or all.
func (d *Desk) Release(wanted func(id string) bool) int {
	released := 0
	for _, run := range d.Runs {
		if d.HoldsRun(run) && wanted(run.ID) {
			d.releaseRun(run)
			released++
		}
	}
	for _, item := range d.Outbox {
		if d.HoldsItem(item) && wanted(item.ID) {
			item.Message.Log = append(item.Message.Log, d.releaseEntry(item.DueAt))
			item.Message.ErrorDetail, item.DueAt = "", d.releasedAt()
			d.SaveItem(item)
			released++
		}
	}
	return released
}

func (d *Desk) releaseRun(run flows.Run) {
	entry := d.releaseEntry(run.Wait.Until)
	run.Wait.Until = d.releasedAt()
	run.Wait.Token++
	if run.Open != nil && run.Open.State == flows.Pending {
		open := *run.Open
		open.DueAt, open.Log = run.Wait.Until, append(open.Log, entry)
		open.Revision++
		run.Open = &open
		d.SaveFollowUps([]flows.FollowUp{open})
	}
	d.SaveRun(run)
	d.LogRun(run.ID, []chat.LogEntry{entry})
}

// releasedAt is now, also where this machine's clock is behind that of the restore.
func (d *Desk) releasedAt() time.Time {
	if d.holds(d.Now) {
		return d.Restored.Add(time.Millisecond)
	}
	return d.Now
}

func (d *Desk) releaseEntry(due time.Time) chat.LogEntry {
	return chat.LogEntry{At: d.Now, Check: ReviewCheck, Verdict: "go", Reason: ReleaseReason, Values: map[string]any{"was_due": due}}
}
