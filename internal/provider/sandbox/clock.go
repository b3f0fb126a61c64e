package sandbox

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// clockwork is the sandbox's time and what is planned in it. At rate 1 it follows the outer clock, at 0 it stands still, and
// between or beyond it goes slower or faster; [clockwork.advance] jumps. What is planned is due in the time that has passed here.
type clockwork struct {
	source   func() time.Time
	steady   func() time.Time
	activity *activity
	// settle waits until nothing that a plan has set going is under way.
	settle func(context.Context) error

	// turn is held while plans run, so that they run one by one, in order.
	turn sync.Mutex

	mu      sync.Mutex
	rate    float64
	shown   time.Time     // the sandbox's time at the anchor
	outer   time.Time     // the outer clock's at the anchor
	passed  time.Duration // what had passed at the anchor
	began   time.Time     // the steady clock's at the anchor
	plans   planHeap
	issued  uint64
	driver  *time.Timer
	stopped bool
	running sync.WaitGroup
}

func newClockwork(source, steady func() time.Time, virtual bool, a *activity) *clockwork {
	c := &clockwork{source: source, steady: steady, activity: a, rate: 1, began: steady(), settle: func(context.Context) error { return nil }}
	c.shown = source()
	c.outer = c.shown
	if virtual {
		c.rate = 0
	}
	return c
}

// now is the time that messages carry and that windows and limits are judged by.
func (c *clockwork) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *clockwork) nowLocked() time.Time { return c.shown.Add(c.scaled(c.source().Sub(c.outer))) }

func (c *clockwork) passedLocked() time.Duration { return c.passed + c.scaled(c.steady().Sub(c.began)) }

func (c *clockwork) scaled(d time.Duration) time.Duration {
	switch c.rate {
	case 0:
		return 0
	case 1:
		return d
	}
	return time.Duration(float64(d) * c.rate)
}

// anchor makes the present the point that time is counted from.
func (c *clockwork) anchor() {
	now, passed := c.nowLocked(), c.passedLocked()
	c.shown, c.passed, c.outer, c.began = now, passed, c.source(), c.steady()
}

// jump moves the present, with what is planned coming nearer.
func (c *clockwork) jump(d time.Duration) {
	c.anchor()
	c.shown, c.passed = c.shown.Add(d), c.passed+d
}

// plan is a function to run when so much time has passed.
type plan struct {
	due    time.Duration
	number uint64
	run    func()
}

// after runs f once d has passed, unless stop comes first. Plans of one instant run in the order in which they were made.
func (c *clockwork) after(d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	c.activity.begin()
	c.issued++
	heap.Push(&c.plans, &plan{due: c.passedLocked() + max(d, 0), number: c.issued, run: f})
	if c.plans[0].number == c.issued {
		c.arm()
	}
}

// arm sets the driver to the first plan. The caller holds the lock.
func (c *clockwork) arm() {
	if c.driver != nil {
		c.driver.Stop()
		c.driver = nil
	}
	if c.stopped || c.rate == 0 || len(c.plans) == 0 {
		return
	}
	wait := c.plans[0].due - c.passedLocked()
	if c.rate != 1 {
		wait = time.Duration(float64(wait) / c.rate)
	}
	due := c.plans[0].due
	c.driver = time.AfterFunc(max(wait, 0), func() { c.tick(due) })
}

// tick runs what is due. So much has passed at least: a steady clock that stands still in a test does not keep plans from running.
func (c *clockwork) tick(due time.Duration) {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	if behind := due - c.passedLocked(); behind > 0 && c.rate != 0 {
		c.passed += behind
	}
	c.mu.Unlock()
	for {
		c.mu.Lock()
		p := c.pop(c.passedLocked())
		if p == nil {
			c.arm()
		}
		c.mu.Unlock()
		if p == nil {
			return
		}
		c.run(p)
	}
}

// pop takes the first plan if it is due by then, and counts it as running. The caller holds the lock.
func (c *clockwork) pop(by time.Duration) *plan {
	if c.stopped || len(c.plans) == 0 || c.plans[0].due > by {
		return nil
	}
	c.running.Add(1)
	return heap.Pop(&c.plans).(*plan)
}

func (c *clockwork) run(p *plan) {
	defer c.running.Done()
	defer c.activity.end()
	p.run()
}

// advance jumps d ahead. What falls due on the way runs in order, each at its own time, and the next only after the webhooks of
// the one before were tried. The error is that of an ended context: the clock then stands where it had come to.
func (c *clockwork) advance(ctx context.Context, d time.Duration) error {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	target := c.passedLocked() + d
	c.mu.Unlock()
	for {
		if err := c.settle(ctx); err != nil {
			return err
		}
		p := c.next(target)
		if p == nil {
			break
		}
		c.run(p)
	}
	return nil
}

// next takes the first plan up to target and goes to its time; with none left it goes to target itself.
func (c *clockwork) next(target time.Duration) *plan {
	c.mu.Lock()
	defer c.mu.Unlock()
	to := target
	if len(c.plans) > 0 {
		to = min(to, c.plans[0].due)
	}
	if ahead := to - c.passedLocked(); ahead > 0 {
		c.jump(ahead)
	}
	p := c.pop(target)
	if p == nil {
		c.arm()
	}
	return p
}

// setRate changes how fast time goes; worlds also goes back to the outer clock's time.
func (c *clockwork) setRate(rate float64, worlds bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchor()
	c.rate = rate
	if worlds {
		c.shown = c.outer
	}
	c.arm()
}

// set makes it a certain time, of a clock by which nothing has happened yet.
func (c *clockwork) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchor()
	c.shown = now
}

// stop ends what is planned and waits for what is running.
func (c *clockwork) stop() {
	c.mu.Lock()
	c.stopped = true
	c.plans = nil
	c.arm()
	c.mu.Unlock()
	c.running.Wait()
}

// planHeap has the plan that is due first in front.
type planHeap []*plan

func (h planHeap) Len() int { return len(h) }
func (h planHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].number < h[j].number
}
func (h planHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *planHeap) Push(x any) { *h = append(*h, x.(*plan)) }

// Pop implements [heap.Interface].
func (h *planHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
