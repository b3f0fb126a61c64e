package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Server is the simulated WhatsApp. Make it with [New]; it is safe for use by several goroutines.
type Server struct {
	options  Options
	activity *activity
	clock    *clockwork
	courier  *courier
	closed   chan struct{}
	closing  sync.Once
	handler  http.Handler

	// mu guards what follows. Nothing slow happens under it.
	mu       sync.Mutex
	registry *registry
	book     *book
	faults   *faultSets
	ids      *ids
	files    *files
	// base is the address of the graph as clients reach it, for the addresses of files.
	base string
	// batches are webhooks that wait for more to go with them, by number id; usage is what the limits have counted.
	batches map[string]*batch
	usage   *usage
	// scenario is the one loaded last.
	scenario *scenarioState
	// fetchLinks lets the links that businesses send be fetched, as Meta does; links is what came of it lately.
	fetchLinks bool
	links      map[string]fetchedLink
	// strict enforces the limits that are not set otherwise.
	strict bool
}

// New makes a server and registers the businesses of the options. It panics if the clock is missing or a business is unusable:
// both are mistakes of the program that configures it.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{options: o, activity: newActivity(), closed: make(chan struct{}),
		base:     o.BaseURL,
		registry: newRegistry(), book: newBook(o.Limits), faults: newFaultSets(), ids: newIDs(o.Seed), files: newFiles()}
	s.batches, s.usage, s.strict = map[string]*batch{}, newUsage(), o.Strict
	s.fetchLinks, s.links = o.FetchLinks, map[string]fetchedLink{}
	s.faults.chance = newChance(s.ids.seed)
	s.clock = newClockwork(o.Clock, o.Steady, o.Virtual, s.activity)
	s.courier = s.newCourier()
	s.courier.setSerial(o.Virtual)
	s.clock.settle = s.courier.moving.wait
	s.handler = s.routes()
	for _, b := range o.Businesses {
		if err := s.registry.put(b); err != nil {
			panic("sandbox: " + err.Error())
		}
	}
	return s
}

func (s *Server) newCourier() *courier {
	client := s.options.WebhookClient
	if client == nil {
		client = newWebhookClient(s.options.Retry.Parallel)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &courier{client: client, retry: s.options.Retry, most: s.options.Limits.Webhooks, logger: s.options.Logger,
		clock: s.clock, activity: s.activity, moving: newActivity(), where: s.targetOf, attempted: s.attempted, delivered: s.answered, failed: s.failed,
		ctx: ctx, cancel: cancel, queues: map[string]*lane{}, pending: map[uint64]*delivery{}}
}

// Handler serves the Graph API under /graph/, the control API under /api/ and the phone's page at /. It may be mounted under any
// prefix with http.StripPrefix.
func (s *Server) Handler() http.Handler { return s.handler }

// Close stops everything that runs in the background and waits for it. Statuses and webhooks that had not gone out stay
// in [Server.Snapshot].
func (s *Server) Close() {
	s.closing.Do(func() {
		close(s.closed)
		s.flushAll()
		s.clock.stop()
		s.courier.stop()
		if s.options.WebhookClient == nil {
			s.courier.client.CloseIdleConnections()
		}
	})
}

// Idle tells whether no status is planned and every webhook was answered.
func (s *Server) Idle() bool { return s.activity.quiet() }

// WaitIdle waits until the server is [Server.Idle] or the context ends.
func (s *Server) WaitIdle(ctx context.Context) error { return s.activity.wait(ctx) }

// WebhookCounts says how the webhooks fare.
func (s *Server) WebhookCounts() WebhookCounts { return s.courier.snapshot() }

// Register adds or replaces a business, as POST api/businesses does.
func (s *Server) Register(b Business) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.registry.put(b)
}

// Businesses lists the businesses with their secrets, the demonstration business first.
func (s *Server) Businesses() []Business {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.registry.list()
}

// SetFaults changes the faults named in a JSON document, as POST api/faults does: those that stand for always by their own keys,
// those under conditions as a rule {"fault":…} or several {"arm":[…]}.
func (s *Server) SetFaults(document []byte) error {
	var named struct {
		Fault *json.RawMessage `json:"fault"`
		Arm   *json.RawMessage `json:"arm"`
	}
	if err := jsonFault(json.Unmarshal(document, &named)); err != nil {
		return err
	}
	if named.Fault != nil || named.Arm != nil {
		rules, err := decodeRules(document)
		if err != nil {
			return err
		}
		return s.Arm(rules...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.merge(document)
}

// Faults gives the faults that count for a number at present; an empty id means the general ones.
func (s *Server) Faults(phoneNumberID string) Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.of(phoneNumberID).clone()
}

func (s *Server) targetOf(phoneNumberID string) (target, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.registry.businesses[phoneNumberID]
	if b == nil || b.CallbackURL == "" {
		return target{}, false
	}
	to := target{url: b.CallbackURL, secret: b.AppSecret}
	if a, wrong := s.strikes(faultWrongSecret, phoneNumberID, ""); wrong {
		to.secret = a.text("secret")
	}
	return to, true
}

// routes is the whole surface. The methods are checked by the handlers of the graph, because Meta answers in its own shape.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/graph/", s.serveGraph)
	api := http.NewServeMux()
	api.Handle("GET /api/phones", answer(s.getPhones))
	api.Handle("POST /api/phones/{number}", answer(s.postPhone))
	api.Handle("GET /api/phones/{number}/messages", answer(s.getMessages))
	api.Handle("POST /api/phones/{number}/messages", answer(s.postMessage))
	api.Handle("POST /api/phones/{number}/actions", answer(s.postAction))
	api.Handle("POST /api/businesses/{phoneNumberID}/echo", answer(s.postEcho))
	api.Handle("POST /api/phones/{number}/read", answer(s.postRead))
	api.HandleFunc("GET /api/files/{id}", s.serveFileToPage)
	api.Handle("GET /api/businesses", answer(s.getBusinesses))
	api.Handle("POST /api/businesses", answer(s.postBusiness))
	api.Handle("POST /api/businesses/{phoneNumberID}", answer(s.postBusinessChange))
	api.Handle("GET /api/scenario", answer(s.getScenario))
	api.Handle("POST /api/scenario", answer(s.postScenario))
	api.Handle("POST /api/businesses/{phoneNumberID}/verify", answer(s.postVerify))
	api.Handle("POST /api/templates/{id}", answer(s.postTemplateChange))
	api.Handle("GET /api/webhooks", answer(s.getWebhooks))
	api.Handle("GET /api/clock", answer(s.getClock))
	api.Handle("POST /api/clock", answer(s.postClock))
	api.Handle("GET /api/faults", answer(s.getFaults))
	api.Handle("POST /api/faults", answer(s.postFaults))
	api.Handle("DELETE /api/faults", answer(s.deleteFaults))
	api.Handle("/api/", answer(noSuchRoute))
	mux.Handle("/api/", sameOriginOnly(api))
	mux.HandleFunc("/", servePage)
	return bareToSlash(mux)
}

// now is the sandbox's time.
func (s *Server) now() time.Time { return s.clock.now() }
