package goals

import "fmt"

// aim is one line of the table of goals.
type aim struct {
	// number is that of the goal; one goal may have several lines.
	number int
	what   string
	system string
	figure Figure
	bound  bound
}

// bound is what a value must not pass.
type bound struct {
	// least: at least this much, else at most.
	least bool
	value float64
	// of is the system whose same figure (or instead, if given) is multiplied by value; empty: value stands by itself.
	of      string
	instead Figure
	// never: the worst of all runs counts, not the median.
	never bool
	unit  string
}

func atLeast(value float64, unit string) bound { return bound{least: true, value: value, unit: unit} }
func atMost(value float64, unit string) bound  { return bound{value: value, unit: unit} }
func never() bound                             { return bound{never: true} }
func atLeastOf(share float64, system string) bound {
	return bound{least: true, value: share, of: system}
}
func atMostOf(times float64, system string) bound { return bound{value: times, of: system} }

func (b bound) String() string {
	if b.never {
		return "0"
	}
	sign := "<="
	if b.least {
		sign = ">="
	}
	if b.of != "" {
		return fmt.Sprintf("%s %s x %s", sign, number(b.value), b.of)
	}
	return fmt.Sprintf("%s %s%s", sign, number(b.value), b.unit)
}

// The systems that are compared.
const (
	// Floor is the least that the stack can cost.
	Floor = "floor"
	// FloorDue keeps due sends as rows of PostgreSQL.
	FloorDue = "floor-due"
	// One is gateway and worker in one process on PostgreSQL and Redis, Split in two, Embedded one process on what it brings along.
	One      = "retoma"
	Split    = "retoma, two processes"
	Embedded = "retoma on SQLite"
)

// Parts of a run that can be chosen.
const (
	W1         = "w1"
	W2         = "w2"
	Idle       = "idle"
	Redelivery = "redelivery"
	Crash      = "crash"
	Growth     = "growth"
	Workers    = "workers"
)

// Parts are all of them, in the order in which they are measured.
func Parts() []string { return []string{W1, W2, Idle, Redelivery, Crash, Growth, Workers} }

// aims are the goals. Each is of one part: what was not measured is told as such.
func aims() []aim {
	var all []aim
	for _, system := range []string{One, Split} {
		all = append(all,
			aim{1, "webhooks acknowledged a second, 64 connections", system, Acks, atLeastOf(0.6, Floor)},
			aim{1, "acknowledgement p99 at half that rate", system, AckAtHalf, atMost(10, " ms")},
			aim{2, "sends a second, reply through a flow", system, Sends, atLeastOf(0.6, Floor)},
			aim{3, "end to end p50 at 20/s", system, EndToEnd50, atMost(6, " ms")},
			aim{3, "end to end p99 at 20/s", system, EndToEnd99, atMost(20, " ms")},
			aim{4, "lateness p99 of 2,000 due in one second", system, Late99, atMost(100, " ms")},
			aim{4, "sent early", system, Early, never()},
			aim{5, "lateness p99 of 20,000 due in one second", system, LateMany99, bound{value: 2, of: FloorDue, instead: LateMany99}},
			aim{5, "sent early", system, EarlyMany, never()},
			aim{6, "CPU seconds for 10,000 messages, all processes", system, CPU, atMostOf(2, Floor)},
			aim{8, "peak of gateway and worker at saturation", system, OwnMemory, atMost(150, " MB")},
		)
	}
	all = append(all,
		aim{7, "webhooks acknowledged a second, 64 connections", Embedded, Acks, atLeast(4000, "/s")},
		aim{7, "sends a second, reply through a flow", Embedded, Sends, atLeast(1500, "/s")},
		aim{8, "idle, resident", Embedded, IdleMemory, atMost(60, " MB")},
		aim{12, "idle, of a core", Embedded, IdleCPU, atMost(1, " %")},
		aim{12, "idle, of a core", One, IdleCPU, atMost(4, " %")},
	)
	for _, system := range []string{One, Embedded} {
		all = append(all, aim{11, "doubled, every 7th webhook delivered again, at once or when it was done", system, Redelivered, never()})
	}
	for _, system := range []string{Split, Embedded} {
		all = append(all,
			aim{10, "lost by kill -9 of everything", system, CrashLost, never()},
			aim{10, "doubled by kill -9 of everything", system, CrashDoubled, never()},
			aim{10, "first send after the restart, 20,000 pending", system, CrashFirst, atMost(3, " s")},
			aim{10, "latest after the restart, 400/s, provider 100 ms", system, CrashLate, atMost(15, " s")},
		)
	}
	return append(all, growthAims()...)
}
