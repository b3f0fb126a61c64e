package app_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// TestGatewayAndTwoWorkersOnPostgresAndRedis starts the layout of docker-compose.yml as plain processes: one gateway and two
// workers, which meet only in PostgreSQL and Redis. One worker is killed in the middle.
func TestGatewayAndTwoWorkersOnPostgresAndRedis(t *testing.T) {
	if os.Getenv(redisVariable) == "" || os.Getenv("RETOMA_TEST_POSTGRES_URL") == "" {
		t.Logf("not covered: set RETOMA_TEST_POSTGRES_URL and %s", redisVariable)
		return
	}
	s := newScene(t, "postgres")
	s.config.RedisURL = emptyRedis(t)
	gateway, workers := s.config, s.config
	gateway.Role, workers.Role = "gateway", "worker"
	_, err := launch(t, gateway, "")
	require.NoError(t, err)
	first, err := launch(t, workers, "")
	require.NoError(t, err)
	_, err = launch(t, workers, "")
	require.NoError(t, err)

	const people = 40
	for i := range people {
		_, err := s.whatsapp.Write(phoneOf(i), sandbox.Incoming{Text: "oi"})
		require.NoError(t, err)
	}
	s.waitFor("/api/conversations?limit=200", func(rows []map[string]any) bool {
		heard := 0
		for _, row := range rows {
			if row["lastCustomerMessageAt"] != nil {
				heard++
			}
		}
		return heard == people
	})
	later := s.futureModel()
	for i := range people {
		model := s.model.Number
		if i%2 == 1 {
			model = later
		}
		status, answer := s.call(http.MethodPost, "/updatefollowup", map[string]any{"number": phoneOf(i), "followup": model})
		require.Equal(t, http.StatusOK, status, "%v", answer)
		if i == people/2 {
			first.kill()
		}
	}
	s.waitFor("/api/followups/pending?limit=200", func(rows []map[string]any) bool {
		s.decide(people)
		return len(rows) == people/2
	})
	for i := 0; i < people; i += 2 {
		s.everybodyGot(i)
	}
	s.queueShowsTheFuture(people / 2)
}

func phoneOf(i int) string { return fmt.Sprintf("551198888%04d", i) }

// futureModel makes a model whose first message is due in an hour, within the horizon.
func (s *scene) futureModel() int64 {
	status, answer := s.call(http.MethodPost, "/api/followup-models", map[string]any{
		"name": "Depois", "channelId": s.channel.ID, "messages": []map[string]any{{"text": "daqui a uma hora", "offset": 60}},
	})
	require.Equal(s.t, http.StatusCreated, status, "%v", answer)
	return int64(answer["data"].(map[string]any)["number"].(float64))
}

// decide settles what the killed worker left in doubt, by a look at the phones.
func (s *scene) decide(people int) {
	for _, message := range s.data("/api/messages?status=unconfirmed") {
		as := "resend"
		for i := range people {
			for _, seen := range s.whatsapp.Messages(phoneOf(i)) {
				if seen.Tracker == message["id"] {
					as = "sent"
				}
			}
		}
		s.call(http.MethodPost, "/api/messages/"+message["id"].(string)+"/resolve", map[string]any{"as": as})
	}
}

// everybodyGot waits until a phone shows both messages of the first model, once and in order. A send whose worker was
// killed is decided by a look at the phone.
func (s *scene) everybodyGot(i int) {
	s.t.Helper()
	var texts []string
	require.Eventually(s.t, func() bool {
		texts = nil
		for _, message := range s.whatsapp.Messages(phoneOf(i)) {
			if message.From == "business" {
				texts = append(texts, message.Text)
			}
		}
		return len(texts) >= 2
	}, patience, 50*time.Millisecond)
	require.Equal(s.t, []string{"primeira", "segunda"}, texts)
}

// queueShowsTheFuture looks at the queue from outside, as asynqmon does.
func (s *scene) queueShowsTheFuture(followUps int) {
	s.t.Helper()
	status, err := app.QueueStatus(context.Background(), s.config, quiet())
	require.NoError(s.t, err)
	scheduled := 0
	for _, queue := range status.Queues {
		scheduled += queue.Scheduled
	}
	require.Contains(s.t, []int{followUps, followUps + 1}, scheduled, "each follow-up within the horizon is one scheduled task; the canary is another, when it is not just being rung")
}

// TestABacklogNeedsNoMoreConnectionsThanThereAre starts a process with few connections before a backlog of many contacts:
// each of them needs the tenant's set-up, which nobody has read yet.
func TestABacklogNeedsNoMoreConnectionsThanThereAre(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			s.config.Connections, s.config.Concurrency = 4, 64
			const people = 60
			s.open(func(db *store.Store) {
				for i := range people {
					phone := "+" + phoneOf(i)
					_, err := db.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
						TenantID: s.tenant.ID, ChannelID: s.channel.ID, Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone,
						Event: chat.Event{Name: chat.MessageReceived, ExternalID: phone, At: time.Now(), Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}}},
					}}})
					require.NoError(t, err)
				}
			})
			s.launch("")
			s.waitFor("/api/conversations?limit=200", func(rows []map[string]any) bool {
				heard := 0
				for _, row := range rows {
					if row["lastCustomerMessageAt"] != nil {
						heard++
					}
				}
				return heard == people
			})
		})
	}
}
