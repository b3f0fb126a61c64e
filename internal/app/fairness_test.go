package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// busyProvider takes its time for each message and remembers when which number began to send.
type busyProvider struct {
	takes time.Duration
	mutex sync.Mutex
	began map[string][]time.Time // by account
}

func (p *busyProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if r.Method != http.MethodPost || parts[len(parts)-1] != "messages" {
		_, _ = io.WriteString(w, `{}`)
		return
	}
	p.mutex.Lock()
	p.began[parts[len(parts)-2]] = append(p.began[parts[len(parts)-2]], time.Now())
	p.mutex.Unlock()
	select {
	case <-time.After(p.takes):
	case <-r.Context().Done():
	}
	_, _ = fmt.Fprintf(w, `{"messaging_product":"whatsapp","messages":[{"id":"wamid.%s"}]}`, chat.NewID())
}

func (p *busyProvider) sends(account string) []time.Time {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.began[account])
}

// company is a tenant with a number, a model of one message, and a key.
type company struct {
	tenant  chat.Tenant
	channel chat.Channel
	model   flows.Document
	key     string
}

func newCompany(t *testing.T, db *store.Store, name, account, baseURL string) company {
	ctx := context.Background()
	c := company{key: "rtm_key_of_" + name + "_for_tests", tenant: chat.Tenant{ID: chat.NewID(), Name: name, Settings: chat.Settings{Timezone: "America/Sao_Paulo"}}}
	require.NoError(t, db.CreateTenant(ctx, c.tenant))
	hash := sha256.Sum256([]byte(c.key))
	require.NoError(t, db.CreateAPIKey(ctx, chat.APIKey{ID: chat.NewID(), TenantID: c.tenant.ID, Name: "admin", Hash: hex.EncodeToString(hash[:]), Role: chat.RoleAdmin}))
	c.channel = chat.Channel{
		ID: chat.NewID(), TenantID: c.tenant.ID, Name: name, Provider: "meta", Phone: "+5511400" + account, Account: account, Token: "token-" + name, Online: true,
		OnUnconfirmed: chat.UnconfirmedHold, Config: map[string]string{"baseUrl": baseURL, "wabaId": "1" + account},
		Secrets: map[string]string{"accessToken": "access", "appSecret": "app secret", "verifyToken": "verify"},
	}
	require.NoError(t, db.CreateChannel(ctx, c.channel))
	var err error
	c.model, err = db.CreateDocument(ctx, flows.Document{
		ID: chat.NewID(), TenantID: c.tenant.ID, Kind: flows.ModelDocument, Name: name, ChannelID: c.channel.ID, Active: true,
		Body: json.RawMessage(`{"name":"Um","channelId":"` + c.channel.ID + `","startTime":null,"onReply":"stop","messages":[{"id":"m1","text":"oi","offset":0}]}`),
	})
	require.NoError(t, err)
	return c
}

// wrote are customers who have written; with a model they were put into it, too.
func (c company) wrote(t *testing.T, db *store.Store, people int, enrol bool) {
	var intake desk.Intake
	for i := range people {
		phone := fmt.Sprintf("+55119%s%05d", c.channel.Account, i)
		arrival := desk.Arrival{TenantID: c.tenant.ID, ChannelID: c.channel.ID, Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone, Event: chat.Event{
			Name: chat.MessageReceived, ExternalID: phone, At: time.Now(), Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}},
		}}
		intake.Arrivals = append(intake.Arrivals, arrival)
		if enrol {
			arrival.Event = chat.Event{Name: chat.Enrol, At: time.Now(), Enrol: &chat.Enrolment{FlowID: c.model.ID, Group: "model", Source: "api"}}
			intake.Arrivals = append(intake.Arrivals, arrival)
		}
		if len(intake.Arrivals) >= 250 || i == people-1 {
			_, err := db.Receive(context.Background(), intake)
			require.NoError(t, err)
			intake = desk.Intake{}
		}
	}
}

func (s *scene) as(c company, method, path string, body any, into any) int {
	raw, err := json.Marshal(body)
	require.NoError(s.t, err)
	request, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.config.Addr+path, bytes.NewReader(raw))
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, json.Unmarshal(answer, into), "%s", answer)
	return response.StatusCode
}

// TestATenantsManyDueSendsDoNotStandInFrontOfAnothersOne lets a company with many due follow-ups go, and while they are sent another's
// single one comes due. What counts is not time but places: how many of the many began between its due time and its beginning. Whoever
// works and whoever waits together are one or two hundred at most; in one line behind all of them it would be most of them.
func TestATenantsManyDueSendsDoNotStandInFrontOfAnothersOne(t *testing.T) {
	const many, most = 800, 200
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := newScene(t, engine)
			s.config.Concurrency = 64
			provider := &busyProvider{takes: 20 * time.Millisecond, began: map[string][]time.Time{}}
			server := httptest.NewServer(provider)
			t.Cleanup(server.Close)
			var large, small company
			s.open(func(db *store.Store) {
				large, small = newCompany(t, db, "large", "71111", server.URL), newCompany(t, db, "small", "72222", server.URL)
				_, err := db.ChangeTenant(context.Background(), large.tenant.ID, func(c *chat.Tenant) error { c.PausedAt = time.Now(); return nil })
				require.NoError(t, err)
				small.wrote(t, db, 1, false)
				large.wrote(t, db, many, true)
			})
			s.launch("")
			var stats struct {
				Data struct {
					Pending int `json:"pendingFollowups"`
				} `json:"data"`
			}
			require.Eventually(t, func() bool {
				return s.as(large, "GET", "/api/followups/stats", nil, &stats) == 200 && stats.Data.Pending == many
			}, 2*time.Minute, 100*time.Millisecond, "all are planned, and held by the pause")
			require.Empty(t, provider.sends(large.channel.Account))
			var listed struct {
				Data []struct {
					ID string `json:"id"`
				} `json:"data"`
			}
			require.Equal(t, 200, s.as(small, "GET", "/api/conversations", nil, &listed))

			released := make(chan int, 1)
			go func() {
				var ignored map[string]any
				released <- s.as(large, "POST", "/api/resume", nil, &ignored)
			}()
			require.Eventually(t, func() bool { return len(provider.sends(large.channel.Account)) >= 100 }, time.Minute, time.Millisecond)
			due := time.Now().Add(200 * time.Millisecond).Truncate(time.Millisecond)
			var planned map[string]any
			status := s.as(small, "POST", "/api/followups/schedule", map[string]any{
				"ruleId": small.model.ID, "conversationId": listed.Data[0].ID, "scheduledFor": due.UTC().Format(time.RFC3339Nano),
			}, &planned)
			require.Equal(t, 201, status, "%v", planned)
			require.Eventually(t, func() bool { return len(provider.sends(small.channel.Account)) == 1 }, time.Minute, time.Millisecond)
			require.Equal(t, 200, <-released)
			require.Eventually(t, func() bool { return len(provider.sends(large.channel.Account)) == many }, 3*time.Minute, 10*time.Millisecond, "the many are sent, too")

			began, before := provider.sends(small.channel.Account)[0], 0
			for _, at := range provider.sends(large.channel.Account) {
				if at.After(due) && at.Before(began) {
					before++
				}
			}
			t.Logf("%d of %d began between the due time of another's one and its beginning, %s later", before, many, began.Sub(due))
			require.False(t, began.Before(due))
			require.Less(t, before, most)
		})
	}
}
