// Command drive runs internal/strain: make strain.
// It must not know what is measured: it reads flags, builds the product's program and writes the figures.
// Start reading at main.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"retoma/internal/strain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "strain:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	o := strain.Options{Progress: os.Stderr}
	only := flag.String("only", "overload,fairness", "what to measure, with a comma between")
	layouts := flag.String("layouts", "services,embedded", "on what: PostgreSQL and Redis with a gateway and two workers, one process on what is embedded")
	flag.DurationVar(&o.Minute, "for", time.Minute, "how long there is too much")
	flag.IntVar(&o.Many, "many", 50_000, "how many sends of one company are due at once")
	flag.StringVar(&o.Binary, "binary", "", "retoma's program; empty: built from this source")
	flag.StringVar(&o.Scratch, "scratch", "", "where files are kept meanwhile; empty: the machine's temporary folder")
	flag.Parse()
	if o.Binary == "" {
		folder, err := os.MkdirTemp(o.Scratch, "strain-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(folder) }()
		o.Binary = filepath.Join(folder, "retoma")
		build := exec.CommandContext(ctx, "go", "build", "-o", o.Binary, "./cmd/retoma")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building: %w", err)
		}
	}
	for _, layout := range strings.Split(*layouts, ",") {
		o.Services = layout == "services"
		for _, part := range strings.Split(*only, ",") {
			if err := measure(ctx, o, part); err != nil {
				return fmt.Errorf("%s on %s: %w", part, o.Layout(), err)
			}
		}
	}
	return nil
}

func measure(ctx context.Context, o strain.Options, part string) error {
	switch part {
	case "overload":
		found, err := strain.Overload(ctx, o)
		if err != nil {
			return err
		}
		found.Write(os.Stdout)
	case "fairness":
		found, err := strain.Fairness(ctx, o)
		if err != nil {
			return err
		}
		found.Write(os.Stdout)
	default:
		return fmt.Errorf("there is no %q", part)
	}
	return nil
}
