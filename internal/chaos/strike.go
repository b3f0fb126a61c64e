package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"

	"retoma/internal/processes"
)

// Struck is a fault as it was carried out.
type Struck struct {
	Fault
	Began   time.Time `json:"began"`
	Problem string    `json:"problem,omitempty"`
}

// striker carries out the plan's faults.
type striker struct {
	world   *World
	company *Company
	mu      sync.Mutex
	struck  []Struck
	busy    map[string]*sync.Mutex // one fault at a time for each process
}

// strike carries out every fault at its time and gives them once the last is over.
func (w *World) strike(ctx context.Context, plan Plan, company *Company, began time.Time) []Struck {
	s := &striker{world: w, company: company, busy: map[string]*sync.Mutex{}}
	for name := range w.processes {
		s.busy[name] = &sync.Mutex{}
	}
	var striking sync.WaitGroup
	for _, fault := range plan.Faults {
		striking.Go(func() {
			if !pause(ctx, time.Until(began.Add(fault.At))) {
				return
			}
			done := Struck{Fault: fault, Began: time.Now()}
			if err := s.carryOut(ctx, fault); err != nil {
				done.Problem = err.Error()
			}
			s.mu.Lock()
			s.struck = append(s.struck, done)
			s.mu.Unlock()
			w.options.tell("%s  %s %s %s%s", done.Began.Format(time.TimeOnly), fault.What, fault.Target, fault.Length.Round(time.Millisecond), problemOf(done))
		})
	}
	striking.Wait()
	return s.struck
}

func problemOf(s Struck) string {
	if s.Problem == "" {
		return ""
	}
	return " (" + s.Problem + ")"
}

func (s *striker) carryOut(ctx context.Context, f Fault) error {
	if process, is := s.world.processes[f.Target]; is {
		turn := s.busy[f.Target]
		turn.Lock()
		defer turn.Unlock()
		return s.hurt(ctx, process, f)
	}
	if line, is := s.world.lines[f.Target]; is {
		return hurtLine(ctx, line, f)
	}
	switch f.What {
	case jumps:
		return s.world.jump(ctx, f.Length)
	case arms:
		rule := *f.Armed
		if len(rule.Phones) == 0 {
			rule.PhoneNumberID = s.company.Channels[f.Channel].Account
		}
		return s.world.whatsapp.Arm(rule)
	}
	return fmt.Errorf("nobody knows how to strike %q", f.Target)
}

// hurt hurts a process and sees to it that it runs again.
func (s *striker) hurt(ctx context.Context, process *processes.Process, f Fault) error {
	switch f.What {
	case flushes:
		return processes.TellRedis(s.world.redisPort, flushes)
	case freezes:
		process.Freeze()
		pause(ctx, f.Length)
		process.Continue()
		return nil
	case kills:
		process.Kill()
	case terminates:
		process.Terminate(40 * time.Second)
	case crashes:
		process.Quit()
	}
	pause(ctx, f.Length)
	return process.Start()
}

func hurtLine(ctx context.Context, line *Proxy, f Fault) error {
	switch f.What {
	case cuts:
		line.Cut()
	case slows:
		line.Slow(80 * time.Millisecond)
		pause(ctx, f.Length)
		line.Slow(0)
	case holds:
		line.Hold()
		pause(ctx, f.Length)
		line.Release()
	case offs:
		line.Off()
		pause(ctx, f.Length)
		return line.On()
	}
	return nil
}

// jump moves the provider's clock ahead.
func (w *World) jump(ctx context.Context, by time.Duration) error {
	from := w.whatsapp.Now()
	// Callbacks that do not answer at present keep a jump waiting.
	bounded, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := w.whatsapp.Advance(bounded, by)
	to := w.whatsapp.Now()
	w.clock.jumped(from, to, time.Until(to))
	return err
}

// watch starts again what ended though nobody asked it to, until ctx ends.
func (w *World) watch(ctx context.Context) {
	for pause(ctx, 500*time.Millisecond) {
		for _, process := range w.processes {
			process.Revive()
		}
	}
}
