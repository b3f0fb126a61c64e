package goals

import (
	"slices"
	"sync"
)

// Figure is one measured quantity, named with its unit, as it stands in tables.
type Figure string

// What is measured.
const (
	Acks          Figure = "ack/s"
	AckAtHalf     Figure = "ack p99 ms at half"
	Sends         Figure = "sends/s"
	EndToEnd50    Figure = "e2e p50 ms at 20/s"
	EndToEnd99    Figure = "e2e p99 ms at 20/s"
	CPU           Figure = "CPU s per 10k"
	OwnMemory     Figure = "peak MB of its processes"
	AllMemory     Figure = "peak MB with database and Redis"
	Wrong         Figure = "lost, doubled or unwanted"
	Late50        Figure = "lateness p50 ms"
	Late99        Figure = "lateness p99 ms"
	Early         Figure = "early"
	LateMany50    Figure = "lateness p50 ms of 20,000"
	LateMany99    Figure = "lateness p99 ms of 20,000"
	EarlyMany     Figure = "early of 20,000"
	IdleCPU       Figure = "idle % of a core"
	IdleMemory    Figure = "idle MB resident"
	IdleAnonymous Figure = "idle MB of its own"
	Redelivered   Figure = "doubled by redelivery"
	CrashLost     Figure = "lost by kill -9"
	CrashDoubled  Figure = "doubled by kill -9"
	CrashDoubt    Figure = "in doubt after kill -9"
	CrashFirst    Figure = "s from restart to the first send"
	CrashLate     Figure = "latest s after the restart"
	RedisMemory   Figure = "Redis MB"
	RedisKeys     Figure = "Redis keys"
	RowBytes      Figure = "bytes per follow-up with its run"
	PersonBytes   Figure = "bytes of the whole database per person who waits"
)

// Book holds every value of a run by system and figure.
type Book struct {
	mu     sync.Mutex
	values map[string]map[Figure][]float64
	// busy and whole are seconds of cores that others used, and that there were, while loads ran.
	busy, whole float64
}

// NewBook is empty.
func NewBook() *Book { return &Book{values: map[string]map[Figure][]float64{}} }

// Note adds a value.
func (b *Book) Note(system string, figure Figure, value float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.values[system] == nil {
		b.values[system] = map[Figure][]float64{}
	}
	b.values[system][figure] = append(b.values[system][figure], value)
}

// Median is the middle of what was noted, and whether anything was.
func (b *Book) Median(system string, figure Figure) (float64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return median(b.values[system][figure])
}

// Worst is the greatest of what was noted: what must never happen must not be outvoted.
func (b *Book) Worst(system string, figure Figure) (float64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	values := b.values[system][figure]
	if len(values) == 0 {
		return 0, false
	}
	return slices.Max(values), true
}

func (b *Book) noteMachine(busy, whole float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy += max(0, busy)
	b.whole += whole
}

// Disturbed is the share of the machine, from 0 to 1, that programs used which have nothing to do with the run.
func (b *Book) Disturbed() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.whole == 0 {
		return 0
	}
	return b.busy / b.whole
}

func median(values []float64) (float64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle], true
	}
	return (sorted[middle-1] + sorted[middle]) / 2, true
}
