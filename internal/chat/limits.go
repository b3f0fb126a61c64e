package chat

import (
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"retoma/internal/fault"
)

// ContactLimits are what refusals of the provider taught about a person. They hold whichever number writes.
type ContactLimits struct {
	// MarketingRest is until when the person gets no marketing; Refusals is how often in a row that was ordered.
	MarketingRest time.Time `json:"marketingRest,omitzero"`
	Refusals      int       `json:"refusals,omitempty"`
	// Undeliverable counts messages in a row that could not be delivered.
	Undeliverable int `json:"undeliverable,omitempty"`
	// UnreachableAt is since when the person counts as out of reach; zero: within reach.
	UnreachableAt time.Time `json:"unreachableAt,omitzero"`
	// Said is what the person's own words refused, and was confirmed; what others noted of them is only in Contact.OptOut.
	Said OptOut `json:"said,omitempty"`
	// Stopped tells that the person switched marketing off in WhatsApp itself, and ChosenAt when that was last said either way.
	Stopped  bool      `json:"stopped,omitempty"`
	ChosenAt time.Time `json:"chosenAt,omitzero"`
	// Last is the message that was counted last: an answer and a later report may say the same of one message.
	Last string `json:"last,omitempty"`
}

// The rests of providers.md section 1.4: after the first marketing cap, the second, and every further one.
const (
	firstRest = 24 * time.Hour
	lastRest  = 96 * time.Hour
	// forgetRefusals is how long after a rest the next one begins small again.
	forgetRefusals = 7 * 24 * time.Hour
)

// OutOfReach is after how many undeliverable messages in a row a person counts as out of reach.
const OutOfReach = 3

// RestFromMarketing notes that the provider withheld marketing from the person. What was on its way when the rest began
// makes it no longer.
func (l ContactLimits) RestFromMarketing(message string, at time.Time, coolDown time.Duration) ContactLimits {
	if l.Last == message || at.Before(l.MarketingRest) {
		return l
	}
	if at.After(l.MarketingRest.Add(forgetRefusals)) {
		l.Refusals = 0
	}
	if coolDown <= 0 {
		coolDown = firstRest
	}
	l.MarketingRest = at.Add(min(coolDown<<min(l.Refusals, 10), max(lastRest, coolDown)))
	l.Refusals++
	l.Last = message
	return l
}

// CouldNotReach counts a message that could not be delivered.
func (l ContactLimits) CouldNotReach(message string, at time.Time) ContactLimits {
	if l.Last == message {
		return l
	}
	l.Last = message
	l.Undeliverable++
	if l.Undeliverable >= OutOfReach && l.UnreachableAt.IsZero() {
		l.UnreachableAt = at
	}
	return l
}

// Chose notes what the person chose about marketing in WhatsApp itself; the newest choice holds.
func (l ContactLimits) Chose(stopped bool, at time.Time) ContactLimits {
	if !at.Before(l.ChosenAt) {
		l.Stopped, l.ChosenAt = stopped, at
	}
	return l
}

// Reached notes that something was delivered.
func (l ContactLimits) Reached() ContactLimits {
	l.Undeliverable, l.UnreachableAt = 0, time.Time{}
	return l
}

// Spoke notes that the person wrote: within reach, and the next rest from marketing begins small again. One that runs goes on.
func (l ContactLimits) Spoke() ContactLimits {
	l = l.Reached()
	l.Refusals = 0
	return l
}

// ChannelLimits are what refusals of the provider taught about a number.
type ChannelLimits struct {
	// Outage is why the channel is offline, where a refusal took it there.
	Outage *Outage `json:"outage,omitempty"`
	// MarketingRest is until when the number sends no marketing.
	MarketingRest time.Time `json:"marketingRest,omitzero"`
	// Countries are the calling codes ("55") whose people the account may not write to, and until when that is believed.
	Countries map[string]time.Time `json:"countries,omitempty"`
	// LiftedAt is when the last outage ended, and LiftedFrom what it was: one that comes back at once is the same one.
	LiftedAt   time.Time `json:"liftedAt,omitzero"`
	LiftedFrom *Outage   `json:"liftedFrom,omitempty"`
}

// Outage is why a channel cannot send, and who may say that it can again.
type Outage struct {
	Code fault.Code `json:"code"`
	// Number is the provider's own code.
	Number string     `json:"number,omitempty"`
	Lift   fault.Lift `json:"lift"`
	Since  time.Time  `json:"since"`
	// ProbeAt is when a probe may try; Relapses is how often a probe was wrong.
	ProbeAt  time.Time `json:"probeAt,omitzero"`
	Relapses int       `json:"relapses,omitempty"`
}

// The pauses before a probe may lift an outage. One that was lifted and came back at once makes the next look later.
const (
	firstProbe = time.Minute
	lastProbe  = time.Hour
	// sameOutage is how soon after it was lifted an outage with the same code is the old one.
	sameOutage = 15 * time.Minute
)

// Fail takes the channel offline. It tells whether that is news: not if it is offline already, or again for the same reason
// right after somebody believed that it was not.
func (c Channel) Fail(outage Outage, reason string, coolDown time.Duration) (failed Channel, news bool) {
	if !c.Online && (c.Limits.Outage == nil || c.Limits.Outage.Lift == fault.LiftPerson || outage.Lift == fault.LiftProbe) {
		return c, false // what is graver stays
	}
	news = c.Online
	if last := c.Limits.LiftedFrom; last != nil && last.Number == outage.Number && outage.Since.Before(c.Limits.LiftedAt.Add(sameOutage)) {
		outage.Relapses, news = last.Relapses+1, false
	}
	outage.ProbeAt = outage.Since.Add(max(coolDown, min(firstProbe<<min(outage.Relapses, 10), lastProbe)))
	c.Online, c.OfflineReason, c.Limits.Outage = false, reason, &outage
	return c, news || outage.Lift == fault.LiftPerson
}

// Recover brings the channel back, if by may do that: a probe only what a probe may lift, a person anything.
func (c Channel) Recover(by fault.Lift, at time.Time) (recovered Channel, changed bool) {
	outage := c.Limits.Outage
	if c.Online || by != fault.LiftPerson && (outage == nil || outage.Lift != fault.LiftProbe || at.Before(outage.ProbeAt)) {
		return c, false
	}
	c.Online, c.OfflineReason, c.Limits.Outage = true, "", nil
	c.Limits.LiftedAt, c.Limits.LiftedFrom = at, outage
	return c, true
}

// Sound clears what an outage left behind where somebody set the channel online by hand.
func (c Channel) Sound() Channel {
	if c.Online {
		c.Limits.Outage = nil
	}
	return c
}

// SharesAccount tells whether what stops the other channel's account stops this one: the same account at the provider, or
// the same token.
func (c Channel) SharesAccount(other Channel) bool {
	if c.TenantID != other.TenantID || c.Provider != other.Provider {
		return false
	}
	same := func(a, b string) bool { return a != "" && a == b }
	return same(c.Config[configWABA], other.Config[configWABA]) || same(c.Secrets[secretToken], other.Secrets[secretToken])
}

// secretToken is the credential that adapters send with.
const secretToken = "accessToken"

// Refuses tells until when a channel may not write to a phone's country; the zero time if it may.
func (l ChannelLimits) Refuses(phone string) time.Time {
	if len(l.Countries) == 0 {
		return time.Time{} // almost always, and to read a number takes longer than everything else that is asked before a send
	}
	return l.Countries[CallingCode(phone)]
}

// CallingCode is the country code of an E.164 number, such as "55"; empty for what is none.
func CallingCode(phone string) string {
	if !strings.HasPrefix(phone, "+") {
		return ""
	}
	number, err := phonenumbers.Parse(phone, "")
	if err != nil {
		return ""
	}
	return strconv.Itoa(int(number.GetCountryCode()))
}

// The keys of Channel.Config that say whose daily limit a number shares, and what it is, where the provider has not told.
const (
	ConfigPortfolio = "portfolioId"
	ConfigTier      = "messagingLimit"
	configWABA      = "wabaId"
)

// Portfolio names those whose people per day are counted together: the business portfolio, else the account, else the
// number alone (providers.md section 1.5).
func (c Channel) Portfolio() string {
	for _, named := range []string{c.Config[ConfigPortfolio], c.Config[configWABA]} {
		if named = strings.TrimSpace(named); named != "" {
			return named
		}
	}
	return c.ID
}

// DailyPeople is how many people the channel's portfolio may write to first within 24 h: 0 is no limit, or none that
// anybody has told. It reads "TIER_2K", "2K" and "2000".
func (c Channel) DailyPeople() int {
	told := c.Number.Tier
	if configured := strings.TrimSpace(c.Config[ConfigTier]); configured != "" {
		told = configured
	}
	told = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(told)), "TIER_")
	factor := 1
	if thousands, cut := strings.CutSuffix(told, "K"); cut {
		told, factor = thousands, 1000
	}
	limit, err := strconv.Atoi(told)
	if err != nil || limit < 0 || limit > 10_000_000 {
		return 0
	}
	return limit * factor
}

// MorePeopleThan tells whether a channel may write to more people a day than it might before, or counts them with others now.
func (c Channel) MorePeopleThan(before Channel) bool {
	was, is := before.DailyPeople(), c.DailyPeople()
	return was > 0 && (is == 0 || is > was || c.Portfolio() != before.Portfolio())
}
