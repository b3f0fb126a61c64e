package app

import (
	"retoma/gateway"
	"retoma/internal/metrics"
	"retoma/internal/store"
	"retoma/internal/wake"
)

// showWaking shows the counters of the wake-ups, read at each scrape.
func showWaking(m *metrics.Metrics, w *wake.Wake) {
	total := func(name, help string, read func(wake.Counters) int64) {
		m.Total(name, help, func() float64 { return float64(read(w.Counters())) })
	}
	level := func(name, help string, read func(wake.Counters) int) {
		m.Level(name, help, func() float64 { return float64(read(w.Counters())) })
	}
	total("retoma_wakeups_total", "Contacts that were asked to be worked on.", func(c wake.Counters) int64 { return c.Woken })
	total("retoma_works_total", "Units of work that ended well.", func(c wake.Counters) int64 { return c.Worked })
	total("retoma_works_failed_total", "Units of work that ended with an error.", func(c wake.Counters) int64 { return c.Failed })
	total("retoma_wakeups_dropped_total", "Wake-ups that found the process full; the scan finds them.", func(c wake.Counters) int64 { return c.Dropped })
	total("retoma_scan_finds_total", "Overdue work that only the scan found.", func(c wake.Counters) int64 { return c.ScanFinds })
	total("retoma_tasks_armed_total", "Due times that got a task.", func(c wake.Counters) int64 { return c.Armed })
	total("retoma_tasks_unsent_total", "Calls to Redis that were given up; the scan heals.", func(c wake.Counters) int64 { return c.Unsent })
	total("retoma_epoch_turns_total", "Times that Redis was found wiped or restored.", func(c wake.Counters) int64 { return c.EpochTurns })
	level("retoma_contacts_queued", "Contacts that wait to be worked on.", func(c wake.Counters) int { return c.Queued })
	level("retoma_contacts_running", "Contacts that are being worked on.", func(c wake.Counters) int { return c.Running })
	level("retoma_timers", "Due times on the in-process heap.", func(c wake.Counters) int { return c.Timers })
	level("retoma_redis_away", "1 while Redis does not answer.", func(c wake.Counters) int {
		if c.RedisAway {
			return 1
		}
		return 0
	})
}

// showDatabase shows what was asked of the database, and what its connections are doing.
func showDatabase(m *metrics.Metrics, s *store.Store) {
	m.Total("retoma_database_commits_total", "Transactions that were committed.", func() float64 { return float64(s.Cost().Commits) })
	m.Total("retoma_database_round_trips_total", "Round trips to the database: batches on PostgreSQL, statements on SQLite.", func() float64 { return float64(s.Cost().Trips) })
	m.Level("retoma_database_connections_max", "Connections that there may be.", func() float64 { return float64(s.Pool().Most) })
	m.Level("retoma_database_connections_in_use", "Connections that somebody holds.", func() float64 { return float64(s.Pool().InUse) })
	m.Level("retoma_database_connections_idle", "Connections that are open and free.", func() float64 { return float64(s.Pool().Idle) })
	m.Total("retoma_database_waits_total", "Times that somebody had to wait for a connection.", func() float64 { return float64(s.Pool().Waits) })
	m.Total("retoma_database_wait_seconds_total", "How long all of them waited.", func() float64 { return s.Pool().Waited.Seconds() })
}

// showDoors shows how busy the doors are and what was refused there.
func showDoors(m *metrics.Metrics, g *gateway.Gateway) {
	m.Total("retoma_webhooks_shed_total", "Webhooks that were refused at the door because there was too much; providers repeat them.", func() float64 { return float64(g.Load().WebhooksShed) })
	m.Total("retoma_calls_shed_total", "Calls of the API that were refused at the door.", func() float64 { return float64(g.Load().CallsShed) })
	m.Total("retoma_connections_refused_total", "Connections for which there was no room.", func() float64 { return float64(g.Load().ConnectionsRefused) })
	m.Level("retoma_webhooks_under_way", "Webhooks that are being taken in.", func() float64 { return float64(g.Load().WebhooksUnderWay) })
	m.Level("retoma_calls_under_way", "Calls of the API that are being answered.", func() float64 { return float64(g.Load().CallsUnderWay) })
	m.Level("retoma_bodies_held_bytes", "Bytes of requests' bodies that are held.", func() float64 { return float64(g.Load().WebhookBytes + g.Load().CallBytes) })
	m.Level("retoma_connections", "Connections that are served.", func() float64 { return float64(g.Load().Connections) })
}
