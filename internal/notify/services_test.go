package notify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

const (
	telegramURL = "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram?chats=@equipe"
	slackHook   = "slack://hook:T0000000A-B0000000B-abcdefghijklmnopqrstuvwx@webhook?botname=retoma&icon=bell"
	slackBot    = "slack://xoxb:123456789012-123456789012-abcdefghijklmnopqrstuvwx@C001CH4NN3L"
	discordURL  = "discord://discordtoken@123456?thread_id=789"
	teamsURL    = "teams://11111111-4444-4444-8444-cccccccccccc@22222222-4444-4444-8444-cccccccccccc/33333333012222222222333333333344/44444444-4444-4444-8444-cccccccccccc/V2ESyij?host=org.webhook.office.com"
)

// services is the outer world of chat services: one real TLS server that answers for all of their hosts.
type services struct {
	*httptest.Server
	mu       sync.Mutex
	answers  map[string]canned
	requests map[string][]received
}

type canned struct {
	status int
	text   string
}

func newServices(t *testing.T) *services {
	t.Helper()
	s := &services{requests: map[string][]received{}, answers: map[string]canned{
		"api.telegram.org": {200, `{"ok":true,"result":{}}`}, "hooks.slack.com": {200, "ok"}, "slack.com": {200, `{"ok":true}`},
		"discord.com": {204, ""}, "org.webhook.office.com": {200, "1"},
	}}
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[r.Host] = append(s.requests[r.Host], received{header: r.Header.Clone(), path: r.URL.RequestURI(), body: body})
	answer := s.answers[r.Host]
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.text)
}

func (s *services) answer(host string, status int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[host] = canned{status, text}
}

func (s *services) count(host string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests[host])
}

func (s *services) last(t *testing.T, host string) (received, map[string]any) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(t, s.requests[host])
	request := s.requests[host][len(s.requests[host])-1]
	var body map[string]any
	require.NoError(t, json.Unmarshal(request.body, &body))
	return request, body
}

// use leads every name to the services, except those of a server of its own.
func (s *services) use(other *httptest.Server) func(*Options) {
	address := s.Listener.Addr().String()
	return func(o *Options) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // the server answers for names that are not its own
			DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
				if other == nil || to != other.Listener.Addr().String() {
					to = address
				}
				return new(net.Dialer).DialContext(ctx, network, to)
			},
		}}
	}
}

func TestEachChatServiceGetsItsOwnForm(t *testing.T) {
	const text = "[Ótica Boa Vista] Falha no envio\nUma mensagem não foi enviada."
	cases := []struct {
		url, host, path string
		body            map[string]any
	}{
		{telegramURL, "api.telegram.org", "/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage", map[string]any{"chat_id": "@equipe", "text": text}},
		{
			strings.Replace(telegramURL, "@equipe", "-100:7&notification=no", 1), "api.telegram.org", "/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage",
			map[string]any{"chat_id": "-100", "message_thread_id": 7.0, "disable_notification": true, "text": text},
		},
		{
			slackHook, "hooks.slack.com", "/services/T0000000A/B0000000B/abcdefghijklmnopqrstuvwx",
			map[string]any{"text": text, "username": "retoma", "icon_emoji": "bell"},
		},
		{slackBot, "slack.com", "/api/chat.postMessage", map[string]any{"text": text, "channel": "C001CH4NN3L"}},
		{
			discordURL, "discord.com", "/api/webhooks/123456/discordtoken?thread_id=789",
			map[string]any{"content": text, "allowed_mentions": map[string]any{"parse": []any{}}},
		},
		{
			teamsURL, "org.webhook.office.com",
			"/webhookb2/11111111-4444-4444-8444-cccccccccccc@22222222-4444-4444-8444-cccccccccccc/IncomingWebhook/33333333012222222222333333333344/44444444-4444-4444-8444-cccccccccccc/V2ESyij",
			map[string]any{
				"@type": "MessageCard", "@context": "https://schema.org/extensions", "summary": "[Ótica Boa Vista] Falha no envio",
				"title": "[Ótica Boa Vista] Falha no envio", "text": "Uma mensagem não foi enviada.",
			},
		},
	}
	for _, c := range cases {
		services := newServices(t)
		w := newWorld(chat.Notify{URLs: []string{c.url}})
		require.NoError(t, CheckTargets(chat.Notify{URLs: []string{c.url}}))
		require.NoError(t, w.notifier(services.use(nil)).Deliver(t.Context(), "n1"))
		require.Equal(t, stateSent, w.row("n1").notification.State, w.row("n1").problem)
		request, body := services.last(t, c.host)
		require.Equal(t, c.path, request.path)
		require.Equal(t, c.body, body)
	}
}

func TestAServicesRefusalIsAFailureWhateverItsStatus(t *testing.T) {
	cases := []struct {
		url, host string
		status    int
		answer    string
		want      string
	}{
		{slackBot, "slack.com", 200, `{"ok":false,"error":"channel_not_found"}`, "slack: recusou: channel_not_found"},
		{slackBot, "slack.com", 200, `{"ok":false,"error":"see http://x"}`, "slack: recusou a mensagem"},
		{slackBot, "slack.com", 200, `<html>`, "slack: respondeu algo que não se entende"},
		{slackHook, "hooks.slack.com", 404, "no_service", "slack: respondeu HTTP 404"},
		{telegramURL, "api.telegram.org", 429, `{"ok":false}`, "telegram: respondeu HTTP 429"},
		{telegramURL, "api.telegram.org", 200, `{"ok":false}`, "telegram: recusou a mensagem"},
		{discordURL, "discord.com", 404, "", "discord: respondeu HTTP 404"},
		{teamsURL, "org.webhook.office.com", 200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429", "teams: recusou a mensagem"},
	}
	for _, c := range cases {
		services := newServices(t)
		services.answer(c.host, c.status, c.answer)
		w := newWorld(chat.Notify{URLs: []string{c.url}})
		require.NoError(t, w.notifier(services.use(nil)).Deliver(t.Context(), "n1"))
		require.Equal(t, "tentativa 1 de 6: "+c.want, w.row("n1").problem)
	}
}

func TestWithoutANetworkNothingCountsAsSent(t *testing.T) {
	for _, raw := range []string{telegramURL, slackHook, slackBot, discordURL, teamsURL} {
		services := newServices(t)
		services.Close()
		w := newWorld(chat.Notify{URLs: []string{raw}})
		require.NoError(t, w.notifier(services.use(nil)).Deliver(t.Context(), "n1"))
		require.Equal(t, statePending, w.row("n1").notification.State, raw)
		require.Contains(t, w.row("n1").problem, "conexão recusada")
	}
}

func TestEachTelegramChatIsATargetOfItsOwn(t *testing.T) {
	targets, err := parseTarget(strings.Replace(telegramURL, "@equipe", "@equipe,-100123,-100123:4", 1))
	require.NoError(t, err)
	keys := map[string]bool{}
	for _, each := range targets {
		keys[each.key] = true
	}
	require.Len(t, keys, 3)
}

func TestTextsAreCutWhereServicesWouldRefuseThem(t *testing.T) {
	for _, c := range []struct {
		text    string
		longest int
		want    string
	}{
		{"abcd", 4, "abcd"}, {"abcde", 4, "abc…"}, {"ãéíõú", 4, "ãéí…"}, {"", 4, ""},
		{"😀😀", 4, "😀😀"}, {"😀😀😀", 4, "😀…"}, {"a😀😀", 4, "a😀…"}, {"abc\xff\xff", 4, "abc…"},
	} {
		require.Equal(t, c.want, shortened(c.text, c.longest), "%q", c.text)
	}
}

func TestSlackTextCannotMentionAnybody(t *testing.T) {
	require.Equal(t, "&lt;!channel&gt; a &amp; b", slackText("<!channel> a & b"))
}

// recordingTransport notes where a request would go.
type recordingTransport struct{ host string }

func (r *recordingTransport) client() *http.Client { return &http.Client{Transport: r} }

func (r *recordingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	r.host = request.URL.Host
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: request}, nil
}
