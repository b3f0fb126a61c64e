package fault

import "time"

// Scope is how far a failure reaches.
type Scope string

// The scopes of domain.md section 6. The empty one is ScopeMessage.
const (
	ScopeMessage  Scope = "message"  // this message only
	ScopePair     Scope = "pair"     // this contact on this channel, for a little while
	ScopeContact  Scope = "contact"  // this contact, whichever number writes
	ScopeTemplate Scope = "template" // this template on this channel
	ScopeNumber   Scope = "number"   // this number
	ScopeAccount  Scope = "account"  // every number of the account, or of its token
	ScopeCountry  Scope = "country"  // every recipient of one country, on this channel
)

// Lift is who may end what a failure stopped.
type Lift string

// Who may lift. A ban is lifted by people (at the provider, or here), never by a look that happens to succeed.
const (
	LiftProbe  Lift = "probe"
	LiftPerson Lift = "person"
)

// Reach says how far a failure reaches beyond its message. It travels with answers and with later reports alike.
type Reach struct {
	Scope Scope `json:"scope,omitempty"`
	// Number is the other side's own code, such as "131049" or "190/463".
	Number string `json:"number,omitempty"`
	// Marketing tells that only marketing has to rest.
	Marketing bool `json:"marketing,omitempty"`
	// Template is the state in which the template now is at the provider (ScopeTemplate), such as "PAUSED"; empty: as it was.
	Template string `json:"template,omitempty"`
	// Lift is who may end an outage (ScopeNumber, ScopeAccount); empty: there is none, it only slows down.
	Lift Lift `json:"lift,omitempty"`
	// Again tells that one more try is worth it, though the code of the failure says never.
	Again bool `json:"again,omitempty"`
	// CoolDown is how long what the failure reaches has to rest; 0: until somebody lifts it, or for as long as nobody knows.
	CoolDown time.Duration `json:"coolDown,omitempty"`
}
