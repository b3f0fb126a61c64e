package notify

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

func TestAWebhookIsSignedAsStandardWebhooksVerifyIt(t *testing.T) {
	to := newReceiver(t)
	w := newWorld(webhookAt(to.URL + "/hooks/retoma"))
	w.now = time.Now() // the library's verifier has no other clock
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	require.Len(t, to.got(), 1)
	request := to.got()[0]
	verifier, err := standardwebhooks.NewWebhook(testSecret)
	require.NoError(t, err)
	require.NoError(t, verifier.Verify(request.body, request.header))
	require.Error(t, verifier.Verify(append(request.body, ' '), request.header), "the signature covers the body")
	require.Equal(t, "n1", request.header.Get("webhook-id"))
	require.Equal(t, "application/json", request.header.Get("Content-Type"))
	require.Equal(t, "/hooks/retoma", request.path)
	require.JSONEq(t, `{"type":"send.failed","timestamp":"2026-03-10T11:59:00Z","data":{
		"id":"n1","tenantId":"t1","title":"Falha no envio","text":"Uma mensagem não foi enviada.","messageId":"m1","code":"auth"}}`, string(request.body))
}

func TestARepetitionHasTheSameIDAndBodyAndItsOwnTimestamp(t *testing.T) {
	to := newReceiver(t, 500, 200)
	w := newWorld(webhookAt(to.URL))
	n := w.notifier()
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	w.pass(time.Minute)
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	got := to.got()
	require.Len(t, got, 2)
	require.Equal(t, got[0].body, got[1].body)
	require.Equal(t, got[0].header.Get("webhook-id"), got[1].header.Get("webhook-id"))
	require.NotEqual(t, got[0].header.Get("webhook-timestamp"), got[1].header.Get("webhook-timestamp"))
	verifier, err := standardwebhooks.NewWebhook(testSecret)
	require.NoError(t, err)
	for _, each := range got {
		require.NoError(t, verifier.VerifyIgnoringTimestamp(each.body, each.header))
	}
}

func TestANotificationsOwnDataCannotReplaceWhatEveryNotificationHas(t *testing.T) {
	w := newWorld(webhookAt(""))
	n := w.rows["n1"].notification
	n.Data = map[string]any{"id": "x", "title": "x", "text": "x", "tenantId": "x", "kept": 1.0}
	text, err := json.Marshal(bodyOf(note{Notification: n}).Data)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"n1","tenantId":"t1","title":"Falha no envio","text":"Uma mensagem não foi enviada.","kept":1}`, string(text))
	require.Equal(t, "x", n.Data["id"], "the notification itself is left alone")
}

func TestARedirectIsNotFollowed(t *testing.T) {
	inside := newReceiver(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(inside.URL, status))
		t.Cleanup(server.Close)
		w := newWorld(webhookAt(server.URL))
		require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
		require.Contains(t, w.row("n1").problem, "redirecionamentos não são seguidos")
	}
	require.Empty(t, inside.got())
}

func TestNoSecretReachesALogAnErrorOrAStoredText(t *testing.T) {
	services := newServices(t)
	for _, host := range []string{"api.telegram.org", "hooks.slack.com", "slack.com", "discord.com", "org.webhook.office.com"} {
		services.answer(host, 401, `{"ok":false,"description":"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}`)
	}
	secrets := []string{"AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "abcdefghijklmnopqrstuvwx", "discordtoken", "V2ESyij", "segredo", "MfKQ9r8", "tokennoend", "lua.local"}
	for _, name := range []string{"answers", "no network"} {
		settings := webhookAt("http://lua.local.invalid/tokennoend")
		settings.URLs = []string{telegramURL, slackHook, slackBot, discordURL, teamsURL, "smtp://u:segredo@lua.local.invalid:25/?from=a@b.com&to=c@d.com", "telegram://AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}
		w := newWorld(settings)
		n := w.notifier(services.use(nil))
		if name == "no network" {
			services.Close()
		}
		require.NoError(t, n.Deliver(t.Context(), "n1"))
		require.Equal(t, statePending, w.row("n1").notification.State)
		for _, secret := range secrets {
			require.NotContains(t, w.logged()+w.row("n1").problem, secret, name)
		}
	}
}
