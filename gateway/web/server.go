package web

import (
	"context"
	"log/slog"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/internal/trace"
)

const (
	readTimeout = 15 * time.Second
	// writeTimeout leaves room for "Prefer: wait=30".
	writeTimeout = 60 * time.Second
	idleTimeout  = 60 * time.Second
)

// Config is what a Server is made of; nothing of it may be absent but the two ways to verify tokens.
type Config struct {
	Store interface {
		Store
		IdempotencyStore
	}
	// JWTSecret verifies HS256 tokens; empty refuses them.
	JWTSecret string
	// JWKSURL is where the public keys of RS256, ES256, ... tokens are; empty refuses them.
	JWKSURL string
	// JWTIssuer and JWTAudience are what tokens must name as iss and aud; empty accepts any.
	JWTIssuer, JWTAudience string
	// HasSandbox lets files go to the simulated WhatsApp, too.
	HasSandbox bool
	Now        func() time.Time
	NewID      func() string
	Logger     *slog.Logger
	// Limits are how much is taken on at once; the zero value is DefaultAdmission.
	Limits AdmissionLimits
	// Delay is how long somebody waits for being written down behind so many others; nil: nobody knows.
	Delay func(waiting int) time.Duration
	// Unheard is told of webhooks that were refused although nothing is known to be wrong with them, with the status. It may be nil.
	Unheard func(status int)
	// Trace follows requests; nil follows none.
	Trace *trace.Tracer
	// Requested is told of every answered request, by the pattern of its route.
	Requested func(method, route string, status int, took time.Duration)
}

// Server serves routes and describes them.
type Server struct {
	Config
	app    *fiber.App
	api    huma.API
	tokens tokenReader
	// admission and doors let in no more than can be borne.
	admission *admission
	doors     *doors
	// Repeats is for handlers that honour Idempotency-Key themselves.
	Repeats *Repeats
}

// NewServer makes a server without any route. It reads public keys until the context ends.
func NewServer(ctx context.Context, c Config) (*Server, error) {
	tokens, err := newTokenReader(ctx, c)
	if err != nil {
		return nil, err
	}
	s := &Server{Config: c, tokens: tokens, Repeats: &Repeats{store: c.Store, now: c.Now, logger: c.Logger}}
	s.admission = newAdmission(c.Limits, c.Delay, c.Now, c.Logger)
	s.doors = newDoors(s.admission.limits.Connections)
	s.app = fiber.New(fiber.Config{
		Immutable: true, BodyLimit: bodyLimit, StreamRequestBody: true, DisablePreParseMultipartForm: true,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ErrorHandler: s.refuse, DisableStartupMessage: true, ServerHeader: "retoma",
	})
	s.app.Server().HeaderReceived = s.heading
	s.app.Use(s.observe)
	s.api = s.newAPI()
	return s, nil
}

// Serve adds routes. Where two paths could match, the one that comes first is taken.
func (s *Server) Serve(routes []Route) {
	for _, route := range routes {
		route.Mount(s, route)
	}
}

// App is the fiber application, ready to listen or to be tested.
func (s *Server) App() *fiber.App { return s.app }

// Load tells how busy the doors are.
func (s *Server) Load() Load {
	load := s.admission.load()
	load.Connections, load.ConnectionsRefused = s.doors.open(), s.doors.refused.Load()
	return load
}

// OpenAPI is the document of everything that is served.
func (s *Server) OpenAPI() *huma.OpenAPI { return s.api.OpenAPI() }
