// Command drive runs internal/chaos: make chaos SEED=n.
// It must not know what is played or judged: it reads flags, builds the product's binary and writes the report.
// Start reading at main.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"retoma/internal/chaos"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
	}
	os.Exit(code)
}

// run gives the exit code: 0 if nothing was wrong, 1 if something was, 2 if the run itself failed.
func run(ctx context.Context) (int, error) {
	o := chaos.Options{Progress: os.Stderr, Size: chaos.Size{Minute: true}}
	flag.Uint64Var(&o.Seed, "seed", 1, "what the plan of customers and faults is made from")
	flag.BoolVar(&o.Services, "services", true, "gateway and two workers on PostgreSQL and Redis, which are started; false: one process on what is embedded")
	flag.IntVar(&o.Size.Customers, "customers", 3500, "how many customers play")
	flag.IntVar(&o.Size.Faults, "faults", 110, "how much goes wrong")
	flag.IntVar(&o.Size.Channels, "channels", 12, "numbers of the company")
	flag.DurationVar(&o.Size.Playing, "playing", 5*time.Minute, "the time in which customers begin and faults strike")
	flag.DurationVar(&o.Size.Settling, "settling", 5*time.Minute, "the longest wait for what is under way then")
	flag.DurationVar(&o.Lease, "lease", 12*time.Second, "how long a claimed send may take before it is in doubt")
	flag.StringVar(&o.Unconfirmed, "unconfirmed", chaos.Hold, "what the channels do with sends in doubt: hold or evidence")
	flag.StringVar(&o.Binary, "binary", "", "retoma's program; empty: built from this source")
	flag.StringVar(&o.Scratch, "scratch", "", "where files of the run are kept; empty: the machine's temporary folder")
	flag.BoolVar(&o.Keep, "keep", false, "keep databases and logs afterwards")
	out := flag.String("json", "", "file for the report as JSON; empty: none")
	flag.Parse()
	if o.Unconfirmed != chaos.Hold && o.Unconfirmed != chaos.ByEvidence {
		return 2, fmt.Errorf("-unconfirmed is %s or %s", chaos.Hold, chaos.ByEvidence)
	}
	if o.Binary == "" {
		folder, err := os.MkdirTemp(o.Scratch, "retoma-")
		if err != nil {
			return 2, err
		}
		defer func() { _ = os.RemoveAll(folder) }()
		o.Binary = filepath.Join(folder, "retoma")
		build := exec.CommandContext(ctx, "go", "build", "-o", o.Binary, "./cmd/retoma")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return 2, fmt.Errorf("building: %w", err)
		}
	}
	report, err := chaos.Run(ctx, o)
	if err != nil {
		return 2, err
	}
	report.Write(os.Stdout)
	if *out != "" {
		raw, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return 2, err
		}
		if err := os.WriteFile(*out, raw, 0o600); err != nil {
			return 2, err
		}
	}
	if !report.Passed() {
		return 1, nil
	}
	return 0, nil
}
