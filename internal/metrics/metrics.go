package metrics

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"retoma/internal/desk"
)

// Options say what is asked of others at a scrape.
type Options struct {
	// Version is what this program is called in retoma_build_info.
	Version string
	// Rows asks SQL how much waits; nil leaves those numbers out.
	Rows func(ctx context.Context) (desk.Backlog, error)
	// Now is the clock; it must be given where Rows is.
	Now func() time.Time
}

// Metrics are the numbers of one process. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	events
}

// New makes them, all at zero.
func New(o Options) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	factory := maker{m.registry}
	m.events = newEvents(factory)
	factory.gauge("retoma_build_info", "Which program this is; always 1.", "version", "go_version").WithLabelValues(o.Version, runtime.Version()).Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if o.Rows != nil {
		m.registry.MustRegister(newRows(o.Rows, o.Now))
	}
	return m
}

// Handler answers /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Gatherer gives everything as Prometheus would read it.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Total shows a number that somebody else keeps and that only grows.
func (m *Metrics) Total(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

// Level shows a number that somebody else keeps and that goes up and down.
func (m *Metrics) Level(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// maker registers what it makes.
type maker struct{ registry *prometheus.Registry }

func (f maker) counter(name, help string, labels ...string) *prometheus.CounterVec {
	made := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	f.registry.MustRegister(made)
	return made
}

func (f maker) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	made := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	f.registry.MustRegister(made)
	return made
}

func (f maker) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	made := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	f.registry.MustRegister(made)
	return made
}

// The buckets, in seconds unless their name says otherwise.
var (
	requestBuckets  = []float64{0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10}
	sendBuckets     = prometheus.ExponentialBuckets(0.005, 2, 12)
	writingBuckets  = prometheus.ExponentialBuckets(0.1, 2, 11)
	latenessBuckets = []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 300, 900, 3600}
	groupBuckets    = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256} // units of one commit
	fetchBuckets    = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300}
)
