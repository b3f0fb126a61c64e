package wake

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// Wake wakes workers. Make it with [New], let it run with [Wake.Start], end it with [Wake.Stop].
// Its wake-ups ([Wake.Contact], [Wake.At] and their like) may be called from anywhere at any time between New and Stop.
type Wake struct {
	options  Options
	tally    *tally
	lateness *latenessRecord

	embedded *embedded             // nil with a Redis of its own
	client   redis.UniversalClient // for ourselves: every call has a time limit
	polling  redis.UniversalClient // for asynq's servers, which rely on the client's own patience while Redis is away
	tasks    *asynq.Client

	contacts *dispatcher
	notices  *dispatcher
	timers   *timers
	outgoing *outgoing
	redis    redisState
	crowds   crowds
	// scans counts the looks at SQL.
	scans int

	servers []*asynq.Server
	arming  sync.Mutex    // no page is armed while arming is forgotten
	rearm   chan struct{} // the horizon is to be armed now
	loops   sync.WaitGroup
	cancel  context.CancelFunc
	started bool
}

// New prepares a Wake. It opens no connection except the embedded Redis' port, if asked for.
// Errors are faults of code invalid for options that cannot be, and unavailable for a port that is taken.
func New(o Options) (*Wake, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Wake{options: o, tally: &tally{}, lateness: &latenessRecord{}, rearm: make(chan struct{}, 1)}
	if err := w.connect(); err != nil {
		return nil, err
	}
	w.tasks = asynq.NewClientFromRedisClient(w.client)
	w.contacts = newDispatcher(o, o.Work, o.Concurrency, o.Concurrency, w.tally, w.lateness)
	w.notices = newDispatcher(o, func(ctx context.Context, ref desk.Ref) error { return o.Notify(ctx, ref.ContactID) },
		1, o.NotifyConcurrency, w.tally, w.lateness)
	w.timers = newTimers(o, w.ring)
	w.outgoing = newOutgoing(o, w.tally, w.redis.usable)
	return w, nil
}

func (w *Wake) connect() (err error) {
	if w.options.RedisURL == "" {
		if w.embedded, err = startEmbedded(w.options.RedisListen, w.options.Logger); err != nil {
			return err
		}
		w.client = openWith(w.embedded.server.Dial)
		w.polling = w.client
		return nil
	}
	if w.client, err = open(w.options.RedisURL); err != nil {
		return err
	}
	w.polling, err = open(w.options.RedisURL)
	return err
}

// Start begins to work (in a consuming process) and to keep Redis in step with SQL. Redis being away is not an error.
func (w *Wake) Start(ctx context.Context) error {
	if w.started {
		return fault.New(fault.Conflict, "wake was started before")
	}
	w.started = true
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w.cancel = cancel
	if w.options.Consume { // what is overdue does not wait for Redis
		w.loops.Go(func() { w.timers.run(base) })
		w.loops.Go(func() { w.scan(base); every(base, scanInterval, nil, w.scan) })
	}
	w.checkEpoch(ctx)
	w.outgoing.start(base)
	if w.embedded != nil {
		w.loops.Go(func() { w.embedded.run(base) })
	}
	w.loops.Go(func() { every(base, epochInterval, nil, w.checkEpoch) })
	if !w.options.Consume {
		return nil
	}
	w.loops.Go(func() { w.armHorizon(base); every(base, horizonInterval, w.rearm, w.armHorizon) })
	return w.startServers()
}

// every calls a function in intervals, and when kicked, until ctx ends.
func every(ctx context.Context, interval time.Duration, kick <-chan struct{}, do func(context.Context)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-kick:
		}
		if ctx.Err() == nil {
			do(ctx)
		}
	}
}

// Stop ends: nothing more is taken, what runs may end while ctx lasts, wake-ups that wait to leave are sent.
// What was not begun is forgotten here; it stands in SQL. The error tells that works were cut off.
func (w *Wake) Stop(ctx context.Context) error {
	if w.cancel != nil {
		w.cancel()
	}
	within(ctx, w.loops.Wait)
	within(ctx, w.stopPulling)
	err := errors.Join(w.contacts.stop(ctx), w.notices.stop(ctx))
	within(ctx, w.shutServers)
	w.outgoing.drain(ctx)
	err = errors.Join(err, w.client.Close())
	if w.embedded == nil {
		return errors.Join(err, w.polling.Close())
	}
	w.embedded.server.Close()
	return err
}

// within waits for a step to end, but not longer than ctx lasts.
func within(ctx context.Context, step func()) {
	ended := make(chan struct{})
	go func() { step(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// Ready tells whether Redis answers. Without it everything goes on, due times up to two seconds late.
func (w *Wake) Ready(ctx context.Context) error {
	if err := w.client.Ping(ctx).Err(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "Redis does not answer")
	}
	return nil
}

// Redis is the client for others that share this Redis.
func (w *Wake) Redis() redis.UniversalClient { return w.client }

// Embedded tells that Redis is inside this process.
func (w *Wake) Embedded() bool { return w.embedded != nil }

// ListenAddress is where the embedded Redis can be looked at; empty if it opened no port.
func (w *Wake) ListenAddress() string {
	if w.embedded == nil {
		return ""
	}
	return w.embedded.address
}

// Horizon is how far ahead due times get a task; 0 means all of them.
func (w *Wake) Horizon() time.Duration { return w.options.Horizon }

// Counters gives the totals so far.
func (w *Wake) Counters() Counters {
	queued, running := w.contacts.load()
	noticesQueued, noticesRunning := w.notices.load()
	t := w.tally
	return Counters{
		Woken: t.woken.Load(), Worked: t.worked.Load(), Failed: t.failed.Load(), Dropped: t.dropped.Load(),
		ScanFinds: t.scanFinds.Load(), Armed: t.armed.Load(), Enqueued: t.enqueued.Load(), Unsent: t.unsent.Load(),
		Forgotten: t.forgotten.Load(), EpochTurns: t.epochTurns.Load(),
		Queued: queued + noticesQueued, Running: running + noticesRunning,
		Timers: w.timers.length(), Buffered: w.outgoing.length(), RedisAway: !w.redis.usable(),
	}
}

// Lateness tells how late works for due times began in this process.
func (w *Wake) Lateness() Lateness { return w.lateness.snapshot() }
