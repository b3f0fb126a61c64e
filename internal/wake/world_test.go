package wake

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
)

// world is a small SQL: rows with due times, unread mail, and what was worked on when.
// Work does whatever is due for a contact and nothing else, as the real one does.
type world struct {
	mutex    sync.Mutex
	rows     map[string]*row
	mail     map[desk.Ref]int
	notices  map[string]bool
	epoch    string
	disarmed int
	works    []work
	armings  map[string]int // how often a row was marked
	broken   error          // what Work answers
	during   func(desk.Ref) // called in the middle of a Work
}

type row struct {
	alarm desk.Alarm
	armed bool
}

type work struct {
	ref  desk.Ref
	at   time.Time
	rows []string // ids of the rows that were due
	mail int
}

func newWorld() *world {
	return &world{rows: map[string]*row{}, mail: map[desk.Ref]int{}, notices: map[string]bool{}, armings: map[string]int{}}
}

func (s *world) plan(alarm desk.Alarm) desk.Alarm {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.rows[alarm.ID] = &row{alarm: alarm}
	return alarm
}

func (s *world) receive(ref desk.Ref) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.mail[ref]++
}

func (s *world) Work(_ context.Context, ref desk.Ref) error {
	if s.during != nil {
		s.during(ref)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.broken != nil {
		return s.broken
	}
	done := work{ref: ref, at: time.Now(), mail: s.mail[ref]}
	delete(s.mail, ref)
	for id, one := range s.rows {
		if one.alarm.Ref == ref && !one.alarm.At.After(done.at) {
			done.rows = append(done.rows, id)
			delete(s.rows, id)
		}
	}
	s.works = append(s.works, done)
	return nil
}

func (s *world) Notify(_ context.Context, id string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.notices, id)
	return nil
}

func (s *world) Overdue(_ context.Context, now time.Time, limit int, except ...string) ([]desk.Ref, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var refs []desk.Ref
	for ref := range s.mail {
		if !slices.Contains(except, ref.TenantID) {
			refs = append(refs, ref)
		}
	}
	overdue := map[desk.Ref]time.Time{}
	for _, one := range s.rows {
		if !one.alarm.At.After(now) && s.mail[one.alarm.Ref] == 0 && !slices.Contains(except, one.alarm.Ref.TenantID) {
			overdue[one.alarm.Ref] = one.alarm.At
		}
	}
	refs = append(refs, slices.SortedFunc(maps.Keys(overdue), func(a, b desk.Ref) int { return overdue[a].Compare(overdue[b]) })...)
	return refs[:min(limit, len(refs))], nil
}

func (s *world) OverdueNotifications(_ context.Context, _ time.Time, _ int) ([]string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var ids []string
	for id := range s.notices {
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *world) Unarmed(_ context.Context, until time.Time, limit int) ([]desk.Alarm, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var alarms []desk.Alarm
	for _, one := range s.rows {
		if !one.armed && !one.alarm.At.After(until) {
			alarms = append(alarms, one.alarm)
		}
	}
	return alarms[:min(limit, len(alarms))], nil
}

func (s *world) MarkArmed(_ context.Context, alarms []desk.Alarm) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, alarm := range alarms {
		s.armings[alarm.ID]++
		if one := s.rows[alarm.ID]; one != nil && one.alarm.Token == alarm.Token {
			one.armed = true
		}
	}
	return nil
}

func (s *world) Disarm(context.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.disarmed++
	for _, one := range s.rows {
		one.armed = false
	}
	return nil
}

func (s *world) Epoch(context.Context) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.epoch, nil
}

func (s *world) SetEpoch(_ context.Context, from, to string) (bool, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.epoch != from {
		return false, nil
	}
	s.epoch = to
	return true, nil
}

// look reads the world's state under its lock.
func look[T any](s *world, read func() T) T {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return read()
}

func (s *world) workedOn(ref desk.Ref) []work {
	return look(s, func() []work {
		var found []work
		for _, one := range s.works {
			if one.ref == ref {
				found = append(found, one)
			}
		}
		return found
	})
}

func (s *world) empty() bool {
	return look(s, func() bool { return len(s.rows) == 0 && len(s.mail) == 0 && len(s.notices) == 0 })
}

// options are those of a consuming process with an embedded Redis over this world.
func (s *world) options() Options {
	return Options{Consume: true, Horizon: 10 * time.Minute, Work: s.Work, Notify: s.Notify, Source: s, Logger: silent()}
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// begin makes and starts a Wake, and stops it at the test's end.
func begin(t *testing.T, o Options) *Wake {
	t.Helper()
	w, err := New(o)
	require.NoError(t, err)
	require.NoError(t, w.Start(t.Context()))
	t.Cleanup(func() { end(t, w) })
	return w
}

func end(t *testing.T, w *Wake) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, w.Stop(ctx))
}

// onEach runs a case on the embedded Redis and, if RETOMA_TEST_REDIS_URL names one, on a real Redis.
// asynq knows no key prefix, so that database is flushed: the URL must name one other than 0.
func onEach(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		run(t, "")
	})
	if url := os.Getenv("RETOMA_TEST_REDIS_URL"); url != "" {
		t.Run("real", func(t *testing.T) {
			alone(t)
			wipe(t, url)
			run(t, url)
		})
	}
}

// realRedis lets one case at a time use the database.
var realRedis = make(chan struct{}, 1)

func alone(t *testing.T) {
	realRedis <- struct{}{}
	t.Cleanup(func() { <-realRedis })
}

func wipe(t *testing.T, url string) {
	t.Helper()
	options, err := redis.ParseURL(url)
	require.NoError(t, err)
	require.NotZero(t, options.DB, "RETOMA_TEST_REDIS_URL is flushed: it must name a database other than 0")
	client := redis.NewClient(options)
	defer func() { require.NoError(t, client.Close()) }()
	require.NoError(t, client.FlushDB(t.Context()).Err())
}

func contact(tenant, id string) desk.Ref { return desk.Ref{TenantID: tenant, ContactID: id} }

func runAlarm(id string, ref desk.Ref, at time.Time) desk.Alarm {
	return desk.Alarm{Kind: desk.AlarmRun, ID: id, Token: 1, Ref: ref, FollowUpID: "followup-" + id, At: at}
}

// soon is how long a test waits for what should come at once.
const soon = 15 * time.Second

func eventually(t *testing.T, holds func() bool, message string) {
	t.Helper()
	require.Eventually(t, holds, soon, 5*time.Millisecond, message)
}
