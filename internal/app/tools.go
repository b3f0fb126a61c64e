package app

import (
	"context"
	"errors"
	"log/slog"

	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/wake"
)

// Migrate brings the database up to date and tells what was applied.
func Migrate(ctx context.Context, c Config) (applied []store.MigrationState, err error) {
	return migrations(ctx, c, (*store.Store).Migrate)
}

// Migrations tells every migration's state without changing anything.
func Migrations(ctx context.Context, c Config) ([]store.MigrationState, error) {
	return migrations(ctx, c, (*store.Store).Migrations)
}

func migrations(ctx context.Context, c Config, do func(*store.Store, context.Context) ([]store.MigrationState, error)) (states []store.MigrationState, err error) {
	c, err = c.withSecrets()
	if err != nil {
		return nil, err
	}
	s, err := store.Connect(ctx, store.Options{Address: c.DatabaseURL, SecretKey: c.SecretKey, FormerKeys: c.FormerKeys, Connections: c.Connections})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s, ctx)
}

// RebuildQueue arms every due time of the horizon anew.
func RebuildQueue(ctx context.Context, c Config, log *slog.Logger) (counts wake.Counts, err error) {
	err = withQueue(ctx, c, log, func(w *wake.Wake) error {
		counts, err = w.Rebuild(ctx)
		return err
	})
	return counts, err
}

// QueueStatus tells what is in the queues.
func QueueStatus(ctx context.Context, c Config, log *slog.Logger) (status wake.Status, err error) {
	err = withQueue(ctx, c, log, func(w *wake.Wake) error {
		status, err = w.Status(ctx)
		return err
	})
	return status, err
}

// withQueue opens database and queue without working on anything.
func withQueue(ctx context.Context, c Config, log *slog.Logger, do func(*wake.Wake) error) (err error) {
	if c.embedded() {
		return errors.New("the embedded Redis lives inside the running process and is armed at each start: nothing to look at from outside (set RETOMA_REDIS_URL)")
	}
	c, err = c.withSecrets()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{Address: c.DatabaseURL, SecretKey: c.SecretKey, FormerKeys: c.FormerKeys, Connections: c.Connections, Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	w, err := wake.New(wake.Options{
		RedisURL: c.RedisURL, Horizon: c.horizon(), Source: s, Logger: log,
		Work:   func(context.Context, desk.Ref) error { return nil },
		Notify: func(context.Context, string) error { return nil },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Stop(ctx)) }()
	return do(w)
}

// RotateSecrets puts what former keys encrypted under the newest. It runs beside the processes of the installation.
func RotateSecrets(ctx context.Context, c Config, log *slog.Logger) (done store.Rotated, err error) {
	c, err = c.withSecrets()
	if err != nil {
		return done, err
	}
	s, err := store.Open(ctx, store.Options{Address: c.DatabaseURL, SecretKey: c.SecretKey, FormerKeys: c.FormerKeys, Connections: c.Connections, Logger: log})
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.RotateSecrets(ctx)
}
