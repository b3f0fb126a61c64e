package app

import (
	"net/http"
	"runtime/debug"
	"time"

	"retoma/internal/chat"
	"retoma/internal/metrics"
	"retoma/internal/worker"
)

// observed hands what the worker saw to the metrics.
func observed(m *metrics.Metrics) func(worker.Observation) {
	return func(o worker.Observation) {
		took := time.Duration(o.Seconds * float64(time.Second))
		switch o.Name {
		case worker.SawSend:
			m.Send(o.Outcome, o.Detail, took)
		case worker.SawLateness:
			m.Late(took)
		case worker.SawWriting:
			m.Writing(o.Outcome, took)
		case worker.SawMail:
			m.Mail(o.Detail, o.Outcome, took)
		case worker.SawFollowUp:
			m.FollowUp(o.Outcome, o.Detail)
		case worker.SawWait:
			m.Wait(o.Outcome)
		}
	}
}

// scraped answers /metrics; each scrape looks at the parts, as /readyz does.
func (p *Parts) scraped() http.Handler {
	shown := p.Metrics.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Board.Report(r.Context())
		shown.ServeHTTP(w, r)
	})
}

// countAI counts what a message used of an AI service.
func (p *Parts) countAI(used chat.AIUsage) {
	p.Metrics.AI(used.Calls, used.InputTokens, used.OutputTokens)
}

// version is what this program calls itself: the module's version, or the commit that it was built from.
func version() string {
	info, known := debug.ReadBuildInfo()
	if !known {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return info.Main.Version
}
