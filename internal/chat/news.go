package chat

import (
	"time"

	"retoma/internal/fault"
)

// News is what a provider tells about a template, a number or an account: it belongs to no conversation. A part that is nil
// is not meant.
type News struct {
	// Field is the provider's name for this kind of news.
	Field string
	// At is the provider's time of it; zero: it does not say, and the time of arrival counts.
	At       time.Time
	Template *TemplateNews
	Number   *NumberNews
	Sender   *SenderNews
	// Text says it to people, in Portuguese; empty: nothing that anybody has to be told.
	Text string
	// Data is all that came.
	Data map[string]any
}

// Acts tells whether the news changes anything that sending depends on.
func (n News) Acts() bool { return n.Template != nil || n.Number != nil || n.Sender != nil }

// TemplateNews is about one template. What is empty did not change.
type TemplateNews struct {
	ExternalID string
	Name       string
	Language   string // in the form of sending, such as "pt_BR"
	Status     string // as in [Template]
	Reason     string // why it has this status
	Category   string
	Quality    string
	// Redefined tells that its text, buttons or availability changed in a way that only reading it again can show.
	Redefined bool
}

// NumberNews is about a business's number, or about every number of the account. What is empty did not change.
type NumberNews struct {
	// Phone is the number as the provider displays it; empty means every number of the account.
	Phone        string
	Quality      string
	Status       string
	Tier         string
	Throughput   int // messages a second
	VerifiedName string
	NameStatus   string
}

// SenderNews is about whether an account may send.
type SenderNews struct {
	Standing Standing
	// Reason is in Portuguese, for people.
	Reason string
	// Until is when a restriction ends; zero: the provider did not say.
	Until time.Time
}

// Standing is how an account stands with its provider.
type Standing string

// The standings.
const (
	StandingGood       Standing = "good"       // it may send
	StandingOff        Standing = "off"        // it may not, until the provider says otherwise
	StandingAnswers    Standing = "answers"    // for a time it may only answer people in an open window
	StandingSilenced   Standing = "silenced"   // for a time it may send nothing
	StandingAdmonished Standing = "admonished" // it may send, and people should know why they were warned
)

// Restriction is a time in which the provider refuses some or all messages of a number; it ends by itself.
type Restriction struct {
	// AnswersAllowed tells that only what begins a talk is refused: messages in an open window may go.
	AnswersAllowed bool
	Until          time.Time
	Reason         string // Portuguese
}

// Forbids tells whether a message may not go now.
func (r Restriction) Forbids(now time.Time, windowOpen bool) bool {
	return now.Before(r.Until) && (!r.AnswersAllowed || !windowOpen)
}

// openRestriction is for how long a restriction without an end is believed before the provider is tried again: its answer
// to the next send then decides.
const openRestriction = 24 * time.Hour

// Concerns tells whether the news say something of whether the account is on line, and of what it may send for a time.
func (n SenderNews) Concerns() (online, restriction bool) {
	switch n.Standing {
	case StandingGood:
		return true, true
	case StandingOff:
		return true, false
	case StandingAnswers, StandingSilenced:
		return false, true
	}
	return false, false
}

// Stand takes a channel off line or puts it back, as news of its account say.
func (c Channel) Stand(news SenderNews, now time.Time) Channel {
	switch news.Standing {
	case StandingGood:
		c, _ = c.Recover(fault.LiftPerson, now) // nobody knows better than the provider itself
	case StandingOff:
		c.Online, c.OfflineReason = false, news.Reason
		c.Limits.Outage = &Outage{Code: fault.SenderOffline, Lift: fault.LiftPerson, Since: now}
	}
	return c
}

// Restrict notes for how long an account may send less, as news of it say, or that it may send all again.
func (c Channel) Restrict(news SenderNews, now time.Time) Channel {
	switch news.Standing {
	case StandingGood:
		c.Restriction = Restriction{}
	case StandingAnswers, StandingSilenced:
		until := news.Until
		if until.IsZero() {
			until = now.Add(openRestriction)
		}
		c.Restriction = Restriction{AnswersAllowed: news.Standing == StandingAnswers, Until: until, Reason: news.Reason}
	}
	return c
}

// Sendable tells whether a template may be sent: approved, or at risk but not stopped (Meta: FLAGGED "is at risk of being
// disabled"). A status that nobody has told yet is believed.
func (t Template) Sendable() bool {
	switch t.Status {
	case "APPROVED", "FLAGGED", "REINSTATED", "":
		return true
	}
	return false
}

// Held tells whether a template is stopped for a time and may come back by itself, so that what is due waits for it instead
// of failing. One that is disabled comes back only if the provider is persuaded (providers.md section 1.4: hold, stop).
func (t Template) Held() bool {
	switch t.Status {
	case "PAUSED", "LOCKED", "ARCHIVED", "IN_APPEAL", "PENDING", "PENDING_DELETION":
		return true
	}
	return false
}
