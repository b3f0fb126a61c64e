package goals

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"retoma/internal/processes"
)

// measureCrash ends everything at once, with kill -9, while many sends wait for their time, and again while many are under way.
// PostgreSQL is ended as "pg_ctl stop -m immediate" does it: it has to recover, as after kill -9.
func measureCrash(ctx context.Context, s *stand) error {
	systems := []system{retomaOn(Split, 1), retomaEmbedded()}
	if err := s.rounds(ctx, Crash+" with pending", systems, crashPending); err != nil {
		return err
	}
	return s.rounds(ctx, Crash+" under load", systems, crashLoaded)
}

// crashPending kills while everything waits for its time, which comes while nothing runs.
func crashPending(ctx context.Context, r *running) error {
	target, flags, err := r.dueFlags(ctx)
	if err != nil {
		return err
	}
	probe, err := r.dueAtOnce(ctx, target, flags, 200, 30*time.Second)
	if err != nil {
		return err
	}
	count := r.options.sizes().dueMany
	ahead := accepting(count, probe.Rates.Acked)
	due := time.Now().Add(ahead)
	h, err := r.hook(ctx, func(ctx context.Context) error {
		r.kill()
		if err := pause(ctx, time.Until(due.Add(1500*time.Millisecond))); err != nil {
			return err
		}
		before, err := sinkCount(ctx, processes.Local(r.sinkPort))
		if err != nil {
			return err
		}
		began, err := r.restart(ctx)
		if err != nil {
			return err
		}
		go r.awaitFirst(ctx, before, began)
		return nil
	})
	if err != nil {
		return err
	}
	l, err := r.dueAtOnce(ctx, target, flags, count, ahead, "-hook", "pending:"+h.command, "-drain", "240s", "-idle", "60s", "-settle", "10s")
	if err := errors.Join(err, h.wait()); err != nil {
		return err
	}
	r.book.Note(r.name, CrashLost, float64(l.Messages.Lost))
	r.book.Note(r.name, CrashDoubled, float64(l.Messages.Duplicated))
	r.book.Note(r.name, Early, float64(l.Messages.Early))
	return nil
}

// awaitFirst notes how long after a restart the provider hears of it.
func (r *running) awaitFirst(ctx context.Context, before int64, began time.Time) {
	err := until(ctx, 2*time.Minute, func() bool {
		count, err := sinkCount(ctx, processes.Local(r.sinkPort))
		return err == nil && count > before
	})
	if err == nil {
		r.book.Note(r.name, CrashFirst, time.Since(began).Seconds())
	}
}

// crashLoaded kills while 400 messages a second are answered by a provider that takes its time.
func crashLoaded(ctx context.Context, r *running) error {
	count := 8000
	if r.options.Quick {
		count = 2000
	}
	var down time.Duration
	h, err := r.hook(ctx, func(ctx context.Context) error {
		killed := time.Now()
		r.kill()
		began, err := r.restart(ctx)
		down = began.Sub(killed)
		return err
	})
	if err != nil {
		return err
	}
	l, err := r.post(ctx, r.url, "-rate", "400", "-n", fmt.Sprint(count), "-sink-latency", "100ms", "-hook", fmt.Sprintf("post=%d:%s", count/2, h.command), "-settle", "10s")
	if err := errors.Join(err, h.wait()); err != nil {
		return err
	}
	accepted, doubtful, err := r.settled(ctx)
	if err != nil {
		return err
	}
	// What the provider accepted and retoma does not know it did is in doubt; so is what was never heard of because its call was cut.
	heard := int(l.Messages.Delivered) - accepted
	lost := int(l.Messages.Lost) - (doubtful - heard)
	r.tell("  down for %s; %d in doubt, of which the provider accepted %d; %d lost", down.Round(time.Millisecond), doubtful, heard, lost)
	r.book.Note(r.name, CrashLost, float64(lost))
	r.book.Note(r.name, CrashDoubled, float64(l.Messages.Duplicated))
	r.book.Note(r.name, CrashDoubt, float64(doubtful))
	r.book.Note(r.name, CrashLate, max(0, l.EndToEnd.Max/1000-down.Seconds()))
	return nil
}

// settled waits until nothing is under way and counts what was accepted and what is in doubt.
func (r *running) settled(ctx context.Context) (accepted, doubtful int, err error) {
	counts := map[string]int{}
	err = until(ctx, 3*time.Minute, func() bool {
		for _, status := range []string{"queued", "sending", "accepted", "unconfirmed"} {
			rows, failed := processes.All[struct{}](ctx, r.api, "/api/messages?limit=200&status="+status)
			if failed != nil {
				err = failed
				return false
			}
			counts[status] = len(rows)
		}
		return counts["queued"]+counts["sending"] == 0
	})
	return counts["accepted"], counts["unconfirmed"], err
}

// kill ends everything at once.
func (r *running) kill() {
	var ending sync.WaitGroup
	for _, p := range r.own {
		ending.Go(p.Kill)
	}
	if r.services {
		ending.Go(r.redis.Kill)
		ending.Go(r.postgres.Quit)
	}
	ending.Wait()
}

// restart starts everything again, servers first, and tells when the system's own first process was started.
func (r *running) restart(ctx context.Context) (began time.Time, err error) {
	if r.services {
		if err := r.startServers(ctx); err != nil {
			return began, err
		}
	}
	began = time.Now()
	if err := r.begin(ctx); err != nil {
		return began, err
	}
	_, err = r.watched()
	return began, err
}

// hooked is something that the harness does while the load generator waits at a moment that it names.
type hooked struct {
	// command is what the generator runs.
	command string
	done    chan error
	end     context.CancelFunc
}

// hook waits for the load generator's sign, acts and lets it go on.
func (r *running) hook(ctx context.Context, act func(context.Context) error) (*hooked, error) {
	sign, answer := filepath.Join(r.folder, "hook.sign"), filepath.Join(r.folder, "hook.answer")
	for _, file := range []string{sign, answer} {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	waiting, end := context.WithCancel(ctx)
	h := &hooked{command: fmt.Sprintf("touch '%s'; until [ -e '%s' ]; do sleep 0.02; done", sign, answer), done: make(chan error, 1), end: end}
	go func() {
		for {
			if _, err := os.Stat(sign); err == nil {
				break
			}
			if err := pause(waiting, 5*time.Millisecond); err != nil {
				h.done <- errors.New("the load generator never came to the moment of the hook")
				return
			}
		}
		err := act(ctx)
		h.done <- errors.Join(err, os.WriteFile(answer, nil, 0o600))
	}()
	return h, nil
}

// wait is called when the load generator has ended.
func (h *hooked) wait() error {
	h.end()
	return <-h.done
}
