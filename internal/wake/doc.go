// Package wake rings: it brings a contact, a due time or a notification to a worker as soon as there is something to do,
// through an in-process dispatcher and, between processes, through asynq tasks on Redis (embedded or real).
// It must not know what the work is nor keep any truth: SQL does; every task carries ids only, may be lost, late,
// doubled or stale, and a scan of SQL every two seconds finds whatever was not woken.
// Start reading at [Wake] in wake.go, then dispatcher.go (who works when), timers.go (to the millisecond),
// outgoing.go and horizon.go (what goes to Redis), epoch.go (Redis was wiped) and scan.go (Redis is away).
package wake
