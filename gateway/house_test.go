package gateway_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/catalog"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/media"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

const (
	jwtSecret = "a secret of the tests"
	appSecret = "app secret"
)

// house is a gateway with a real database, two tenants, and nobody who works.
type house struct {
	t       testing.TB
	g       *gateway.Gateway
	store   *store.Store
	path    string
	wakes   *wakes
	log     *bytes.Buffer
	ours    *tenant
	theirs  *tenant
	options gateway.Options

	mutex sync.Mutex
	now   time.Time
}

// tenant is one of the two, with a key of each role and a channel.
type tenant struct {
	id, admin, operator, viewer string
	channel                     chat.Channel
}

var start = time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)

func newHouse(t testing.TB, adjust ...func(*gateway.Options)) *house {
	t.Helper()
	address := storetest.Address(t, "sqlite")
	h := newHouseAt(t, address, start, adjust...)
	h.path = strings.TrimPrefix(address, "sqlite://")
	return h
}

// newHouseAt is a house on any empty database, at any time.
func newHouseAt(t testing.TB, database string, now time.Time, adjust ...func(*gateway.Options)) *house {
	t.Helper()
	h := &house{t: t, wakes: &wakes{}, log: &bytes.Buffer{}, now: now}
	var err error
	h.store, err = store.Open(t.Context(), store.Options{Address: database, SecretKey: "test", Now: h.clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.store.Close()) })
	h.options = gateway.Options{
		Store: h.store, Waker: h.wakes, Catalog: catalog.New(10, nil), JWTSecret: jwtSecret, PublicURL: "https://retoma.example",
		Providers: map[string]provider.Provider{"meta": meta.New(meta.Options{})},
		Files:     &media.Shelf{Store: h.store, Blobs: openBlobs(t), Now: h.clock},
		Now:       h.clock, PlanWait: -1, Logger: slog.New(slog.NewJSONHandler(h.log, nil)),
	}
	for _, change := range adjust {
		change(&h.options)
	}
	h.g, err = gateway.New(h.options)
	require.NoError(t, err)
	t.Cleanup(h.g.Close)
	h.ours, h.theirs = h.settle("Nossa", "111"), h.settle("Deles", "222")
	return h
}

func openBlobs(t testing.TB) *media.Blobs {
	t.Helper()
	blobs, err := media.Open("file://"+t.TempDir(), "")
	require.NoError(t, err)
	return blobs
}

// upload keeps a file.
func (h *house) upload(who *tenant, kind, content string) answer {
	h.t.Helper()
	request, err := http.NewRequest(http.MethodPost, "/api/media", strings.NewReader(content))
	require.NoError(h.t, err)
	request.Header.Set("Authorization", "Bearer "+who.operator)
	request.Header.Set("Content-Type", kind)
	return h.do(request)
}

// with is the same house behind another store.
func (h *house) with(s gateway.Store) *house {
	options := h.options
	options.Store = s
	g, err := gateway.New(options)
	require.NoError(h.t, err)
	h.t.Cleanup(g.Close)
	return &house{t: h.t, g: g, store: h.store, path: h.path, wakes: h.wakes, log: h.log, ours: h.ours, theirs: h.theirs, options: options, now: h.now}
}

func (h *house) clock() time.Time {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.now
}

func (h *house) advance(by time.Duration) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.now = h.now.Add(by)
}

// settle makes a tenant with its keys, its channel and two templates.
func (h *house) settle(name, account string) *tenant {
	made := &tenant{id: chat.NewID()}
	require.NoError(h.t, h.store.CreateTenant(h.t.Context(), chat.Tenant{ID: made.id, Name: name}))
	made.admin, made.operator, made.viewer = h.key(made.id, chat.RoleAdmin), h.key(made.id, chat.RoleOperator), h.key(made.id, chat.RoleViewer)
	made.channel = h.channel(made.id, account, "+551130000"+account)
	require.NoError(h.t, h.store.SaveTemplates(h.t.Context(), made.id, made.channel.ID, []chat.Template{
		{Name: "lembrete", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED", BodyText: "Olá {{1}}, seu compromisso é {{2}}."},
		{Name: "parado", Language: "pt_BR", Category: "MARKETING", Status: "PAUSED", BodyText: "Olá"},
	}))
	return made
}

func (h *house) channel(tenantID, account, phone string) chat.Channel {
	channel := chat.Channel{
		ID: chat.NewID(), TenantID: tenantID, Name: "Vendas", Provider: "meta", Phone: phone, Account: account, Token: "token-" + chat.NewID(),
		Config:  map[string]string{"wabaId": "waba-" + account},
		Secrets: map[string]string{"accessToken": "EAAB", "appSecret": appSecret, "verifyToken": "verify"}, Online: true,
	}
	require.NoError(h.t, h.store.CreateChannel(h.t.Context(), channel))
	return channel
}

func (h *house) key(tenantID string, role chat.Role, scopes ...string) string {
	return h.keyOf(chat.APIKey{TenantID: tenantID, Role: role, Scopes: scopes})
}

func (h *house) keyOf(k chat.APIKey) string {
	text := "rtm_" + strings.ReplaceAll(chat.NewID(), "-", "")
	sum := sha256.Sum256([]byte(text))
	k.ID, k.Name, k.Hash = chat.NewID(), "test", hex.EncodeToString(sum[:])
	require.NoError(h.t, h.store.CreateAPIKey(h.t.Context(), k))
	return text
}

// token is a JWT; change may spoil it.
func (h *house) token(change func(claims jwt.MapClaims)) string {
	claims := jwt.MapClaims{"tenant_id": h.ours.id, "role": "admin", "exp": h.clock().Add(time.Hour).Unix()}
	if change != nil {
		change(claims)
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(jwtSecret))
	require.NoError(h.t, err)
	return signed
}

// answer is what a call came to.
type answer struct {
	status int
	header http.Header
	raw    string
	// whole is the JSON value, body the same if it is an object.
	whole any
	body  map[string]any
}

func (a answer) data() map[string]any {
	data, _ := a.body["data"].(map[string]any)
	return data
}

func (a answer) list() []any {
	list, _ := a.body["data"].([]any)
	return list
}

func (a answer) text(name string) string {
	text, _ := a.data()[name].(string)
	return text
}

// call makes a JSON request; the answer is held against the contract.
func (h *house) call(method, path, key string, body any, headers ...string) answer {
	h.t.Helper()
	raw, isText := body.(string)
	if body != nil && !isText {
		encoded, err := json.Marshal(body)
		require.NoError(h.t, err)
		raw = string(encoded)
	}
	request := httptest.NewRequest(method, path, strings.NewReader(raw))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	found := h.do(request)
	if found.status < 300 && request.Header.Get("Content-Type") == "application/json" {
		h.holdRequestAgainstContract(method, request.URL.Path, raw)
	}
	return found
}

func (h *house) do(request *http.Request) answer {
	h.t.Helper()
	response, err := h.g.App().Test(request, -1)
	require.NoError(h.t, err)
	raw, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	require.NoError(h.t, response.Body.Close())
	found := answer{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if len(raw) > 0 && strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		require.NoError(h.t, json.Unmarshal(raw, &found.whole), "%s %s: %s", request.Method, request.URL, raw)
		found.body, _ = found.whole.(map[string]any)
	}
	require.NotEmpty(h.t, found.header.Get("X-Request-Id"))
	h.holdAgainstContract(request.Method, request.URL.Path, found)
	return found
}

// refused makes a call and demands this failure.
func (h *house) refused(status int, text string, method, path, key string, body any, headers ...string) answer {
	h.t.Helper()
	found := h.call(method, path, key, body, headers...)
	require.Equal(h.t, status, found.status, found.raw)
	require.Equal(h.t, false, found.body["success"], found.raw)
	require.Contains(h.t, found.body["error"], text)
	require.NotEmpty(h.t, found.body["code"])
	return found
}

// done makes a call and demands a success with this status.
func (h *house) done(status int, method, path, key string, body any, headers ...string) answer {
	h.t.Helper()
	found := h.call(method, path, key, body, headers...)
	require.Equal(h.t, status, found.status, found.raw)
	return found
}

// model makes a model with two messages.
func (h *house) model(who *tenant) answer {
	h.t.Helper()
	return h.done(201, "POST", "/api/followup-models", who.admin, object{
		"name": "Orçamento", "channelId": who.channel.ID, "startTime": "10:00", "onReply": "stop",
		"messages": []object{{"text": "Olá {{contact.first_name | default: \"tudo bem\"}}?", "offset": 10}, {"text": "Posso ajudar?", "offset": 60}},
	})
}

// webhook posts to a channel's webhook with a signature.
func (h *house) webhook(channel chat.Channel, body, secret string) answer {
	h.t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	request := httptest.NewRequest(http.MethodPost, "/webhooks/meta/"+channel.Token, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return h.do(request)
}

// customerSays lets a customer write to a channel through its webhook.
func (h *house) customerSays(channel chat.Channel, from, text string) {
	h.t.Helper()
	h.customerCalledSays(channel, from, "Ana Souza", text)
}

func (h *house) customerCalledSays(channel chat.Channel, from, name, text string) {
	h.t.Helper()
	require.Equal(h.t, 200, h.webhook(channel, metaMessageOf(channel.Account, from, name, "wamid."+chat.NewID(), text, h.clock()), appSecret).status)
}

func metaMessage(account, from, id, text string, at time.Time) string {
	return metaMessageOf(account, from, "Ana Souza", id, text, at)
}

func metaMessageOf(account, from, name, id, text string, at time.Time) string {
	body, err := json.Marshal(object{"object": "whatsapp_business_account", "entry": []object{{"id": "waba-" + account, "changes": []object{{
		"field": "messages", "value": object{"messaging_product": "whatsapp", "metadata": object{"phone_number_id": account},
			"contacts": []object{{"wa_id": from, "profile": object{"name": name}}},
			"messages": []object{{"from": from, "id": id, "timestamp": strconv.FormatInt(at.Unix(), 10), "type": "text", "text": object{"body": text}}}}}}}}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

type object = map[string]any

// wakes remembers who was woken.
type wakes struct {
	mutex    sync.Mutex
	contacts []desk.Ref
	outbox   []desk.Ref
	alarms   []desk.Alarm
}

func (w *wakes) Contact(ref desk.Ref) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.contacts = append(w.contacts, ref)
}

func (w *wakes) Outbox(ref desk.Ref) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.outbox = append(w.outbox, ref)
}

func (w *wakes) At(alarm desk.Alarm) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.alarms = append(w.alarms, alarm)
}

// Later makes it a waker for a worker too.
func (w *wakes) Later(desk.Ref, time.Time) {}

func (w *wakes) Notification(string) {}

// forget empties the memory.
func (w *wakes) forget() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.contacts, w.outbox, w.alarms = nil, nil, nil
}

// mail is what lies unread in a contact's inbox.
func (h *house) mail(who *tenant, contactID string) []chat.Event {
	h.t.Helper()
	var events []chat.Event
	_, err := h.store.Work(context.Background(), desk.Ref{TenantID: who.id, ContactID: contactID}, nil, func(_ context.Context, d *desk.Desk) error {
		for _, mail := range d.Mail {
			events = append(events, mail.Event)
		}
		return nil
	})
	require.NoError(h.t, err)
	return events
}

// outbox is what a contact will be sent.
func (h *house) outbox(who *tenant, contactID string) []desk.Item {
	h.t.Helper()
	var items []desk.Item
	_, err := h.store.Work(context.Background(), desk.Ref{TenantID: who.id, ContactID: contactID}, nil, func(_ context.Context, d *desk.Desk) error {
		items = append(items, d.Outbox...)
		return nil
	})
	require.NoError(h.t, err)
	return items
}

func encode(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

var accountField = regexp.MustCompile(`"phone_number_id":\s*"(\d+)"`)

// accountIn is the number that a recorded webhook is for.
func accountIn(t *testing.T, raw []byte) string {
	t.Helper()
	found := accountField.FindSubmatch(raw)
	require.NotNil(t, found)
	return string(found[1])
}
