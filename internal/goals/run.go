package goals

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// Options are how a run is made.
type Options struct {
	// Retoma, Load and Floor are programs: the product's, the load generator's and that of the bare stack.
	Retoma, Load, Floor string
	// Runs is how often each thing is measured.
	Runs int
	// Quick measures with fewer messages and shorter waits.
	Quick bool
	// Only are the parts that are measured; empty: all.
	Only []string
	// Scratch is where the run keeps its files; Keep leaves them there.
	Scratch string
	Keep    bool
	// Progress hears what happens.
	Progress io.Writer
}

func (o Options) wants(part string) bool { return len(o.Only) == 0 || slices.Contains(o.Only, part) }

// Run measures and reports. An error is one of the harness or the machine; goals that are missed are in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	for _, part := range o.Only {
		if !slices.Contains(Parts(), part) {
			return nil, fmt.Errorf("there is no part %q, only %v", part, Parts())
		}
	}
	began := time.Now()
	s, err := newStand(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("starting: %w", err)
	}
	defer s.close()
	measured := map[string]func(context.Context, *stand) error{
		W1: measureW1, W2: measureW2, Idle: measureIdle, Redelivery: measureRedelivery, Crash: measureCrash, Growth: measureGrowth, Workers: measureWorkers,
	}
	for _, part := range Parts() {
		if !o.wants(part) {
			continue
		}
		if err := measured[part](ctx, s); err != nil {
			return nil, fmt.Errorf("%s: %w", part, err)
		}
	}
	return &Report{
		At: began, Took: time.Since(began).Round(time.Second).String(), Machine: thisMachine(), Runs: o.Runs, Quick: o.Quick,
		Disturbed: s.book.Disturbed(), Goals: judged(s.book), Figures: s.book.values, Notes: s.notes,
	}, nil
}

// rounds measures every system once, then every system once more: what disturbs the machine for a while disturbs all alike.
func (s *stand) rounds(ctx context.Context, part string, systems []system, measure func(context.Context, *running) error) error {
	for round := range s.options.Runs {
		for _, one := range systems {
			s.tell("%s, %d of %d: %s", part, round+1, s.options.Runs, one.name)
			if err := s.with(ctx, one, measure); err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
		}
	}
	return nil
}

// with starts a system on empty tables, measures it and ends it.
func (s *stand) with(ctx context.Context, one system, measure func(context.Context, *running) error) error {
	r, err := one.start(ctx, s)
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	r.name = one.name
	defer r.stop()
	if err := measure(ctx, r); err != nil {
		return err
	}
	for _, p := range r.own {
		for _, end := range p.Ended() {
			s.note("%s ended by itself: %s", r.name, end)
		}
	}
	return nil
}
