package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Options are how a run is made.
type Options struct {
	Seed uint64
	Size Size
	// Services starts PostgreSQL and Redis and splits retoma into a gateway and two workers; without it one process runs on what is embedded.
	Services bool
	// Binary is retoma's program.
	Binary string
	// Console is asynqmon's program. With it Redis keeps an append-only file, as in docker-compose.yml; empty: neither.
	Console string
	// Unconfirmed is what the channels do with sends in doubt: Hold, which is also what the empty one means, or ByEvidence.
	Unconfirmed string
	// Lease is how long a claimed send may take before it is in doubt; frozen processes outlive it.
	Lease time.Duration
	// Scratch is where the run keeps its files; Keep leaves them there.
	Scratch string
	Keep    bool
	// Progress hears what happens; nil: nobody.
	Progress io.Writer

	began   time.Time
	talking *sync.Mutex
}

func (o Options) tell(format string, args ...any) {
	if o.Progress == nil {
		return
	}
	o.talking.Lock()
	defer o.talking.Unlock()
	_, _ = fmt.Fprintf(o.Progress, "%6.1fs  %s\n", time.Since(o.began).Seconds(), fmt.Sprintf(format, args...))
}

// Run plays one seed and reports. An error is one of the driver or the machine; what retoma did wrong is in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	o.began, o.talking = time.Now(), &sync.Mutex{}
	plan := NewPlan(o.Seed, o.Size, o.Services)
	if o.Unconfirmed == ByEvidence {
		plan = plan.byEvidence()
	}
	world, err := newWorld(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("starting: %w", err)
	}
	defer world.Close()
	company, err := world.found(ctx, plan)
	if err != nil {
		return nil, fmt.Errorf("setting up: %w", err)
	}
	o.tell("%d documents on %d channels; %d customers, %d faults", len(plan.Documents), o.Size.Channels, o.Size.Customers, len(plan.Faults))
	for i, d := range plan.Documents {
		if d.Kind == Config {
			world.configured[company.IDs[i]] = true
		}
	}
	stories, struck := world.live(ctx, plan, company)
	return world.reckon(ctx, plan, company, stories, struck)
}

// live plays and strikes until both are over.
func (w *World) live(ctx context.Context, plan Plan, company *Company) ([]Story, []Struck) {
	helping, stop := context.WithCancel(ctx)
	defer stop()
	go w.attend(helping)
	go w.watch(helping)
	began := time.Now()
	var both sync.WaitGroup
	var stories []Story
	var struck []Struck
	both.Go(func() { struck = w.strike(ctx, plan, company, began) })
	both.Go(func() {
		patient, cancel := context.WithTimeout(ctx, plan.Size.Playing+plan.Size.Settling)
		defer cancel()
		stories = w.play(patient, plan, company, began)
	})
	both.Wait()
	w.options.tell("everybody has played")
	return stories, struck
}

// reckon lets everything come to rest, collects the evidence and judges it.
func (w *World) reckon(ctx context.Context, plan Plan, company *Company, stories []Story, struck []Struck) (*Report, error) {
	left, err := w.settle(ctx, plan)
	if err != nil {
		return nil, fmt.Errorf("settling: %w", err)
	}
	e := w.evidence(plan, stories, company)
	e.Pending = left
	if err := w.audit(ctx, e); err != nil {
		return nil, fmt.Errorf("reading what retoma says of itself: %w", err)
	}
	verdict := Judge(e)
	for _, suspect := range verdict.Suspects {
		if at := w.claimedAt(ctx, suspect.Message); at.After(suspect.Acked) {
			suspect.Detail += fmt.Sprintf("; claimed %s after the acknowledgement", at.Sub(suspect.Acked))
			verdict.Findings = append(verdict.Findings, suspect.Finding)
		}
	}
	for i := range verdict.Findings {
		if i < mostStories {
			verdict.Findings[i].Story = w.told(ctx, e, verdict.Findings[i])
		}
	}
	report := w.report(e, verdict, struck)
	if plan.Evidence {
		if report.Doubted, err = w.doubts(ctx, e); err != nil {
			return nil, fmt.Errorf("reading what became of doubts: %w", err)
		}
	}
	return report, nil
}

// mostStories bounds how many findings are told with everything that is known.
const mostStories = 60

// told is the whole story of a finding: what the customer and the platform did, what the provider heard and said, what retoma explains.
func (w *World) told(ctx context.Context, e *Evidence, f Finding) []string {
	var lines []string
	add := func(name string, thing any) {
		raw, err := json.Marshal(thing)
		if err != nil {
			raw = []byte(err.Error())
		}
		lines = append(lines, name+": "+string(raw))
	}
	for _, story := range e.Stories {
		if story.Phone != f.Phone {
			continue
		}
		for _, deed := range story.Deeds {
			add("deed", deed)
			if mail, is := e.Mail[deed.Message]; is {
				add("  its webhook", mail)
			}
		}
	}
	for _, arrival := range e.Arrivals[f.Phone] {
		add("phone", arrival)
	}
	for _, row := range e.Kept[f.Phone] {
		add("retoma", row)
		if row.Direction == "out" && (row.ID == f.Message || markOf(row.Text) == f.Mark) {
			for _, attempt := range e.Attempts[row.ID] {
				add("  wire", attempt)
			}
			w.wire.mu.Lock()
			add("  statuses", w.wire.statuses[row.ID])
			w.wire.mu.Unlock()
			for _, explained := range w.explained(ctx, row.ID, row.FollowUpID) {
				lines = append(lines, "  explain: "+string(explained))
			}
		}
	}
	for _, row := range e.Pending {
		if digitsOf(row.Contact.Phone) == f.Phone {
			add("pending", row)
			for _, explained := range w.explained(ctx, "", row.ID) {
				lines = append(lines, "  explain: "+string(explained))
			}
		}
	}
	return slices.Clip(lines)
}
