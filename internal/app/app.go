package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"retoma/internal/desk"
	"retoma/internal/wake"
)

// App is a running process.
type App struct {
	config   Config
	parts    *Parts
	log      *slog.Logger
	out      io.Writer
	listener net.Listener
	door     *door
	served   chan error
	keeper   *snapshots
	folding  *folder
	settling *settler
	// delivering tells that the courier was started.
	delivering bool
	upkeep     *rounds
	listening  *rounds
	erasing    *rounds
	retaining  *rounds
	// Welcome is what the first start has to say once.
	Welcome *Welcome
}

// stopPatience is how long running work may take to end.
const stopPatience = 25 * time.Second

// Run starts a process and stops it when the context ends. What people should read goes to out, logs to the logger.
func Run(ctx context.Context, c Config, out io.Writer, log *slog.Logger, hooks Hooks) error {
	wake.LogRedis(log)
	wake.TightenScripts()
	a, err := Start(ctx, c, out, log, hooks)
	if err != nil {
		return err
	}
	paceGarbage(ctx)
	go giveBack(ctx, log)
	select {
	case <-ctx.Done():
	case err = <-a.served:
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	return errors.Join(err, a.Stop(stop))
}

// Start builds and starts everything. When it returns, the process answers and works.
func Start(ctx context.Context, c Config, out io.Writer, log *slog.Logger, hooks Hooks) (*App, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c, err := c.withSecrets()
	if err != nil {
		return nil, err
	}
	parts, err := build(ctx, c, log, hooks)
	if err != nil {
		return nil, err
	}
	a := &App{config: c, parts: parts, log: log, out: out, served: make(chan error, 1)}
	if err := a.start(ctx); err != nil {
		return nil, errors.Join(err, a.Stop(ctx))
	}
	return a, nil
}

func (a *App) start(ctx context.Context) error {
	if a.config.serves() {
		var err error
		if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", a.config.Addr); err != nil {
			return fmt.Errorf("cannot listen on %s: %w (choose another address with RETOMA_ADDR)", a.config.Addr, err)
		}
	}
	if a.config.hasDoor() {
		var err error
		if a.door, err = openDoor(ctx, a.config.OpsAddr); err != nil {
			return err
		}
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	if a.config.serves() {
		if err := a.parts.Gateway.TellListening(ctx); err != nil {
			return err
		}
		a.listening = startRounds(ctx, desk.ListenPulse, a.parts.Gateway.TellListening, func(err error) {
			a.log.Warn("it could not be noted that this process takes webhooks; it will be in the next round", "error", err)
		})
		go func() { a.served <- a.parts.Gateway.Listen(a.listener) }()
	}
	if a.door != nil {
		a.door.serve(a.parts.Board.Report, a.parts.scraped(), a.log)
	}
	if err := a.parts.Wake.Start(ctx); err != nil {
		return err
	}
	if a.config.consumes() {
		if err := a.parts.canary.ring(ctx); err != nil { // the first one of the installation
			a.log.Warn("the canary was not planned; the next start tries again", "error", err)
		}
	}
	if a.parts.Courier != nil {
		a.parts.Courier.Start(ctx)
		a.delivering = true
	}
	a.parts.Files.start(ctx)
	a.folding = startFolding(ctx, a.parts.Store.Fold, a.log)
	a.settling = startSettling(ctx, a.parts.Worker.Settle, a.log)
	if a.config.consumes() {
		a.erasing = startRounds(ctx, erasePause, func(ctx context.Context) error {
			return eraseRound(ctx, a.parts.Store, time.Now(), a.parts.Files.shelf.Sweep, a.log)
		}, func(err error) {
			a.log.Warn("erasures were not finished; they will be in the next round", "error", err)
		})
		a.retaining = startRounds(ctx, retentionPause, retainRound(a.parts.Store, a.parts.Metrics.Removed, a.log), func(err error) {
			a.log.Warn("what was kept long enough could not be removed; it will be in the next round", "error", err)
		})
	}
	if a.parts.Gateway != nil {
		a.upkeep = startRounds(ctx, upkeepPause, a.parts.Gateway.Upkeep, func(err error) {
			a.log.Warn("channels were not looked after; they will be in the next round", "error", err)
		})
	}
	a.announce()
	return nil
}

// prepare seeds and publishes what the settings ask for, before the doors open.
func (a *App) prepare(ctx context.Context) error {
	if a.parts.Sandbox != nil {
		var err error
		if a.keeper, err = keepSnapshots(a.parts.Sandbox, a.config.dataFolder(), a.log); err != nil {
			return err
		}
	}
	if err := a.checkFlows(); err != nil {
		return err // before anything is made whose key would be shown only once
	}
	if a.config.serves() {
		if err := a.seed(ctx); err != nil {
			return err
		}
	}
	if err := a.loadScenario(ctx); err != nil {
		return err
	}
	if a.config.Flows != "" {
		if err := a.publish(ctx, a.config.Flows); err != nil {
			return err
		}
	}
	return a.parts.Store.Abandon(ctx)
}

// URL is where the process answers; empty for a worker.
func (a *App) URL() string {
	if a.listener == nil {
		return ""
	}
	return localURL(a.listener.Addr())
}

// DoorURL is where a worker can be looked at; empty without a door.
func (a *App) DoorURL() string {
	if a.door == nil {
		return ""
	}
	return localURL(a.door.listener.Addr())
}

// Parts gives the parts to tests and to commands of the same process.
func (a *App) Parts() *Parts { return a.parts }

// requestPatience is how long requests under way may take once the process is to stop.
const requestPatience = 5 * time.Second

// stopServing takes no new requests and lets those under way end; whoever still waits then is cut off.
func (a *App) stopServing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestPatience)
	defer cancel()
	a.parts.Gateway.StopWriting()
	if err := a.parts.Gateway.App().ShutdownWithContext(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// Stop ends everything in reverse: no new requests, then no new work, then running work, then the connections.
func (a *App) Stop(ctx context.Context) error {
	var failures []error
	if a.parts.Sandbox != nil {
		a.parts.Sandbox.Close() // its webhooks to ourselves would keep connections open
	}
	if a.parts.Gateway != nil && a.listener != nil {
		failures = append(failures, a.stopServing(ctx))
	}
	if a.listening != nil {
		a.listening.stop()
		failures = append(failures, a.parts.Gateway.StopListening(ctx))
	}
	failures = append(failures, a.parts.Wake.Stop(ctx))
	if a.folding != nil {
		a.folding.stop()
	}
	if a.settling != nil {
		a.settling.stop()
	}
	if a.delivering {
		a.parts.Courier.Stop()
	}
	if a.upkeep != nil {
		a.upkeep.stop()
	}
	for _, loop := range []*rounds{a.erasing, a.retaining} {
		if loop != nil {
			loop.stop()
		}
	}
	if a.parts.Worker != nil {
		a.parts.Worker.Stop()
	}
	if a.parts.Files != nil {
		a.parts.Files.stop()
	}
	if a.keeper != nil {
		failures = append(failures, a.keeper.stop())
	}
	if a.parts.Gateway != nil {
		a.parts.Gateway.Close()
	}
	if a.door != nil { // last, so that a worker can be watched while it ends its work
		failures = append(failures, a.door.close(ctx))
	}
	a.parts.tracing.stop(ctx, a.log)
	failures = append(failures, a.parts.close())
	return errors.Join(failures...)
}
