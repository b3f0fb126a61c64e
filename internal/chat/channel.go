package chat

import (
	"strings"
	"time"
	"unicode"
)

// OnUnconfirmed is what a channel does with a send whose outcome nobody knows (domain.md section 6).
type OnUnconfirmed string

// The choices for an unconfirmed send.
const (
	UnconfirmedHold     OnUnconfirmed = "hold"
	UnconfirmedEvidence OnUnconfirmed = "evidence"
	UnconfirmedResend   OnUnconfirmed = "resend"
)

// The least, the most and the usual minutes after which evidence is weighed.
const (
	LeastEvidenceMinutes = 1
	MostEvidenceMinutes  = 1440
	UsualEvidenceMinutes = 15
)

// Channel is a WhatsApp number at a provider.
type Channel struct {
	ID       string
	TenantID string
	Name     string
	Provider string // the adapter's name, such as "meta"
	Phone    string // E.164 of the business's number
	// Account is the provider's id of the number (Meta: phone_number_id); webhooks are routed by it.
	Account string
	// Token is the secret part of the webhook's path.
	Token string
	// Config is what the adapter needs and anybody may see: base URL, API version, WABA id.
	Config map[string]string
	// Secrets are credentials: access token, app secret, verify token. They are encrypted at rest and never shown.
	Secrets map[string]string
	// Online is false while the provider refuses the account or the number.
	Online        bool
	OfflineReason string
	// Restriction is a time in which the provider refuses some or all messages.
	Restriction Restriction
	PausedAt    time.Time
	// AllowList, when not nil, limits sending to these phones (E.164) and ids of people without a phone: a safe beginning.
	AllowList []string
	// PerSecond is the pace of the number (messages a second); PairSeconds the least gap between two messages to one contact.
	PerSecond     int
	PairSeconds   int
	Timezone      string // empty: the tenant's
	OnUnconfirmed OnUnconfirmed
	// EvidenceMinutes is how long after its claim an unconfirmed message is judged by evidence; 0: UsualEvidenceMinutes.
	EvidenceMinutes int
	// Limits are what refusals of the provider taught.
	Limits ChannelLimits
	// Number is what the provider last said of the number.
	Number NumberState
	// SyncedAt is when the templates were last read from the provider, and SyncDueAt when they are to be read again for a
	// reason, such as a notice about one of them; zero: at the usual time.
	SyncedAt  time.Time
	SyncDueAt time.Time
	// HeardAt is when the last webhook with a right signature came, to the minute; Forged counts those with a wrong one since.
	HeardAt   time.Time
	Forged    int
	CreatedAt time.Time
	DeletedAt time.Time
}

// NumberState is what a provider says of a number, in its own words; empty is what it has not said.
type NumberState struct {
	Quality string // GREEN, YELLOW, RED, UNKNOWN
	Status  string // CONNECTED, FLAGGED, RESTRICTED, ...
	// Tier limits how many people a day may be written to first: TIER_250, TIER_2K, ...
	Tier string
	// Throughput is how many messages a second the number may handle.
	Throughput   int
	VerifiedName string
	NameStatus   string // APPROVED, PENDING_REVIEW, DECLINED, ...
	CheckedAt    time.Time
}

// EvidenceAfter is how long after its claim an unconfirmed message is judged by evidence.
func (c Channel) EvidenceAfter() time.Duration {
	if c.EvidenceMinutes == 0 {
		return UsualEvidenceMinutes * time.Minute
	}
	return time.Duration(c.EvidenceMinutes) * time.Minute
}

// Allows tells whether the allow-list lets a contact through. An entry is a phone, whose national variants count, or an id
// of the person (a BSUID, a LID or an external id) for people without a phone.
func (c Channel) Allows(contact Contact) bool {
	if c.AllowList == nil {
		return true
	}
	phone := PhoneKey(contact.Phone)
	for _, listed := range c.AllowList {
		if phone.Value != "" && PhoneKey(listed) == phone && !hasLetters(listed) {
			return true
		}
		for _, key := range contact.Keys {
			if !key.Recyclable() && key.Value == listed {
				return true
			}
		}
	}
	return false
}

// hasLetters tells an id from a phone.
func hasLetters(listed string) bool { return strings.ContainsFunc(listed, unicode.IsLetter) }
