package wake

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

const (
	epochKey = "retoma:epoch"
	// beatKey counts up; a count that goes backwards tells that Redis was restored from an older copy.
	beatKey       = "retoma:beat"
	queuesKey     = "asynq:queues"
	epochInterval = 2 * time.Second
	epochPatience = 500 * time.Millisecond
	agreePatience = 30 * time.Second // Redis and SQL together
	// contestEvery is how often a process claims SQL's epoch back from a process with another Redis.
	contestEvery = time.Minute
	// awayAfter is how many failed calls in a row mean that Redis is away.
	awayAfter = 3
)

// redisState is what this process knows of Redis.
type redisState struct {
	mutex    sync.Mutex
	current  string // the epoch; empty until Redis has answered once
	beat     int64
	failures int
	away     bool
	agreed   string // the epoch of Redis that SQL has known
	claimed  time.Time
}

func (s *redisState) epoch() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.current
}

// usable tells that trying Redis makes sense.
func (s *redisState) usable() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return !s.away && s.current != ""
}

// note counts a call's outcome.
func (s *redisState) note(err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err == nil {
		s.failures = 0
		return
	}
	s.failures++
	if s.failures >= awayAfter {
		s.away = true
	}
}

// seen takes over what Redis answered. turned tells another life of Redis, back that it had been away,
// restored that this life has gone backwards.
func (s *redisState) seen(epoch string, beat int64) (turned, back, restored bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	turned = s.current != "" && s.current != epoch
	restored = s.current == epoch && beat <= s.beat
	back = s.away
	s.current, s.beat, s.away, s.failures = epoch, beat, false, 0
	return turned, back, restored
}

func (s *redisState) lost() (first bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	first = !s.away
	s.away = true
	return first
}

// checkEpoch asks Redis which life it is in, and arms anew if that is not the one SQL knows of.
func (w *Wake) checkEpoch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, agreePatience)
	defer cancel()
	epoch, beat, err := w.askEpoch(ctx)
	if err != nil {
		if ctx.Err() == nil && w.redis.lost() {
			w.options.Logger.Warn("Redis is away; due times are up to two seconds late", "error", err)
		}
		return
	}
	turned, back, restored := w.redis.seen(epoch, beat)
	if restored {
		w.options.Logger.Warn("Redis was restored from an older copy; arming anew")
		w.renewEpoch(ctx, epoch)
		return
	}
	if turned {
		w.tally.epochTurns.Add(1)
	}
	if back {
		w.options.Logger.Info("Redis is back")
		w.kick()
	}
	if w.options.Consume {
		w.agree(ctx, epoch)
	}
}

func newEpoch() string { return uuid.NewString()[:8] }

// askEpoch reads the epoch, making it in a new Redis, and puts back the names of the queues:
// asynq's client does so only once in its life (github.com/hibiken/asynq/pull/1036).
func (w *Wake) askEpoch(ctx context.Context) (string, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, epochPatience)
	defer cancel()
	pipeline := w.client.Pipeline()
	pipeline.SetNX(ctx, epochKey, newEpoch(), 0)
	epoch := pipeline.Get(ctx, epochKey)
	beat := pipeline.Incr(ctx, beatKey)
	pipeline.SAdd(ctx, queuesKey, QueueInbox, QueueOutbox, QueueHooks, QueueBulk)
	if _, err := pipeline.Exec(ctx); err != nil {
		return "", 0, err
	}
	return epoch.Val(), beat.Val(), nil
}

// renewScript changes the epoch unless another process was faster.
const renewScript = `if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("SET", KEYS[1], ARGV[2]) end return 1`

// renewEpoch lets a new life of Redis begin; the next look arms it.
func (w *Wake) renewEpoch(ctx context.Context, from string) {
	ctx, cancel := context.WithTimeout(ctx, epochPatience)
	defer cancel()
	err := redis.NewScript(renewScript).Run(ctx, w.client, []string{epochKey}, from, newEpoch()).Err()
	if err != nil {
		w.options.Logger.Warn("the epoch could not be renewed", "error", err)
	}
}

// agree compares Redis' epoch with the one SQL's arming belongs to. Arming is forgotten BEFORE the epoch is written:
// a crash between the two only makes it happen once more.
func (w *Wake) agree(ctx context.Context, epoch string) {
	known, err := w.options.Source.Epoch(ctx)
	if err != nil {
		w.options.Logger.Warn("the epoch could not be read", "error", err)
		return
	}
	if known == epoch {
		w.redis.agree(epoch)
		return
	}
	if w.redis.contested(known, epoch, w.options.Now()) {
		w.options.Logger.Error("another process uses another Redis for the same database; give all processes one --redis-url")
		return
	}
	w.arming.Lock()
	defer w.arming.Unlock()
	if err := w.options.Source.Disarm(ctx); err != nil {
		w.options.Logger.Warn("the arming could not be forgotten", "error", err)
		return
	}
	won, err := w.options.Source.SetEpoch(ctx, known, epoch)
	if err != nil {
		w.options.Logger.Warn("the epoch could not be written", "error", err)
		return
	}
	w.redis.claim(epoch, w.options.Now())
	w.options.Logger.Info("Redis is new; arming due times", "epoch", epoch, "first", won)
	w.kick()
}

func (s *redisState) agree(epoch string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.agreed = epoch
}

func (s *redisState) claim(epoch string, now time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.agreed, s.claimed = epoch, now
}

// contested tells that SQL knew our Redis and now knows another, while ours has not changed: two processes with two
// Redises. They must not disarm each other all the time.
func (s *redisState) contested(known, epoch string, now time.Time) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return known != "" && s.agreed == epoch && now.Sub(s.claimed) < contestEvery
}

// kick lets the horizon be armed now.
func (w *Wake) kick() {
	select {
	case w.rearm <- struct{}{}:
	default:
	}
}
