package goals

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"retoma/internal/processes"
)

// quantiles are in milliseconds.
type quantiles struct {
	N   int64   `json:"n"`
	Min float64 `json:"min"`
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// load is what the load generator reports of one measurement, as far as goals need it.
type load struct {
	Messages struct {
		Attempted  int64 `json:"attempted"`
		Acked      int64 `json:"acked"`
		NotAcked   int64 `json:"not_acked"`
		Delivered  int64 `json:"delivered"`
		Lost       int64 `json:"lost"`
		Duplicated int64 `json:"duplicated"`
		Unwanted   int64 `json:"unwanted"`
		Early      int64 `json:"early_sends"`
	} `json:"messages"`
	FirstError string `json:"first_error"`
	Rates      struct {
		Posting float64 `json:"posting_s"`
		Acked   float64 `json:"acked_per_s"`
		Sends   float64 `json:"sends_per_s"`
	} `json:"rates"`
	Ack      quantiles `json:"ack_ms"`
	EndToEnd quantiles `json:"e2e_ms"`
	Lateness quantiles `json:"lateness_ms"`
	System   []struct {
		Name string  `json:"name"`
		CPU  float64 `json:"cpu_s"`
		Peak float64 `json:"peak_rss_mb"`
	} `json:"system"`
	CPU     float64            `json:"system_cpu_s_per_10k"`
	Peak    float64            `json:"system_peak_rss_mb"`
	RedisMB map[string]float64 `json:"redis_used_mb"`
	Hooks   []struct {
		At   float64 `json:"at_s"`
		Took float64 `json:"took_s"`
	} `json:"hooks"`
	Machine struct {
		Wall  float64 `json:"wall_s"`
		Other float64 `json:"other_cpu_s"`
	} `json:"machine"`
}

// wrong is how many messages did not go out exactly once, or should not have.
func (l load) wrong() float64 {
	return float64(l.Messages.Lost + l.Messages.Duplicated + l.Messages.Unwanted)
}

// own is the peak memory of the system without its servers.
func (l load) own() float64 {
	sum := 0.0
	for _, one := range l.System {
		if one.Name != "postgres" && one.Name != "redis" {
			sum += one.Peak
		}
	}
	return sum
}

func readLoad(raw []byte) (load, error) {
	var l load
	err := json.Unmarshal(raw, &l)
	if err == nil && l.Messages.Attempted == 0 {
		err = fmt.Errorf("the load generator posted nothing: %.300s", raw)
	}
	return l, err
}

// post runs the load generator against the system.
func (r *running) post(ctx context.Context, target string, arguments ...string) (load, error) {
	watched, err := r.watched()
	if err != nil {
		return load{}, err
	}
	file := filepath.Join(r.folder, "load.json")
	all := []string{"run", "-url", target, "-secret", secret, "-sink", processes.Local(r.sinkPort), "-watch", watched, "-o", file, "-quiet"}
	if r.services {
		all = append(all, "-redis", processes.Local(r.redisPort))
	}
	command := exec.CommandContext(ctx, r.options.Load, append(all, arguments...)...)
	if output, err := command.CombinedOutput(); err != nil {
		return load{}, fmt.Errorf("load generator: %w: %s", err, output)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return load{}, err
	}
	l, err := readLoad(raw)
	if err != nil {
		return l, err
	}
	r.book.noteMachine(l.Machine.Other, l.Machine.Wall*float64(thisMachine().Cores))
	r.tell("  %s", l.summary())
	switch {
	case l.Messages.Delivered == 0:
		return l, fmt.Errorf("nothing was sent; the first answer that was no acknowledgement: %s", l.FirstError)
	case l.FirstError != "":
		r.note("%s: %d were not acknowledged; the first answer that was none: %s", r.name, l.Messages.NotAcked, l.FirstError)
	}
	return l, nil
}

func (l load) summary() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d of %d acknowledged, %.0f/s, p99 %.1f ms; %d sent, %.0f/s", l.Messages.Acked, l.Messages.Attempted, l.Rates.Acked, l.Ack.P99, l.Messages.Delivered, l.Rates.Sends)
	if l.EndToEnd.N > 0 {
		fmt.Fprintf(&s, ", after %.1f / %.1f ms", l.EndToEnd.P50, l.EndToEnd.P99)
	}
	if l.Lateness.N > 0 {
		fmt.Fprintf(&s, ", late by %.1f / %.1f ms, earliest %.1f", l.Lateness.P50, l.Lateness.P99, l.Lateness.Min)
	}
	fmt.Fprintf(&s, "; lost %d, doubled %d; %.1f CPU s per 10,000; %.0f MB", l.Messages.Lost, l.Messages.Duplicated, l.CPU, l.own())
	return s.String()
}

// pathOf is the path of an address, whatever its host.
func pathOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return parsed.Path
}
