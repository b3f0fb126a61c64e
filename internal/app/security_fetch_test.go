package app

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/ai"
	"retoma/internal/chat"
	"retoma/internal/deliver"
	"retoma/internal/desk"
	"retoma/internal/metrics"
	"retoma/internal/notify"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
)

// outgoing is one way in which an address that a tenant, or a customer's webhook, names is called by us.
type outgoing struct {
	name string
	// call calls scheme://host:port as the product does, and gives what is told to people of how it ended.
	call func(t *testing.T, c Config, base string) string
}

// outgoings are all of them, made as the product makes them. TestEveryPlaceThatFetchesIsKnown (internal/house) finds new ones.
func outgoings() []outgoing {
	return []outgoing{
		{"the API of a channel", func(t *testing.T, c Config, base string) string {
			_, err := meta.New(graphOptions(c)).Templates(t.Context(), channelOf(base))
			return words(err)
		}},
		{"a customer's file", func(t *testing.T, c Config, base string) string {
			var fetcher provider.MediaFetcher = meta.New(graphOptions(c))
			_, err := fetcher.FetchMedia(t.Context(), channelOf(base), chat.Media{Link: base + "/file"}, 1<<20)
			return words(err)
		}},
		{"the AI service of a tenant", func(t *testing.T, c Config, base string) string {
			parts := &Parts{Metrics: metrics.New(metrics.Options{Now: time.Now})}
			job := ai.Job{Endpoint: ai.Endpoint{BaseURL: base, Model: "m"}, Assistant: chat.Assistant{TimeLimit: time.Minute}, StepPrompt: "oi", Now: time.Now()}
			_, err := parts.assistants(c).Writer.Write(t.Context(), job)
			return words(err)
		}},
		{"a subscription", func(t *testing.T, c Config, base string) string {
			told := &oneSubscription{url: base, told: make(chan string, 1)}
			courier := deliver.New(deliver.Options{Store: told, Dial: notify.Dialer(c.AllowPrivate, !c.Production()), Explain: notify.Explain})
			courier.Start(t.Context())
			defer courier.Stop()
			return <-told.told
		}},
		{"a notification by webhook", func(t *testing.T, c Config, base string) string {
			return notified(t, c, chat.Notify{WebhookURL: base, WebhookSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
		}},
		{"a notification by mail", func(t *testing.T, c Config, base string) string {
			_, host, _ := strings.Cut(base, "://")
			return notified(t, c, chat.Notify{URLs: []string{"smtp://" + host + "/?from=a@b.com&to=c@d.com"}})
		}},
	}
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func channelOf(base string) chat.Channel {
	return chat.Channel{ID: "c", TenantID: "t", Provider: "meta", Account: "1", Config: map[string]string{"baseUrl": base, "wabaId": "1"}, Secrets: map[string]string{"accessToken": "EAAB", "appSecret": "s"}}
}

func notified(t *testing.T, c Config, to chat.Notify) string {
	t.Helper()
	waiting := &oneNotification{to: to}
	notifier := notify.New(notify.Options{Store: waiting, Production: c.Production(), AllowPrivate: c.AllowPrivate, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, notifier.Deliver(t.Context(), "n"))
	return waiting.problem
}

// oneNotification is a store with one notification and whom to tell.
type oneNotification struct {
	to      chat.Notify
	problem string
}

func (o *oneNotification) ClaimNotification(_ context.Context, id string, now time.Time, _ time.Duration) (desk.Notification, bool, error) {
	return desk.Notification{ID: id, TenantID: "t", State: "pending", Kind: "test", Title: "a", Text: "b", At: now, Attempts: 1}, true, nil
}
func (o *oneNotification) NotificationProblem(context.Context, string) (string, error) {
	return "", nil
}
func (o *oneNotification) EndNotification(_ context.Context, _, _, problem string, _ time.Time) error {
	o.problem = problem
	return nil
}
func (o *oneNotification) Tenant(context.Context, string) (chat.Tenant, error) {
	return chat.Tenant{ID: "t", Settings: chat.Settings{Notify: o.to}}, nil
}

// oneSubscription is a store with one delivery that is due.
type oneSubscription struct {
	url   string
	taken atomic.Bool
	told  chan string
}

func (o *oneSubscription) Subscribed(context.Context) (bool, error)                  { return true, nil }
func (o *oneSubscription) Publish(context.Context) (int, bool, error)                { return 0, false, nil }
func (o *oneSubscription) ReleaseSubscription(context.Context, string, string) error { return nil }
func (o *oneSubscription) PruneDeliveries(context.Context, time.Time, time.Time) (bool, error) {
	return false, nil
}
func (o *oneSubscription) DueSubscriptions(context.Context, time.Time, int) ([]string, error) {
	if o.taken.Load() {
		return nil, nil
	}
	return []string{"s"}, nil
}
func (o *oneSubscription) LeaseSubscription(context.Context, string, string, time.Time, time.Time) (desk.Subscription, bool, error) {
	return desk.Subscription{ID: "s", TenantID: "t", URL: o.url, Events: []string{"*"}, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, true, nil
}
func (o *oneSubscription) DueDeliveries(_ context.Context, _ string, now time.Time, _ int) ([]desk.Delivery, error) {
	if o.taken.Swap(true) {
		return nil, nil
	}
	return []desk.Delivery{{ID: "d", TenantID: "t", SubscriptionID: "s", EventID: "e", Event: "ping", State: "pending", Since: now, DueAt: now, Body: "{}"}}, nil
}
func (o *oneSubscription) NoteAttempt(_ context.Context, a desk.Attempt, _ time.Time) (string, error) {
	o.told <- a.Problem
	return "", nil
}

// cellar is a server inside of our network, on an address of this machine, that counts who comes.
func cellar(t *testing.T, address string, handler http.HandlerFunc) (port string, came *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	came = &atomic.Int64{}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0), ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			came.Add(1)
		}
	}}}
	server.Start()
	t.Cleanup(server.Close)
	_, port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port, came
}

// shutDoor takes connections on every address of this machine, counts them, and hangs up.
func shutDoor(t *testing.T) (port string, came *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	came = &atomic.Int64{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = connection.Close() // whoever came has been counted
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-ended })
	_, port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port, came
}

func isRefusal(said string) bool {
	return strings.Contains(said, "rede interna") || strings.Contains(said, "endereço privado ou reservado")
}

// In production nothing that a tenant writes leads into the network that we run in, by whichever door and in whichever
// spelling. "localhost" is a name: what is judged is the address that it leads to, at the moment of connecting.
func TestNoDoorLeadsIntoOurOwnNetwork(t *testing.T) {
	port, came := shutDoor(t)
	production := Config{Env: "production"}
	for _, door := range outgoings() {
		t.Run(door.name, func(t *testing.T) {
			for _, host := range []string{
				"127.0.0.1", "127.1.2.3", "localhost", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]",
				"[2002:7f00:1::]", "169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "[fe80::1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1",
				"192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255",
			} {
				require.True(t, isRefusal(door.call(t, production, "https://"+host+":"+port)), host)
			}
			require.Zero(t, came.Load())
			require.False(t, isRefusal(door.call(t, Config{Env: "production", AllowPrivate: []string{"127.0.0.1"}}, "https://127.0.0.1:"+port)))
			require.Positive(t, came.Swap(0), "the address does lead there: the guard alone kept it out")
		})
	}
}

// Whoever may be called cannot send us on to somebody who may not.
func TestNoDoorFollowsARedirectElsewhere(t *testing.T) {
	inner, came := cellar(t, "127.0.0.2:0", func(http.ResponseWriter, *http.Request) {})
	asked := &atomic.Int64{}
	outer, _ := cellar(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://127.0.0.2:"+inner+r.URL.Path, http.StatusTemporaryRedirect)
	})
	for _, door := range outgoings() {
		if strings.Contains(door.name, "mail") {
			continue // SMTP knows no redirect
		}
		for _, c := range []Config{{Env: "development"}, {Env: "development", AllowPrivate: []string{"127.0.0.0/8"}}} {
			asked.Store(0)
			require.NotEmpty(t, door.call(t, c, "http://127.0.0.1:"+outer), door.name)
			require.Positive(t, asked.Load(), door.name)
			require.Zero(t, came.Load(), door.name)
		}
	}
}

// A proxy of the environment would connect in our place, where nobody judges the address.
func TestNoDoorGoesThroughAProxy(t *testing.T) {
	c := Config{Env: "production"}
	require.Nil(t, guarded(c).Proxy)
	require.Nil(t, fileServers(c).Proxy)
}
