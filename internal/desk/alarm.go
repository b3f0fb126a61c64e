package desk

import "time"

// AlarmKind says which row's due time an alarm is for.
type AlarmKind string

// The kinds of alarms.
const (
	AlarmRun  AlarmKind = "run"  // a run's wait ends: a follow-up or another timer is due
	AlarmItem AlarmKind = "item" // an outbox row is due: a retry or a scheduled send
	// AlarmCanary is the installation's own due time, by which it measures its lateness.
	AlarmCanary AlarmKind = "canary"
)

// Alarm is a due time that has to ring. It only wakes: whoever is woken reads SQL and may find nothing to do.
type Alarm struct {
	Kind AlarmKind
	// ID is the row's; Token tells an earlier due time of the same row from this one.
	ID    string
	Token int64
	Ref   Ref
	// FollowUpID is for people who look at the queue.
	FollowUpID string
	At         time.Time
}
