package wake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"retoma/internal/desk"
)

const (
	// How often asynq looks. On a real Redis 20 ms cost 2.6 % of a core and bring a gateway's wake-up here in 12 ms (median);
	// embedded, wake-ups never go through Redis, so once a second is enough.
	pollReal        = 20 * time.Millisecond
	pollEmbedded    = time.Second
	forwardReal     = 200 * time.Millisecond
	forwardEmbedded = time.Second
	// farLimit is up to where an alarm that rang too early waits here all the same: clocks of two machines may differ,
	// and arming it again would go round and round between them.
	farLimit = time.Minute
)

// startServers starts one asynq server per queue, so that none starves another. Crowds are served beside sends: nine times out of ten a
// send goes first.
func (w *Wake) startServers() error {
	for _, of := range []struct {
		queues map[string]int
		size   int
	}{
		{map[string]int{QueueInbox: 1}, w.options.Concurrency},
		{map[string]int{QueueOutbox: 9, QueueBulk: 1}, w.options.Concurrency},
		{map[string]int{QueueHooks: 1}, w.options.NotifyConcurrency},
	} {
		server := asynq.NewServerFromRedisClient(w.polling, w.serverConfig(of.queues, of.size))
		if err := server.Start(asynq.HandlerFunc(w.handle)); err != nil {
			return fmt.Errorf("asynq server for %v: %w", of.queues, err)
		}
		w.servers = append(w.servers, server)
	}
	return nil
}

func (w *Wake) serverConfig(queues map[string]int, concurrency int) asynq.Config {
	poll, forward := pollReal, forwardReal
	if w.embedded != nil {
		poll, forward = pollEmbedded, forwardEmbedded
	}
	return asynq.Config{
		Concurrency:              concurrency,
		Queues:                   queues,
		TaskCheckInterval:        poll,
		DelayedTaskCheckInterval: forward,
		RetryDelayFunc:           retryDelay,
		IsFailure:                func(err error) bool { return !errors.Is(err, errStopping) && !errors.Is(err, errFull) },
		ShutdownTimeout:          taskTimeout, // handlers end by themselves as soon as the dispatcher stops
		Logger:                   newAsynqLogger(w.options),
		LogLevel:                 asynq.WarnLevel,
	}
}

// retryDelay is short: a task is retried only because SQL failed or its process stopped.
func retryDelay(retried int, err error, _ *asynq.Task) time.Duration {
	if errors.Is(err, errStopping) {
		return 0
	}
	return time.Second << min(retried, 5)
}

// stopPulling lets asynq's servers take nothing more.
func (w *Wake) stopPulling() {
	w.eachServer((*asynq.Server).Stop)
}

func (w *Wake) shutServers() {
	w.eachServer((*asynq.Server).Shutdown)
}

func (w *Wake) eachServer(do func(*asynq.Server)) {
	var all sync.WaitGroup
	for _, server := range w.servers {
		all.Go(func() { do(server) })
	}
	all.Wait()
}

// handle does one task. A task that nobody can read is thrown away, not archived: an archived task blocks its id.
func (w *Wake) handle(ctx context.Context, t *asynq.Task) error {
	var content payload
	if err := json.Unmarshal(t.Payload(), &content); err != nil {
		return fmt.Errorf("task %s cannot be read (%w): %w", t.Type(), err, asynq.RevokeTask)
	}
	switch t.Type() {
	case TypeContact:
		r := rankSend
		if queue, _ := asynq.GetQueueName(ctx); queue == QueueInbox || content.Answer {
			r = rankAnswer
		}
		return w.await(ctx, w.contacts, content.ref(), r)
	case TypeNotify:
		return w.await(ctx, w.notices, desk.Ref{ContactID: content.NotificationID}, rankSend)
	case TypeFollowUpDue, TypeRunDue, TypeSendDue, TypeCanaryDue:
		return w.handleAlarm(ctx, content.alarm())
	default:
		return fmt.Errorf("unknown task type %s: %w", t.Type(), asynq.RevokeTask)
	}
}

// handleAlarm lets the heap ring at the very instant. The handler does not wait for that.
func (w *Wake) handleAlarm(ctx context.Context, alarm desk.Alarm) error {
	if alarm.At.Sub(w.options.Now()) > farLimit {
		if err := w.armAgain(ctx, alarm); err != nil {
			return orThrowAway(ctx, err)
		}
		return nil
	}
	w.holdAlarm(alarm)
	return nil
}

// await has the dispatcher do the work and waits for its end, so that asynq gives this process no more than it can do.
func (w *Wake) await(ctx context.Context, d *dispatcher, ref desk.Ref, r rank) error {
	ended := make(chan error, 1)
	d.wake(ref, r, time.Time{}, ended)
	patience := time.NewTimer(handlerPatience)
	defer patience.Stop()
	select {
	case err := <-ended:
		return orThrowAway(ctx, err)
	case <-patience.C: // it is in the dispatcher and will be done
	case <-ctx.Done():
	}
	return nil
}

// orThrowAway makes the last retry's error one that leaves no archived task behind; SQL still knows what is to be done.
func orThrowAway(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, errStopping) || errors.Is(err, errFull) {
		return err
	}
	retried, _ := asynq.GetRetryCount(ctx)
	most, _ := asynq.GetMaxRetry(ctx)
	if retried >= most {
		return fmt.Errorf("%w: %w", err, asynq.RevokeTask)
	}
	return err
}
