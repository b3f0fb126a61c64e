package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// MigrationState is one migration and whether it was applied.
type MigrationState struct {
	Version int64
	Name    string
	Applied bool
}

// Migrate applies what is missing, under a lock that other processes respect, and tells what it applied.
func (s *Store) Migrate(ctx context.Context) ([]MigrationState, error) {
	var applied []MigrationState
	err := s.migrations(func(provider *goose.Provider) error {
		results, err := provider.Up(ctx)
		for _, result := range results {
			applied = append(applied, MigrationState{Version: result.Source.Version, Name: result.Source.Path, Applied: true})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("migrating the database: %w", err)
	}
	return applied, nil
}

// migrateTo applies what is missing up to a migration; 0 is the newest one.
func (s *Store) migrateTo(ctx context.Context, version int64) error {
	err := s.migrations(func(provider *goose.Provider) error {
		if version == 0 {
			_, err := provider.Up(ctx)
			return err
		}
		_, err := provider.UpTo(ctx, version)
		return err
	})
	if err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

// Migrations tells every migration's state, without changing anything.
func (s *Store) Migrations(ctx context.Context) ([]MigrationState, error) {
	var states []MigrationState
	err := s.migrations(func(provider *goose.Provider) error {
		found, err := provider.Status(ctx)
		for _, one := range found {
			states = append(states, MigrationState{Version: one.Source.Version, Name: one.Source.Path, Applied: one.State == goose.StateApplied})
		}
		return err
	})
	return states, err
}

func (s *Store) migrations(do func(provider *goose.Provider) error) (err error) {
	folder, err := newMigrationFolder(s.database.name())
	if err != nil {
		return err
	}
	connection, dialect, options, err := s.migrationConnection()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, connection.Close()) }()
	provider, err := goose.NewProvider(dialect, connection, folder, options...)
	if err != nil {
		return err
	}
	return do(provider)
}

// migrationConnection opens a connection of goose's kind. SQLite needs no lock of its own: the file is locked.
func (s *Store) migrationConnection() (*sql.DB, goose.Dialect, []goose.ProviderOption, error) {
	switch engine := s.database.(type) {
	case *postgresDatabase:
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, "", nil, err
		}
		connection := stdlib.OpenDB(*engine.pool.Config().ConnConfig)
		return connection, goose.DialectPostgres, []goose.ProviderOption{goose.WithSessionLocker(locker)}, nil
	case *sqliteDatabase:
		connection, err := sql.Open("sqlite", engine.address)
		return connection, goose.DialectSQLite3, nil, err
	}
	return nil, "", nil, fmt.Errorf("no migrations for %s", s.database.name())
}
