package goals

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"retoma/internal/processes"
)

// system is something that can be measured.
type system struct {
	name  string
	start func(context.Context, *stand) (*running, error)
}

// running is a system that was started.
type running struct {
	*stand
	name string
	// url takes webhooks, signed with secret.
	url string
	// own are its processes, without database and Redis.
	own []*processes.Process
	// services tells that it stands on PostgreSQL and Redis.
	services bool
	// api and channel are retoma's.
	api     *processes.API
	channel string
	// ready waits until it answers.
	ready func(context.Context) error
}

// secret signs webhooks.
const secret = "app secret"

// account is the number at the provider to which the load generator's webhooks are addressed.
const account = "106540352242922"

func (s *stand) sinkURL() string { return "http://" + processes.Local(s.sinkPort) }

// floorOn is the bare stack; with due it keeps due sends in PostgreSQL.
func floorOn(name string, due bool) system {
	return system{name, func(ctx context.Context, s *stand) (*running, error) {
		address, err := s.fresh(ctx)
		if err != nil {
			return nil, err
		}
		port, err := processes.FreePort()
		if err != nil {
			return nil, err
		}
		arguments := []string{"-mode", "asynq", "-db", "pg", "-dsn", address, "-redis", processes.Local(s.redisPort), "-listen", processes.Local(port),
			"-sink", s.sinkURL() + "/v23.0/" + account + "/messages", "-poll", "20ms", "-secret", secret}
		if due {
			arguments = append(arguments, "-duedb", address)
		}
		p := s.process("floor", nil, s.options.Floor, arguments...)
		r := &running{stand: s, url: "http://" + processes.Local(port) + "/webhook", own: []*processes.Process{p}, services: true}
		r.ready = func(ctx context.Context) error { return processes.Listening(ctx, processes.Local(port)) }
		err = r.begin(ctx)
		return r, err
	}}
}

// begin starts all processes and waits until they answer.
func (r *running) begin(ctx context.Context) error {
	for _, p := range r.own {
		if err := p.Start(); err != nil {
			return err
		}
		if err := os.WriteFile(r.pidFile(p), []byte(strconv.Itoa(p.PID())), 0o600); err != nil {
			return err
		}
		if p != r.own[0] {
			continue
		}
		// The first makes the tables and takes requests; the others find both.
		bounded, cancel := context.WithTimeout(ctx, time.Minute)
		err := r.ready(bounded)
		cancel()
		if err != nil {
			return fmt.Errorf("%w: %s", err, processes.Tail(p.Log(), 2000))
		}
	}
	return nil
}

func (r *running) pidFile(p *processes.Process) string { return filepath.Join(r.folder, p.Name+".pid") }

// watched names the process trees whose use is measured, as the load generator wants them.
func (r *running) watched() (string, error) {
	all := r.own
	if r.services {
		all = append([]*processes.Process{r.postgres, r.redis}, r.own...)
	}
	var named []string
	for _, p := range all {
		if err := os.WriteFile(r.pidFile(p), []byte(strconv.Itoa(p.PID())), 0o600); err != nil {
			return "", err
		}
		named = append(named, p.Name+"=@"+r.pidFile(p))
	}
	return strings.Join(named, ","), nil
}

func (r *running) stop() {
	for i := len(r.own) - 1; i >= 0; i-- {
		r.own[i].Terminate(30 * time.Second)
	}
	if r.services {
		if err := r.drop(context.Background()); err != nil {
			r.tell("%v", err)
		}
	}
}
