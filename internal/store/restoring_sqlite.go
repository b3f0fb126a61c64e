package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"retoma/internal/archive"
)

// restoringSuffix names the file that is being filled.
const restoringSuffix = ".restoring"

// sqliteRestore fills a file beside the one in use, and gives it that one's name in the end.
type sqliteRestore struct {
	path, filling string
	lock          *fileLock
	beside        *Store
	triggers      []string
	closed        bool
}

func beginSQLiteRestore(ctx context.Context, o RestoreOptions, path string) (*sqliteRestore, *Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("making the data folder: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, nil, err
	}
	r := &sqliteRestore{path: path, filling: path + restoringSuffix, lock: lock, closed: true}
	if err := r.settleOld(ctx, o.Replace); err != nil {
		return nil, nil, errors.Join(err, r.leave())
	}
	if err := removeDatabase(r.filling); err != nil {
		return nil, nil, errors.Join(err, r.leave())
	}
	o.Options.Address = "sqlite://" + (&url.URL{Path: r.filling}).EscapedPath()
	if r.beside, err = Connect(ctx, o.Options); err != nil {
		return nil, nil, errors.Join(err, r.leave())
	}
	r.closed = false
	return r, r.beside, nil
}

// settleOld looks whether the file in use may be replaced, and empties its log into it: a log that stayed behind would be taken
// for the new file's.
func (r *sqliteRestore) settleOld(ctx context.Context, replace bool) error {
	if _, err := os.Stat(r.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	old, err := sql.Open("sqlite", sqliteAddress(r.path, "_txlock=immediate"))
	if err != nil {
		return err
	}
	var tenants int
	if !replace {
		err = tenantsOf(func(query string, into *int) error { return old.QueryRowContext(ctx, query).Scan(into) },
			"SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'tenants'", &tenants)
	}
	_, emptied := old.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	if !replace {
		err = errors.Join(err, emptied)
	}
	if err = errors.Join(err, old.Close()); err == nil && tenants > 0 {
		err = ErrNotEmpty
	}
	return err
}

// tenantsOf counts the tenants of a database that may have no tables yet.
func tenantsOf(ask func(query string, into *int) error, exists string, tenants *int) error {
	var tables int
	if err := ask(exists, &tables); err != nil || tables == 0 {
		return err
	}
	return ask("SELECT COUNT(*) FROM tenants", tenants)
}

func (r *sqliteRestore) writer() *sql.Conn { return r.beside.database.(*sqliteDatabase).writer }

func (r *sqliteRestore) run(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := r.writer().ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w in %q", err, firstWords(statement))
		}
	}
	return nil
}

func (r *sqliteRestore) quiet(ctx context.Context) error {
	var drops []string
	err := eachRow(ctx, r.writer(), func(row scanner) error {
		var name, made string
		err := row.Scan(&name, &made)
		r.triggers, drops = append(r.triggers, made), append(drops, "DROP TRIGGER "+quoted(name))
		return err
	}, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		return err
	}
	// One transaction for all rows; until it is published, nobody minds if the file is lost with the machine.
	return r.run(ctx, append([]string{"PRAGMA synchronous=OFF", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"}, drops...)...)
}

func (r *sqliteRestore) loud(ctx context.Context) error {
	return r.run(ctx, append(append([]string{}, r.triggers...), "COMMIT", "PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL")...)
}

func (r *sqliteRestore) load(ctx context.Context, table archive.Table, rows io.Reader) (err error) {
	if err := r.run(ctx, emptied([]archive.Table{table})...); err != nil {
		return err
	}
	places := make([]string, len(table.Columns))
	for i := range places {
		places[i] = "?"
	}
	insert, err := r.writer().PrepareContext(ctx, "INSERT INTO "+quoted(table.Name)+" ("+joined(columnNames(table))+") VALUES ("+joined(places)+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	values := make([]any, len(table.Columns))
	return archive.EachRow(rows, len(table.Columns), func(cells []*string) error {
		for i, cell := range cells {
			var err error
			if values[i], err = cellValue(cell, table.Columns[i].Kind); err != nil {
				return fmt.Errorf("%s: %w", table.Columns[i].Name, err)
			}
		}
		_, err := insert.ExecContext(context.WithoutCancel(ctx), values...)
		return errors.Join(err, ctx.Err())
	})
}

func cellValue(cell *string, kind archive.Kind) (any, error) {
	if cell == nil {
		return nil, nil
	}
	switch kind {
	case archive.Integer:
		return strconv.ParseInt(*cell, 10, 64)
	case archive.Boolean:
		if *cell != "t" && *cell != "f" {
			return nil, fmt.Errorf("%q is neither t nor f", *cell)
		}
		return *cell == "t", nil
	}
	return *cell, nil
}

func (r *sqliteRestore) setSequences(ctx context.Context, last map[string]int64) error {
	for table, value := range last {
		for _, statement := range []string{"DELETE FROM sqlite_sequence WHERE name = $1", "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)"} {
			if _, err := r.writer().ExecContext(ctx, statement, table, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// publish gives the filled file, once all of it is on the disk, the name of the one in use.
func (r *sqliteRestore) publish(context.Context) error {
	r.closed = true
	if err := r.beside.Close(); err != nil {
		return err
	}
	steps := []func() error{
		func() error { return syncPath(r.filling) },
		func() error {
			return removeFiles(r.path+"-wal", r.path+"-shm", r.filling+"-wal", r.filling+"-shm", r.filling+".lock")
		},
		func() error { return os.Rename(r.filling, r.path) },
		func() error { return syncPath(filepath.Dir(r.path)) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("putting the restored database in place: %w", err)
		}
	}
	return nil
}

func (r *sqliteRestore) leave() error {
	var err error
	if !r.closed {
		r.closed = true
		err = r.beside.Close()
	}
	err = errors.Join(err, removeDatabase(r.filling))
	r.lock.release()
	return err
}

func removeDatabase(path string) error {
	return removeFiles(path, path+"-wal", path+"-shm", path+".lock")
}

func removeFiles(paths ...string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func syncPath(path string) error {
	opened, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}
