package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"retoma/internal/store/storetest"
)

// listener is a platform outside of retoma's processes.
type listener struct {
	*httptest.Server
	mutex  sync.Mutex
	secret string
	heard  []heardEvent
	wrong  []error
	during func()
}

type heardEvent struct {
	id, kind string
	status   string
}

func newListener(t *testing.T) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) serve(_ http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process was killed meanwhile
	}
	var body struct {
		Type string
		Data struct{ Status string }
	}
	l.mutex.Lock()
	checker, err := standardwebhooks.NewWebhook(l.secret)
	if err == nil {
		err = checker.Verify(raw, r.Header)
	}
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}
	if err != nil {
		l.wrong = append(l.wrong, err)
	}
	l.heard = append(l.heard, heardEvent{r.Header.Get("webhook-id"), body.Type, body.Data.Status})
	during := l.during
	l.mutex.Unlock()
	if during != nil {
		during()
	}
}

func (l *listener) onEvent(do func()) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.during = do
}

func (l *listener) events(t *testing.T) []heardEvent {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	require.Empty(t, l.wrong)
	return slices.Clone(l.heard)
}

// kinds are what was heard, each event once, in any order.
func (l *listener) kinds(t *testing.T) map[string]int {
	seen, kinds := map[string]bool{}, map[string]int{}
	for _, one := range l.events(t) {
		if !seen[one.id] {
			seen[one.id] = true
			kinds[fmt.Sprintf("%s %s", one.kind, one.status)]++
		}
	}
	return kinds
}

// subscribes lets the listener want everything.
func (s *scene) subscribes(l *listener) (id string) {
	s.t.Helper()
	status, answer := s.call(http.MethodPost, "/api/subscriptions", map[string]any{"event": "*", "url": l.URL})
	require.Equal(s.t, http.StatusCreated, status, "%v", answer)
	data, _ := answer["data"].(map[string]any)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.secret, _ = data["secret"].(string)
	id, _ = data["id"].(string)
	return id
}

// wholeStory is everything that happens when a customer writes and is put into a model of two messages that go out at once.
func wholeStory() map[string]int {
	story := map[string]int{
		"message.received ": 1, "conversation.started ": 1, "followup.scheduled PENDING": 2, "followup.sent SENT": 2, "run.finished finished": 1,
	}
	for _, state := range []string{"accepted", "sent", "delivered"} {
		story["message.status "+state] = 2
	}
	return story
}

// told waits until the listener has heard the whole story. A state that was overtaken by the next is no event, so those
// before delivered may be missing.
func (s *scene) told(l *listener) {
	s.t.Helper()
	var missing map[string]int
	ok := func() bool {
		missing = map[string]int{}
		kinds := l.kinds(s.t)
		for name, count := range wholeStory() {
			overtaken := name == "message.status sent" || name == "message.status accepted"
			if kinds[name] != count && (!overtaken || kinds[name] > count) {
				missing[name] = kinds[name]
			}
		}
		return len(missing) == 0
	}
	deadline := time.Now().Add(2 * patience)
	for !ok() {
		require.True(s.t, time.Now().Before(deadline), "wrong or missing: %v; heard: %v", missing, l.kinds(s.t))
		<-time.After(20 * time.Millisecond)
	}
}

func TestAWholeStoryIsToldToAPlatform(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := newScene(t, engine)
			platform := newListener(t)
			retoma := s.launch("")
			id := s.subscribes(platform)
			s.writes("oi")
			s.heard(retoma)
			s.enrol()
			s.told(platform)
			require.Len(t, platform.events(t), len(slices.Compact(ids(platform.events(t)))), "without trouble everything comes once")
			status, _ := s.call(http.MethodPost, "/api/subscriptions/"+id+"/test", map[string]any{})
			require.Equal(t, http.StatusAccepted, status)
			require.Eventually(t, func() bool { return platform.kinds(t)["ping "] == 1 }, patience, 10*time.Millisecond)
		})
	}
}

func ids(events []heardEvent) []string {
	var all []string
	for _, one := range events {
		all = append(all, one.id)
	}
	slices.Sort(all)
	return all
}

// The process is killed while a platform reads an event, and at each of the courier's own commits: everything is told in the
// end, and what comes twice has the same id.
func TestAKillBetweenDeliveringAndNotingTellsAgain(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine+" while it is read", func(t *testing.T) {
			s := newScene(t, engine)
			platform := newListener(t)
			first := s.launch("")
			s.subscribes(platform)
			var once sync.Once
			killed := make(chan string, 1)
			platform.onEvent(func() {
				once.Do(func() {
					first.kill()
					killed <- platform.events(t)[0].id
				})
			})
			s.writes("oi")
			id := <-killed
			again := s.launch("")
			require.Eventually(t, func() bool {
				return slices.ContainsFunc(platform.events(t)[1:], func(e heardEvent) bool { return e.id == id })
			}, leaseOfCourier+patience, 20*time.Millisecond, "it comes again")
			s.heard(again)
			s.enrol()
			s.told(platform)
		})
		for _, point := range []string{"dealt:1", "lease:1", "deliver:1"} {
			t.Run(engine+" "+point, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, engine)
				platform := newListener(t)
				first := s.launch(point)
				s.subscribes(platform)
				s.writes("oi")
				first.endsItself(t)
				s.heard(s.launch(""))
				s.enrol()
				require.Eventually(t, func() bool { return platform.kinds(t)["message.received "] == 1 }, leaseOfCourier+patience, 20*time.Millisecond)
				s.told(platform)
			})
		}
	}
}

// leaseOfCourier is how long a process that has died keeps others from delivering in its place.
const leaseOfCourier = 15 * time.Second

// A gateway that announces and two workers that deliver meet only in PostgreSQL.
func TestTwoWorkersTellWhatAGatewayWroteDown(t *testing.T) {
	if os.Getenv(redisVariable) == "" || os.Getenv("RETOMA_TEST_POSTGRES_URL") == "" {
		t.Logf("not covered: set RETOMA_TEST_POSTGRES_URL and %s", redisVariable)
		return
	}
	s := newScene(t, "postgres")
	s.config.RedisURL = emptyRedis(t)
	gateway, workers := s.config, s.config
	gateway.Role, workers.Role = "gateway", "worker"
	front, err := launch(t, gateway, "")
	require.NoError(t, err)
	for range 2 {
		_, err := launch(t, workers, "")
		require.NoError(t, err)
	}
	platform := newListener(t)
	s.subscribes(platform)
	s.writes("oi")
	s.heard(front)
	s.enrol()
	s.told(platform)
	require.Len(t, platform.events(t), len(slices.Compact(ids(platform.events(t)))))
}
