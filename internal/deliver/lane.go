package deliver

import (
	"context"
	"sync"
	"time"

	"retoma/internal/desk"
)

const (
	// leaseTime is how long a process that has died keeps others from delivering in its place.
	leaseTime  = 15 * time.Second
	leasePulse = leaseTime / 3
	// laneBatch is how many deliveries are read at once.
	laneBatch = 100
	// refreshAfter is how long a lane goes by what it has read of its subscription.
	refreshAfter = 5 * time.Second
	// laneWidth is how many attempts one subscription has at once.
	laneWidth = 8
)

// lane is a process that delivers to one subscription.
type lane struct {
	*Courier
	subscription desk.Subscription
	read         time.Time // when the subscription was read

	mutex    sync.Mutex
	failures int       // in a row
	rest     time.Time // nothing is tried before
}

// deliverTo takes a subscription's lease and delivers until nothing is due.
func (c *Courier) deliverTo(ctx context.Context, id string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	subscription, taken, err := c.lease(ctx, id)
	if err != nil {
		c.failed(ctx, "a subscription could not be leased", err)
	}
	if err != nil || !taken {
		return
	}
	l := &lane{Courier: c, subscription: subscription, read: c.options.Now(), failures: subscription.Failures}
	var pulse sync.WaitGroup
	pulse.Go(func() { c.holdLease(ctx, cancel, id) })
	l.run(ctx)
	cancel()
	pulse.Wait()
	end, done := context.WithTimeout(context.WithoutCancel(ctx), noteLimit)
	defer done()
	if err := c.options.Store.ReleaseSubscription(end, id, c.owner); err != nil {
		c.options.Logger.Warn("a lease could not be given back; it ends by itself", "subscription", id, "error", err)
	}
}

func (c *Courier) lease(ctx context.Context, id string) (desk.Subscription, bool, error) {
	now := c.options.Now()
	return c.options.Store.LeaseSubscription(ctx, id, c.owner, now, now.Add(leaseTime))
}

// holdLease prolongs the lease as long as the lane runs; a lost lease ends it.
func (c *Courier) holdLease(ctx context.Context, lost context.CancelFunc, id string) {
	ticker := time.NewTicker(leasePulse)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, taken, err := c.lease(ctx, id); err == nil && !taken {
			lost()
			return
		}
	}
}

func (l *lane) run(ctx context.Context) {
	for !l.ends(ctx) {
		due, err := l.options.Store.DueDeliveries(ctx, l.subscription.ID, l.options.Now(), laneBatch)
		if err != nil {
			l.Courier.failed(ctx, "due deliveries could not be read", err)
			return
		}
		if len(due) == 0 {
			return
		}
		l.deliver(ctx, due)
		if !l.refresh(ctx) {
			return
		}
	}
}

// refresh reads the subscription again every few seconds: its address or its secret may have been changed, or it was disabled.
func (l *lane) refresh(ctx context.Context) bool {
	now := l.options.Now()
	if now.Sub(l.read) < refreshAfter {
		return true
	}
	subscription, taken, err := l.lease(ctx, l.subscription.ID)
	if err != nil || !taken {
		return false
	}
	l.subscription, l.read = subscription, now
	return true
}

// ends tells that nothing more is tried now.
func (l *lane) ends(ctx context.Context) bool {
	select {
	case <-l.stopping:
		return true
	case <-ctx.Done():
		return true
	default:
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.options.Now().Before(l.rest)
}

// deliver makes one attempt for each delivery: those of one contact one after another, others beside each other. A receiver
// that has kept failing is asked with one attempt at a time.
func (l *lane) deliver(ctx context.Context, due []desk.Delivery) {
	width := laneWidth
	if l.failures >= failuresBeforeRest {
		width = 1
	}
	queue := make(chan []desk.Delivery)
	var workers sync.WaitGroup
	for range width {
		workers.Go(func() {
			for group := range queue {
				for _, one := range group {
					if l.ends(ctx) {
						break
					}
					l.attempt(ctx, one)
				}
			}
		})
	}
	for _, group := range byContact(due) {
		queue <- group
	}
	close(queue)
	workers.Wait()
}

// byContact groups deliveries in their order; what is about nobody stands alone.
func byContact(due []desk.Delivery) [][]desk.Delivery {
	var groups [][]desk.Delivery
	place := map[string]int{}
	for _, one := range due {
		index, known := place[one.ContactID]
		if !known || one.ContactID == "" {
			place[one.ContactID] = len(groups)
			groups = append(groups, []desk.Delivery{one})
			continue
		}
		groups[index] = append(groups[index], one)
	}
	return groups
}

// attempt makes one attempt and notes it, also when the process is being stopped meanwhile.
func (l *lane) attempt(ctx context.Context, one desk.Delivery) {
	answer := l.post(ctx, l.subscription, one)
	if ctx.Err() != nil && !answer.accepted() {
		return // cut off by ourselves: it says nothing about the receiver
	}
	noted := l.judge(one, answer)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteLimit)
	defer cancel()
	notification, err := l.options.Store.NoteAttempt(end, noted, noted.At.Add(-hopelessAfter))
	if err != nil {
		l.Courier.failed(ctx, "an attempt could not be noted", err)
		l.restUntil(noted.At.Add(scanInterval)) // it will be made again: not at once, and not without an end
		return
	}
	if notification != "" {
		l.options.Notify(notification)
		l.restUntil(noted.At.Add(restMost)) // disabled
	}
	l.options.Observe(string(noted.State))
	l.options.Logger.Info("event delivered or tried", "tenant", one.TenantID, "subscription", one.SubscriptionID, "event", one.EventID, "type", one.Event,
		"attempt", one.Attempts+1, "state", noted.State, "status", noted.Status, "problem", noted.Problem)
}

// judge tells what follows from an answer.
func (l *lane) judge(one desk.Delivery, answer answer) desk.Attempt {
	now := l.options.Now()
	noted := desk.Attempt{Delivery: one, At: now, Status: answer.status, Problem: answer.problem, DueAt: now}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if answer.accepted() {
		l.failures = 0
		noted.State = desk.Delivered
		return noted
	}
	l.failures++
	noted.State, noted.Gone = desk.DeliveryPending, answer.gone()
	noted.DueAt = now.Add(max(retryGap(one.Attempts+1), answer.retryAfter))
	if noted.DueAt.Sub(one.Since) > giveUpAfter && !noted.Gone {
		noted.State, noted.DueAt = desk.DeliveryFailed, now
	}
	if rest := restAfter(l.failures, answer); rest > 0 {
		noted.RestUntil = now.Add(rest)
		l.rest = later(l.rest, noted.RestUntil)
	}
	return noted
}

func (l *lane) restUntil(at time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.rest = later(l.rest, at)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
