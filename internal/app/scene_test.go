package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/app"
	"retoma/internal/chat"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

const (
	testKey  = "rtm_key_of_the_tests"
	ana      = "5511999990001"
	patience = 10 * time.Second

	// Secrets of the channel that no other text holds.
	accessToken = "EAAaccess-of-the-tests"
	appSecret   = "app-secret-of-the-tests"
	verifyToken = "verify-of-the-tests"
)

// scene is an installation on a real database with the simulated WhatsApp outside of its processes.
type scene struct {
	t        *testing.T
	config   app.Config
	whatsapp *sandbox.Server
	server   *httptest.Server
	tenant   chat.Tenant
	channel  chat.Channel
	model    flows.Document
	mutex    sync.Mutex
	// during is called when a send has been taken by the simulated WhatsApp and not been answered yet.
	during func()
}

// newScene seeds a tenant with a channel and a model of two messages that are due at once.
func newScene(t *testing.T, engine string) *scene {
	t.Helper()
	s := &scene{t: t}
	s.whatsapp = sandbox.New(sandbox.Options{
		Clock: time.Now, Delays: &sandbox.Delays{Sent: 5 * time.Millisecond, Delivered: 5 * time.Millisecond, Read: 5 * time.Millisecond},
		Retry: sandbox.Retry{Base: 100 * time.Millisecond, Cap: 500 * time.Millisecond},
	})
	s.server = httptest.NewServer(http.HandlerFunc(s.provider))
	t.Cleanup(func() {
		s.server.Close()
		s.whatsapp.Close()
	})
	s.config = app.Config{
		Addr: freeAddress(t), DatabaseURL: storetest.Address(t, engine), Role: "all", SecretKey: "secret of the tests", JWTSecret: "jwt of the tests",
		Env: "development", Timezone: "America/Sao_Paulo", Horizon: -time.Second, Concurrency: 16, Connections: 12, LogLevel: "warn",
		SendLease: 3 * time.Second, MediaURL: "file://" + t.TempDir(),
	}
	s.seed()
	return s
}

// provider is the simulated WhatsApp with an ear for sends.
func (s *scene) provider(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		s.whatsapp.Handler().ServeHTTP(w, r)
		return
	}
	recorded := httptest.NewRecorder()
	s.whatsapp.Handler().ServeHTTP(recorded, r)
	s.mutex.Lock()
	during := s.during
	s.mutex.Unlock()
	if during != nil {
		during()
	}
	for name, values := range recorded.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(recorded.Code)
	if _, err := w.Write(recorded.Body.Bytes()); err != nil {
		return // the process was killed meanwhile: that is what the test is about
	}
}

func (s *scene) onSend(do func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.during = do
}

func (s *scene) seed() {
	ctx := context.Background()
	s.open(func(db *store.Store) {
		s.tenant = chat.Tenant{ID: chat.NewID(), Name: "Loja", Settings: chat.Settings{Timezone: "America/Sao_Paulo"}}
		require.NoError(s.t, db.CreateTenant(ctx, s.tenant))
		hash := sha256.Sum256([]byte(testKey))
		require.NoError(s.t, db.CreateAPIKey(ctx, chat.APIKey{ID: chat.NewID(), TenantID: s.tenant.ID, Name: "admin", Hash: hex.EncodeToString(hash[:]), Role: chat.RoleAdmin, Installer: true}))
		s.channel = chat.Channel{
			ID: chat.NewID(), TenantID: s.tenant.ID, Name: "Vendas", Provider: "meta", Phone: "+551140040001", Account: "106540352242922",
			Token: "token-of-the-tests", Online: true, OnUnconfirmed: chat.UnconfirmedHold,
			Config:  map[string]string{"baseUrl": s.server.URL + "/graph", "wabaId": "102290129340398"},
			Secrets: map[string]string{"accessToken": accessToken, "appSecret": appSecret, "verifyToken": verifyToken},
		}
		require.NoError(s.t, db.CreateChannel(ctx, s.channel))
		s.model = s.create(db, `{"name":"Dois","channelId":"`+s.channel.ID+`","startTime":null,"onReply":"stop","messages":[
			{"id":"m1","text":"primeira","offset":0},{"id":"m2","text":"segunda","offset":0}]}`)
	})
	require.NoError(s.t, s.whatsapp.Register(sandbox.Business{
		PhoneNumberID: s.channel.Account, WabaID: "102290129340398", DisplayPhoneNumber: "551140040001", AccessToken: accessToken, AppSecret: appSecret,
		VerifyToken: verifyToken, CallbackURL: "http://" + s.config.Addr + "/webhooks/meta/" + s.channel.Token,
	}))
}

func (s *scene) create(db *store.Store, body string) flows.Document {
	document, err := db.CreateDocument(context.Background(), flows.Document{
		ID: chat.NewID(), TenantID: s.tenant.ID, Kind: flows.ModelDocument, Name: "Dois", ChannelID: s.channel.ID, Active: true, Body: json.RawMessage(body),
	})
	require.NoError(s.t, err)
	return document
}

// open looks into the database while no SQLite process has it.
func (s *scene) open(do func(db *store.Store)) {
	db, err := store.Open(context.Background(), store.Options{Address: s.config.DatabaseURL, SecretKey: s.config.SecretKey})
	require.NoError(s.t, err)
	do(db)
	require.NoError(s.t, db.Close())
}

// launch starts a process of the installation.
func (s *scene) launch(kill string) *process {
	s.t.Helper()
	p, err := launch(s.t, s.config, kill)
	require.NoError(s.t, err)
	return p
}

// call makes a request of the API and gives status and body.
func (s *scene) call(method, path string, body any) (int, map[string]any) {
	return s.request(method, path, body, nil)
}

// keyed posts with an idempotency key.
func (s *scene) keyed(key, path string, body any) (int, map[string]any) {
	return s.request(http.MethodPost, path, body, map[string]string{"Idempotency-Key": key})
}

func (s *scene) request(method, path string, body any, headers map[string]string) (int, map[string]any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(s.t, err)
	request, err := http.NewRequest(method, "http://"+s.config.Addr+path, bytes.NewReader(raw))
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+testKey)
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil // the process is gone
	}
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	var decoded map[string]any
	require.NoError(s.t, json.Unmarshal(answer, &decoded), "%s", answer)
	return response.StatusCode, decoded
}

// enrol puts Ana into the model, again and again until it is acknowledged: the caller of a process that dies does so too.
func (s *scene) enrol() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		status, _ := s.call(http.MethodPost, "/updatefollowup", map[string]any{"number": ana, "followup": s.model.Number})
		return status == http.StatusOK
	}, patience, 50*time.Millisecond)
}

// writes lets the customer write; the simulated WhatsApp repeats its webhook until it is answered.
func (s *scene) writes(text string) {
	s.t.Helper()
	_, err := s.whatsapp.Write(ana, sandbox.Incoming{Text: text, Name: "Ana Souza"})
	require.NoError(s.t, err)
}

// received are the texts of the business on the customer's phone.
func (s *scene) received() []string {
	var texts []string
	for _, message := range s.whatsapp.Messages(ana) {
		if message.From == "business" {
			texts = append(texts, message.Text)
		}
	}
	return texts
}

// data gives the "data" of an answer as a list.
func (s *scene) data(path string) []map[string]any {
	s.t.Helper()
	status, answer := s.call(http.MethodGet, path, nil)
	if status != http.StatusOK {
		return nil
	}
	list, _ := answer["data"].([]any)
	var rows []map[string]any
	for _, one := range list {
		row, _ := one.(map[string]any)
		rows = append(rows, row)
	}
	return rows
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
