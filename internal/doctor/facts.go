package doctor

import (
	"time"

	"retoma/internal/desk"
)

// Facts are what was seen. What could not be looked at is absent, and Problems say why.
type Facts struct {
	// Now is this machine's clock.
	Now time.Time
	// Migrations are how many are missing; then nothing else of the database was looked at.
	Migrations int
	Health     *desk.Health
	Queue      *Queue
	Channels   []Channel
	Templates  []Template
	Disk       *Disk
	// FilesProblem is what keeps files from being kept.
	FilesProblem string
	// DatabaseProblem and RedisProblem are why one of them could not be looked at.
	DatabaseProblem, RedisProblem string
}

// Queue is what Redis says.
type Queue struct {
	// Embedded tells that it lives in the process that was asked.
	Embedded bool
	Now      time.Time
	// Elsewhere tells that SQL's arming belongs to another Redis, or to another life of this one.
	Elsewhere bool
	Workers   int
	// Archived are tasks that were given up, Retry those that are repeated; Paused are queues that somebody stopped.
	Archived, Retry int
	Paused          []string
	Taskless        int
	Evicts          string
	AppendOnly      bool
	Settled         bool
}

// Channel is one number that something is wrong with.
type Channel struct {
	Tenant, Name    string
	Paused, Offline bool
	OfflineReason   string
	// Said are the provider's own findings, each a problem with its remedy.
	Said []Said
}

// Said is one of them.
type Said struct{ Problem, Remedy string }

// Template is one that something active needs and cannot have.
type Template struct {
	Tenant, Document, Name string
	// Status is the provider's; empty: the channel has no such template.
	Status string
}

// Disk is where SQLite is kept, in bytes.
type Disk struct{ Log, Free, Size int64 }
