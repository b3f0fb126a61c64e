package web

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"retoma/internal/fault"
)

// Limits bound what of one kind is under way at once.
type Limits struct {
	// Requests that are being worked on. A body that is still arriving holds bytes and no place.
	Requests int
	// Bytes of bodies that are held. What is made of a body takes several times its bytes for a moment.
	Bytes int64
	// Wait is the longest that a newcomer may expect to wait for being written down; 0 does not ask.
	Wait time.Duration
}

// AdmissionLimits are how much a process takes upon itself. Webhooks and calls have budgets of their own, so that neither starves the
// other; what tells the process' health is always answered.
type AdmissionLimits struct {
	Webhooks, Calls Limits
	// Connections that are served; a few more are taken for questions about health.
	Connections int
}

// DefaultAdmission is what one process of a small machine bears. Providers wait several seconds for an answer and repeat what was
// refused, so a webhook is refused rather than kept waiting for longer than two.
func DefaultAdmission() AdmissionLimits {
	return AdmissionLimits{
		Webhooks:    Limits{Requests: 2048, Bytes: 32 << 20, Wait: 2 * time.Second},
		Calls:       Limits{Requests: 512, Bytes: 32 << 20},
		Connections: 4096,
	}
}

// smallBody is the size up to which a body may use a whole budget; larger ones share half of it, so that a few of them do not keep
// everybody else out.
const smallBody = 64 << 10

// kind is whose budget a request uses.
type kind int

const (
	webhooks kind = iota
	calls
	kinds // how many there are
)

// Load is how busy the doors are: totals since the start and what is under way now.
type Load struct {
	WebhooksUnderWay, CallsUnderWay int
	WebhookBytes, CallBytes         int64
	// WebhooksShed and CallsShed were answered with 503 at the door, ConnectionsRefused found no room at all.
	WebhooksShed, CallsShed, ConnectionsRefused int64
	Connections                                 int
}

// admission decides at the door who is let in while there is too much to do. It counts what is under way and asks those who write down
// how long a newcomer would wait; it knows no rates.
type admission struct {
	limits AdmissionLimits
	// delay is how long a newcomer waits for being written down behind so many others; nil: nobody knows.
	delay  func(waiting int) time.Duration
	now    func() time.Time
	chance func() float64 // in [0, 1)
	logger *slog.Logger

	mutex   sync.Mutex
	budgets [kinds]budget
	// holders counts the webhooks under way by their address.
	holders  map[string]int
	shedding shedding
	// place is how long each webhook that is already there delays a newcomer, as those who left have found.
	place time.Duration
}

// budget is what of one kind is under way.
type budget struct {
	requests int
	bytes    int64
	shed     int64
}

// shedding remembers since when requests are refused without a longer pause.
type shedding struct {
	since, last time.Time
	told        time.Time
	untold      int64
}

func newAdmission(limits AdmissionLimits, delay func(int) time.Duration, now func() time.Time, logger *slog.Logger) *admission {
	if limits == (AdmissionLimits{}) {
		limits = DefaultAdmission()
	}
	return &admission{limits: limits, delay: delay, now: now, chance: rand.Float64, logger: logger, holders: map[string]int{}}
}

func (a *admission) of(k kind) Limits {
	if k == webhooks {
		return a.limits.Webhooks
	}
	return a.limits.Calls
}

// visit is one request at the door; nil is one that is always let in.
type visit struct {
	admission *admission
	kind      kind
	holder    string // of webhooks: their address
	bytes     int64
	inside    bool
	// entered and ahead are when it took its place and how many were there then.
	entered time.Time
	ahead   int
}

// glance refuses before anything of the body is taken, if there is no place now.
func (v *visit) glance() error {
	if v == nil {
		return nil
	}
	v.admission.mutex.Lock()
	defer v.admission.mutex.Unlock()
	if !v.admission.hasPlace(v) {
		return v.admission.refuse(v)
	}
	return nil
}

// hold makes room for more bytes of the body.
func (v *visit) hold(more int64) error {
	if v == nil {
		return nil
	}
	a := v.admission
	a.mutex.Lock()
	defer a.mutex.Unlock()
	limit := a.of(v.kind).Bytes
	if v.bytes+more > smallBody {
		limit /= 2
	}
	own := &a.budgets[v.kind]
	if own.bytes+more > limit {
		return a.refuse(v)
	}
	own.bytes += more
	v.bytes += more
	return nil
}

// enter takes a place, now that the body is there.
func (v *visit) enter() error {
	if v == nil {
		return nil
	}
	a := v.admission
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !a.hasPlace(v) {
		return a.refuse(v)
	}
	v.entered, v.ahead = a.now(), a.budgets[v.kind].requests
	a.budgets[v.kind].requests++
	if v.holder != "" {
		a.holders[v.holder]++
	}
	v.inside = true
	return nil
}

// leave gives everything back.
func (v *visit) leave() {
	if v == nil {
		return
	}
	a := v.admission
	a.mutex.Lock()
	defer a.mutex.Unlock()
	own := &a.budgets[v.kind]
	own.bytes -= v.bytes
	v.bytes = 0
	if !v.inside {
		return
	}
	v.inside = false
	own.requests--
	if v.kind == webhooks {
		a.learn(v)
	}
	if v.holder == "" {
		return
	}
	if a.holders[v.holder]--; a.holders[v.holder] <= 0 {
		delete(a.holders, v.holder)
	}
}

const (
	// learnt is how much of what is known one visit changes.
	learnt = 64
	// fewest is with how many a visit counts at least as having waited behind: the time of somebody who was alone says little, but it lets
	// what was learnt in worse times be forgotten.
	fewest = 16
)

// learn notes how long a webhook took behind those who were there before it. It sees what the commits do not: a machine that is too busy
// to get to them.
func (a *admission) learn(v *visit) {
	took := a.now().Sub(v.entered) / time.Duration(max(v.ahead, fewest))
	a.place += (took - a.place) / learnt
}

// hasPlace tells whether one more may be worked on. An address that holds more than an eighth of the places and more than half of all
// webhooks is one that floods us: it gets half of the places and half of the patience, so that others are still let in.
func (a *admission) hasPlace(v *visit) bool {
	own, limits := a.budgets[v.kind], a.of(v.kind)
	if held := a.holders[v.holder]; v.holder != "" && held > limits.Requests/8 && 2*held > own.requests {
		limits.Requests, limits.Wait = (limits.Requests+1)/2, limits.Wait/2
	}
	if own.requests >= limits.Requests {
		return false
	}
	if limits.Wait == 0 || own.requests == 0 {
		return true
	}
	return time.Duration(own.requests)*a.place <= limits.Wait && (a.delay == nil || a.delay(own.requests) <= limits.Wait)
}

const (
	// calm is how long nobody must have been refused until a refusal counts as the first one again.
	calm = 10 * time.Second
	// The shortest and longest times after which somebody who was refused may come again; up to twice as much is drawn.
	soonest, latest = time.Second, 30 * time.Second
	// tellEvery is the pause between two lines of the log about refusals.
	tellEvery = 10 * time.Second
)

// refuse counts a refusal and says when to come again: the longer there is too much, the later, and not all at once.
func (a *admission) refuse(v *visit) error {
	own := &a.budgets[v.kind]
	own.shed++
	now := a.now()
	if a.shedding.since.IsZero() || now.Sub(a.shedding.last) > calm {
		a.shedding.since = now
	}
	a.shedding.last = now
	a.shedding.untold++
	if now.Sub(a.shedding.told) >= tellEvery {
		a.logger.Warn("too much at once: requests are refused and told to come again", "refused", a.shedding.untold, "webhooks_under_way", a.budgets[webhooks].requests,
			"calls_under_way", a.budgets[calls].requests, "bytes", a.budgets[webhooks].bytes+a.budgets[calls].bytes)
		a.shedding.told, a.shedding.untold = now, 0
	}
	refusal := fault.New(fault.Unavailable, "há pedidos demais ao mesmo tempo; tente de novo em instantes")
	base := min(max(now.Sub(a.shedding.since)/2, soonest), latest)
	refusal.After = base + time.Duration(a.chance()*float64(base))
	return &turnedAway{refusal}
}

// turnedAway is a refusal at the door: it is counted and summed up, and has no line of its own in the log.
type turnedAway struct{ cause error }

func (e *turnedAway) Error() string { return e.cause.Error() }
func (e *turnedAway) Unwrap() error { return e.cause }

func (a *admission) load() Load {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return Load{
		WebhooksUnderWay: a.budgets[webhooks].requests, CallsUnderWay: a.budgets[calls].requests,
		WebhookBytes: a.budgets[webhooks].bytes, CallBytes: a.budgets[calls].bytes,
		WebhooksShed: a.budgets[webhooks].shed, CallsShed: a.budgets[calls].shed,
	}
}
