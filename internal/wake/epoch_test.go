package wake

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWipedRedisIsArmedAnew(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := newWorld()
		alarm := s.plan(runAlarm("row", contact("acme", "ana"), time.Now().Add(8*time.Minute)))
		o := s.options()
		o.RedisURL = url
		w := begin(t, o)
		eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == 1 }, "armed")
		before := w.redis.epoch()
		require.Equal(t, before, s.epochNow())
		require.NoError(t, w.Redis().FlushDB(t.Context()).Err())
		eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == 1 }, "armed anew, and the inspector knows the queue again")
		require.NotEqual(t, before, w.redis.epoch())
		require.Equal(t, alarmID(alarm, w.redis.epoch()), scheduled(t, w, QueueInbox)[0].ID)
		require.EqualValues(t, 1, w.Counters().EpochTurns)
		require.Equal(t, w.redis.epoch(), s.epochNow())
	})
}

func (s *world) epochNow() string { return look(s, func() string { return s.epoch }) }

func TestARestoredRedisIsArmedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		s.plan(runAlarm("row", contact("acme", "ana"), time.Now().Add(8*time.Minute)))
		w := begin(t, s.options())
		time.Sleep(time.Minute)
		before := w.redis.epoch()
		// An older copy: the epoch is the same, the count is behind, the task is not there yet.
		require.NoError(t, w.Redis().Set(t.Context(), beatKey, 3, 0).Err())
		_, err := w.inspector().DeleteAllScheduledTasks(QueueInbox)
		require.NoError(t, err)
		time.Sleep(3 * epochInterval)
		require.NotEqual(t, before, w.redis.epoch())
		require.Len(t, scheduled(t, w, QueueInbox), 1)
	})
}

func TestARestartWithAnEmptyRedisArmsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		s.plan(runAlarm("row", contact("acme", "ana"), time.Now().Add(8*time.Minute+500*time.Millisecond)))
		first, err := New(s.options())
		require.NoError(t, err)
		require.NoError(t, first.Start(t.Context()))
		time.Sleep(time.Minute)
		end(t, first)
		begin(t, s.options())
		time.Sleep(10 * time.Minute)
		require.True(t, s.empty())
		require.Len(t, s.works, 1)
		require.Equal(t, 2, s.disarmed)
	})
}

func TestTwoRedisesDoNotDisarmEachOtherAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		begin(t, s.options())
		begin(t, s.options())
		time.Sleep(10 * time.Minute)
		require.LessOrEqual(t, s.disarmed, 2+2*10, "at most once a minute each")
	})
}

func TestRebuildArmsTheWholeHorizonAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := newWorld()
		s.plan(runAlarm("row", contact("acme", "ana"), time.Now().Add(8*time.Minute)))
		o := s.options()
		o.RedisURL = url
		w := begin(t, o)
		eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == 1 }, "armed")
		before := w.redis.epoch()
		counts, err := w.Rebuild(t.Context())
		require.NoError(t, err)
		require.Equal(t, Counts{Deleted: 1, Armed: 1}, counts)
		require.NotEqual(t, before, w.redis.epoch())
		require.Len(t, scheduled(t, w, QueueInbox), 1)
	})
}

func TestRebuildFromTheCommandLine(t *testing.T) {
	t.Parallel()
	t.Run("through Redis", func(t *testing.T) {
		t.Parallel()
		s := newWorld()
		s.plan(runAlarm("row", contact("acme", "ana"), time.Now().Add(8*time.Minute)))
		o := s.options()
		o.RedisListen = "127.0.0.1:0"
		serving := begin(t, o)
		eventually(t, func() bool { return len(scheduled(t, serving, QueueInbox)) == 1 }, "armed")
		command := unstarted(t, s.gateway("redis://"+serving.ListenAddress()))
		counts, err := command.Rebuild(t.Context())
		require.NoError(t, err)
		require.Equal(t, Counts{Deleted: 1, Armed: 1}, counts)
	})
	t.Run("beside a process with an embedded one", func(t *testing.T) {
		t.Parallel()
		s := newWorld()
		serving := begin(t, s.options())
		eventually(t, func() bool { return look(s, func() int { return s.disarmed }) == 1 }, "first epoch")
		s.plan(runAlarm("row", contact("acme", "ana"), time.Now().Add(8*time.Minute)))
		counts, err := unstarted(t, s.gateway("")).Rebuild(t.Context())
		require.NoError(t, err)
		require.Equal(t, Counts{Elsewhere: true}, counts)
		eventually(t, func() bool { return look(s, func() int { return s.disarmed }) == 2 }, "the serving process disarms")
		eventually(t, func() bool { return len(scheduled(t, serving, QueueInbox)) == 1 }, "and arms anew")
	})
}

// unstarted is what a command line uses.
func unstarted(t *testing.T, o Options) *Wake {
	t.Helper()
	w, err := New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Stop(context.Background())) })
	return w
}
