package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"retoma/internal/wake"
)

// registerWake shows the counters of the wake-ups, read at each scrape.
func registerWake(registry *prometheus.Registry, w *wake.Wake) {
	counter := func(name, help string, read func(wake.Counters) int64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(read(w.Counters())) }))
	}
	gauge := func(name, help string, read func(wake.Counters) int) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(read(w.Counters())) }))
	}
	counter("retoma_wakeups_total", "Contacts that were asked to be worked on.", func(c wake.Counters) int64 { return c.Woken })
	counter("retoma_works_total", "Units of work that ended well.", func(c wake.Counters) int64 { return c.Worked })
	counter("retoma_works_failed_total", "Units of work that ended with an error.", func(c wake.Counters) int64 { return c.Failed })
	counter("retoma_wakeups_dropped_total", "Wake-ups that found the process full; the scan finds them.", func(c wake.Counters) int64 { return c.Dropped })
	counter("retoma_scan_finds_total", "Overdue work that only the scan found.", func(c wake.Counters) int64 { return c.ScanFinds })
	counter("retoma_tasks_armed_total", "Due times that got a task.", func(c wake.Counters) int64 { return c.Armed })
	counter("retoma_epoch_turns_total", "Times that Redis was found wiped or restored.", func(c wake.Counters) int64 { return c.EpochTurns })
	gauge("retoma_contacts_queued", "Contacts that wait to be worked on.", func(c wake.Counters) int { return c.Queued })
	gauge("retoma_contacts_running", "Contacts that are being worked on.", func(c wake.Counters) int { return c.Running })
	gauge("retoma_timers", "Due times on the in-process heap.", func(c wake.Counters) int { return c.Timers })
	gauge("retoma_redis_away", "1 while Redis does not answer.", func(c wake.Counters) int {
		if c.RedisAway {
			return 1
		}
		return 0
	})
}
