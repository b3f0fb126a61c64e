package wake

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
)

// scheduled lists the tasks that wait for their time in a queue.
func scheduled(t *testing.T, w *Wake, queue string) []*asynq.TaskInfo {
	t.Helper()
	tasks, err := w.inspector().ListScheduledTasks(queue, asynq.PageSize(1000))
	if err != nil {
		require.ErrorIs(t, err, asynq.ErrQueueNotFound)
	}
	return tasks
}

// gateway are the options of a process that only hands work over, and therefore leaves tasks in peace.
func (s *world) gateway(url string) Options {
	o := s.options()
	o.Consume, o.RedisURL = false, url
	return o
}

func TestTheInspectorSeesDueTimesAsTasks(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := newWorld()
		o := s.options()
		o.RedisURL = url
		w := begin(t, o)
		due := time.Now().Add(5 * time.Minute).Truncate(time.Second).Add(750 * time.Millisecond)
		followUp := runAlarm("0198-run", contact("acme", "ana"), due)
		timer := desk.Alarm{Kind: desk.AlarmRun, ID: "0198-timer", Token: 7, Ref: contact("acme", "bia"), At: due}
		send := desk.Alarm{Kind: desk.AlarmItem, ID: "0198-item", Token: 3, Ref: contact("acme", "caio"), At: due}
		for _, alarm := range []desk.Alarm{followUp, timer, send, followUp, send} { // some twice: an id is one task
			w.At(alarm)
		}
		eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == 2 && len(scheduled(t, w, QueueOutbox)) == 1 }, "three tasks")
		byID := map[string]*asynq.TaskInfo{}
		for _, queue := range []string{QueueInbox, QueueOutbox} {
			for _, one := range scheduled(t, w, queue) {
				byID[one.ID] = one
			}
		}
		epoch := w.redis.epoch()
		require.NotEmpty(t, epoch)
		for id, kind := range map[string]string{
			"run:0198-run:1:" + epoch: TypeFollowUpDue, "run:0198-timer:7:" + epoch: TypeRunDue, "item:0198-item:3:" + epoch: TypeSendDue,
		} {
			one := byID[id]
			require.NotNil(t, one, id)
			require.Equal(t, kind, one.Type)
			require.Equal(t, due.Truncate(time.Second).Add(-2*time.Second).Unix(), one.NextProcessAt.Unix(), "two seconds early")
			require.Equal(t, taskRetries, one.MaxRetry)
			require.Equal(t, taskTimeout, one.Timeout)
			require.Zero(t, one.Retention, "a retained task would block its id")
		}
		var content map[string]any
		require.NoError(t, json.Unmarshal(byID["run:0198-run:1:"+epoch].Payload, &content))
		require.Equal(t, map[string]any{
			"tenantId": "acme", "contactId": "ana", "followUpId": "followup-0198-run", "kind": "run", "id": "0198-run",
			"token": 1.0, "at": due.UTC().Format(time.RFC3339Nano),
		}, content, "ids and an instant, no content")

		w.Forget(followUp)
		eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == 1 }, "a cancelled one is gone")
		w.Forget(followUp) // and again: nothing happens
		status, err := w.Status(t.Context())
		require.NoError(t, err)
		require.Equal(t, url == "", status.Embedded)
		require.Equal(t, []string{epoch, epoch}, []string{status.Epoch, status.ArmedEpoch})
		require.Equal(t, []int{1, 1, 0}, []int{status.Queues[0].Scheduled, status.Queues[1].Scheduled, status.Queues[2].Scheduled})
	})
}

func TestTheHorizonIsArmedOnceAndLaterOnesAsTheyEnterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		inside := s.plan(runAlarm("inside", contact("acme", "ana"), time.Now().Add(5*time.Minute+300*time.Millisecond)))
		beyond := s.plan(runAlarm("beyond", contact("acme", "bia"), time.Now().Add(13*time.Minute+300*time.Millisecond)))
		w := begin(t, s.options()) // a horizon of 10 minutes
		synctest.Wait()
		time.Sleep(time.Millisecond)
		require.Len(t, scheduled(t, w, QueueInbox), 1)
		time.Sleep(3*time.Minute + horizonInterval)
		require.Len(t, scheduled(t, w, QueueInbox), 2)
		time.Sleep(12 * time.Minute)
		require.True(t, s.empty())
		require.Equal(t, map[string]int{"inside": 1, "beyond": 1}, s.armings)
		for _, alarm := range []desk.Alarm{inside, beyond} {
			works := s.workedOn(alarm.Ref)
			require.Len(t, works, 1)
			require.LessOrEqual(t, works[0].at.Sub(alarm.At), time.Millisecond)
		}
		require.Zero(t, w.Counters().ScanFinds, "the scan had nothing to find")
	})
}

func TestAHorizonOfZeroArmsEverything(t *testing.T) {
	t.Parallel()
	s := newWorld()
	s.plan(runAlarm("next-year", contact("acme", "ana"), time.Now().AddDate(1, 0, 0)))
	o := s.options()
	o.Horizon = 0
	w := begin(t, o)
	eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == 1 }, "armed")
	require.Zero(t, w.Horizon())
}

func TestManyPagesAreArmedAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := newWorld()
		const many = 2*horizonPage + 17
		for i := range many {
			s.plan(runAlarm(time.Duration(i).String(), contact("acme"+[]string{"", "2", "3", "4"}[i%4], time.Duration(i).String()), time.Now().Add(9*time.Minute)))
		}
		o := s.options()
		o.RedisURL = url
		w := begin(t, o)
		eventually(t, func() bool { return w.Counters().Armed == many }, "all are armed")
		info, err := w.inspector().GetQueueInfo(QueueInbox)
		require.NoError(t, err)
		require.Equal(t, many, info.Scheduled)
	})
}

func TestAStaleAlarmIsHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		w := begin(t, s.options())
		ana, began := contact("acme", "ana"), time.Now()
		w.At(s.plan(runAlarm("row", ana, began.Add(60*time.Second+100*time.Millisecond))))
		moved := runAlarm("row", ana, began.Add(120*time.Second+100*time.Millisecond))
		moved.Token = 2
		w.At(s.plan(moved))
		time.Sleep(3 * time.Minute)
		works := s.workedOn(ana)
		require.Len(t, works, 2)
		require.Empty(t, works[0].rows, "the old due time rang and there was nothing to do")
		require.Equal(t, []string{"row"}, works[1].rows)
		require.LessOrEqual(t, works[1].at.Sub(moved.At), time.Millisecond)
	})
}

func TestATaskThatIsRunByHandIsArmedAgain(t *testing.T) {
	t.Parallel()
	s := newWorld()
	w := begin(t, s.options())
	alarm := s.plan(runAlarm("row", contact("acme", "ana"), time.Now().Add(8*time.Minute)))
	w.At(alarm)
	eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == 1 }, "armed")
	id := scheduled(t, w, QueueInbox)[0].ID
	require.NoError(t, w.inspector().RunTask(QueueInbox, id))
	eventually(t, func() bool {
		tasks := scheduled(t, w, QueueInbox)
		return len(tasks) == 1 && tasks[0].ID != id
	}, "under another id, since the id being handled is blocked")
	require.Empty(t, s.workedOn(alarm.Ref))
}
