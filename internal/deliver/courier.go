package deliver

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is where events and deliveries wait.
type Store interface {
	// Subscribed tells whether anybody wants to be told anything.
	Subscribed(ctx context.Context) (bool, error)
	// Publish puts what was announced into words and deals it out to its subscribers.
	Publish(ctx context.Context) (published int, more bool, err error)
	// DueSubscriptions lists subscriptions with something to be told that nobody delivers to.
	DueSubscriptions(ctx context.Context, now time.Time, limit int) ([]string, error)
	// LeaseSubscription takes or prolongs the lease by which one process at a time delivers to a subscription.
	LeaseSubscription(ctx context.Context, id, owner string, now, until time.Time) (desk.Subscription, bool, error)
	ReleaseSubscription(ctx context.Context, id, owner string) error
	// DueDeliveries are in the order of the facts.
	DueDeliveries(ctx context.Context, subscriptionID string, now time.Time, limit int) ([]desk.Delivery, error)
	// NoteAttempt notes an attempt; where it disables the subscription it gives the id of the team's notification.
	NoteAttempt(ctx context.Context, a desk.Attempt, hopeless time.Time) (notificationID string, err error)
	PruneDeliveries(ctx context.Context, delivered, failed time.Time) (more bool, err error)
}

// Options say what to deliver from and how. Store and Dial are needed; the rest has defaults.
type Options struct {
	Store Store
	// Dial connects to addresses that tenants name, and refuses those that it must not reach.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Explain gives the words for an error of the network, which are stored and shown: no address in them. Default: one word for all.
	Explain func(error) string
	// Notify says that a notification to the team waits. Default: nobody is told before the scan.
	Notify func(notificationID string)
	// KeepDelivered and KeepFailed are how long deliveries can be looked at and replayed. Defaults 7 and 30 days.
	KeepDelivered, KeepFailed time.Duration
	// Now is the clock. Default time.Now.
	Now    func() time.Time
	Logger *slog.Logger
	// Observe, if set, is told in which state an attempt left a delivery.
	Observe func(state string)
	// Transport replaces the guarded one; for tests.
	Transport http.RoundTripper
}

// Courier delivers. It is safe for concurrent use.
type Courier struct {
	options Options
	owner   string // of leases
	client  *http.Client

	subscribed atomic.Bool
	nudged     chan struct{}
	mutex      sync.Mutex
	lanes      map[string]bool // the subscriptions that this process delivers to now
	running    sync.WaitGroup
	stopping   chan struct{}
	cancel     context.CancelFunc
}

const (
	// scanInterval is how often due deliveries are looked for without being told of any.
	scanInterval = time.Second
	// leastGap is between two looks, however often they are asked for.
	leastGap = 20 * time.Millisecond
	// mostLanes is how many subscriptions one process delivers to at once.
	mostLanes = 256
	// pruneInterval is how often what is old is deleted.
	pruneInterval = 10 * time.Minute
	// stopPatience is for attempts under way once the process is to stop; then they are cut off and made again later.
	stopPatience = 5 * time.Second
	// noteLimit is for what has to be written although the process stops.
	noteLimit = 5 * time.Second
)

// New makes a courier; [Courier.Start] lets it run.
func New(o Options) *Courier {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Explain == nil {
		o.Explain = func(error) string { return "falha de rede" }
	}
	if o.Observe == nil {
		o.Observe = func(string) {}
	}
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	if o.KeepDelivered <= 0 {
		o.KeepDelivered = 7 * 24 * time.Hour
	}
	if o.KeepFailed <= 0 {
		o.KeepFailed = 30 * 24 * time.Hour
	}
	if o.Transport == nil {
		o.Transport = transport(o.Dial)
	}
	return &Courier{
		options: o, owner: chat.NewID(), client: newClient(o.Transport), nudged: make(chan struct{}, 1), lanes: map[string]bool{},
		stopping: make(chan struct{}), cancel: func() {},
	}
}

// Nudge says that something may have been announced. It never blocks and may be called after every commit; as long as nobody
// is subscribed it does nothing.
func (c *Courier) Nudge() {
	if c.subscribed.Load() {
		c.wake()
	}
}

// Changed says that subscriptions or their deliveries were changed by a person.
func (c *Courier) Changed() {
	c.subscribed.Store(true) // until the next look says otherwise
	c.wake()
}

func (c *Courier) wake() {
	select {
	case c.nudged <- struct{}{}:
	default:
	}
}

// Start begins to deliver, in the background.
func (c *Courier) Start(ctx context.Context) {
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.subscribed.Store(true)
	c.running.Go(func() { c.loop(ctx) })
	c.running.Go(func() { c.pruneUntil(ctx) })
}

// Stop takes nothing new and lets attempts under way end, or cuts them off.
func (c *Courier) Stop() {
	close(c.stopping)
	cut := time.AfterFunc(stopPatience, c.cancel)
	c.running.Wait()
	cut.Stop()
	c.cancel()
	c.client.CloseIdleConnections()
}

func (c *Courier) loop(ctx context.Context) {
	for {
		c.look(ctx)
		if !c.pause(leastGap, nil) || !c.pause(scanInterval-leastGap, c.nudged) {
			return
		}
	}
}

// pause waits, or less if it is woken; false when the courier stops.
func (c *Courier) pause(d time.Duration, woken <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.stopping:
		return false
	case <-woken:
	case <-timer.C:
	}
	return true
}

// look publishes what was announced and sees to every subscription that has something to be told.
func (c *Courier) look(ctx context.Context) {
	if err := c.publish(ctx); err != nil {
		c.failed(ctx, "what was announced could not be published", err)
		return
	}
	subscribed, err := c.options.Store.Subscribed(ctx)
	if err != nil {
		c.failed(ctx, "subscriptions could not be read", err)
		return
	}
	c.subscribed.Store(subscribed)
	if !subscribed {
		return
	}
	due, err := c.options.Store.DueSubscriptions(ctx, c.options.Now(), mostLanes)
	if err != nil {
		c.failed(ctx, "due deliveries could not be read", err)
		return
	}
	for _, id := range due {
		c.open(ctx, id)
	}
}

func (c *Courier) publish(ctx context.Context) error {
	for {
		_, more, err := c.options.Store.Publish(ctx)
		if err != nil || !more || ctx.Err() != nil {
			return err
		}
	}
}

func (c *Courier) failed(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		c.options.Logger.Warn("deliveries stand still for a moment", "what", what, "error", err)
	}
}

// open lets a lane run for a subscription, unless one does or there are too many.
func (c *Courier) open(ctx context.Context, id string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.lanes[id] || len(c.lanes) >= mostLanes {
		return
	}
	c.lanes[id] = true
	c.running.Go(func() {
		defer c.closed(id)
		c.deliverTo(ctx, id)
	})
}

// closed lets the next look find what came while the lane was closing.
func (c *Courier) closed(id string) {
	c.mutex.Lock()
	delete(c.lanes, id)
	c.mutex.Unlock()
	c.wake()
}

func (c *Courier) pruneUntil(ctx context.Context) {
	for {
		now := c.options.Now()
		more, err := c.options.Store.PruneDeliveries(ctx, now.Add(-c.options.KeepDelivered), now.Add(-c.options.KeepFailed))
		if err != nil {
			c.failed(ctx, "old deliveries could not be deleted", err)
		}
		wait := pruneInterval
		if more && err == nil {
			wait = scanInterval
		}
		if !c.pause(wait, nil) {
			return
		}
	}
}
