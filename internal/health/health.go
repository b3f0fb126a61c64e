package health

import (
	"context"
	"sync"
	"time"
)

// State is how a part or the whole is.
type State string

// The states, from well to worse.
const (
	OK State = "ok"
	// Degraded works, but worse than it should: people should look, and no balancer should turn away.
	Degraded State = "degraded"
	// Ill cannot do what it is for: a balancer asks somebody else.
	Ill State = "ill"
)

// Finding is what a check found. Problem and Remedy are sentences for people (Portuguese), empty when all is well.
type Finding struct {
	State   State
	Problem string
	Remedy  string
	// Err is for the log only.
	Err error
}

// Well is what a check finds where nothing is wrong.
func Well() Finding { return Finding{State: OK} }

// Check looks at one part.
type Check struct {
	Name string
	Look func(ctx context.Context) Finding
}

// Part is what is told of one part.
type Part struct {
	Name    string `json:"name" doc:"database, redis, ..."`
	State   State  `json:"state" enum:"ok,degraded,ill"`
	Problem string `json:"problem,omitempty" doc:"o que está errado"`
	Remedy  string `json:"remedy,omitempty" doc:"o que fazer"`
	err     error
}

// Report is how the process is: as its worst part.
type Report struct {
	State State
	Parts []Part
}

// Err is the first error behind what is not ok, for the log.
func (r Report) Err() error {
	for _, part := range r.Parts {
		if part.State != OK && part.err != nil {
			return part.err
		}
	}
	return nil
}

// Options are what a Board is made of. Checks and Now must be given.
type Options struct {
	Checks []Check
	// Kept is how long a report is good for, so that those who ask often cost nothing.
	Kept time.Duration
	// Patience bounds a look at everything; a check that does not answer by then is ill.
	Patience time.Duration
	Now      func() time.Time
	// Seen, if set, is told of every part whenever it was looked at.
	Seen func(part string, ok bool)
}

// Board asks checks, all at the same time, and keeps what they found. It is safe for concurrent use.
type Board struct {
	options Options
	mutex   sync.Mutex
	last    Report
	at      time.Time
}

// New makes a board that has not looked yet.
func New(o Options) *Board {
	if o.Seen == nil {
		o.Seen = func(string, bool) {}
	}
	return &Board{options: o}
}

// Report tells how the process is, or was a moment ago. Who asks while another asks gets that answer.
func (b *Board) Report(ctx context.Context) Report {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	now := b.options.Now()
	if !b.at.IsZero() && now.Sub(b.at) < b.options.Kept && !now.Before(b.at) {
		return b.last
	}
	// The answer is for others too, so it must not be cut short by one caller who has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.options.Patience)
	defer cancel()
	b.last, b.at = b.look(ctx), now
	return b.last
}

func (b *Board) look(ctx context.Context) Report {
	report := Report{State: OK, Parts: make([]Part, len(b.options.Checks))}
	var all sync.WaitGroup
	for i, check := range b.options.Checks {
		all.Go(func() { report.Parts[i] = asked(ctx, check) })
	}
	all.Wait()
	for _, part := range report.Parts {
		report.State = worse(report.State, part.State)
		b.options.Seen(part.Name, part.State == OK)
	}
	return report
}

// asked waits for a check no longer than the context lasts: one that hangs must not hang who asks.
func asked(ctx context.Context, check Check) Part {
	answer := make(chan Finding, 1)
	go func() { answer <- check.Look(ctx) }()
	select {
	case found := <-answer:
		return Part{Name: check.Name, State: found.State, Problem: found.Problem, Remedy: found.Remedy, err: found.Err}
	case <-ctx.Done():
		return Part{Name: check.Name, State: Ill, Problem: "não respondeu a tempo", Remedy: "veja se o serviço de que esta parte depende está no ar e com folga", err: ctx.Err()}
	}
}

// worse is the worse of two states.
func worse(a, b State) State {
	rank := map[State]int{OK: 0, Degraded: 1, Ill: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Says is what is wrong with a part and what to do, in one text.
func (p Part) Says() string {
	if p.Remedy == "" {
		return p.Problem
	}
	return p.Problem + ": " + p.Remedy
}
