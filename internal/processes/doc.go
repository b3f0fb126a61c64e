// Package processes starts and hurts what a run with real processes stands on: PostgreSQL, Redis, roles of retoma and other programs,
// each with its log, and speaks to retoma's doors as a platform does.
// It must not know what is played, measured or judged: it serves internal/chaos and internal/goals alike.
// Start reading at [Process] in process.go, then services.go.
package processes
