package store

import (
	"context"
	"sync"
	"time"
)

// rounds remembers how long grouped commits take.
type rounds struct {
	mutex   sync.Mutex
	usual   time.Duration
	running time.Time // when the present one began; zero if there is none
}

// newest is how much the last round counts against all before it.
const newest = 0.3

func (r *rounds) begin(now time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.running = now
}

func (r *rounds) end(now time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	took := now.Sub(r.running)
	r.usual += time.Duration(newest * float64(took-r.usual))
	r.running = time.Time{}
}

// expected is how long a round takes: as long as they did lately, or as the present one has taken already.
func (r *rounds) expected(now time.Time) time.Duration {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.running.IsZero() {
		return r.usual
	}
	return max(r.usual, now.Sub(r.running))
}

// IntakeDelay is how long Receive would take for somebody who comes behind so many others, by the pace at which commits have been going:
// they take up to 256 at a time.
func (s *Store) IntakeDelay(waiting int) time.Duration {
	before := (waiting + groupLimit - 1) / groupLimit
	return time.Duration(before) * s.ingest.rounds.expected(s.now())
}

// UnreadMail counts the mail that no worker has read, up to a limit.
func (s *Store) UnreadMail(ctx context.Context, limit int) (int, error) {
	var unread int
	_, err := s.one(ctx, func(row scanner) error { return row.Scan(&unread) },
		"SELECT count(*) FROM (SELECT 1 FROM inbox WHERE state = 'new' LIMIT $1) AS unread", limit)
	return unread, err
}
