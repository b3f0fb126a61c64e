package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"retoma/gateway/assistants"
	"retoma/gateway/authoring"
	"retoma/gateway/briefs"
	"retoma/gateway/channels"
	"retoma/gateway/conversations"
	"retoma/gateway/entrance"
	"retoma/gateway/followups"
	"retoma/gateway/office"
	"retoma/gateway/outgoing"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/catalog"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/health"
	"retoma/internal/provider"
	"retoma/internal/trace"
)

// Store is everything that the endpoints ask of the database, what each family of them declares.
type Store interface {
	web.Store
	web.IdempotencyStore
	people.Store
	people.HearingStore
	people.ListeningStore
	outgoing.Store
	entrance.Store
	authoring.Store
	followups.Store
	conversations.Store
	channels.Store
	assistants.Store
	office.Store
}

// PacedMessage names a message about which the pace is asked.
type PacedMessage = briefs.PacedMessage

// Options are what a Gateway is made of. Store, Waker and Catalog must be given; the rest has defaults or may be absent.
type Options struct {
	Store Store
	Waker people.Waker
	// Providers are the adapters by name.
	Providers map[string]provider.Provider
	Catalog   *catalog.Catalog
	// JWTSecret verifies HS256 tokens; empty refuses them.
	JWTSecret string
	// JWKSURL is where the public keys of RS256, ES256, ... tokens are; empty refuses them.
	JWKSURL string
	// JWTIssuer and JWTAudience are what tokens must name as iss and aud; empty accepts any.
	JWTIssuer, JWTAudience string
	// Sandbox is the simulated WhatsApp, mounted at /sandbox without the prefix; nil turns it off.
	Sandbox http.Handler
	// Queues is what looks at the queues, mounted at /queues with its whole path; nil turns it off.
	Queues http.Handler
	// Metrics answers /metrics; nil answers 404 there.
	Metrics http.Handler
	// CheckNotify refuses notification targets that cannot be used, naming the field; nil accepts what has the right form.
	CheckNotify func(chat.Notify) error
	// CheckSubscription refuses an address or a secret that a subscription cannot use, naming the field; nil accepts all.
	CheckSubscription func(address, secret string) error
	// Examine looks for what is wrong with the installation, and with fix mends what can be; nil: this process cannot.
	Examine func(ctx context.Context, fix bool) ([]desk.Ailment, error)
	// Assistants answers customers for platforms; nil: no assistant can.
	Assistants assistants.Replier
	// Files keeps what tenants upload and what customers send; nil: this installation keeps no files.
	Files conversations.Files
	// Paced tells what of the pace a message waits for at this moment; nil knows nothing of it.
	Paced briefs.Paced
	// FilesArrived is told that customers sent files which are to be fetched; nil tells nobody. It must not block.
	FilesArrived func()
	// Limits are how much is taken on at once; the zero value is web.DefaultAdmission.
	Limits web.AdmissionLimits
	// BacklogLimit is how much unread mail there may be before more of it is refused; 0 is people.DefaultBacklog.
	BacklogLimit int
	// Ready tells which part is ill; nil: none is.
	Ready func(ctx context.Context) health.Report
	// Trace follows requests; nil follows none.
	Trace *trace.Tracer
	// Requested is told of every answered request, by the pattern of its route; nil tells nobody.
	Requested func(method, route string, status int, took time.Duration)
	// Webhooks counts what providers tell; nil counts nothing.
	Webhooks entrance.Counter
	// PublicURL is the address under which providers reach this service, without a path; empty: the request's own.
	PublicURL  string
	Production bool
	// Horizon is how far ahead due times get a task at once; nil is an hour, 0 arms everything.
	Horizon func() time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// NewID makes ids; nil is chat.NewID.
	NewID  func() string
	Logger *slog.Logger
	// DefaultTimezone is the zone of tenants that are made without one.
	DefaultTimezone string
	// PlanWait is how long POST /updatefollowup waits to tell the first due time; 0 is 300 ms, negative does not wait.
	PlanWait time.Duration
	// CheckWait is how long a channel's check waits for the provider; 0 is 8 s.
	CheckWait time.Duration
}

const (
	defaultHorizon   = time.Hour
	defaultPlanWait  = 300 * time.Millisecond
	defaultCheckWait = 8 * time.Second
	defaultTimezone  = "America/Sao_Paulo"
)

func (o Options) withDefaults() (Options, error) {
	if o.Store == nil || o.Waker == nil || o.Catalog == nil {
		return o, fault.New(fault.Invalid, "gateway needs Store, Waker and Catalog")
	}
	if o.Horizon == nil {
		o.Horizon = func() time.Duration { return defaultHorizon }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Requested == nil {
		o.Requested = func(string, string, int, time.Duration) {}
	}
	if o.Webhooks == nil {
		o.Webhooks = entrance.Uncounted{}
	}
	if o.NewID == nil {
		o.NewID = chat.NewID
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.DefaultTimezone == "" {
		o.DefaultTimezone = defaultTimezone
	}
	if o.Production {
		o.Sandbox = nil
	}
	if o.PlanWait == 0 {
		o.PlanWait = defaultPlanWait
	}
	if o.CheckWait == 0 {
		o.CheckWait = defaultCheckWait
	}
	return o, nil
}
