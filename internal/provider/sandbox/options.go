package sandbox

import (
	"log/slog"
	"net/http"
	"time"
)

// Options is what a [Server] is made of. Only Clock must be given.
type Options struct {
	// Clock tells the time that messages and statuses carry and that windows and limits are judged by; [Server.Advance] moves the
	// sandbox ahead of it. Delays and retries take real time unless the clock is Virtual or was moved.
	Clock func() time.Time
	// Steady is the clock that delays and retries are measured by; nil is Clock.
	Steady func() time.Time
	// Virtual begins with the clock standing still at Clock's time: all that is delayed, retried, held or expires waits for
	// [Server.Advance], webhooks go out one by one, and one Seed and the same calls always make the same webhooks, byte for byte.
	Virtual bool
	// Logger hears of lost and failing webhooks; nil is silence.
	Logger *slog.Logger
	// Businesses exist from the beginning; the first is the demonstration business that phones write to by default.
	Businesses []Business
	// Seed makes message ids and shuffling repeatable; 0 takes a random one, so that two processes never make the same id.
	Seed int64
	// WebhookClient calls the businesses' callback URLs; nil is a client with a 10 s limit that follows no redirect.
	WebhookClient *http.Client
	// Delays are the pauses between the statuses of a message; nil is [DefaultDelays].
	Delays *Delays
	// Retry says how unanswered webhooks are repeated; zero fields take their defaults.
	Retry Retry
	// Limits bound the memory; zero fields take their defaults.
	Limits Limits
	// Strict enforces Meta's usual limits where a business has none of its own: 80 messages a second, the pair limit, 2,000 customers a day
	// for a portfolio, 5,000 management calls an hour.
	Strict bool
	// FetchLinks fetches the links that businesses send, with WebhookClient, and judges type and size by what came. Without it a link is
	// judged by the ending of its path.
	FetchLinks bool
	// BaseURL is the address of the graph that addresses of files begin with, such as "https://host/sandbox/graph"; empty takes it
	// from the latest request.
	BaseURL string
}

// Delays are the pauses between the steps of a message to a customer, each counted from the step before.
type Delays struct {
	Sent, Delivered, Read time.Duration
}

// DefaultDelays are short enough for a demonstration and long enough to see each tick change.
func DefaultDelays() Delays {
	return Delays{Sent: 50 * time.Millisecond, Delivered: 150 * time.Millisecond, Read: 600 * time.Millisecond}
}

// Retry says how a webhook that was not answered with 200 is repeated: after Base, then twice as long each time up to Cap, then
// ever more slowly, as Meta does, until GiveUp has passed.
type Retry struct {
	// Base is the first gap; default 1 s.
	Base time.Duration
	// Cap is the longest gap at first, default 1 minute; what waits for longer is tried after a sixteenth of the time it has waited.
	Cap time.Duration
	// GiveUp is when a webhook is lost for good; default 7 days.
	GiveUp time.Duration
	// Parallel is how many webhooks of one business may be on their way at once; default 32.
	Parallel int
}

// Limits bound what is kept. Whatever is over is forgotten, oldest first.
type Limits struct {
	// MessagesPerPhone defaults to 2,000.
	MessagesPerPhone int
	// Phones defaults to 200,000; the one that was quiet for longest goes first, and its window with it.
	Phones int
	// Messages of all phones together, default 500,000.
	Messages int
	// Webhooks waiting for a callback that does not answer, default 200,000; what comes on top is lost, counted and logged.
	Webhooks int
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		panic("sandbox: Options.Clock is missing")
	}
	if o.Steady == nil {
		o.Steady = o.Clock
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Delays == nil {
		delays := DefaultDelays()
		o.Delays = &delays
	}
	o.Retry.Base = orDefault(o.Retry.Base, time.Second)
	o.Retry.Cap = orDefault(o.Retry.Cap, time.Minute)
	o.Retry.GiveUp = orDefault(o.Retry.GiveUp, 7*24*time.Hour)
	o.Retry.Parallel = orDefault(o.Retry.Parallel, 32)
	o.Limits.MessagesPerPhone = orDefault(o.Limits.MessagesPerPhone, 2_000)
	o.Limits.Phones = orDefault(o.Limits.Phones, 200_000)
	o.Limits.Messages = orDefault(o.Limits.Messages, 500_000)
	o.Limits.Webhooks = orDefault(o.Limits.Webhooks, 200_000)
	return o
}

func orDefault[T int | time.Duration](value, standard T) T {
	if value <= 0 {
		return standard
	}
	return value
}

// newWebhookClient makes the client of a server that was given none. Meta follows no redirect of a callback.
func newWebhookClient(parallel int) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: parallel, IdleConnTimeout: 30 * time.Second, Proxy: nil}
	return &http.Client{
		Transport:     transport,
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
