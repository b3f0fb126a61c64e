package goals

import (
	"context"
	"path/filepath"
	"strconv"
	"time"

	"retoma/internal/processes"
)

// measureIdle is what a process that has nothing to do takes: the embedded default with its demonstration, and one on PostgreSQL and Redis.
func measureIdle(ctx context.Context, s *stand) error {
	settle, watch := time.Minute, time.Minute
	if s.options.Quick {
		settle, watch = 10*time.Second, 20*time.Second
	}
	return s.rounds(ctx, Idle, []system{demonstration(), retomaOn(One, 0)}, func(ctx context.Context, r *running) error {
		if err := pause(ctx, settle); err != nil {
			return err
		}
		pid := r.own[0].PID()
		before, err := cpuOf(pid)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := pause(ctx, watch); err != nil {
			return err
		}
		after, err := cpuOf(pid)
		if err != nil {
			return err
		}
		used, err := memoryOf(pid)
		if err != nil {
			return err
		}
		share := 100 * (after - before) / time.Since(began).Seconds()
		r.book.Note(r.name, IdleCPU, share)
		r.book.Note(r.name, IdleMemory, used.Resident)
		r.book.Note(r.name, IdleAnonymous, used.Anonymous)
		r.tell("  %.2f %% of a core, %.1f MB resident, %.1f of its own", share, used.Resident, used.Anonymous)
		return nil
	})
}

// demonstration is what somebody gets who starts the program with no settings but an address and a place for its database.
func demonstration() system {
	return system{Embedded, func(ctx context.Context, s *stand) (*running, error) {
		port, err := processes.FreePort()
		if err != nil {
			return nil, err
		}
		s.made++
		database := filepath.Join(s.folder, "demonstration-"+strconv.Itoa(s.made), "retoma.db")
		p := s.process("retoma-demonstration", []string{"RETOMA_ADDR=" + processes.Local(port), "RETOMA_DATABASE_URL=sqlite://" + database}, s.options.Retoma, "serve")
		r := &running{stand: s, own: []*processes.Process{p}}
		r.ready = func(ctx context.Context) error { return processes.Listening(ctx, processes.Local(port)) }
		err = r.begin(ctx)
		return r, err
	}}
}

func pause(ctx context.Context, length time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(length):
		return nil
	}
}
