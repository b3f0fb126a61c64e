package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"retoma/actions"
	"retoma/flows"
	"retoma/gateway"
	"retoma/internal/catalog"
	"retoma/internal/deliver"
	"retoma/internal/desk"
	"retoma/internal/health"
	"retoma/internal/metrics"
	"retoma/internal/notify"
	"retoma/internal/pace"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store"
	"retoma/internal/wake"
	"retoma/internal/worker"
)

// Parts are everything of a process, built and not yet started.
type Parts struct {
	Store   *store.Store
	Catalog *catalog.Catalog
	Wake    *wake.Wake
	Worker  *worker.Worker
	Courier *deliver.Courier
	Pacer   worker.Pacer
	lookout *lookout
	Gateway *gateway.Gateway
	Sandbox *sandbox.Server
	Metrics *metrics.Metrics
	Board   *health.Board
	oldest  *oldestOnce
	canary  *canary
	tracing *tracing
	Files   *files
}

// Hooks are for tests that end the process at a commit point.
type Hooks struct {
	Committed func(point string)
}

// providers are the wires that this installation speaks. A new one is a new package and one line here.
func providers(c Config) map[string]provider.Provider {
	list := []provider.Provider{meta.New(graphOptions(c))}
	byName := map[string]provider.Provider{}
	for _, one := range list {
		byName[one.Name()] = one
	}
	return byName
}

// build makes the parts in the order in which they need each other.
func build(ctx context.Context, c Config, log *slog.Logger, hooks Hooks) (p *Parts, err error) {
	p = &Parts{Catalog: catalog.New(catalog.DefaultSize, describedActions())}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.tracing, err = startTracing(ctx, c, log); err != nil {
		return p, err
	}
	p.Metrics = metrics.New(metrics.Options{Version: version(), Now: time.Now, Rows: func(ctx context.Context) (desk.Backlog, error) { return p.Store.Backlog(ctx) }})
	p.Store, err = store.Open(ctx, store.Options{
		Address: c.DatabaseURL, SecretKey: c.SecretKey, FormerKeys: c.FormerKeys, Connections: c.Connections, Logger: log, Committed: p.committed(hooks), SendLease: c.SendLease,
		Grouped: p.Metrics.Group,
	})
	if err != nil {
		return p, err
	}
	showDatabase(p.Metrics, p.Store)
	if err := p.buildFiles(c, log); err != nil {
		return p, err
	}
	if err := p.buildWorker(c, log); err != nil {
		return p, err
	}
	showWaking(p.Metrics, p.Wake)
	p.oldest = &oldestOnce{ask: p.Store.Oldest, now: time.Now}
	p.Board = p.newBoard(time.Now)
	if c.consumes() {
		p.Courier = p.buildCourier(c, log)
	}
	if c.serves() && !c.Production() {
		p.Sandbox = sandbox.New(sandbox.Options{Clock: time.Now, Logger: log})
	}
	if c.serves() {
		if p.Gateway, err = p.buildGateway(c, log); err == nil {
			showDoors(p.Metrics, p.Gateway)
		}
	}
	return p, err
}

func describedActions() []flows.ActionDescription {
	var described []flows.ActionDescription
	for _, action := range actions.List() {
		description := action.Describe()
		described = append(described, flows.ActionDescription{Name: description.Name, Check: description.Check})
	}
	return described
}

func (p *Parts) buildWorker(c Config, log *slog.Logger) error {
	notifier := notify.New(notify.Options{Store: p.Store, Now: time.Now, Logger: log, Production: c.Production(), AllowPrivate: c.AllowPrivate, Observe: p.Metrics.Notification})
	var err error
	p.Wake, err = wake.New(wake.Options{
		RedisURL: c.RedisURL, RedisListen: c.RedisListen, Consume: c.consumes(), Horizon: c.horizon(), Concurrency: c.Concurrency,
		Work:   p.work,
		Notify: notifier.Deliver, Source: p.Store, Logger: log,
	})
	if err != nil {
		return err
	}
	p.canary = &canary{store: p.Store, arm: p.Wake.At, late: p.Metrics.Canary, log: log}
	pacing := pace.Options{Logger: log, History: historyOf(p.Store), Sent: sentTo(p.Store)}
	keeper := pace.New(nil, pacing)
	if !c.embedded() {
		keeper = pace.New(p.Wake.Redis(), pacing)
	}
	p.Pacer = pacer{keeper}
	p.lookout = &lookout{pace: keeper, store: p.Store, now: time.Now}
	p.Worker = worker.New(worker.Options{
		Store: p.Store, Compiler: p.Catalog, Waker: p.Wake, Pacer: p.Pacer, Providers: providers(c), Writer: p.assistants(c), Files: p.Files.uploads, Horizon: p.Wake.Horizon,
		Lease: c.SendLease, SendLimit: c.SendLease / 2, Logger: log, Observe: observed(p.Metrics), Trace: p.tracing.tracer,
	})
	return nil
}

func (p *Parts) buildGateway(c Config, log *slog.Logger) (*gateway.Gateway, error) {
	var phone http.Handler
	if p.Sandbox != nil {
		phone = p.Sandbox.Handler()
	}
	return gateway.New(gateway.Options{
		Store: p.Store, Examine: p.examine(c, log), Waker: p.Wake, Providers: providers(c), Catalog: p.Catalog, JWTSecret: c.JWTSecret, JWKSURL: c.JWKSURL, JWTIssuer: c.JWTIssuer, JWTAudience: c.JWTAudience,
		Sandbox: phone, Metrics: p.scraped(), Requested: p.Metrics.Request, Trace: p.tracing.tracer, Webhooks: p.Metrics, CheckNotify: notify.CheckTargets, CheckSubscription: checkSubscription(c), Ready: p.Board.Report, PublicURL: c.PublicURL, Production: c.Production(),
		Files: p.Files.shelf, FilesArrived: p.Files.fetcher.Arrived, Paced: p.lookout.paced,
		Assistants: p.assistants(c), Horizon: p.Wake.Horizon, Logger: log, DefaultTimezone: c.Timezone,
	})
}

// work does what a wake-up is for.
func (p *Parts) work(ctx context.Context, ref desk.Ref) error {
	if isCanary(ref) {
		return p.canary.ring(ctx)
	}
	return p.Worker.Work(ctx, ref)
}

// close lets go of what was built, in reverse.
func (p *Parts) close() error {
	if p.Sandbox != nil {
		p.Sandbox.Close()
	}
	if p.Store != nil {
		return p.Store.Close()
	}
	return nil
}
