package chaos

import (
	"slices"
	"time"
)

// progress is how far a thread has come.
type progress struct {
	// base is what the next message counts from.
	base time.Time
	// unknown: the message before failed or is in doubt, so that nothing can be said about times.
	unknown bool
	// ended and doubtful are what came of messages before.
	ended, doubtful bool
}

// step judges one message: those of its kind that arrived, and those that retoma wrote.
func (o *oracle) step(t thread, p *progress, mark string, got []Arrival, rows []messageRow, offset time.Duration) {
	for i, a := range got {
		if i > 0 && !got[i-1].failed() && o.byEvidence(got[i-1], a) {
			o.v.Outcomes[Repeated]++
		} else if i > 0 && !got[i-1].failed() {
			o.report(Doubled, mark, a.Tracker, "accepted at %s and again at %s", got[i-1].At.Format(clockFormat), a.At.Format(clockFormat))
		}
		o.fence(t, mark, a)
	}
	if len(got) == 0 {
		outcome := o.missing(t, p, mark, rows)
		o.v.Outcomes[outcome]++
		p.unknown = true
		return
	}
	// It arrived, and nobody told retoma: what goes behind it waits.
	p.doubtful = p.doubtful || slices.ContainsFunc(rows, func(row messageRow) bool { return row.Status == "unconfirmed" })
	first, last := got[0], got[len(got)-1]
	if !p.unknown {
		due := o.base(t, p, first).Add(offset)
		switch ahead := due.Sub(first.At); {
		case first.At.Before(p.base):
			o.report(Disordered, mark, first.Tracker, "accepted %s before the one that goes first", p.base.Sub(first.At))
		case ahead > 0:
			o.report(Early, mark, first.Tracker, "due at %s, accepted %s before that", due.Format(clockFormat), ahead)
		default:
			o.v.Late = append(o.v.Late, max(0, -ahead))
		}
	}
	o.v.Outcomes[outcomeOf(last)]++
	p.ended = p.ended || slices.ContainsFunc(got, func(a Arrival) bool { return endsRun(a.Code) })
	p.base, p.unknown = last.At, last.failed()
}

// base is what a message counts from: the one before, or a later reply that it had to know of and that begins its wait anew.
func (o *oracle) base(t thread, p *progress, a Arrival) time.Time {
	base := p.base
	row, known := o.e.kept(o.story.Phone, a.Tracker)
	for _, reply := range t.restarts {
		if known && reply.number > 0 && reply.number <= row.Mailbox && reply.tried.After(base) {
			base = reply.tried
		}
	}
	return base
}

func outcomeOf(a Arrival) string {
	if a.failed() {
		return Failed
	}
	return Delivered
}

// fence holds an accepted message against everything that ended its thread.
func (o *oracle) fence(t thread, mark string, a Arrival) {
	row, known := o.e.kept(o.story.Phone, a.Tracker)
	if !known {
		o.report(Doubled, mark, a.Tracker, "retoma knows nothing of this message")
		return
	}
	for _, s := range t.stops {
		if s.number > 0 {
			switch {
			case s.wrote.Before(t.began):
				// It was written before what it would answer, and told of late: no answer, but it may end what waits.
			case row.Mailbox >= s.number:
				o.report(AfterReply, mark, a.Tracker, "claimed at mailbox number %d, the reply has %d; accepted %s after its acknowledgement", row.Mailbox, s.number, a.At.Sub(s.acked))
			case !s.acked.IsZero() && a.At.After(s.acked):
				o.v.Gaps = append(o.v.Gaps, a.At.Sub(s.acked))
			}
			continue
		}
		if (s.kind == Removes || s.kind == Enrols) && !s.acked.IsZero() && a.At.After(s.acked) {
			o.v.Suspects = append(o.v.Suspects, Suspect{Finding: o.find(AfterReply, mark, a.Tracker, "accepted %s after it was ended (%s)", a.At.Sub(s.acked), s.kind), Acked: s.acked})
		}
	}
}

// missing finds the reason for which a message did not arrive, from what was done and what the provider said. Without one it is lost.
func (o *oracle) missing(t thread, p *progress, mark string, rows []messageRow) string {
	for _, row := range rows {
		if row.Status == "unconfirmed" {
			p.doubtful = true
			o.v.Doubts = append(o.v.Doubts, row.ID)
			return Unconfirmed
		}
	}
	refused := o.refusal(rows)
	switch {
	case slices.ContainsFunc(rows, o.putOff):
		return Waiting
	case refused && slices.ContainsFunc(rows, func(r messageRow) bool { return slices.Contains(endingCodes(), r.ErrorCode) }):
		p.ended = true
		return Refused
	case refused:
		return Refused
	case len(t.stops) > 0:
		return Withheld
	case p.ended:
		return Ended
	case p.doubtful:
		return Behind
	case !t.told:
		return Untold
	}
	message, detail := "", "retoma never wrote it"
	if len(rows) > 0 {
		last := rows[len(rows)-1]
		message, detail = last.ID, "retoma says: "+last.Status+" "+last.ErrorCode+" "+last.Error
	}
	for _, row := range o.e.Pending {
		if digitsOf(row.Contact.Phone) == o.story.Phone && row.Rule.ID != "" && row.Rule.ID == o.idOf(t.document) {
			detail += "; its follow-up is still pending, due at " + row.ScheduledFor.Format(clockFormat)
		}
	}
	o.report(Lost, mark, message, "%s", detail)
	return Lost
}

func (o *oracle) idOf(d Document) string {
	for i, one := range o.e.Plan.Documents {
		if one.Mark == d.Mark {
			return o.e.DocumentIDs[i]
		}
	}
	return ""
}

// refusal tells whether the provider's own words explain that a message failed: a refusal of it, or of something before it to the same
// person that says more than one message.
func (o *oracle) refusal(rows []messageRow) bool {
	for _, row := range rows {
		if row.Status != "failed" {
			continue
		}
		for _, attempt := range o.e.Attempts[row.ID] {
			if attempt.refused() {
				return true
			}
		}
		if o.warned(row.ErrorCode) {
			return true
		}
		// What a platform asks for does not wait for a channel to recover.
		if row.Origin == "api" && o.outages[o.story.Channel] && (row.ErrorCode == "sender_offline" || row.ErrorCode == "auth") {
			return true
		}
	}
	return false
}

// putOff tells a platform's message that waits for its next try because the provider refused the last one for a while.
func (o *oracle) putOff(row messageRow) bool {
	return row.Origin == "api" && row.Status == "queued" && slices.ContainsFunc(o.e.Attempts[row.ID], Attempt.refused)
}

// warned tells whether the provider told, of this person, what a later message then failed for without being tried.
func (o *oracle) warned(code string) bool {
	meaning := map[string][]int{
		"outside_window": {131047}, "unreachable": {131026}, "policy_blocked": {131049, 130497}, "opted_out": {131050},
	}
	said := func(number int) bool { return slices.Contains(meaning[code], number) }
	for _, a := range o.e.Arrivals[o.story.Phone] {
		if said(a.Code) {
			return true
		}
	}
	for _, row := range o.e.Kept[o.story.Phone] {
		if slices.ContainsFunc(o.e.Attempts[row.ID], func(a Attempt) bool { return said(a.Code) }) {
			return true
		}
	}
	return false
}

// endingCodes are retoma's words for what no later step could do better (its documented contract), endsRun the provider's.
func endingCodes() []string {
	return []string{"opted_out", "invalid_phone", "unreachable", "policy_blocked"}
}

func endsRun(code int) bool {
	return slices.Contains([]int{131026, 131049, 131050, 130472, 131021, 130497, 131045}, code)
}
