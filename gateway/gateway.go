package gateway

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/office"
	"retoma/gateway/people"
	"retoma/gateway/web"
)

// Gateway serves the HTTP surface.
type Gateway struct {
	Options
	server *web.Server
	families
	routes []web.Route
	pages  func() (*pages, error)
	stop   context.CancelFunc
	// listening is what this process says of the webhooks that it takes.
	listening *people.Listening
	// refusedBefore is how many connections had been refused when that was last told.
	refusedBefore atomic.Int64
	// stopWriting ends what assistants are writing.
	stopWriting context.CancelFunc
}

// New makes a gateway; it listens on nothing by itself. Close it when it is no longer needed.
func New(o Options) (*Gateway, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	g := &Gateway{Options: o, stop: stop, listening: people.NewListening(o.Store, o.Now)}
	g.server, err = web.NewServer(ctx, web.Config{
		Store: o.Store, JWTSecret: o.JWTSecret, JWKSURL: o.JWKSURL, JWTIssuer: o.JWTIssuer, JWTAudience: o.JWTAudience, HasSandbox: o.Sandbox != nil, Now: o.Now, NewID: o.NewID, Logger: o.Logger,
		Limits: o.Limits, Delay: o.Store.IntakeDelay, Requested: o.Requested, Trace: o.Trace,
		Unheard: g.unheard,
	})
	if err != nil {
		stop()
		return nil, err
	}
	writing, stopWriting := context.WithCancel(ctx)
	g.stopWriting = stopWriting
	g.families = o.families(writing, g.server, g.listening)
	g.routes = g.table()
	g.server.Serve(g.routes)
	office.DescribeEvents(g.server.OpenAPI())
	g.dropErrorsOfTheLibrary()
	g.pages = sync.OnceValues(g.newPages)
	return g, nil
}

// App is the fiber application, ready to be tested or shut down; Listen serves it.
func (g *Gateway) App() *fiber.App { return g.server.App() }

// Listen serves what comes in through a listener, until App().Shutdown.
func (g *Gateway) Listen(listener net.Listener) error {
	return g.server.App().Listener(g.server.Doors(listener))
}

// Routes is the table of everything that is served.
func (g *Gateway) Routes() []web.Route { return slices.Clone(g.routes) }

// OpenAPI is the document that /openapi.json serves.
func (g *Gateway) OpenAPI() *huma.OpenAPI { return g.server.OpenAPI() }

// Upkeep does one round of what keeps channels' knowledge fresh (channels.Handlers.Upkeep).
func (g *Gateway) Upkeep(ctx context.Context) error { return g.channels.Upkeep(ctx) }

// TellListening tells in the database that this process takes webhooks, and what it may have missed; the first time before it takes any,
// then at least every desk.ListenPulse.
func (g *Gateway) TellListening(ctx context.Context) error {
	if refused := g.server.Load().ConnectionsRefused; g.refusedBefore.Swap(refused) != refused {
		g.listening.Missed("", "", "conexões foram recusadas porque havia demais")
	}
	return g.listening.Tell(ctx)
}

// StopListening tells that it takes none any more.
func (g *Gateway) StopListening(ctx context.Context) error { return g.listening.Stop(ctx) }

// unheard notes a webhook that was not taken: its provider comes again, or not.
func (g *Gateway) unheard(status int) {
	g.listening.Missed("", "", fmt.Sprintf("um webhook foi recusado com %d", status))
}

// StopWriting lets go of the assistants that are answering customers, so that a process that stops need not wait for them:
// their requests are answered with 503. What begins afterwards is refused likewise.
func (g *Gateway) StopWriting() { g.stopWriting() }

// Load tells how busy the doors are: what is under way, and what was refused because there was too much.
func (g *Gateway) Load() web.Load { return g.server.Load() }

// Close ends what runs in the background. It does not stop the listener: that is App().Shutdown.
func (g *Gateway) Close() { g.stop() }
