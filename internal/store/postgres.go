package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresDatabase is PostgreSQL through pgx: each batch is one round trip, BEGIN and COMMIT travel with the batches.
// Reads have connections of their own: a unit of work that holds a transaction may have to read the tenant's set-up, and
// would wait for ever if all the others that hold one waited for the same.
type postgresDatabase struct {
	pool    *pgxpool.Pool
	readers *pgxpool.Pool
	costs   *costs
	texts   sync.Map // of statements with a table: as written here, to as PostgreSQL is told
}

func openPostgres(ctx context.Context, address string, connections int32, counted *costs) (*postgresDatabase, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("reading the PostgreSQL address: %w", err)
	}
	if connections > 0 {
		config.MaxConns = connections
	}
	config.MaxConnIdleTime = 10 * time.Minute
	config.AfterConnect = knowCells
	config.ConnConfig.RuntimeParams["application_name"] = nameIn(config.ConnConfig.RuntimeParams)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	reading := config.Copy()
	reading.MaxConns = max(config.MaxConns/3, fewestReaders)
	readers, err := pgxpool.NewWithConfig(ctx, reading)
	if err != nil {
		pool.Close()
		return nil, err
	}
	d := &postgresDatabase{pool: pool, readers: readers, costs: counted}
	if err := pool.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer: %w", err), d.close())
	}
	return d, nil
}

// fewestReaders is the least number of connections for reads.
const fewestReaders = 4

func (d *postgresDatabase) name() string { return "postgres" }

func (d *postgresDatabase) close() error {
	d.readers.Close()
	d.pool.Close()
	return nil
}

// gate uses advisory locks, which live in memory: a claim shares the tenant's gate, an acknowledged stop takes it alone.
// So a stop is acknowledged only after every claim that could not see it has committed (domain.md section 5).
func (d *postgresDatabase) gate(work *batch, tenantID string, exclusive bool) {
	text := "SELECT pg_advisory_xact_lock_shared($1)"
	if exclusive {
		text = "SELECT pg_advisory_xact_lock($1)"
	}
	work.exec(text, gateOf(tenantID))
}

// tryGate does not get by somebody who waits to take the gate alone.
func (d *postgresDatabase) tryGate(work *batch, tenantID string, told func(bool)) {
	work.query(func(row scanner) error {
		var shared bool
		err := row.Scan(&shared)
		told(shared)
		return err
	}, "SELECT pg_try_advisory_xact_lock_shared($1)", gateOf(tenantID))
}

func gateOf(tenantID string) int64 {
	hash := fnv.New64a()
	hash.Write([]byte(tenantID))
	return int64(hash.Sum64())
}

func (d *postgresDatabase) overlaps() bool { return true }

func (d *postgresDatabase) read(ctx context.Context, work *batch) error {
	d.costs.trips.Add(1)
	return send(d.readers.SendBatch(ctx, d.queued(work, nil, false)), work, 0)
}

func (d *postgresDatabase) begin(ctx context.Context) (transaction, error) {
	return d.open(ctx, "BEGIN")
}

// beginUnit lets every statement look its rows up by an index, whatever the planner thinks of the tables' sizes: a plan is
// kept for long, and one that was made while the tables were small would go on reading them whole.
func (d *postgresDatabase) beginUnit(ctx context.Context) (transaction, error) {
	return d.open(ctx, "BEGIN", `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`)
}

func (d *postgresDatabase) open(ctx context.Context, first ...string) (transaction, error) {
	connection, err := d.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &postgresTransaction{database: d, connection: connection, first: first}, nil
}

// queued makes pgx's form of a batch, with what begins a transaction before and COMMIT after if asked.
func (d *postgresDatabase) queued(work *batch, first []string, commit bool) *pgx.Batch {
	packed := &pgx.Batch{}
	for _, text := range first {
		packed.Queue(text)
	}
	for _, one := range work.statements {
		text, args := one.text, one.args
		if one.table != nil {
			text, args = d.whole(one), one.table.arguments()
		}
		packed.Queue(text, args...)
	}
	if commit {
		packed.Queue("COMMIT")
	}
	return packed
}

// whole is the text of a statement with its table put in. A table's columns belong to its statement, so a text is put together once.
func (d *postgresDatabase) whole(one statement) string {
	if known, yes := d.texts.Load(one.text); yes {
		return known.(string)
	}
	source := one.table.source()
	text := strings.ReplaceAll(strings.ReplaceAll(one.text, "{v,}", source+" CROSS JOIN"), "{v}", source)
	d.texts.Store(one.text, text)
	return text
}

// send reads the results of a batch; before says how many answers stand ahead of its statements.
func send(results pgx.BatchResults, work *batch, before int) (err error) {
	defer func() { err = errors.Join(err, results.Close()) }()
	return answers(results, work, before)
}

func answers(results pgx.BatchResults, work *batch, before int) error {
	for range before {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	for _, one := range work.statements {
		if err := receive(results, one); err != nil {
			return fmt.Errorf("%w in %q", err, firstWords(one.text))
		}
	}
	return nil
}

func receive(results pgx.BatchResults, one statement) error {
	if one.each == nil {
		tag, err := results.Exec()
		if err == nil && one.affected != nil {
			*one.affected = tag.RowsAffected()
		}
		return err
	}
	found, err := results.Query()
	if err != nil {
		return err
	}
	defer found.Close()
	return one.consume(found)
}

type postgresTransaction struct {
	database   *postgresDatabase
	connection *pgxpool.Conn
	first      []string // what begins it
	begun      bool
	done       bool
}

func (t *postgresTransaction) run(ctx context.Context, work *batch) error {
	return t.trip(ctx, work, false)
}

func (t *postgresTransaction) finish(ctx context.Context, work *batch) error {
	if !t.begun && work.empty() {
		t.release()
		return nil
	}
	if err := t.trip(ctx, work, true); err != nil {
		return err
	}
	t.database.costs.commits.Add(1)
	t.release()
	return nil
}

func (t *postgresTransaction) trip(ctx context.Context, work *batch, commit bool) error {
	first := t.first
	t.begun, t.first = true, nil
	t.database.costs.trips.Add(1)
	results := t.connection.SendBatch(ctx, t.database.queued(work, first, commit))
	if !commit {
		return send(results, work, len(first))
	}
	return sendCommit(results, work, len(first))
}

// sendCommit reads a last batch. COMMIT answers ROLLBACK without an error when the transaction had failed.
func sendCommit(results pgx.BatchResults, work *batch, before int) (err error) {
	defer func() { err = errors.Join(err, results.Close()) }()
	if err := answers(results, work, before); err != nil {
		return err
	}
	tag, err := results.Exec()
	if err != nil {
		return err
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("the transaction was not committed: %s", tag)
	}
	return nil
}

func (t *postgresTransaction) rollback() {
	if t.done {
		return
	}
	if t.begun {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := t.connection.Exec(ctx, "ROLLBACK"); err != nil {
			// A connection that cannot roll back is of no use to anybody; the server undoes what it held.
			t.done = true
			connection := t.connection.Hijack()
			if err := connection.Close(ctx); err != nil {
				return
			}
			return
		}
	}
	t.release()
}

func (t *postgresTransaction) release() {
	t.done = true
	t.connection.Release()
}

func (d *postgresDatabase) retryable(err error) bool {
	switch postgresCode(err) {
	case "40001", "40P01", "55P03":
		return true
	}
	return false
}

func (d *postgresDatabase) duplicate(err error) bool { return postgresCode(err) == "23505" }

// away: no connection, none that held, or a server that has no room or is being stopped (classes 08, 53, 57, 58).
func (d *postgresDatabase) away(err error) bool {
	if code := postgresCode(err); code != "" {
		return slices.Contains([]string{"08", "53", "57", "58"}, code[:2])
	}
	var network net.Error
	var connecting *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connecting) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

func postgresCode(err error) string {
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		return failure.Code
	}
	return ""
}
