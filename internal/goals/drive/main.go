// Command drive runs internal/goals: make bench BENCH=../shared/bench.
// It must not know what is measured or wanted: it reads flags, builds the programs and writes the report.
// Start reading at main.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"retoma/internal/goals"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	os.Exit(code)
}

// run gives the exit code: 0 if every goal that was measured was reached, 1 if one was not, 2 if the run itself failed.
func run(ctx context.Context) (int, error) {
	o := goals.Options{Progress: os.Stderr}
	tools := flag.String("bench", "../shared/bench", "the folder of the load generator (wabench) and of the bare stack (floor)")
	only := flag.String("only", "", "parts to measure, with commas between: "+strings.Join(goals.Parts(), ", ")+"; empty: all")
	out := flag.String("json", "", "file for the report as JSON; empty: none")
	flag.IntVar(&o.Runs, "runs", 3, "how often each thing is measured; medians are judged")
	flag.BoolVar(&o.Quick, "quick", false, "fewer messages and shorter waits: a look, not a measurement")
	flag.StringVar(&o.Retoma, "binary", "", "retoma's program; empty: built from this source")
	flag.StringVar(&o.Scratch, "scratch", "", "where files of the run are kept; empty: the machine's temporary folder")
	flag.BoolVar(&o.Keep, "keep", false, "keep databases and logs afterwards")
	flag.Parse()
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	folder, err := os.MkdirTemp(o.Scratch, "bench-")
	if err != nil {
		return 2, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := build(ctx, folder, *tools, &o); err != nil {
		return 2, err
	}
	report, err := goals.Run(ctx, o)
	if err != nil {
		return 2, err
	}
	if err := report.Write(os.Stdout); err != nil {
		return 2, err
	}
	if *out != "" {
		raw, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			err = os.WriteFile(*out, raw, 0o600)
		}
		if err != nil {
			return 2, err
		}
	}
	if !report.Reached() {
		return 1, nil
	}
	return 0, nil
}

// build makes the programs that are not given. The product is built as make build does.
func build(ctx context.Context, folder, tools string, o *goals.Options) error {
	if o.Runs < 1 {
		return errors.New("-runs: at least one")
	}
	for _, needed := range []string{"wabench", "floor"} {
		if _, err := os.Stat(filepath.Join(tools, needed, "go.mod")); err != nil {
			return fmt.Errorf("%s is not there: the load generator and the bare stack are programs of their own, kept beside this repository; "+
				"say where with make bench BENCH=FOLDER (a folder that holds wabench/ and floor/)", filepath.Join(tools, needed))
		}
	}
	o.Load, o.Floor = filepath.Join(folder, "wabench"), filepath.Join(folder, "floor")
	steps := [][]string{
		{"-C", filepath.Join(tools, "wabench"), "build", "-o", o.Load, "."},
		{"-C", filepath.Join(tools, "floor"), "build", "-o", o.Floor, "."},
	}
	if o.Retoma == "" {
		o.Retoma = filepath.Join(folder, "retoma")
		steps = append(steps, []string{"build", "-trimpath", "-ldflags=-s -w", "-o", o.Retoma, "./cmd/retoma"})
	}
	for _, arguments := range steps {
		command := exec.CommandContext(ctx, "go", arguments...)
		command.Env, command.Stderr = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false"), os.Stderr
		if err := command.Run(); err != nil {
			return fmt.Errorf("go %s: %w", strings.Join(arguments, " "), err)
		}
	}
	return nil
}
