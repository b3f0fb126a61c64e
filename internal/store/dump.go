package store

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"retoma/internal/archive"
)

// Dump is the whole database as it was at one moment, while others go on writing.
type Dump struct {
	engine dumpEngine
	at     time.Time
}

// dumpEngine reads one kind of database within one transaction.
type dumpEngine interface {
	name() string
	tables(ctx context.Context) ([]archive.Table, error)
	sequences(ctx context.Context) (map[string]int64, error)
	copyOut(ctx context.Context, table archive.Table, to io.Writer) error
	// each reads a query's rows.
	each(ctx context.Context, read func(row scanner) error, query string) error
	close() error
}

// migrationTable is where goose remembers what was applied. It is not saved: a restored database has its own.
const migrationTable = "goose_db_version"

// OpenDump begins to look at a database as it is now. A SQLite file may be in use by another process; nothing is migrated.
func OpenDump(ctx context.Context, address string, now time.Time) (*Dump, error) {
	scheme, rest, _ := strings.Cut(address, "://")
	s := &Dump{at: now}
	var err error
	switch scheme {
	case "sqlite":
		var path string
		if path, err = url.PathUnescape(rest); err == nil {
			s.engine, err = openSQLiteDump(ctx, path)
		}
	case "postgres", "postgresql":
		s.engine, err = openPostgresDump(ctx, address)
	default:
		err = fmt.Errorf("RETOMA_DATABASE_URL: write sqlite://PATH or postgres://..., not %q", scheme)
	}
	return s, err
}

// Close ends the transaction.
func (s *Dump) Close() error { return s.engine.close() }

// Manifest tells what is in the database. A database that retoma never migrated is an error.
func (s *Dump) Manifest(ctx context.Context) (archive.Manifest, error) {
	m := archive.Manifest{Engine: s.engine.name(), At: s.at.UTC().Truncate(time.Millisecond)}
	var err error
	if m.Tables, err = s.engine.tables(ctx); err != nil {
		return m, err
	}
	if err = s.engine.each(ctx, func(row scanner) error { return row.Scan(&m.Migration) },
		"SELECT COALESCE(MAX(version_id), 0) FROM "+migrationTable); err != nil {
		return m, fmt.Errorf("this is no database of retoma: %w", err)
	}
	m.Sequences, err = s.engine.sequences(ctx)
	return m, err
}

// Copy writes the rows of a table as archive spells them.
func (s *Dump) Copy(ctx context.Context, table archive.Table, to io.Writer) error {
	if err := s.engine.copyOut(ctx, table, to); err != nil {
		return fmt.Errorf("reading %s: %w", table.Name, err)
	}
	return nil
}

// Blobs gives every file's bytes that the database knows to be kept.
func (s *Dump) Blobs(ctx context.Context, each func(tenantID, sha256 string, size int64) error) error {
	return s.engine.each(ctx, func(row scanner) error {
		var tenantID, sum string
		var size int64
		if err := row.Scan(&tenantID, &sum, &size); err != nil {
			return err
		}
		return each(tenantID, sum, size)
	}, "SELECT tenant_id, sha256, size FROM blobs WHERE state = 'kept' ORDER BY tenant_id, sha256")
}

// kindOf is what cells of a declared type hold.
func kindOf(table, column, declared string) (archive.Kind, error) {
	switch strings.ToLower(declared) {
	case "text":
		return archive.Text, nil
	case "bigint", "integer", "int":
		return archive.Integer, nil
	case "boolean":
		return archive.Boolean, nil
	}
	return "", fmt.Errorf("%s.%s is of the type %q, which a backup cannot hold", table, column, declared)
}

func columnNames(table archive.Table) []string {
	names := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		names[i] = quoted(column.Name)
	}
	return names
}

// quoted writes a name that stands in the database so that no word of SQL is in it.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
