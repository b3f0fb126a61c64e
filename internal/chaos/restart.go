package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"retoma/internal/processes"
)

// Restart is how one process was stopped and started again.
type Restart struct {
	Name  string
	Began time.Time
	// Stopping is how long it took to end, Away how long until it did its work again.
	Stopping, Away time.Duration
	// Killed tells that it did not end when it was asked to.
	Killed bool
	// Heard and Sent are the webhooks that were acknowledged and the messages that the provider took meanwhile.
	Heard, Sent int
}

// stopPatience is how long a process may take to end, docker-compose.yml's stop_grace_period.
const stopPatience = 30 * time.Second

// roll restarts everything, one after another, each only when the one before works again.
func (w *World) roll(ctx context.Context) ([]Restart, error) {
	var done []Restart
	for _, name := range append(workerNames(), gatewayName, redisName, consoleName, postgresName) {
		one, err := w.restart(ctx, name)
		if err != nil {
			return done, fmt.Errorf("restarting %s: %w", name, err)
		}
		w.options.tell("%s stopped in %s, was away for %s", name, one.Stopping.Round(time.Millisecond), one.Away.Round(time.Millisecond))
		done = append(done, one)
		pause(ctx, time.Second)
	}
	return done, nil
}

func (w *World) restart(ctx context.Context, name string) (Restart, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	process, one := w.processes[name], Restart{Name: name, Began: time.Now()}
	if name == postgresName {
		process.Quit()
	} else {
		process.Terminate(stopPatience)
	}
	one.Stopping, one.Killed = time.Since(one.Began), process.Killed()
	if err := w.missed(ctx, name); err != nil {
		return one, err
	}
	if err := process.Start(); err != nil {
		return one, err
	}
	for {
		err := w.works(ctx, name)
		if err == nil {
			one.Away = time.Since(one.Began)
			return one, nil
		}
		if !pause(ctx, 100*time.Millisecond) {
			return one, errors.Join(err, errors.New(processes.Tail(process.Log(), 2000)))
		}
	}
}

// missed waits until customers wrote while a process is away: until they were heard, where it is not needed for that.
func (w *World) missed(ctx context.Context, name string) error {
	since := time.Now()
	for {
		wrote := 0
		w.wire.mu.Lock()
		for _, mail := range w.wire.mail {
			if mail.Tried.After(since) && (!mail.Acked.IsZero() || name == gatewayName || name == postgresName) {
				wrote++
			}
		}
		w.wire.mu.Unlock()
		if wrote >= enoughMissed {
			return nil
		}
		if !pause(ctx, 20*time.Millisecond) {
			return fmt.Errorf("only %d customers were heard without %s", wrote, name)
		}
	}
}

// enoughMissed is how many customers write before a process is started again.
const enoughMissed = 4

// works tells whether a process does what it is there for: a worker is one whose servers asynqmon lists.
func (w *World) works(ctx context.Context, name string) error {
	switch name {
	case redisName:
		return processes.TellRedis(w.redisPort, "PING")
	case consoleName:
		_, err := w.console.queues(ctx)
		return err
	case gatewayName, postgresName:
		status, _, err := w.api.Once(ctx, "GET", "/readyz", "", nil)
		if err == nil && status != 200 {
			err = fmt.Errorf("/readyz answers %d", status)
		}
		return err
	}
	servers, err := w.console.servers(ctx)
	if pid := w.processes[name].PID(); err == nil && servers[pid] < serversOfAWorker {
		err = fmt.Errorf("asynqmon shows %d servers of process %d", servers[pid], pid)
	}
	return err
}

// serversOfAWorker is one for each queue: inbox, outbox and hooks.
const serversOfAWorker = 3
