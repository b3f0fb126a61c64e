package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"retoma/internal/archive"
)

// Restoring is a database that is filled beside the one in use, and takes its place in one step when it is whole. Whatever ends
// the filling before leaves the one in use as it was.
type Restoring struct {
	engine restoringEngine
	// beside is the store of the database that is being filled.
	beside  *Store
	asItWas bool
}

// restoringEngine is what differs between databases.
type restoringEngine interface {
	// load puts rows into an empty table.
	load(ctx context.Context, table archive.Table, rows io.Reader) error
	// quiet turns triggers off, and loud on again: they would count and tell what was counted and told before.
	quiet(ctx context.Context) error
	loud(ctx context.Context) error
	setSequences(ctx context.Context, last map[string]int64) error
	// publish puts the filled database in the place of the one in use.
	publish(ctx context.Context) error
	// leave gives up everything that is held, and what was filled if it was not published.
	leave() error
}

// RestoreOptions say where a backup goes.
type RestoreOptions struct {
	Options
	// Replace allows a database that holds something.
	Replace bool
	// AsItWas leaves the database at the archive's migration and holds nothing: for rehearsals of an upgrade.
	AsItWas bool
}

// ErrNotEmpty is the answer of a database that holds something already.
var ErrNotEmpty = errors.New("the database is not empty")

// BeginRestore makes an empty database beside the one in use, at the migration of the archive. A database that another process
// uses, one that is not empty (but for Replace), and an archive of a newer version are refused before anything is touched.
func BeginRestore(ctx context.Context, o RestoreOptions, m archive.Manifest) (*Restoring, error) {
	scheme, rest, _ := strings.Cut(o.Address, "://")
	r := &Restoring{asItWas: o.AsItWas}
	var err error
	switch scheme {
	case "sqlite":
		if err := checkMigration("sqlite", m.Migration); err != nil {
			return nil, err
		}
		var path string
		if path, err = url.PathUnescape(rest); err == nil {
			r.engine, r.beside, err = beginSQLiteRestore(ctx, o, path)
		}
	case "postgres", "postgresql":
		if err := checkMigration("postgres", m.Migration); err != nil {
			return nil, err
		}
		r.engine, r.beside, err = beginPostgresRestore(ctx, o)
	default:
		err = fmt.Errorf("RETOMA_DATABASE_URL: write sqlite://PATH or postgres://..., not %q", scheme)
	}
	if err != nil {
		return nil, err
	}
	if err := r.beside.migrateTo(ctx, m.Migration); err != nil {
		return nil, errors.Join(err, r.Leave())
	}
	if err := r.engine.quiet(ctx); err != nil {
		return nil, errors.Join(err, r.Leave())
	}
	return r, nil
}

func checkMigration(engine string, wanted int64) error {
	texts, err := MigrationTexts(engine)
	if err != nil {
		return err
	}
	if newest := texts[len(texts)-1].Version; wanted > newest {
		return fmt.Errorf("the archive is of a newer version of retoma: it has migration %d, and this version knows them up to %d: restore it with the version that wrote it, or a newer one", wanted, newest)
	}
	return nil
}

// Load puts the rows of a table into its place.
func (r *Restoring) Load(ctx context.Context, table archive.Table, rows io.Reader) error {
	if err := r.engine.load(ctx, table, rows); err != nil {
		return fmt.Errorf("restoring %s: %w", table.Name, err)
	}
	return nil
}

// Publish brings the filled database up to date, holds for review what was due between the archive's moment and now, and puts
// it in the place of the one in use. A secret key that does not fit the saved credentials is refused.
func (r *Restoring) Publish(ctx context.Context, m archive.Manifest, now time.Time) (HeldCounts, error) {
	var held HeldCounts
	steps := []func() error{
		func() error { return r.engine.setSequences(ctx, m.Sequences) },
		func() error { return r.engine.loud(ctx) },
	}
	upgrade := []func() error{
		func() error { return r.beside.migrateTo(ctx, 0) },
		func() error { return r.beside.checkKey(ctx) },
		func() (err error) {
			held, err = r.beside.hold(ctx, Restored{BackupAt: m.At, At: now})
			return err
		},
	}
	if !r.asItWas {
		steps = append(steps, upgrade...)
	}
	steps = append(steps, func() error { return r.engine.publish(ctx) })
	for _, step := range steps {
		if err := step(); err != nil {
			return held, err
		}
	}
	return held, nil
}

// Leave ends the restore; what was not published is thrown away.
func (r *Restoring) Leave() error { return r.engine.leave() }

// emptied gives a statement for each table that empties it: migrations may have put rows there.
func emptied(tables []archive.Table) []string {
	statements := make([]string, len(tables))
	for i, table := range tables {
		statements[i] = "DELETE FROM " + quoted(table.Name)
	}
	return statements
}
