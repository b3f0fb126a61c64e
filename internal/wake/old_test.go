package wake

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
)

// Tasks that earlier versions left in Redis, by the last migration of their database: type and content, a line for each. They are
// never changed, because processes of adjacent versions share the queues.
func oldTasks(t *testing.T) (kinds, contents []string) {
	t.Helper()
	files, err := filepath.Glob("testdata/old/*.tasks")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		file, err := os.Open(name)
		require.NoError(t, err)
		for lines := bufio.NewScanner(file); lines.Scan(); {
			kind, content, _ := strings.Cut(lines.Text(), " ")
			kinds, contents = append(kinds, kind), append(contents, content)
		}
		require.NoError(t, file.Close())
	}
	return kinds, contents
}

func TestTasksOfEarlierVersionsAreUnderstood(t *testing.T) {
	kinds, contents := oldTasks(t)
	for i, content := range contents {
		var read payload
		require.NoError(t, json.Unmarshal([]byte(content), &read))
		require.NotEmpty(t, read.TenantID)
		require.NotEmpty(t, read.ContactID)
		switch kinds[i] {
		case TypeContact:
		case TypeFollowUpDue:
			alarm := read.alarm()
			require.Equal(t, desk.AlarmRun, alarm.Kind)
			require.NotEmpty(t, alarm.ID)
			require.NotEmpty(t, alarm.FollowUpID)
			require.Positive(t, alarm.Token)
			require.False(t, alarm.At.IsZero())
		default:
			require.Fail(t, "nobody handles tasks of this type any more", kinds[i])
		}
	}
}

// What this version puts into the queues says everything that an earlier one reads, under the same names and in the same form:
// something may be added, nothing may go.
func TestTasksOfThisVersionSayWhatEarlierOnesRead(t *testing.T) {
	kinds, contents := oldTasks(t)
	for i, content := range contents {
		var read payload
		require.NoError(t, json.Unmarshal([]byte(content), &read))
		made := contactTask(QueueInbox, read.ref(), false)
		if kinds[i] != TypeContact {
			made = alarmTask(read.alarm(), "id")
		}
		require.Equal(t, kinds[i], made.Type())
		requireWithin(t, content, made)
	}
}

func requireWithin(t *testing.T, content string, made *asynq.Task) {
	t.Helper()
	var was, is map[string]any
	require.NoError(t, json.Unmarshal([]byte(content), &was))
	require.NoError(t, json.Unmarshal(made.Payload(), &is))
	for name, value := range was {
		require.Equal(t, value, is[name], name)
	}
}
