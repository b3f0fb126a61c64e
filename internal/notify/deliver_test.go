package notify

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func webhookAt(address string) chat.Notify {
	return chat.Notify{WebhookURL: address, WebhookSecret: testSecret}
}

func TestAFailingTargetIsTriedAfterOneFiveThirtyMinutesTwoAndSixHoursAndThenGivenUp(t *testing.T) {
	to := newReceiver(t, http.StatusServiceUnavailable)
	w := newWorld(webhookAt(to.URL))
	n := w.notifier()
	for attempt, wait := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour} {
		require.NoError(t, n.Deliver(t.Context(), "n1"))
		now := w.row("n1")
		require.Equal(t, statePending, now.notification.State, "after attempt %d", attempt+1)
		require.Equal(t, w.clock().Add(wait), now.notification.DueAt, "after attempt %d", attempt+1)
		require.Contains(t, now.problem, "webhook: respondeu HTTP 503")
		w.pass(wait - time.Millisecond)
		require.NoError(t, n.Deliver(t.Context(), "n1"))
		require.Len(t, to.got(), attempt+1, "never early")
		w.pass(time.Millisecond)
	}
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Equal(t, stateFailed, w.row("n1").notification.State)
	require.Len(t, to.got(), Attempts)
	w.pass(24 * time.Hour)
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Len(t, to.got(), Attempts, "what is given up stays so")
}

func TestANotificationIsSentOnceItsTargetRecovers(t *testing.T) {
	to := newReceiver(t, 500, 204)
	w := newWorld(webhookAt(to.URL))
	n := w.notifier()
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	w.pass(time.Minute)
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Equal(t, stateSent, w.row("n1").notification.State)
	require.Empty(t, w.row("n1").problem)
}

func TestATenantWithoutTargetsHasItsNotificationsListedOnly(t *testing.T) {
	w := newWorld(chat.Notify{WebhookSecret: testSecret})
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	require.Equal(t, stateSent, w.row("n1").notification.State)
	require.Equal(t, "sem destino configurado", w.row("n1").problem)
}

func TestTwoDeliverersDeliverOnce(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan struct{}, 64)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	defer server.Close()
	w := newWorld(webhookAt(server.URL))
	n := w.notifier()
	var group sync.WaitGroup
	failures := make(chan error, 32)
	for range 32 {
		group.Go(func() { failures <- n.Deliver(context.Background(), "n1") })
	}
	<-arrived
	for range 31 {
		require.NoError(t, <-failures, "the others find it taken")
	}
	close(release)
	group.Wait()
	require.NoError(t, <-failures)
	require.Empty(t, arrived)
	require.Equal(t, 1, w.row("n1").ends)
	require.Equal(t, 1, w.row("n1").notification.Attempts)
}

func TestARetryGoesOnlyToTargetsThatAreMissing(t *testing.T) {
	services := newServices(t)
	services.answer("api.telegram.org", 502, "")
	to := newReceiver(t, 200)
	settings := webhookAt(to.URL)
	settings.URLs = []string{telegramURL, slackHook, slackHook}
	w := newWorld(settings)
	n := w.notifier(services.use(to.Server))
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Equal(t, statePending, w.row("n1").notification.State)
	require.Regexp(t, `^tentativa 1 de 6: telegram: respondeu HTTP 502 \[entregue: [0-9a-f]{12} [0-9a-f]{12}\]$`, w.row("n1").problem)
	require.Equal(t, 1, services.count("hooks.slack.com"), "a target named twice is told once")

	w.pass(time.Minute)
	require.NoError(t, w.notifier(services.use(to.Server)).Deliver(t.Context(), "n1"), "another process goes on")
	require.Len(t, to.got(), 1)
	require.Equal(t, 1, services.count("hooks.slack.com"))
	require.Equal(t, 2, services.count("api.telegram.org"))

	services.answer("api.telegram.org", 200, `{"ok":true,"result":{}}`)
	w.pass(5 * time.Minute)
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Equal(t, stateSent, w.row("n1").notification.State)
	require.Len(t, to.got(), 1)
	require.Equal(t, 1, services.count("hooks.slack.com"))
	require.Equal(t, 3, services.count("api.telegram.org"))
}

func TestAFailedTargetThatIsRemovedFromTheSettingsEndsTheRetries(t *testing.T) {
	services := newServices(t)
	services.answer("api.telegram.org", 500, "")
	w := newWorld(chat.Notify{URLs: []string{telegramURL, slackHook}})
	n := w.notifier(services.use(nil))
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	w.tenants["t1"] = chat.Tenant{ID: "t1", Settings: chat.Settings{Notify: chat.Notify{URLs: []string{slackHook}}}}
	w.pass(time.Minute)
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Equal(t, stateSent, w.row("n1").notification.State)
	require.Equal(t, 1, services.count("hooks.slack.com"))
}

func TestATargetThatNeverAnswersIsLeftAtTheLimit(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the caller has gone
		<-r.Context().Done()
	}))
	defer server.Close()
	w := newWorld(webhookAt(server.URL))
	n := w.notifier()
	require.Equal(t, 10*time.Second, n.limit)
	n.limit = 30 * time.Millisecond
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Contains(t, w.row("n1").problem, "webhook: não respondeu a tempo")
}

func TestAnEndlessAnswerIsNotReadToItsEnd(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for chunk := []byte(strings.Repeat("x", 64<<10)); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	w := newWorld(webhookAt(server.URL))
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	require.Equal(t, stateSent, w.row("n1").notification.State)
}

func TestAStopInTheMiddleIsNotedSoThatNothingIsDeliveredTwice(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		stop()
		<-r.Context().Done()
	}))
	defer server.Close()
	w := newWorld(webhookAt(server.URL))
	require.NoError(t, w.notifier().Deliver(ctx, "n1"))
	require.Equal(t, statePending, w.row("n1").notification.State)
	require.Equal(t, "tentativa 1 de 6: webhook: interrompido", w.row("n1").problem)
}

func TestOnlyTheStoresFailuresAreErrors(t *testing.T) {
	w := newWorld(chat.Notify{})
	require.NoError(t, w.notifier().Deliver(t.Context(), "nobody knows it"))
	w.broken = errors.New("database away")
	require.ErrorIs(t, w.notifier().Deliver(t.Context(), "n1"), w.broken)

	w = newWorld(chat.Notify{})
	delete(w.tenants, "t1")
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	require.Equal(t, stateFailed, w.row("n1").notification.State)
}

func TestANotificationThatKillsItsWorkersIsGivenUp(t *testing.T) {
	to := newReceiver(t)
	w := newWorld(webhookAt(to.URL))
	w.rows["n1"].notification.Attempts = Attempts
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	require.Equal(t, stateFailed, w.row("n1").notification.State)
	require.Empty(t, to.got())
}

func TestAPanicFailsItsTargetAndNotTheWorker(t *testing.T) {
	w := newWorld(chat.Notify{})
	err := w.notifier().sendOne(t.Context(), note{}, target{service: "x", send: func(context.Context, *carrier, note) error {
		panic("https://secret.example/token")
	}})
	require.EqualError(t, err, "erro interno")
	require.NotContains(t, w.logged(), "secret.example")
}
