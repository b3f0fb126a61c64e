package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"retoma/internal/desk"
	"retoma/internal/doctor"
	"retoma/internal/store"
	"retoma/internal/wake"
)

// Doctor compares database, queue and provider and says what is wrong; with fix it mends what can be mended without sending,
// repeating or deleting anything. An installation whose SQLite file a process has is asked through that process.
func Doctor(ctx context.Context, c Config, fix bool, log *slog.Logger) (found []desk.Ailment, err error) {
	if c, err = c.withSecrets(); err != nil {
		return nil, err
	}
	s, err := store.Connect(ctx, store.Options{Address: c.DatabaseURL, SecretKey: c.SecretKey, FormerKeys: c.FormerKeys, Connections: c.Connections, Logger: log})
	if errors.Is(err, store.ErrInUse) {
		return askDoctor(ctx, c, fix)
	}
	if err != nil {
		return doctor.Judge(doctor.Facts{DatabaseProblem: err.Error()}), nil
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e := examination{config: c, store: s, log: log}
	if !c.embedded() {
		e.wake, err = wake.New(wake.Options{
			RedisURL: c.RedisURL, Horizon: c.horizon(), Source: s, Logger: log,
			Work:   func(context.Context, desk.Ref) error { return nil },
			Notify: func(context.Context, string) error { return nil },
		})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, e.wake.Stop(ctx)) }()
	}
	return e.examine(ctx, fix)
}

// examine is for whoever asks a running process.
func (p *Parts) examine(c Config, log *slog.Logger) func(ctx context.Context, fix bool) ([]desk.Ailment, error) {
	return func(ctx context.Context, fix bool) ([]desk.Ailment, error) {
		return examination{config: c, store: p.Store, wake: p.Wake, log: log}.examine(ctx, fix)
	}
}

// examination looks at one installation. wake is nil where there is no queue to look at: the embedded one of a process that does
// not run.
type examination struct {
	config Config
	store  *store.Store
	wake   *wake.Wake
	log    *slog.Logger
}

func (e examination) examine(ctx context.Context, fix bool) ([]desk.Ailment, error) {
	found := doctor.Judge(e.look(ctx))
	if !fix {
		return found, nil
	}
	mended := map[string]bool{}
	for i := range found {
		if !found[i].Fixable {
			continue
		}
		way := mends()[found[i].Check]
		if !mended[way.name] {
			if err := way.do(e, ctx); err != nil {
				return found, err
			}
			mended[way.name] = true
		}
		found[i].Fixed = true
	}
	if !mended["migrate"] {
		return found, nil
	}
	rest, err := e.examine(ctx, fix) // now the rest of the database can be looked at
	return append(found, rest...), err
}

// mend is one way to mend; several ailments may need the same.
type mend struct {
	name string
	do   func(e examination, ctx context.Context) error
}

// mends are the ways by what was looked at.
func mends() map[string]mend {
	ask := mend{"ask", func(e examination, ctx context.Context) error {
		refs, err := e.store.Overdue(ctx, time.Now(), 1000)
		if err != nil {
			return err
		}
		return e.wake.Ask(ctx, refs)
	}}
	rebuild := mend{"rebuild", func(e examination, ctx context.Context) error {
		_, err := e.wake.Rebuild(ctx)
		return err
	}}
	return map[string]mend{
		"due": ask, "mail": ask, "sending": ask, "writing": ask, "unarmed": rebuild, "epoch": rebuild, "taskless": rebuild,
		"archived": {"clear", func(e examination, _ context.Context) error {
			_, err := e.wake.ClearDead()
			return err
		}},
		"wal": {"checkpoint", func(e examination, ctx context.Context) error { return e.store.Checkpoint(ctx) }},
		"migrations": {"migrate", func(e examination, ctx context.Context) error {
			_, err := e.store.Migrate(ctx)
			return err
		}},
	}
}
