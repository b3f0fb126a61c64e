package chat

import (
	"slices"
	"strings"
	"time"
)

// OptOut is how far a contact has refused messages.
type OptOut string

// The scopes of an opt-out (domain.md section 6).
const (
	OptOutNone      OptOut = ""
	OptOutMarketing OptOut = "marketing"
	OptOutAll       OptOut = "all"
)

// And is what two refusals come to: the wider one stands. Only the person's own way back, or an opt-in, makes one narrower.
func (o OptOut) And(other OptOut) OptOut {
	if o == OptOutAll || other == OptOutNone {
		return o
	}
	return other
}

// Contact is a person, known by several identities.
type Contact struct {
	ID       string
	TenantID string
	Number   int64 // small number per tenant: the specs' contactId
	Name     string
	Phone    string // E.164; empty for people known only by a provider id
	Route    string // the provider's own address (wa_id), used verbatim for sending; empty: the phone's digits
	Timezone string // only if somebody set it; never guessed from the phone
	Tags     []string
	Stage    string
	Status   string
	Fields   map[string]string
	OptOut   OptOut
	// OptOutAt is when the refusal, or its end, was last said: what is older comes too late.
	OptOutAt time.Time
	// LastFollowUpID is the last follow-up sent to the contact that no reply was credited to yet.
	LastFollowUpID string
	LastFollowUpAt time.Time
	// Automatic is the last automatic message, for the tenant's least gap and daily limit.
	Automatic AutomaticMark
	// Limits are what refusals of the provider taught.
	Limits ContactLimits
	// Keys are all that the contact is known by; they are read only for work on the contact and for showing it.
	Keys []ContactKey
	// MergedInto is the contact that this one was merged into; empty for everybody who is still there.
	MergedInto string
	// ErasedAt is when somebody asked that the person be forgotten. Nothing finds such a contact any more; only what was on its
	// way for it still ends.
	ErasedAt  time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// AutomaticMark says which automatic message a contact got last, and how many on that local day.
type AutomaticMark struct {
	MessageID string
	At        time.Time
	Day       string // the contact's local date, YYYY-MM-DD
	Count     int    // on Day
}

// Conversation is one contact on one channel.
type Conversation struct {
	ID        string
	TenantID  string
	Number    int64 // small number per tenant: the specs' ticketId
	ContactID string
	ChannelID string
	TeamID    string
	// CustomerAt is the time of the customer's last message: it opens the 24 h window, unless OpenedAt says otherwise.
	CustomerAt time.Time
	// OpenedAt is when the customer last wrote what opens the window, if their last message did not: see [Content.OpensWindow].
	// Zero: it did; one millisecond after 1970 began: nothing ever did.
	OpenedAt time.Time
	// CustomerNumber is that message's number in the contact's mailbox.
	CustomerNumber int64
	// WindowClosedAt is when the provider itself said that the window is closed.
	WindowClosedAt time.Time
	OutboundAt     time.Time // our last message
	// Unanswered are the flows whose follow-ups went out since the customer wrote last: ids, separated by commas.
	Unanswered string
	AgentAt    time.Time // the last message that a person of the business wrote
	// HeldUntil is an explicit hold by a person; HoldForever in the far future means until release.
	HeldUntil time.Time
	// PairRefusals is how often in a row the provider said that messages came too fast for this contact.
	PairRefusals int
	CreatedAt    time.Time
}

// ActiveAt is when somebody last said something; of a conversation in which nobody has, when it was made.
func (c Conversation) ActiveAt() time.Time {
	latest := c.CreatedAt
	for _, at := range []time.Time{c.CustomerAt, c.OutboundAt, c.AgentAt} {
		if at.After(latest) {
			latest = at
		}
	}
	return latest
}

// neverOpened is the OpenedAt of a conversation in which the customer only wrote what opens no window.
func neverOpened() time.Time { return time.UnixMilli(1).UTC() }

// LastOpened is when the customer last wrote what opens the window; zero: never.
func (c Conversation) LastOpened() time.Time {
	switch {
	case c.OpenedAt.IsZero():
		return c.CustomerAt
	case c.OpenedAt.Equal(neverOpened()):
		return time.Time{}
	}
	return c.OpenedAt
}

// Heard notes that the customer wrote. Messages may come late and in any order.
func (c Conversation) Heard(at time.Time, opens bool) Conversation {
	opened := c.LastOpened()
	if opens && at.After(opened) {
		opened = at
	}
	if at.After(c.CustomerAt) {
		c.CustomerAt = at
	}
	return c.opened(opened)
}

// Joined is a conversation that two have become: the later word of both counts.
func (c Conversation) Joined(other Conversation) Conversation {
	opened := c.LastOpened()
	if later := other.LastOpened(); later.After(opened) {
		opened = later
	}
	if other.CustomerAt.After(c.CustomerAt) {
		c.CustomerAt = other.CustomerAt
	}
	return c.opened(opened)
}

func (c Conversation) opened(at time.Time) Conversation {
	switch c.OpenedAt = at; {
	case at.Equal(c.CustomerAt):
		c.OpenedAt = time.Time{}
	case at.IsZero():
		c.OpenedAt = neverOpened()
	}
	return c
}

// WindowLength is how long after the customer's last message free-form messages may be sent (providers.md section 1.5).
const WindowLength = 24 * time.Hour

// WindowMargin is kept before the window's end, because the provider judges at its own clock.
const WindowMargin = time.Minute

// WindowClosesAt is the end of the customer-service window; zero if the customer never wrote or the provider closed it.
func (c Conversation) WindowClosesAt() time.Time {
	opened := c.LastOpened()
	if opened.IsZero() || !c.WindowClosedAt.Before(opened) && !c.WindowClosedAt.IsZero() {
		return time.Time{}
	}
	return opened.Add(WindowLength)
}

// WindowOpen judges the window at an instant, with the margin.
func (c Conversation) WindowOpen(now time.Time) bool {
	closes := c.WindowClosesAt()
	return !closes.IsZero() && now.Before(closes.Add(-WindowMargin))
}

// WaitsForAnswerTo tells whether a flow's follow-up went out since the customer wrote last.
func (c Conversation) WaitsForAnswerTo(flowID string) bool {
	return flowID != "" && slices.Contains(c.UnansweredFlows(), flowID)
}

// UnansweredFlows are the flows whose follow-ups went out since the customer wrote last.
func (c Conversation) UnansweredFlows() []string {
	return strings.FieldsFunc(c.Unanswered, func(r rune) bool { return r == ',' })
}

// FollowedUpBy notes that a flow's follow-up went out.
func (c Conversation) FollowedUpBy(flowID string) Conversation {
	if !c.WaitsForAnswerTo(flowID) {
		c.Unanswered = strings.TrimPrefix(c.Unanswered+","+flowID, ",")
	}
	return c
}

// Held tells whether a person holds the conversation explicitly.
func (c Conversation) Held(now time.Time) bool { return now.Before(c.HeldUntil) }

// TakenOver tells whether a person is talking: an agent wrote less than handoff ago, and nobody released since.
func (c Conversation) TakenOver(now time.Time, handoff time.Duration) bool {
	return !c.AgentAt.IsZero() && now.Before(c.AgentAt.Add(handoff))
}
