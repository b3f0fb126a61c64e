// Package gatewaytest is what the tests of the gateway and of its families have in common: a gateway on a real database with two
// tenants, calls whose answers are held against the contract, and what workers and customers would have done meanwhile.
// It must not know what any test wants to see.
// Start reading at New.
package gatewaytest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	JWTSecret = "a secret of the tests"
	AppSecret = "app secret"
)

// House is a gateway with a real database, two tenants, and nobody who works.
type House struct {
	T       testing.TB
	G       *gateway.Gateway
	Store   *store.Store
	Path    string
	Wakes   *Wakes
	Log     *bytes.Buffer
	Ours    *Tenant
	Theirs  *Tenant
	Options gateway.Options

	mutex sync.Mutex
	now   time.Time
}

// Tenant is one of the two, with a key of each role and a channel.
type Tenant struct {
	ID, Admin, Operator, Viewer string
	Channel                     chat.Channel
}

// Start is when the clock of a house begins to be read.
var Start = time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)

// New is a house on an empty database, at Start.
func New(t testing.TB, adjust ...func(*gateway.Options)) *House {
	t.Helper()
	address := storetest.Address(t, "sqlite")
	h := NewAt(t, address, Start, adjust...)
	h.Path = strings.TrimPrefix(address, "sqlite://")
	return h
}

// NewAt is a house on any empty database, at any time.
func NewAt(t testing.TB, database string, now time.Time, adjust ...func(*gateway.Options)) *House {
	t.Helper()
	h := &House{T: t, Wakes: &Wakes{}, Log: &bytes.Buffer{}, now: now}
	var err error
	h.Store, err = store.Open(t.Context(), store.Options{Address: database, SecretKey: "test", Now: h.Clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Store.Close()) })
	h.Options = gateway.Options{
		Store: h.Store, Waker: h.Wakes, Catalog: catalog.New(10, nil), JWTSecret: JWTSecret, PublicURL: "https://retoma.example",
		Providers: map[string]provider.Provider{"meta": meta.New(meta.Options{})},
		Files:     &media.Shelf{Store: h.Store, Blobs: openBlobs(t), Now: h.Clock},
		Now:       h.Clock, PlanWait: -1, Logger: slog.New(slog.NewJSONHandler(h.Log, nil)),
	}
	for _, change := range adjust {
		change(&h.Options)
	}
	h.G, err = gateway.New(h.Options)
	require.NoError(t, err)
	t.Cleanup(h.G.Close)
	h.Ours, h.Theirs = h.Settle("Nossa", "111"), h.Settle("Deles", "222")
	return h
}

func openBlobs(t testing.TB) *media.Blobs {
	t.Helper()
	blobs, err := media.Open("file://"+t.TempDir(), "")
	require.NoError(t, err)
	return blobs
}

// Upload keeps a file.
func (h *House) Upload(who *Tenant, kind, content string) Answer {
	h.T.Helper()
	request, err := http.NewRequest(http.MethodPost, "/api/media", strings.NewReader(content))
	require.NoError(h.T, err)
	request.Header.Set("Authorization", "Bearer "+who.Operator)
	request.Header.Set("Content-Type", kind)
	return h.Do(request)
}

// With is the same house behind another store.
func (h *House) With(s gateway.Store) *House {
	options := h.Options
	options.Store = s
	g, err := gateway.New(options)
	require.NoError(h.T, err)
	h.T.Cleanup(g.Close)
	return &House{T: h.T, G: g, Store: h.Store, Path: h.Path, Wakes: h.Wakes, Log: h.Log, Ours: h.Ours, Theirs: h.Theirs, Options: options, now: h.now}
}

// Clock is the time in the house.
func (h *House) Clock() time.Time {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.now
}

// Advance lets time pass.
func (h *House) Advance(by time.Duration) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.now = h.now.Add(by)
}

// Set sets the clock.
func (h *House) Set(now time.Time) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.now = now
}

// Settle makes a tenant with its keys, its channel and two templates.
func (h *House) Settle(name, account string) *Tenant {
	made := &Tenant{ID: chat.NewID()}
	require.NoError(h.T, h.Store.CreateTenant(h.T.Context(), chat.Tenant{ID: made.ID, Name: name}))
	made.Admin, made.Operator, made.Viewer = h.Key(made.ID, chat.RoleAdmin), h.Key(made.ID, chat.RoleOperator), h.Key(made.ID, chat.RoleViewer)
	made.Channel = h.Channel(made.ID, account, "+551130000"+account)
	require.NoError(h.T, h.Store.SaveTemplates(h.T.Context(), made.ID, made.Channel.ID, []chat.Template{
		{Name: "lembrete", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED", BodyText: "Olá {{1}}, seu compromisso é {{2}}."},
		{Name: "parado", Language: "pt_BR", Category: "MARKETING", Status: "PAUSED", BodyText: "Olá"},
	}))
	return made
}

// Channel makes a channel.
func (h *House) Channel(tenantID, account, phone string) chat.Channel {
	channel := chat.Channel{
		ID: chat.NewID(), TenantID: tenantID, Name: "Vendas", Provider: "meta", Phone: phone, Account: account, Token: "token-" + chat.NewID(),
		Config:  map[string]string{"wabaId": "102290" + account},
		Secrets: map[string]string{"accessToken": "EAAB", "appSecret": AppSecret, "verifyToken": "verify"}, Online: true,
	}
	require.NoError(h.T, h.Store.CreateChannel(h.T.Context(), channel))
	return channel
}

// Key makes an API key of a role and gives its text.
func (h *House) Key(tenantID string, role chat.Role, scopes ...string) string {
	return h.KeyOf(chat.APIKey{TenantID: tenantID, Role: role, Scopes: scopes})
}

// KeyOf makes an API key and gives its text.
func (h *House) KeyOf(k chat.APIKey) string {
	text := "rtm_" + strings.ReplaceAll(chat.NewID(), "-", "")
	sum := sha256.Sum256([]byte(text))
	k.ID, k.Name, k.Hash = chat.NewID(), "test", hex.EncodeToString(sum[:])
	require.NoError(h.T, h.Store.CreateAPIKey(h.T.Context(), k))
	return text
}

// Token is a JWT; change may spoil it.
func (h *House) Token(change func(claims jwt.MapClaims)) string {
	claims := jwt.MapClaims{"tenant_id": h.Ours.ID, "role": "admin", "exp": h.Clock().Add(time.Hour).Unix()}
	if change != nil {
		change(claims)
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(JWTSecret))
	require.NoError(h.T, err)
	return signed
}

// Model makes a model with two messages.
func (h *House) Model(who *Tenant) Answer {
	h.T.Helper()
	return h.Done(201, "POST", "/api/followup-models", who.Admin, Object{
		"name": "Orçamento", "channelId": who.Channel.ID, "startTime": "10:00", "onReply": "stop",
		"messages": []Object{{"text": "Olá {{contact.first_name | default: \"tudo bem\"}}?", "offset": 10}, {"text": "Posso ajudar?", "offset": 60}},
	})
}

// Webhook posts to a channel's webhook with a signature.
func (h *House) Webhook(channel chat.Channel, body, secret string) Answer {
	h.T.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	request := httptest.NewRequest(http.MethodPost, "/webhooks/meta/"+channel.Token, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return h.Do(request)
}

// CustomerSays lets a customer write to a channel through its webhook.
func (h *House) CustomerSays(channel chat.Channel, from, text string) {
	h.T.Helper()
	h.CustomerCalledSays(channel, from, "Ana Souza", text)
}

// CustomerCalledSays is CustomerSays for a customer of another name.
func (h *House) CustomerCalledSays(channel chat.Channel, from, name, text string) {
	h.T.Helper()
	require.Equal(h.T, 200, h.Webhook(channel, metaMessageOf(channel.Account, from, name, "wamid."+chat.NewID(), text, h.Clock()), AppSecret).Status)
}

// MetaMessage is the webhook with a customer's text.
func MetaMessage(account, from, id, text string, at time.Time) string {
	return metaMessageOf(account, from, "Ana Souza", id, text, at)
}

func metaMessageOf(account, from, name, id, text string, at time.Time) string {
	body, err := json.Marshal(Object{"object": "whatsapp_business_account", "entry": []Object{{"id": "102290" + account, "changes": []Object{{
		"field": "messages", "value": Object{"messaging_product": "whatsapp", "metadata": Object{"phone_number_id": account},
			"contacts": []Object{{"wa_id": from, "profile": Object{"name": name}}},
			"messages": []Object{{"from": from, "id": id, "timestamp": strconv.FormatInt(at.Unix(), 10), "type": "text", "text": Object{"body": text}}}}}}}}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// Object is a JSON object.
type Object = map[string]any

// Mail is what lies unread in a contact's inbox.
func (h *House) Mail(who *Tenant, contactID string) []chat.Event {
	h.T.Helper()
	var events []chat.Event
	_, err := h.Store.Work(context.Background(), desk.Ref{TenantID: who.ID, ContactID: contactID}, nil, func(_ context.Context, d *desk.Desk) error {
		for _, mail := range d.Mail {
			events = append(events, mail.Event)
		}
		return nil
	})
	require.NoError(h.T, err)
	return events
}

// Outbox is what a contact will be sent.
func (h *House) Outbox(who *Tenant, contactID string) []desk.Item {
	h.T.Helper()
	var items []desk.Item
	_, err := h.Store.Work(context.Background(), desk.Ref{TenantID: who.ID, ContactID: contactID}, nil, func(_ context.Context, d *desk.Desk) error {
		items = append(items, d.Outbox...)
		return nil
	})
	require.NoError(h.T, err)
	return items
}

// Encode is a value as JSON.
func Encode(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

var accountField = regexp.MustCompile(`"phone_number_id":\s*"(\d+)"`)

// AccountIn is the number that a recorded webhook is for.
func AccountIn(t *testing.T, raw []byte) string {
	t.Helper()
	found := accountField.FindSubmatch(raw)
	require.NotNil(t, found)
	return string(found[1])
}
