package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"retoma/internal/wake"
	"retoma/internal/worker"
)

// metrics are what Prometheus reads. No label holds anything personal.
type metrics struct {
	registry *prometheus.Registry
	sends    *prometheus.CounterVec
	seconds  prometheus.Histogram
	lateness prometheus.Histogram
	writings *prometheus.CounterVec
	writing  prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		sends:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "retoma_sends_total", Help: "Calls to providers, by what came of them."}, []string{"outcome"}),
		seconds:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "retoma_send_seconds", Help: "How long a call to a provider took.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 12)}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "retoma_followup_lateness_seconds", Help: "From a follow-up's due time to its claim.", Buckets: []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 60, 600, 3600}}),
	}
	m.writings = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "retoma_writings_total", Help: "Texts that assistants were asked for, by what came of them."}, []string{"outcome"})
	m.writing = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "retoma_writing_seconds", Help: "How long an assistant took, tries included.", Buckets: prometheus.ExponentialBuckets(0.1, 2, 11)})
	m.registry.MustRegister(m.sends, m.seconds, m.lateness, m.writings, m.writing, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts what the worker did.
func (m *metrics) observe(o worker.Observation) {
	switch o.Name {
	case "send":
		m.sends.WithLabelValues(o.Outcome).Inc()
		m.seconds.Observe(o.Seconds)
	case "lateness":
		m.lateness.Observe(o.Seconds)
	case "writing":
		m.writings.WithLabelValues(o.Outcome).Inc()
		m.writing.Observe(o.Seconds)
	}
}

// handler answers /metrics, with the counters of the wake-ups beside our own.
func (m *metrics) handler(w *wake.Wake) http.Handler {
	registerWake(m.registry, w)
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
