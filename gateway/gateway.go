package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

const (
	readTimeout = 15 * time.Second
	// writeTimeout leaves room for "Prefer: wait=30".
	writeTimeout = 60 * time.Second
	idleTimeout  = 60 * time.Second
)

// Gateway serves the HTTP surface.
type Gateway struct {
	Options
	app    *fiber.App
	api    huma.API
	routes []Route
	tokens tokenReader
	stop   context.CancelFunc
	// Writing ends when assistants are to stop answering; stopWriting ends it.
	Writing     context.Context
	stopWriting context.CancelFunc
	refused     *refusals
	Hearing     *hearing
	Repeats     *repeats
	pages       func() (*pages, error)
}

// New makes a gateway; it listens on nothing by itself. Close it when it is no longer needed.
func New(o Options) (*Gateway, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	g := &Gateway{Options: o, stop: stop, refused: &refusals{}, Hearing: &hearing{store: o.Store}}
	g.Repeats = &repeats{store: o.Store, now: o.Now, logger: o.Logger}
	g.Writing, g.stopWriting = context.WithCancel(ctx)
	if g.tokens, err = newTokenReader(ctx, o.JWTSecret, o.JWKSURL, o.Now); err != nil {
		stop()
		return nil, err
	}
	g.app = fiber.New(fiber.Config{
		Immutable: true, BodyLimit: bodyLimit, StreamRequestBody: true, DisablePreParseMultipartForm: true,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ErrorHandler: g.refuse, DisableStartupMessage: true, ServerHeader: "retoma",
	})
	g.app.Server().HeaderReceived = g.heading
	g.app.Use(g.observe)
	g.api = g.newAPI()
	g.routes = g.table()
	for _, route := range g.routes {
		route.mount(g, route)
	}
	describeEvents(g.api.OpenAPI())
	g.dropErrorsOfTheLibrary()
	g.pages = sync.OnceValues(g.newPages)
	return g, nil
}

// App is the fiber application, ready to listen or to be tested.
func (g *Gateway) App() *fiber.App { return g.app }

// Routes is the table of everything that is served.
func (g *Gateway) Routes() []Route { return slices.Clone(g.routes) }

// OpenAPI is the document that /openapi.json serves.
func (g *Gateway) OpenAPI() *huma.OpenAPI { return g.api.OpenAPI() }

// StopWriting lets go of the assistants that are answering customers, so that a process that stops need not wait for them:
// their requests are answered with 503. What begins afterwards is refused likewise.
func (g *Gateway) StopWriting() { g.stopWriting() }

// Close ends what runs in the background. It does not stop the listener: that is App().Shutdown.
func (g *Gateway) Close() { g.stop() }

// Refused counts the webhooks whose signature was wrong, by provider.
func (g *Gateway) Refused() map[string]int64 { return g.refused.snapshot() }
