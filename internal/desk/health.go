package desk

import "time"

// Health is what the database says of the installation, for whoever looks for what is wrong with it.
type Health struct {
	// Now is the database's own clock; zero where it has none of its own.
	Now time.Time
	// Restored is when the installation was restored; what was due up to then waits for review.
	Restored time.Time
	// Due are timers and messages that are overdue although nothing holds them; Mail is what nobody has read, Sending and Writing
	// what somebody began and has not ended.
	Due, Mail, Sending, Writing Waiting
	// Unarmed are due times of the near future that have no task although they should.
	Unarmed, Quarantined, Unconfirmed, ForReview int
	// PausedTenants are names.
	PausedTenants []string
	// Unreadable are the channels whose credentials cannot be read with the key, by name.
	Unreadable []string
}

// Waiting is how much waits, and since when the oldest of it.
type Waiting struct {
	Count int
	Since time.Time
}

// Ailment is one thing that is wrong, in sentences that an operator reads.
type Ailment struct {
	// Check names what was looked at, such as "mail" or "channel".
	Check string `json:"check"`
	// Severity is "error" where messages do not go, come late or are lost to sight, else "warning".
	Severity string `json:"severity" enum:"error,warning"`
	Problem  string `json:"problem" doc:"o que está errado"`
	Remedy   string `json:"remedy" doc:"o que fazer"`
	Count    int    `json:"count,omitempty"`
	// Fixable tells that a fix does it without sending, repeating or deleting anything; Fixed that one did.
	Fixable bool `json:"fixable,omitempty"`
	Fixed   bool `json:"fixed,omitempty"`
}

// The severities.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
)
