package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	number   = "106540352242922"
	waba     = "102290129340398"
	token    = "EAAtest"
	secret   = "test_app_secret"
	customer = "5511999990001"
)

// testClock is a clock that moves only when told.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a sandbox with one business whose callback remembers what it gets.
type world struct {
	t        *testing.T
	sandbox  *Server
	http     *httptest.Server
	client   *http.Client
	clock    *testClock
	callback *callback
	options  Options
}

type option func(*Options)

func newWorld(t *testing.T, adjust ...option) *world {
	w := &world{t: t, clock: &testClock{now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}, callback: newCallback(t)}
	w.options = Options{Clock: w.clock.Now, Steady: time.Now, Seed: 7, Delays: &Delays{}, Retry: Retry{Base: time.Millisecond, Cap: 4 * time.Millisecond},
		Businesses: []Business{w.business()}}
	for _, a := range adjust {
		a(&w.options)
	}
	w.sandbox = New(w.options)
	w.http = httptest.NewServer(w.sandbox.Handler())
	w.client = &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		w.sandbox.Close()
		w.client.CloseIdleConnections()
		w.http.Close()
	})
	return w
}

func (w *world) business() Business {
	return Business{PhoneNumberID: number, WabaID: waba, DisplayPhoneNumber: "+55 11 4004-0001", VerifiedName: "Loja Teste", AccessToken: token,
		AppSecret: secret, CallbackURL: w.callback.server.URL + "/webhooks/meta/x", VerifyToken: "meu_token", Templates: templatesOfFixture(w.t)}
}

// templatesOfFixture are Meta's own templates as it lists them.
func templatesOfFixture(t *testing.T) []Template {
	var fixture struct {
		Body struct {
			Data []Template `json:"data"`
		} `json:"body"`
	}
	readFixture(t, "resp_templates_page.json", &fixture)
	return fixture.Body.Data
}

func readFixture(t *testing.T, name string, into any) {
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, into))
}

// settle waits until no status is planned and no webhook is waiting.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(w.t, w.sandbox.WaitIdle(ctx), "still busy: %+v", w.sandbox.WebhookCounts())
}

type result struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (w *world) call(method, path, bearer, body string) result {
	w.t.Helper()
	out, err := w.try(method, path, bearer, body)
	require.NoError(w.t, err)
	return out
}

func (w *world) try(method, path, bearer, body string) (result, error) {
	request, err := http.NewRequest(method, w.http.URL+path, bytes.NewBufferString(body))
	require.NoError(w.t, err)
	request.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	return w.exchange(request)
}

// do sends a request that must be answered.
func (w *world) do(request *http.Request) result {
	w.t.Helper()
	out, err := w.exchange(request)
	require.NoError(w.t, err)
	return out
}

func (w *world) exchange(request *http.Request) (result, error) {
	response, err := w.client.Do(request)
	if err != nil {
		return result{}, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return result{}, err
	}
	out := result{status: response.StatusCode, header: response.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &out.body) // an answer that is not JSON has no body to look into
	return out, nil
}

func (w *world) send(body string) result {
	w.t.Helper()
	return w.call(http.MethodPost, "/graph/v23.0/"+number+"/messages", token, body)
}

// sendText sends a text and gives the message's id.
func (w *world) sendText(to, text string) string {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"messaging_product": "whatsapp", "to": to, "type": "text", "text": map[string]string{"body": text},
		"biz_opaque_callback_data": "job:" + text})
	require.NoError(w.t, err)
	sent := w.send(string(body))
	require.Equal(w.t, 200, sent.status, sent.raw)
	return sent.body["messages"].([]any)[0].(map[string]any)["id"].(string)
}

func (w *world) write(in Incoming) string {
	w.t.Helper()
	id, err := w.sandbox.Write(customer, in)
	require.NoError(w.t, err)
	return id
}

func (w *world) api(method, path, body string) result {
	w.t.Helper()
	return w.call(method, "/api"+path, "", body)
}

func (w *world) faults(document string) {
	w.t.Helper()
	require.NoError(w.t, w.sandbox.SetFaults([]byte(document)))
}

func (w *world) message(id string) Message {
	w.t.Helper()
	for _, m := range w.sandbox.Messages(customer) {
		if m.ID == id {
			return m
		}
	}
	require.Fail(w.t, "no such message", id)
	return Message{}
}

// graphCode is the code of a refusal in Meta's shape.
func (r result) graphCode() int {
	refused, ok := r.body["error"].(map[string]any)
	if !ok {
		return 0
	}
	return int(refused["code"].(float64))
}

// callback is the business's webhook endpoint. It verifies every signature over the raw bytes.
type callback struct {
	t      *testing.T
	server *httptest.Server
	mu     sync.Mutex
	// anySecret lets signatures under other secrets pass.
	anySecret bool
	// refuse answers so many posts with 500 first.
	refuse int
	bodies []string
	posts  int
	// arrived, if set, gets every body that was taken.
	arrived chan string
}

func newCallback(t *testing.T) *callback {
	c := &callback{t: t}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		c.verification(w, r)
		return
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || !c.anySecret && !hmac.Equal([]byte(Sign(secret, raw)), []byte(r.Header.Get(SignatureHeader))) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts++
	if c.refuse > 0 {
		c.refuse--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	c.bodies = append(c.bodies, string(raw))
	if c.arrived != nil {
		c.arrived <- string(raw)
	}
}

func (c *callback) verification(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("hub.mode") != "subscribe" || query.Get("hub.verify_token") != "meu_token" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	_, _ = io.WriteString(w, query.Get("hub.challenge"))
}

// taken gives what the webhooks answered with 200 said so far, decoded, in order of arrival. Items that cannot be read are left out.
func (c *callback) taken() []webhookValue {
	c.mu.Lock()
	defer c.mu.Unlock()
	var values []webhookValue
	for _, raw := range c.bodies {
		var body wireBody
		require.NoError(c.t, json.Unmarshal([]byte(raw), &body))
		require.Len(c.t, body.Entry, 1)
		require.Equal(c.t, waba, body.Entry[0].ID)
		for _, change := range body.Entry[0].Changes {
			var loose struct {
				Messages []json.RawMessage `json:"messages"`
				Statuses []json.RawMessage `json:"statuses"`
				Contacts []webhookContact  `json:"contacts"`
			}
			if json.Unmarshal(change.Value, &loose) == nil {
				values = append(values, webhookValue{Contacts: loose.Contacts, Messages: readable[webhookMessage](loose.Messages),
					Statuses: readable[webhookStatus](loose.Statuses)})
			}
		}
	}
	return values
}

func readable[T any](items []json.RawMessage) []T {
	var out []T
	for _, raw := range items {
		var one *T
		if json.Unmarshal(raw, &one) == nil && one != nil {
			out = append(out, *one)
		}
	}
	return out
}

// statuses gives the statuses told of a message, in order of arrival.
func (c *callback) statuses(id string) []string {
	var names []string
	for _, value := range c.taken() {
		for _, status := range value.Statuses {
			if status.ID == id {
				names = append(names, status.Status)
			}
		}
	}
	return names
}

// messages gives the customers' messages that were taken, in order of arrival.
func (c *callback) messages() []webhookMessage {
	var messages []webhookMessage
	for _, value := range c.taken() {
		messages = append(messages, value.Messages...)
	}
	return messages
}
