package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Cut lets a store die within its next transactions: the connection is gone, and with it what was not committed.
type Cut struct {
	// Before is the statement before which it dies, counted from 1; the one behind the last is COMMIT itself. 0: it lives.
	Before int
	// AfterCommit lets it die when everything is written and nobody has heard of it.
	AfterCommit bool
	// AtCommit is called within the transaction just before COMMIT, with how to read what it wrote.
	AtCommit func(read func() (map[string][]string, error)) error
	// Between is called before each statement, for a look from outside.
	Between func()
	// Seen counts the statements, COMMIT included.
	Seen int
}

// ErrCut is how a store dies.
var ErrCut = errors.New("the connection was cut")

// WithCut is the same store, doomed.
func WithCut(s *Store, cut *Cut) *Store {
	twin := *s
	twin.database = cuttingDatabase{s.database, cut}
	return &twin
}

// Snapshot is every row of every table, as whoever is outside of all transactions sees them.
func Snapshot(ctx context.Context, s *Store) (map[string][]string, error) {
	return snapshot(s.Engine(), func(work *batch) error { return s.database.read(ctx, work) })
}

func snapshot(engine string, run func(*batch) error) (map[string][]string, error) {
	texts := func(query string) (found []string, err error) {
		var work batch
		work.query(func(row scanner) error {
			var text string
			err := row.Scan(&text)
			found = append(found, text)
			return err
		}, query)
		return found, run(&work)
	}
	names := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version'"
	if engine == "postgres" {
		names = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_name <> 'goose_db_version'"
	}
	tables, err := texts(names)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, table := range tables {
		rows := "SELECT to_jsonb(t)::text FROM " + table + " t"
		if engine == "sqlite" {
			columns, err := texts("SELECT name FROM pragma_table_info('" + table + "')")
			if err != nil {
				return nil, err
			}
			rows = "SELECT json_array(" + strings.Join(columns, ", ") + ") FROM " + table
		}
		if all[table], err = texts(rows); err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
		slices.Sort(all[table])
	}
	return all, nil
}

type cuttingDatabase struct {
	database
	cut *Cut
}

func (d cuttingDatabase) begin(ctx context.Context) (transaction, error) {
	tx, err := d.database.begin(ctx)
	return cuttingTransaction{tx, d}, err
}

type cuttingTransaction struct {
	transaction
	database cuttingDatabase
}

// run sends the statements one by one, so that it can die between any two.
func (t cuttingTransaction) run(ctx context.Context, work *batch) error {
	for _, one := range work.statements {
		if err := t.step(); err != nil {
			return err
		}
		if err := t.transaction.run(ctx, &batch{statements: []statement{one}}); err != nil {
			return err
		}
	}
	return nil
}

func (t cuttingTransaction) finish(ctx context.Context, work *batch) error {
	if err := t.run(ctx, work); err != nil {
		return err
	}
	cut := t.database.cut
	if cut.AtCommit != nil {
		read := func() (map[string][]string, error) {
			return snapshot(t.database.name(), func(work *batch) error { return t.transaction.run(ctx, work) })
		}
		if err := cut.AtCommit(read); err != nil {
			return err
		}
	}
	if err := t.step(); err != nil {
		return err
	}
	if err := t.transaction.finish(ctx, &batch{}); err != nil || !cut.AfterCommit {
		return err
	}
	return ErrCut
}

func (t cuttingTransaction) step() error {
	cut := t.database.cut
	cut.Seen++
	if cut.Between != nil {
		cut.Between()
	}
	if cut.Seen == cut.Before {
		return ErrCut
	}
	return nil
}
