package goals

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"

	"retoma/internal/processes"
)

// measureRedelivery delivers every 7th webhook twice, at once under load, and some again when they were answered long ago.
func measureRedelivery(ctx context.Context, s *stand) error {
	return s.rounds(ctx, Redelivery, []system{retomaOn(One, 0), retomaEmbedded()}, func(ctx context.Context, r *running) error {
		size := s.options.sizes()
		full, err := r.post(ctx, r.url, "-n", fmt.Sprint(size.many/4), "-warmup", fmt.Sprint(size.warm), "-redeliver-every", "7", "-settle", "5s")
		if err != nil {
			return err
		}
		again, err := r.redeliverDone(ctx, 70)
		if err != nil {
			return err
		}
		r.book.Note(r.name, Redelivered, float64(full.Messages.Duplicated)+float64(again))
		r.book.Note(r.name, Wrong, full.wrong())
		return nil
	})
}

// redeliverDone posts webhooks, waits until all were answered, posts every 7th again and tells how many sends that made.
func (r *running) redeliverDone(ctx context.Context, count int) (int, error) {
	var accepted atomic.Int64
	stop, err := r.provider(ctx, &accepted)
	if err != nil {
		return 0, err
	}
	defer stop()
	bodies := make([][]byte, count)
	for i := range bodies {
		if bodies[i], err = r.webhook(ctx); err != nil {
			return 0, err
		}
		if err := r.deliver(ctx, bodies[i]); err != nil {
			return 0, err
		}
	}
	if err := until(ctx, time.Minute, func() bool { return accepted.Load() >= int64(count) }); err != nil {
		return 0, fmt.Errorf("%d of %d webhooks were answered: %w", accepted.Load(), count, err)
	}
	for i := 0; i < count; i += 7 {
		if err := r.deliver(ctx, bodies[i]); err != nil {
			return 0, err
		}
	}
	err = pause(ctx, 5*time.Second)
	return int(accepted.Load()) - count, err
}

// webhook is one body as the load generator posts it, with a sender and an id of its own.
func (r *running) webhook(ctx context.Context) ([]byte, error) {
	body, err := exec.CommandContext(ctx, r.options.Load, "body").Output()
	return bytes.TrimSpace(body), err
}

func (r *running) deliver(ctx context.Context, body []byte) error {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write(body)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum.Sum(nil)))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("webhook: %s", response.Status)
	}
	return nil
}

// provider is the load generator's own, alone; what it accepted is counted until it is stopped.
func (r *running) provider(ctx context.Context, accepted *atomic.Int64) (stop func(), err error) {
	address := processes.Local(r.sinkPort)
	p := r.process("provider", nil, r.options.Load, "sink", "-sink", address)
	if err := p.Start(); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := processes.Listening(bounded, address); err != nil {
		p.Kill()
		return nil, err
	}
	asking, end := context.WithCancel(ctx)
	go func() {
		for pause(asking, 50*time.Millisecond) == nil {
			if count, err := sinkCount(asking, address); err == nil {
				accepted.Store(count)
			}
		}
	}()
	return func() { end(); p.Terminate(10 * time.Second) }, nil
}

// sinkCount asks a playing provider how many sends it has accepted.
func sinkCount(ctx context.Context, address string) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/_stats", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	var stats struct {
		Accepted int64 `json:"accepted"`
	}
	return stats.Accepted, json.NewDecoder(response.Body).Decode(&stats)
}

// until waits for something that comes true.
func until(ctx context.Context, limit time.Duration, happened func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !happened() {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return errors.Join(err, syscall.ETIMEDOUT)
		}
	}
	return nil
}
