package worker

import (
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// learn acts on what a refusal says beyond its one message: a window closes, a contact rests, a pair or a number slows
// down; what concerns a channel, its account or a template is written down as a trouble and acted on after the commit.
func (p *pass) learn(problem *fault.Error, message chat.Message, at time.Time) {
	p.learnOfContact(problem, message, at)
	switch problem.Code {
	case fault.OutsideWindow:
		p.closeWindow(message.ChannelID, at)
	case fault.PairLimited:
		p.slowPair(problem, message)
	case fault.RateLimited:
		p.slowChannel(problem, message)
	}
	p.noteTrouble(problem, message, at)
}

func (p *pass) closeWindow(channelID string, at time.Time) {
	if conversation, known := p.desk.ConversationOn(channelID); known {
		conversation.WindowClosedAt = latest(conversation.WindowClosedAt, at)
		p.desk.SaveConversation(conversation)
	}
}

func (p *pass) learnOfContact(problem *fault.Error, message chat.Message, at time.Time) {
	contact := p.desk.Contact
	before := contact.Limits
	switch {
	case problem.Code == fault.OptedOut && contact.OptOut == chat.OptOutNone:
		contact.OptOut, contact.OptOutAt = chat.OptOutMarketing, at
		contact.Limits = contact.Limits.Chose(true, at)
		p.desk.SaveContact(contact)
		return
	case problem.Code == fault.Unreachable:
		contact.Limits = contact.Limits.CouldNotReach(message.ID, at)
	case problem.Reach.Scope == fault.ScopeContact && problem.Reach.Marketing && problem.Code != fault.OptedOut:
		contact.Limits = contact.Limits.RestFromMarketing(message.ID, at, problem.Reach.CoolDown)
	}
	if contact.Limits != before {
		p.desk.SaveContact(contact)
	}
}

// maxPairPower bounds the waits of a pair: 4^6 seconds are a good hour.
const maxPairPower = 6

// slowPair lets only this contact on this channel wait: 1, 4, 16, 64 seconds and so on, until something goes through.
// What else this contact is to get there waits behind what was refused (outbox).
func (p *pass) slowPair(problem *fault.Error, message chat.Message) {
	conversation, known := p.desk.Conversation(message.ConversationID)
	if !known {
		return
	}
	problem.After = max(problem.After, pairWait(conversation.PairRefusals))
	conversation.PairRefusals++
	p.desk.SaveConversation(conversation)
	p.worker.Pacer.Hold(p.ctx, p.paceOf(message), message.ContactID, p.desk.Now.Add(problem.After), problem.Explained())
}

func pairWait(refusals int) time.Duration { return time.Second << (2 * min(refusals, maxPairPower)) }

// rateWait is the wait after a limit when neither the provider nor the table of codes says how long.
const rateWait = 30 * time.Second

// slowChannel lets a number, or every number of an account, wait for a limit of calls. A limit of marketing is no reason to
// hold answers back.
func (p *pass) slowChannel(problem *fault.Error, message chat.Message) {
	if problem.After == 0 {
		problem.After = rateWait
	}
	if problem.Reach.Marketing || problem.Reach.Scope == fault.ScopeMessage {
		return
	}
	until := p.desk.Now.Add(problem.After)
	why := problem.Explained()
	p.worker.Pacer.Hold(p.ctx, p.paceOf(message), "", until, why)
	own := p.setup.Channels[message.ChannelID]
	switch problem.Reach.Scope {
	case fault.ScopeNumber:
		p.worker.Pacer.Slow(p.ctx, p.paceOf(message))
	case fault.ScopeAccount:
		for _, channel := range p.setup.Channels {
			if channel.ID != own.ID && channel.SharesAccount(own) {
				p.worker.Pacer.Hold(p.ctx, PaceChannel{TenantID: message.TenantID, Portfolio: channel.Portfolio(), ID: channel.ID}, "", until, why)
			}
		}
	}
}

func (p *pass) paceOf(message chat.Message) PaceChannel {
	return paceChannel(p.setup.Channels[message.ChannelID], message)
}

// noteTrouble writes down what a refusal says of the channel, its account, a country or the template, unless the set-up
// that everybody sees says it already.
func (p *pass) noteTrouble(problem *fault.Error, message chat.Message, at time.Time) {
	reach := problem.Reach
	trouble := desk.Trouble{
		ID: chat.NewID(), TenantID: message.TenantID, ChannelID: message.ChannelID, MessageID: message.ID,
		Code: problem.Code, Reach: reach, Text: problem.Explained(), At: at,
	}
	var template chat.Template
	switch reach.Scope {
	case fault.ScopeTemplate:
		used := message.Content.Template
		if used == nil {
			return
		}
		var known bool
		if template, known = p.setup.Template(message.ChannelID, used.Name, used.Language); !known {
			return
		}
		trouble.Template = &desk.TemplateKey{Name: template.Name, Language: template.Language}
	case fault.ScopeCountry:
		if trouble.Country = chat.CallingCode(p.desk.Contact.Phone); trouble.Country == "" {
			return
		}
	case fault.ScopeNumber, fault.ScopeAccount:
		if reach.Lift == "" && !reach.Marketing {
			return
		}
	default:
		return
	}
	if !trouble.Known(p.setup.Channels[message.ChannelID], template) {
		p.desk.Changes.Troubles = append(p.desk.Changes.Troubles, trouble)
	}
}
