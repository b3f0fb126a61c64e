package desk

import "time"

// Oldest is what has waited longest of each kind; zero times where nothing waits.
type Oldest struct {
	// Mail was received and not handled.
	OldestMail time.Time
	// OldestRun and OldestSend are due times that have come. A send may be due and wait for the pace; a run never is.
	OldestRun, OldestSend time.Time
	Canary                Canary
}

// BacklogMost is where counting stops.
const BacklogMost = 50_000

// Backlog is how much waits, each counted up to BacklogMost.
type Backlog struct {
	Oldest
	Mail, DueRuns, DueSends, Sending, Unconfirmed int
}

// CanaryID is the contact of the canary's wake-ups; its tenant is empty, so it is in nobody's lists.
const CanaryID = "canary"

// Canary is a due time of the installation's own, which goes the way of every follow-up and reaches nobody.
type Canary struct {
	// Due is when it rings next; zero: there is none yet.
	Due time.Time
	// Rang is when it was last claimed, and Late how long after its due time that was.
	Rang time.Time
	Late time.Duration
}
