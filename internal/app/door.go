package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"retoma/internal/health"
)

// door is where a worker can be looked at: /healthz, /readyz and /metrics, and nothing else.
type door struct {
	listener net.Listener
	server   *http.Server
	ended    chan struct{}
}

const (
	doorReadTimeout  = 5 * time.Second
	doorWriteTimeout = 15 * time.Second
	doorStopPatience = 2 * time.Second
	doorHeaderLimit  = 8 << 10
)

// openDoor listens. A taken port is an error that names the setting: a worker that nobody can look at must not start unseen.
func openDoor(ctx context.Context, address string) (*door, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s for health and metrics: %w (choose another address with RETOMA_OPS_ADDR, port 0 for any free one, off for none)", address, err)
	}
	return &door{listener: listener, ended: make(chan struct{})}, nil
}

// serve answers until the door is closed.
func (d *door) serve(report func(context.Context) health.Report, metrics http.Handler, log *slog.Logger) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"success": true, "data": map[string]any{"status": health.OK}})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answerReport(w, report(r.Context())) })
	mux.Handle("GET /metrics", metrics)
	d.server = &http.Server{
		Handler: mux, ReadTimeout: doorReadTimeout, ReadHeaderTimeout: doorReadTimeout, WriteTimeout: doorWriteTimeout,
		MaxHeaderBytes: doorHeaderLimit, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		defer close(d.ended)
		if err := d.server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("health and metrics are not served any more", "error", err)
		}
	}()
	log.Info("health and metrics", "address", d.listener.Addr().String())
}

// answerReport answers in the form of the gateway's /readyz: 503 only where the process cannot do what it is for.
func answerReport(w http.ResponseWriter, report health.Report) {
	if report.State != health.Ill {
		checks := map[string]health.State{}
		for _, part := range report.Parts {
			checks[part.Name] = part.State
		}
		answer(w, http.StatusOK, map[string]any{"success": true, "data": map[string]any{"status": report.State, "checks": checks, "parts": report.Parts}})
		return
	}
	problems := []map[string]string{}
	for _, part := range report.Parts {
		if part.State == health.Ill {
			problems = append(problems, map[string]string{"field": part.Name, "error": part.Says()})
		}
	}
	answer(w, http.StatusServiceUnavailable, map[string]any{"success": false, "error": "o serviço ainda não está pronto", "code": "unavailable", "problems": problems})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// A caller who has gone is told nothing.
	_ = json.NewEncoder(w).Encode(body)
}

// close lets answers under way end.
func (d *door) close(ctx context.Context) error {
	if d.server == nil {
		return d.listener.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, doorStopPatience)
	defer cancel()
	err := d.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = d.server.Close()
	}
	<-d.ended
	return err
}
