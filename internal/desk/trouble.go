package desk

import (
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Trouble is what one refusal said about a channel, its account, a country or a template. It is written down with the
// outcome of the send, and acted on right after: work on a contact shares the tenant's gate, and a change of the set-up
// takes it alone.
type Trouble struct {
	ID        string       `json:"id"`
	TenantID  string       `json:"tenantId"`
	ChannelID string       `json:"channelId"`
	MessageID string       `json:"messageId"`
	Template  *TemplateKey `json:"template,omitempty"`
	// Country is the calling code of the person whom the message was for (fault.ScopeCountry).
	Country string      `json:"country,omitempty"`
	Code    fault.Code  `json:"code"`
	Reach   fault.Reach `json:"reach"`
	// Text is what people read of it.
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// Known tells whether the set-up says already what the trouble would make it say.
func (t Trouble) Known(channel chat.Channel, template chat.Template) bool {
	switch {
	case t.Reach.Scope == fault.ScopeTemplate:
		return template.HeldNumber == t.Reach.Number && t.At.Before(template.HeldUntil)
	case t.Reach.Scope == fault.ScopeCountry:
		return t.At.Before(channel.Limits.Countries[t.Country])
	case t.Reach.Lift != "":
		outage := channel.Limits.Outage
		return !channel.Online && outage != nil && (outage.Lift == fault.LiftPerson || t.Reach.Lift == fault.LiftProbe)
	}
	return t.At.Before(channel.Limits.MarketingRest)
}
