package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDatabase is SQLite in one file: one writing connection, several readers.
type sqliteDatabase struct {
	pool    *sql.DB // holds only the writer
	writer  *sql.Conn
	turn    chan struct{} // who holds it may write
	readers *sql.DB
	address string // for the migrations
	lock    *fileLock
	costs   *costs
	// prepared are the writer's statements by portable text; they are only touched by who has the turn.
	prepared map[string]*sql.Stmt
	reading  sync.Map // text -> *sql.Stmt of the readers
	readings atomic.Int64
	texts    sync.Map // text -> text without row locks
}

// openSQLite opens the file, made if it is missing. A file that another process has open is refused.
func openSQLite(ctx context.Context, path string, counted *costs) (*sqliteDatabase, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	d := &sqliteDatabase{lock: lock, costs: counted, prepared: map[string]*sql.Stmt{}, turn: make(chan struct{}, 1)}
	if err := d.connect(ctx, path); err != nil {
		lock.release()
		return nil, err
	}
	return d, nil
}

func (d *sqliteDatabase) connect(ctx context.Context, path string) (err error) {
	d.address = sqliteAddress(path, "_txlock=immediate")
	if d.pool, err = sql.Open("sqlite", d.address); err != nil {
		return err
	}
	d.pool.SetMaxOpenConns(1)
	if d.writer, err = d.pool.Conn(ctx); err != nil {
		return errors.Join(err, d.pool.Close())
	}
	if d.readers, err = sql.Open("sqlite", sqliteAddress(path, "_pragma=query_only(1)")); err != nil {
		return errors.Join(err, d.writer.Close(), d.pool.Close())
	}
	d.readers.SetMaxOpenConns(4)
	d.readers.SetMaxIdleConns(4)
	return nil
}

// sqliteAddress spells the settings: synchronous=FULL, because an acknowledged webhook survives power loss.
func sqliteAddress(path, more string) string {
	location := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	return location.String() + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&" + more
}

func (d *sqliteDatabase) name() string { return "sqlite" }

func (d *sqliteDatabase) gate(*batch, string, bool) {}

func (d *sqliteDatabase) tryGate(_ *batch, _ string, told func(bool)) { told(true) }

func (d *sqliteDatabase) overlaps() bool { return false }

func (d *sqliteDatabase) close() error {
	err := d.readers.Close()
	// With the log emptied into it, the file alone is the whole database.
	_, emptied := d.writer.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	err = errors.Join(err, emptied, d.writer.Close(), d.pool.Close())
	d.lock.release()
	return err
}

func (d *sqliteDatabase) read(ctx context.Context, work *batch) error {
	for _, one := range work.statements {
		d.costs.trips.Add(1)
		result, err := d.query(ctx, one)
		if err != nil {
			return err
		}
		if err := errors.Join(one.consume(result), result.Close()); err != nil {
			return err
		}
	}
	return nil
}

// query reads with a prepared statement: to understand a text takes longer than to find a row.
func (d *sqliteDatabase) query(ctx context.Context, one statement) (*sql.Rows, error) {
	if known, yes := d.reading.Load(one.text); yes {
		return known.(*sql.Stmt).QueryContext(ctx, lists(one.args)...)
	}
	text := d.portable(one.text)
	if d.readings.Load() >= statementsKept {
		return d.readers.QueryContext(ctx, text, lists(one.args)...)
	}
	prepared, err := d.readers.PrepareContext(context.WithoutCancel(ctx), text)
	if err != nil {
		return nil, err
	}
	known, twice := d.reading.LoadOrStore(one.text, prepared)
	if !twice {
		d.readings.Add(1)
		return prepared.QueryContext(ctx, lists(one.args)...)
	}
	if err := prepared.Close(); err != nil {
		return nil, err
	}
	return known.(*sql.Stmt).QueryContext(ctx, lists(one.args)...)
}

func (d *sqliteDatabase) begin(ctx context.Context) (transaction, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if _, err := d.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		<-d.turn
		return nil, err
	}
	return &sqliteTransaction{database: d}, nil
}

func (d *sqliteDatabase) beginUnit(ctx context.Context) (transaction, error) { return d.begin(ctx) }

// rowLocks are PostgreSQL's words for locking rows; SQLite has one writer and needs none.
var rowLocks = regexp.MustCompile(` FOR (NO KEY )?UPDATE( OF \w+)?( SKIP LOCKED)?`)

func (d *sqliteDatabase) portable(text string) string {
	if known, yes := d.texts.Load(text); yes {
		return known.(string)
	}
	plain := rowLocks.ReplaceAllString(text, "")
	plain = anyOf.ReplaceAllString(plain, "IN (SELECT value FROM json_each($1))")
	d.texts.Store(text, plain)
	return plain
}

// anyOf is PostgreSQL's word for one of a list, which is a parameter; SQLite takes lists as JSON.
var anyOf = regexp.MustCompile(`= ANY\((\$\d+)\)`)

// lists turns arguments that are lists into JSON.
func lists(args []any) []any {
	for i, arg := range args {
		if list, is := arg.([]string); is {
			raw, err := json.Marshal(list)
			if err != nil {
				panic(err) // strings always can be
			}
			args = slices.Clone(args)
			args[i] = string(raw)
		}
	}
	return args
}

type sqliteTransaction struct {
	database *sqliteDatabase
	done     bool
}

func (t *sqliteTransaction) run(ctx context.Context, work *batch) error {
	// The driver watches a context that can end with a goroutine for each statement, which costs more than the statement.
	// A transaction is short and its batches are bounded: it looks at the context between them.
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	for _, one := range work.statements {
		if err := t.one(ctx, one); err != nil {
			return fmt.Errorf("%w in %q", err, firstWords(one.text))
		}
	}
	return nil
}

func (t *sqliteTransaction) one(ctx context.Context, one statement) error {
	prepared, err := t.database.statement(ctx, one)
	if err != nil {
		return err
	}
	if one.table == nil {
		return t.execute(ctx, prepared, one)
	}
	for _, row := range one.table.rows {
		one.args = row
		if err := t.execute(ctx, prepared, one); err != nil {
			return err
		}
	}
	return nil
}

func (t *sqliteTransaction) execute(ctx context.Context, prepared *sql.Stmt, one statement) error {
	t.database.costs.trips.Add(1)
	if one.each != nil {
		result, err := prepared.QueryContext(ctx, lists(one.args)...)
		if err != nil {
			return err
		}
		return errors.Join(one.consume(result), result.Close())
	}
	outcome, err := prepared.ExecContext(ctx, lists(one.args)...)
	if err != nil {
		return err
	}
	if one.affected != nil {
		*one.affected, err = outcome.RowsAffected()
	}
	return err
}

// statementsKept bounds the prepared statements; the store has fewer texts, except for lists of filters.
const statementsKept = 500

func (d *sqliteDatabase) statement(ctx context.Context, one statement) (*sql.Stmt, error) {
	if known, yes := d.prepared[one.text]; yes {
		return known, nil
	}
	text := one.text
	if one.table != nil {
		text = one.table.single(text)
	}
	prepared, err := d.writer.PrepareContext(ctx, d.portable(text))
	if err == nil && len(d.prepared) < statementsKept {
		d.prepared[one.text] = prepared
	}
	return prepared, err
}

func (t *sqliteTransaction) finish(ctx context.Context, work *batch) error {
	if err := t.run(ctx, work); err != nil {
		return err
	}
	if err := t.end(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return err
	}
	t.database.costs.commits.Add(1)
	return nil
}

func (t *sqliteTransaction) end(ctx context.Context, word string) error {
	_, err := t.database.writer.ExecContext(ctx, word)
	if err == nil {
		t.done = true
		<-t.database.turn
	}
	return err
}

func (t *sqliteTransaction) rollback() {
	if t.done {
		return
	}
	// The caller's context may be over; the undoing must happen all the same.
	if err := t.end(context.Background(), "ROLLBACK"); err != nil {
		// SQLite has already rolled back by itself (a full disk, a broken constraint): the turn is free again.
		t.done = true
		<-t.database.turn
	}
}

func (d *sqliteDatabase) retryable(err error) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_BUSY
}

func (d *sqliteDatabase) duplicate(err error) bool {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return false
	}
	return failure.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || failure.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// away is a full or broken disk, or a writer who does not end.
func (d *sqliteDatabase) away(err error) bool {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return errors.Is(err, context.DeadlineExceeded)
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT:
		return true
	}
	return false
}

func firstWords(text string) string {
	fields := strings.Fields(text)
	return strings.Join(fields[:min(len(fields), 6)], " ")
}
