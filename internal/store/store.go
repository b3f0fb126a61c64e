package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Options say where the data is and who watches.
type Options struct {
	// Address is "sqlite://PATH" or "postgres://...".
	Address string
	// SecretKey encrypts credentials at rest; any text, hashed to the key's size.
	SecretKey string
	// FormerKeys open what they encrypted before SecretKey was the key; see RotateSecrets.
	FormerKeys []string
	// Connections limits PostgreSQL's pool; 0 leaves its default.
	Connections int32
	// SendLease is how long a claimed send may take before it is in doubt; 0 is DefaultSendLease.
	SendLease time.Duration
	// Now is the clock of rows that the store dates itself.
	Now    func() time.Time
	Logger *slog.Logger
	// Committed, if set, is called after each commit with the name of the walk's point ("receive", "work", ...).
	// Tests use it to end the process there.
	Committed func(point string)
	// Grouped, if set, is told how many units shared a commit: "ingest" (requests) or "work" (contacts).
	Grouped func(kind string, units int)
}

// Store is the truth: every row of every tenant.
type Store struct {
	database  database
	costs     *costs
	vault     *vault
	digestKey []byte // see digest
	now       func() time.Time
	log       *slog.Logger
	lease     time.Duration
	committed func(point string)
	grouped   func(kind string, units int)
	ingest    *ingest
	turns     *turns
	channels  *shared[chat.Channel]
	// restored is the moment up to which a restore holds what is due for review; 0 for none.
	restored int64
}

// Open connects, migrates under a lock, and starts the grouped commits.
func Open(ctx context.Context, options Options) (*Store, error) {
	s, err := Connect(ctx, options)
	if err != nil {
		return nil, err
	}
	if _, err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.database.close())
	}
	if err := s.checkKey(ctx); err != nil {
		return nil, errors.Join(err, s.database.close())
	}
	if err := s.readDigestKey(ctx); err != nil {
		return nil, errors.Join(err, s.database.close())
	}
	restored, err := s.Restored(ctx)
	if err != nil {
		return nil, errors.Join(err, s.database.close())
	}
	s.restored = millis(restored.At)
	s.ingest = startIngest(s)
	s.turns = startTurns(s)
	return s, nil
}

// Connect only connects: for looking at migrations. A store for work is made by Open.
func Connect(ctx context.Context, options Options) (*Store, error) {
	s := &Store{channels: newShared[chat.Channel](), costs: &costs{}, now: options.Now, log: options.Logger, lease: options.SendLease, committed: options.Committed, grouped: options.Grouped}
	if s.lease == 0 {
		s.lease = DefaultSendLease
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.committed == nil {
		s.committed = func(string) {}
	}
	if s.grouped == nil {
		s.grouped = func(string, int) {}
	}
	var err error
	if s.vault, err = newVault(options.SecretKey, options.FormerKeys); err != nil {
		return nil, err
	}
	s.database, err = dial(ctx, options, s.costs)
	return s, err
}

func dial(ctx context.Context, options Options, counted *costs) (database, error) {
	scheme, rest, _ := strings.Cut(options.Address, "://")
	switch scheme {
	case "sqlite":
		path, err := url.PathUnescape(rest)
		if err != nil || path == "" {
			return nil, fmt.Errorf("RETOMA_DATABASE_URL: %q names no file; write sqlite://data/retoma.db", options.Address)
		}
		return openSQLite(ctx, path, counted)
	case "postgres", "postgresql":
		return openPostgres(ctx, options.Address, options.Connections, counted)
	}
	return nil, fmt.Errorf("RETOMA_DATABASE_URL: write sqlite://PATH or postgres://..., not %q", scheme)
}

// Close stops the grouped commits and lets the database go.
func (s *Store) Close() error {
	if s.ingest != nil {
		s.ingest.stop()
		s.turns.stop()
	}
	return s.database.close()
}

// Engine names the database: "sqlite" or "postgres".
func (s *Store) Engine() string { return s.database.name() }

// Cost tells what was asked of the database so far.
func (s *Store) Cost() Cost { return s.costs.snapshot() }

// Ready tells whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	var one int
	var work batch
	work.query(func(row scanner) error { return row.Scan(&one) }, "SELECT 1")
	if err := s.database.read(ctx, &work); err != nil {
		return fault.Wrap(fault.Unavailable, err, "o banco de dados não responde")
	}
	return nil
}

// attempts is how often a transaction is repeated that the database itself gave up (deadlock, serialization, busy).
const attempts = 5

// write runs do in a transaction that commits when do returns nil. do may be called again, from the start, when
// the database gave the transaction up; so it must not keep results of an earlier call.
func (s *Store) write(ctx context.Context, point string, do func(tx transaction) error) error {
	var err error
	for try := range attempts {
		if err = s.once(ctx, do); err == nil {
			s.committed(point)
			return nil
		}
		if !s.database.retryable(err) {
			return err
		}
		pause := time.Duration(1+rand.IntN(5<<try)) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return fault.Wrap(fault.Unavailable, err, "o banco de dados está ocupado; tente de novo")
}

func (s *Store) once(ctx context.Context, do func(tx transaction) error) error {
	tx, err := s.database.begin(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "o banco de dados não responde")
	}
	defer tx.rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.finish(ctx, &batch{})
}

// writeBatch is write for a transaction of a single batch.
func (s *Store) writeBatch(ctx context.Context, point string, work *batch) error {
	return s.write(ctx, point, func(tx transaction) error { return tx.run(ctx, work) })
}

// one reads a single row; found is false when there is none.
func (s *Store) one(ctx context.Context, each func(row scanner) error, text string, args ...any) (found bool, err error) {
	var work batch
	work.query(func(row scanner) error {
		found = true
		return each(row)
	}, text, args...)
	return found, s.database.read(ctx, &work)
}

// list reads every row of one statement.
func (s *Store) list(ctx context.Context, each func(row scanner) error, text string, args ...any) error {
	var work batch
	work.query(each, text, args...)
	return s.database.read(ctx, &work)
}

// affectOne runs a statement that must touch a row; none is fault.NotFound.
func (s *Store) affectOne(ctx context.Context, point, missing, statement string, args ...any) error {
	return s.write(ctx, point, func(tx transaction) error {
		var affected int64
		var work batch
		work.count(&affected, statement, args...)
		if err := tx.run(ctx, &work); err != nil {
			return err
		}
		if affected == 0 {
			return fault.New(fault.NotFound, "%s", missing)
		}
		return nil
	})
}
