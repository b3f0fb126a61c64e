package worker

import (
	"slices"
	"time"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// outbox judges what is due and claims what may go. Only the head of each ordering key may go; nothing goes while there
// is unread mail, which the order of a pass has seen to. One message is claimed at a time, so that a send follows its
// claim at once: a claim is a promise that the policies have just looked.
//
// A pair that was refused for its speed makes one attempt for each of its waits: what was refused goes first, and nothing
// else goes to the contact on that channel before it.
//
// Another worker's claim counts like one of this pass: nothing of the contact is judged before its outcome is noted, and
// whoever notes it looks at what waits. A claim whose worker died ends in doubt when its lease is over.
func (p *pass) outbox() error {
	if p.sending() {
		return nil
	}
	taken, behind := map[string]bool{}, map[string]time.Time{}
	for _, id := range p.refusedFirst() {
		if len(p.desk.Changes.Claims) > 0 {
			return nil
		}
		item, waits := p.desk.Item(id)
		if !waits {
			continue
		}
		if p.desk.HoldsItem(item) {
			p.review(item)
			taken[item.OrderingKey] = true
			continue
		}
		if taken[item.OrderingKey] {
			continue
		}
		taken[item.OrderingKey] = true
		if item.State != desk.ItemPending {
			continue
		}
		if !item.DueAt.After(p.desk.Now) {
			if err := p.judgeBehind(item, behind[item.Message.ChannelID]); err != nil {
				return err
			}
		}
		if left, waits := p.desk.Item(item.ID); waits && p.refusedPair(left) && behind[item.Message.ChannelID].IsZero() {
			behind[item.Message.ChannelID] = left.DueAt
		}
	}
	return nil
}

// review leaves a message for people to look at, and says so once. See desk.HoldsItem.
func (p *pass) review(item desk.Item) {
	if item.Message.ErrorDetail == desk.HeldReason {
		return
	}
	item.Message.ErrorDetail = desk.HeldReason
	item.Message.Log = append(item.Message.Log, p.entry(desk.ReviewCheck, "hold", desk.HeldReason, map[string]any{"restored_at": p.desk.Restored}))
	p.desk.SaveItem(item)
}

// sending tells whether a message of the contact is on its way to a provider, whoever claimed it.
func (p *pass) sending() bool {
	return slices.ContainsFunc(p.desk.Outbox, func(item desk.Item) bool { return item.State == desk.ItemSending })
}

func (p *pass) judge(item desk.Item) error {
	call := p.call(p.desk, item.Message)
	verdict, message, log := actions.Judge(call, actions.Policies())
	switch verdict.Decision {
	case actions.Drop:
		item.Message.Log = append(item.Message.Log, log...)
		return p.fail(item, verdict.Error, p.desk.Now)
	case actions.Later:
		return p.later(item, verdict, log)
	}
	if at, late := p.tooLate(item); late && !p.byEvidence(item) {
		return p.moveFollowUp(item, at, "")
	}
	if wanted, err := p.stillWanted(item); err != nil || !wanted {
		return err
	}
	if message.Content.Writing != nil {
		return p.write(item, call, log)
	}
	if ready, err := p.files(item, &message); err != nil || !ready {
		return err
	}
	if waits, err := p.pace(item, call, message, log); waits || err != nil {
		return err
	}
	message.Content.Trace = item.Message.Content.Trace
	item.Message = message
	item.Message.Log = append(slices.Grow(item.Message.Log, len(log)+1), log...) // and the fence
	p.claim(item)
	return nil
}

// stillWanted asks the run of a follow-up that waited in the outbox - held, paused, paced, or while an assistant wrote -
// whether it is still to be sent: conditions are judged when it goes, and a newer version's text replaces it
// (domain.md section 4). What is asked for anew is looked at in the next pass.
func (p *pass) stillWanted(item desk.Item) (bool, error) {
	run, known := p.runOf(item)
	if !opensRun(item) || !known || !item.Message.CreatedAt.Before(p.desk.Now) {
		return true, nil
	}
	if err := p.advance(run, flows.Input{Kind: flows.Recheck}); err != nil {
		return false, err
	}
	if _, waits := p.desk.Item(item.ID); waits {
		return true, nil
	}
	p.wakeAt(p.desk.Now)
	return false, nil
}

// claim marks an item as being sent; the store lets it through only if the mailbox has not moved.
func (p *pass) claim(item desk.Item) {
	item.Message.State, item.Message.ClaimNumber = chat.Sending, p.desk.Received
	item.Message.Attempts = item.Attempts + 1
	if p.begins(item.Message) {
		item.Message.InitiatedAt = p.desk.Now
	}
	item.Message.Log = append(item.Message.Log, p.entry("fence", "go", "", map[string]any{"mailbox": p.desk.Received, "revision": p.desk.Revision}))
	if item.Message.FollowUpID != "" {
		p.saw(Observation{Name: SawLateness, Seconds: p.desk.Now.Sub(p.dueTime(item)).Seconds()})
	}
	p.followClaim(&item)
	p.desk.Claim(item)
}

func (p *pass) dueTime(item desk.Item) time.Time {
	for _, run := range p.desk.Runs {
		if run.Open != nil && run.Open.ID == item.Message.FollowUpID {
			return run.Open.DueAt
		}
	}
	return item.DueAt
}

// later leaves an item for another look. What waits for something ill to recover fails at once if a platform asked for
// it, and once it is too late for the rest; what a person holds back waits as long as it is held.
func (p *pass) later(item desk.Item, verdict actions.Verdict, log []chat.LogEntry) error {
	if verdict.Error != nil {
		late := p.desk.Now.Sub(item.Message.CreatedAt) > p.maxLateness()
		if item.Message.RunID == "" || late {
			item.Message.Log = append(item.Message.Log, log...)
			return p.fail(item, verdict.Error, p.desk.Now)
		}
	}
	if verdict.Moves && opensRun(item) && !p.byEvidence(item) {
		p.put(off(log))
		return p.moveFollowUp(item, verdict.Until, verdict.Reason)
	}
	p.put(off(log))
	p.leavePair(&item)
	reason := verdict.Said()
	if item.Message.ErrorDetail != reason { // a wait that goes on is one line of the log, not one a minute
		item.Message.ErrorDetail = reason
		item.Message.Log = append(item.Message.Log, log...)
	}
	item.DueAt = verdict.Until
	p.desk.SaveItem(item)
	return nil
}

func (p *pass) wakeAt(at time.Time) {
	if p.again.IsZero() || at.Before(p.again) {
		p.again = at
	}
}

// opensRun tells the message of a run's open follow-up, which moves with it, from the one template that goes in the place
// of what was sent already.
func opensRun(item desk.Item) bool {
	return item.Message.FollowUpID != "" && (item.Waits || item.Message.Replaces == "")
}

// tooLate tells where a follow-up moves that was held back for longer than maxLateness: it is not fired blindly at night.
func (p *pass) tooLate(item desk.Item) (time.Time, bool) {
	if !opensRun(item) || p.desk.Now.Sub(item.Message.CreatedAt) <= p.maxLateness() {
		return time.Time{}, false
	}
	run, known := p.runOf(item)
	if !known {
		return time.Time{}, false
	}
	world := p.world(run)
	at := calendar.AfterLate(p.desk.Now, world.Hours, world.Zone)
	return at, at.After(p.desk.Now)
}

func (p *pass) runOf(item desk.Item) (flows.Run, bool) {
	for _, run := range p.waitingRuns() {
		if run.ID == item.Message.RunID {
			return run, true
		}
	}
	return flows.Run{}, false
}

func (p *pass) moveFollowUp(item desk.Item, at time.Time, reason string) error {
	run, known := p.runOf(item)
	if !known {
		return p.fail(item, fault.New(fault.PolicyBlocked, "o fluxo desta mensagem já terminou"), p.desk.Now)
	}
	return p.advance(run, flows.Input{Kind: flows.Move, At: at, Reason: reason})
}
