package worker

import (
	"fmt"
	"slices"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// This file holds what becomes of unconfirmed messages on channels that go by evidence (domain.md section 6): one is sent again
// only if all that the provider had to tell was heard since its claim, and of later messages it told that they went out. It stays
// unconfirmed until the claim of its second try, so that news of the first settle it for as long as possible.

// evidenceLook is how long evidence that is not enough waits for more.
const evidenceLook = time.Minute

// awaitEvidence leaves an unconfirmed message until evidence is weighed, if its channel goes by evidence and it has a try left.
func (p *pass) awaitEvidence(item desk.Item, channel chat.Channel, detail string) bool {
	settings := p.setup.Tenant.Settings.WithDefaults()
	if channel.OnUnconfirmed != chat.UnconfirmedEvidence || item.Attempts+1 >= settings.Retry.Tries {
		return false
	}
	item.State, item.Message.State = desk.ItemUnconfirmed, chat.Unconfirmed
	item.DueAt = latest(item.ClaimedAt.Add(channel.EvidenceAfter()), p.desk.Now)
	item.Message.Log = append(item.Message.Log, p.entry("unconfirmed", "later", "não se sabe se a mensagem saiu ("+detail+
		"); se o provedor não a confirmar até lá, mas confirmar outras enviadas depois dela, ela será reenviada", map[string]any{"until": item.DueAt}))
	p.desk.SaveItem(item)
	at := item.DueAt.In(p.zoneOn(channel)).Format("15:04")
	p.tellUnconfirmed(item, "Não se sabe se uma mensagem saiu. Se o provedor não a confirmar até "+at+
		", mas confirmar outras enviadas depois dela, ela será reenviada; se faltar essa evidência, a equipe decide.")
	return true
}

func (p *pass) tellUnconfirmed(item desk.Item, text string) {
	p.desk.Notify("message.unconfirmed", "Envio não confirmado", text, map[string]any{
		"messageId": item.ID, "contactId": item.Message.ContactID, "conversationId": item.Message.ConversationID, "followUpId": item.Message.FollowUpID})
}

// weigh judges the unconfirmed messages whose time has come. What is believed not to have gone out waits in this pass like any
// other message, and every policy is asked.
func (p *pass) weigh() error {
	for _, item := range slices.Clone(p.desk.Outbox) {
		due := item.State == desk.ItemUnconfirmed && !item.DueAt.IsZero() && !item.DueAt.After(p.desk.Now)
		if !due || item.Message.State != chat.Unconfirmed { // news of it came in since the mail was read
			continue
		}
		if err := p.weighOne(item); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) weighOne(item desk.Item) error {
	channel := p.setup.Channels[item.Message.ChannelID]
	if channel.OnUnconfirmed != chat.UnconfirmedEvidence {
		p.leaveToTeam(item, "o canal não reenvia mais por evidência")
		return nil
	}
	due := item.ClaimedAt.Add(channel.EvidenceAfter())
	listeners, err := p.worker.Store.Listeners(p.ctx, item.Message.TenantID, channel.ID, item.ClaimedAt.Add(-desk.Silence))
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	proof := desk.Prove(listeners, item.ClaimedAt, due, p.desk.Now)
	switch {
	case proof.Lost:
		p.leaveToTeam(item, proof.Reason)
	case p.desk.Now.Sub(due) > p.maxLateness():
		p.leaveToTeam(item, "passou tempo demais para reenviar")
	case proof.NotSent && p.answeredSince(item):
		p.leaveToTeam(item, "o cliente escreveu depois deste envio, e reenviar poderia repetir o que ele já leu")
	case proof.NotSent:
		p.release(item, proof)
	default:
		p.lookAgain(item, proof)
	}
	return nil
}

// answeredSince tells whether the customer wrote after a follow-up's claim, and its run goes on all the same: one that ends with the
// answer is let go to end, and sends nothing.
func (p *pass) answeredSince(item desk.Item) bool {
	if item.Message.FollowUpID == "" {
		return false
	}
	if run, known := p.runOf(item); known && run.Wait.EndReason != "" {
		return false
	}
	return slices.ContainsFunc(p.desk.Conversations, func(one chat.Conversation) bool {
		one, _ = p.desk.Conversation(one.ID)
		return one.CustomerNumber > item.Message.ClaimNumber
	})
}

// lookAgain waits for more evidence; a wait that goes on is one line of the log.
func (p *pass) lookAgain(item desk.Item, proof desk.Proof) {
	item.DueAt = p.desk.Now.Add(evidenceLook)
	if proof.Unheard {
		item.DueAt = p.desk.Now.Add(desk.ListenPulse)
	} else if item.Message.ErrorDetail != proof.Reason {
		item.Message.ErrorDetail = proof.Reason
		item.Message.Log = append(item.Message.Log, p.entry("evidence", "later", proof.Reason, map[string]any{
			"until": item.DueAt, "confirmed": proof.Confirmed, "claimedAt": item.ClaimedAt}))
	}
	p.desk.SaveItem(item)
}

// leaveToTeam gives up on evidence: from now on the message is held like those of a channel that holds.
func (p *pass) leaveToTeam(item desk.Item, reason string) {
	item.DueAt = time.Time{}
	item.Message.ErrorDetail = "sem evidência de que a mensagem não saiu: " + reason
	item.Message.Log = append(item.Message.Log, p.entry("evidence", "hold", reason, map[string]any{"claimedAt": item.ClaimedAt}))
	p.desk.SaveItem(item)
	p.tellUnconfirmed(item, "Não se sabe se uma mensagem saiu, e não há evidência de que não ("+reason+"). A equipe decide.")
}

// release lets a message wait for this pass's outbox. It is written only if it goes, or ends; see [pass.unreleased].
func (p *pass) release(item desk.Item, proof desk.Proof) {
	if p.weighed == nil {
		p.weighed = map[string]desk.Item{}
	}
	p.weighed[item.ID] = item
	item.Message.Log = append(slices.Clone(item.Message.Log), p.entry("evidence", "resend", proof.Reason, map[string]any{
		"claimedAt": item.ClaimedAt, "confirmed": proof.Confirmed}))
	item.Attempts++
	p.requeue(&item, p.desk.Now)
	p.putBack(item)
}

// putBack changes how this pass sees an item, and writes nothing.
func (p *pass) putBack(item desk.Item) {
	for i := range p.desk.Outbox {
		if p.desk.Outbox[i].ID == item.ID {
			p.desk.Outbox[i] = item
		}
	}
}

// byEvidence tells whether an item goes again by evidence in this pass.
func (p *pass) byEvidence(item desk.Item) bool {
	_, yes := p.weighed[item.ID]
	return yes
}

// unreleased makes what evidence released and nobody claimed or ended unconfirmed again: a policy lets it wait, or something else
// of the contact goes first. What did go demands that no news of it came in meanwhile.
func (p *pass) unreleased() {
	for id, before := range p.weighed {
		item, waits := p.desk.Item(id)
		if !waits || item.State != desk.ItemPending || slices.Contains(p.desk.Changes.Claims, id) {
			p.desk.Changes.Released = append(p.desk.Changes.Released, id)
			continue
		}
		saved := slices.ContainsFunc(p.desk.Changes.Items, func(one desk.Item) bool { return one.ID == id })
		if !saved {
			p.putBack(before)
			continue
		}
		before.DueAt = item.DueAt
		if !before.DueAt.After(p.desk.Now) {
			before.DueAt = p.desk.Now.Add(evidenceLook)
		}
		before.Message.ErrorCode, before.Message.ErrorDetail = string(fault.Unconfirmed), item.Message.ErrorDetail
		before.Message.Log = slices.DeleteFunc(slices.Clone(item.Message.Log), func(line chat.LogEntry) bool { return line.Check == "evidence" })
		p.desk.SaveItem(before)
	}
}
