package chaos

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Report is what a run found, for people and for files.
type Report struct {
	Seed      uint64        `json:"seed"`
	Services  bool          `json:"services"`
	Cores     int           `json:"cores"`
	Took      time.Duration `json:"took"`
	Customers int           `json:"customers"`
	// FollowUps is how many were to be sent and could be judged; OnPhones how many messages the phones received.
	FollowUps int            `json:"followUps"`
	OnPhones  int            `json:"onPhones"`
	Outcomes  map[string]int `json:"outcomes"`
	Wrong     map[string]int `json:"wrong"`
	Findings  []Finding      `json:"findings"`
	Faults    int            `json:"faults"`
	ByFault   map[string]int `json:"byFault"`
	Struck    []Struck       `json:"struck"`
	// Late is how long after its time a message was accepted, Gap how long after an acknowledged reply one was that had been claimed before.
	Late   Quantiles `json:"late"`
	Gap    Quantiles `json:"gap"`
	Doubts []string  `json:"doubts"`
	// Unplayed are customers whose story broke off, with the reason; Ends processes that ended by themselves, Restarts those that
	// would not start without their database and were started again, as a supervisor does; Pending what was left.
	Unplayed map[string]int `json:"unplayed"`
	Ends     []string       `json:"ends"`
	Restarts int            `json:"restarts"`
	Pending  int            `json:"pending"`
	Refusals []string       `json:"refusals"`
	// Doubted is what became of sends in doubt where the channels go by evidence; nil where they hold.
	Doubted *Doubted `json:"doubted,omitempty"`
}

// Quantiles sum a list of times up.
type Quantiles struct {
	Count int           `json:"count"`
	P50   time.Duration `json:"p50"`
	P90   time.Duration `json:"p90"`
	P99   time.Duration `json:"p99"`
	Max   time.Duration `json:"max"`
}

func quantiles(times []time.Duration) Quantiles {
	if len(times) == 0 {
		return Quantiles{}
	}
	sorted := slices.Sorted(slices.Values(times))
	at := func(share float64) time.Duration { return sorted[int(share*float64(len(sorted)-1))] }
	return Quantiles{Count: len(sorted), P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: sorted[len(sorted)-1]}
}

func (q Quantiles) String() string {
	if q.Count == 0 {
		return "none"
	}
	short := func(d time.Duration) string { return d.Round(time.Millisecond).String() }
	return fmt.Sprintf("%d: median %s, p90 %s, p99 %s, most %s", q.Count, short(q.P50), short(q.P90), short(q.P99), short(q.Max))
}

// wrongs are what makes a run fail, in the order of the table.
func wrongs() []string { return []string{Lost, Doubled, AfterReply, Early, Disordered} }

// Passed tells whether nothing was lost, doubled, early, out of order or sent after the reply, and every process ended only when told.
func (r *Report) Passed() bool { return len(r.Findings) == 0 && len(r.Ends) == 0 }

func (w *World) report(e *Evidence, v *Verdict, struck []Struck) *Report {
	r := &Report{
		Seed: w.options.Seed, Services: w.options.Services, Cores: runtime.NumCPU(), Took: time.Since(w.options.began), Customers: len(e.Stories),
		Outcomes: v.Outcomes, Wrong: map[string]int{}, Findings: v.Findings, Struck: struck, ByFault: map[string]int{}, Late: quantiles(v.Late), Gap: quantiles(v.Gaps),
		Doubts: v.Doubts, Unplayed: map[string]int{}, Pending: len(e.Pending),
	}
	for outcome, count := range v.Outcomes {
		if outcome != Repeated {
			r.FollowUps += count
		}
	}
	for _, arrivals := range e.Arrivals {
		r.OnPhones += len(arrivals)
	}
	for _, f := range v.Findings {
		r.Wrong[f.What]++
	}
	for _, s := range struck {
		name := s.What
		if s.What != jumps {
			name += " " + s.Target
		}
		r.ByFault[name]++
		if s.Problem == "" {
			r.Faults++
		}
	}
	for _, story := range e.Stories {
		for _, deed := range story.Deeds {
			if deed.Acked.IsZero() {
				r.Unplayed[string(deed.Kind)]++
				if len(r.Refusals) < mostStories {
					r.Refusals = append(r.Refusals, story.Phone+" "+string(deed.Kind)+": "+deed.Problem)
				}
			}
		}
	}
	for _, process := range w.processes {
		for _, end := range process.Ended() {
			if strings.Contains(end, "panic") || !strings.Contains(end, "exit status 1:") {
				r.Ends = append(r.Ends, end)
			} else {
				r.Restarts++
			}
		}
	}
	return r
}

// Write prints the table for people, and every finding with its story.
func (r *Report) Write(to io.Writer) {
	where := "one process, SQLite and embedded Redis"
	if r.Services {
		where = "gateway and two workers, PostgreSQL and Redis"
	}
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(to, format+"\n", args...) }
	line("seed %d: %s, %d cores, %s", r.Seed, where, r.Cores, r.Took.Round(time.Second))
	line("%d customers, %d follow-ups judged, %d messages on phones, %d faults", r.Customers, r.FollowUps, r.OnPhones, r.Faults)
	for _, name := range wrongs() {
		line("  %-18s %d", name, r.Wrong[name])
	}
	line("  %-18s %d", "still pending", r.Pending)
	for _, name := range slices.Sorted(maps.Keys(r.Outcomes)) {
		line("    %-16s %d", name, r.Outcomes[name])
	}
	if r.Doubted != nil {
		for _, told := range r.Doubted.lines() {
			line("  %s", told)
		}
	}
	line("  late               %s", r.Late)
	line("  gap on the wire    %s", r.Gap)
	line("  started in vain    %d", r.Restarts)
	for _, name := range slices.Sorted(maps.Keys(r.Unplayed)) {
		line("  not carried out    %s %d", name, r.Unplayed[name])
	}
	line("  faults:")
	for _, name := range slices.Sorted(maps.Keys(r.ByFault)) {
		line("    %-36s %d", name, r.ByFault[name])
	}
	for _, end := range r.Ends {
		line("  ENDED BY ITSELF: %s", end)
	}
	for _, f := range r.Findings {
		line("%s %s to %s: %s", f.What, f.Mark, f.Phone, f.Detail)
		for _, told := range f.Story {
			line("    %s", told)
		}
	}
}
