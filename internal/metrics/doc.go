// Package metrics holds every number that Prometheus reads of a process: its name, its labels, its buckets.
// It must not know what the numbers mean for a message, and no label of it may hold anything personal or unbounded.
// Start reading at metrics.go; what is counted as it happens is in events.go, what is asked at a scrape in rows.go.
package metrics
