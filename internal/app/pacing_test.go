package app

import (
	"container/heap"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"retoma/internal/catalog"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/pace"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// strict is two workers before a provider that enforces every limit, on a clock that jumps from one wake-up to the next.
type strict struct {
	t        *testing.T
	mutex    sync.Mutex
	clock    time.Time
	whatsapp *sandbox.Server
	store    *store.Store
	workers  []*worker.Worker
	tenant   chat.Tenant
	channel  chat.Channel
	agenda   agenda
	orders   int
	wakes    int
	asked    int
	refusals []error
	sentAt   map[string]time.Time
}

// entry is a wake-up; those of one instant ring in the order in which they were asked for.
type entry struct {
	at    time.Time
	order int
	ref   desk.Ref
}

type agenda []entry

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(entry)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (s *strict) now() time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.clock
}

// At, Later and Notification make it the workers' waker.
func (s *strict) At(alarm desk.Alarm) { s.Later(alarm.Ref, alarm.At) }
func (s *strict) Notification(string) {}

// Later rings once, however often the same contact asks for the same instant.
func (s *strict) Later(ref desk.Ref, at time.Time) {
	if slices.ContainsFunc(s.agenda, func(e entry) bool { return e.at.Equal(at) && e.ref == ref }) {
		return
	}
	s.orders++
	heap.Push(&s.agenda, entry{at, s.orders, ref})
}

// counted asks the pace and counts how often.
type counted struct {
	worker.Pacer
	strict *strict
}

func (c counted) Reserve(ctx context.Context, limits worker.PaceLimits) worker.PaceSlot {
	c.strict.asked++
	return c.Pacer.Reserve(ctx, limits)
}

// watched is the real adapter, whose refusals are noted.
type watched struct {
	*meta.Adapter
	strict *strict
}

func (w watched) Send(ctx context.Context, channel chat.Channel, message provider.Outgoing) (provider.Receipt, error) {
	receipt, err := w.Adapter.Send(ctx, channel, message)
	if err != nil {
		w.strict.refusals = append(w.strict.refusals, err)
	}
	w.strict.sentAt[message.ID] = w.strict.now()
	return receipt, err
}

func newStrict(t *testing.T, client redis.UniversalClient) *strict {
	s := &strict{t: t, clock: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), sentAt: map[string]time.Time{}}
	limited := true
	s.whatsapp = sandbox.New(sandbox.Options{Clock: s.now, Strict: true, Businesses: []sandbox.Business{{
		PhoneNumberID: "1", WabaID: "2", DisplayPhoneNumber: "+551140040001", AccessToken: "token", AppSecret: "secret", VerifyToken: "verify",
		Throughput: "COEXISTENCE", MessagingLimit: "TIER_250", PairLimit: &limited,
		Templates: []sandbox.Template{{Name: "retomada", Language: "pt_BR", Category: "UTILITY", Components: []sandbox.TemplateComponent{{Type: "BODY", Text: "Oi, vamos continuar?"}}}},
	}}})
	server := httptest.NewServer(s.whatsapp.Handler())
	t.Cleanup(func() { server.Close(); s.whatsapp.Close() })
	s.store = storetest.Open(t, store.Options{Address: storetest.Address(t, "sqlite"), Now: s.now})
	s.tenant, _ = storetest.Tenant(t, s.store)
	s.channel = chat.Channel{
		ID: chat.NewID(), TenantID: s.tenant.ID, Name: "Loja", Provider: meta.Name, Phone: "+551140040001", Account: "1", Token: chat.NewID(), Online: true,
		OnUnconfirmed: chat.UnconfirmedHold, PerSecond: 20, PairSeconds: 6,
		Config:  map[string]string{meta.ConfigBaseURL: server.URL + "/graph", meta.ConfigWABA: "2", chat.ConfigTier: "TIER_250"},
		Secrets: map[string]string{meta.SecretAccessToken: "token", meta.SecretAppSecret: "secret", meta.SecretVerifyToken: "verify"},
	}
	require.NoError(t, s.store.CreateChannel(t.Context(), s.channel))
	require.NoError(t, s.store.SaveTemplates(t.Context(), s.tenant.ID, s.channel.ID, []chat.Template{
		{Name: "retomada", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED", BodyText: "Oi, vamos continuar?"},
	}))
	alone := pace.New(nil, pace.Options{Now: s.now, History: historyOf(s.store)})
	for range 2 {
		keeper := alone
		if client != nil {
			keeper = pace.New(client, pace.Options{Now: s.now, History: historyOf(s.store)})
		}
		s.workers = append(s.workers, worker.New(worker.Options{
			Store: s.store, Compiler: catalog.New(10, nil), Waker: s, Pacer: counted{pacer{keeper}, s},
			Providers: map[string]provider.Provider{meta.Name: watched{meta.New(meta.Options{}), s}}, Horizon: func() time.Duration { return 240 * time.Hour },
			Lease: time.Minute, Now: s.now, Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		}))
	}
	return s
}

// put puts a message of a flow into the outbox, due now.
func (s *strict) put(phone string, origin chat.Origin, content chat.Content) string {
	who, err := s.store.EnsureConversation(s.t.Context(), s.tenant.ID, s.channel.ID, []chat.Key{chat.PhoneKey(phone)}, phone, "")
	require.NoError(s.t, err)
	id, action := chat.NewID(), "send_message"
	if content.Template != nil {
		action = "send_template"
	}
	require.NoError(s.t, s.store.Enqueue(s.t.Context(), desk.Item{
		ID: id, OrderingKey: id, Action: action, State: desk.ItemPending, DueAt: s.now(), Message: chat.Message{
			ID: id, TenantID: s.tenant.ID, ContactID: who.ContactID, ConversationID: who.ConversationID, ChannelID: s.channel.ID, Direction: chat.Outbound,
			Origin: origin, State: chat.Queued, Content: content, RunID: "run-" + id, CreatedAt: s.now(),
		},
	}, s.now()))
	s.Later(desk.Ref{TenantID: s.tenant.ID, ContactID: who.ContactID}, s.now())
	return id
}

// write lets a customer write: the window opens on both sides.
func (s *strict) write(phone string) {
	_, err := s.whatsapp.Write(phone, sandbox.Incoming{Text: "oi"})
	require.NoError(s.t, err)
	written, err := s.store.Receive(s.t.Context(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: s.tenant.ID, ChannelID: s.channel.ID, Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone,
		Event: chat.Event{Name: chat.MessageReceived, At: s.now(), ExternalID: chat.NewID(), Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}}},
	}}})
	require.NoError(s.t, err)
	for _, ref := range written.Wake {
		require.NoError(s.t, s.workers[0].Work(s.t.Context(), ref))
	}
}

func (s *strict) pass(d time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.clock = s.clock.Add(d)
}

// run lets time pass until nobody waits any more, or until an instant.
func (s *strict) run(until time.Time) {
	for s.agenda.Len() > 0 && !s.agenda[0].at.After(until) {
		next := heap.Pop(&s.agenda).(entry)
		s.mutex.Lock()
		if next.at.After(s.clock) {
			s.clock = next.at
		}
		s.mutex.Unlock()
		s.wakes++
		require.NoError(s.t, s.workers[s.wakes%2].Work(s.t.Context(), next.ref))
	}
}

// A burst of follow-ups, answers among them and customers who get several, on two workers: the strictest provider has nothing
// to refuse, nobody asks in vain, answers do not wait behind the batch, and who was one too many for the day goes the next.
func TestABurstAgainstTheStrictestProviderEndsWithoutARefusal(t *testing.T) {
	clients := map[string]redis.UniversalClient{"in memory": nil}
	if address := os.Getenv("RETOMA_TEST_REDIS_URL"); address != "" {
		options, err := redis.ParseURL(address)
		require.NoError(t, err)
		clients["on redis"] = redis.NewClient(options)
		defer func() { require.NoError(t, clients["on redis"].Close()) }()
	}
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			s := newStrict(t, client)
			template := chat.Content{Type: chat.TemplateUse, Template: &chat.FilledTemplate{Name: "retomada", Language: "pt_BR"}, Text: "Oi, vamos continuar?"}
			var planned, answers []string
			for i := range 20 {
				s.write(fmt.Sprintf("+55119%08d", 70_000_000+i))
			}
			s.pass(2 * time.Second) // what customers write counts for the number's rate, too
			began := s.now()
			for i := range 300 {
				planned = append(planned, s.put(fmt.Sprintf("+55119%08d", 80_000_000+i), chat.FromFlow, template))
			}
			for i := range 20 { // customers who get three
				planned = append(planned, s.put(fmt.Sprintf("+55119%08d", 80_000_000+i), chat.FromFlow, template))
				planned = append(planned, s.put(fmt.Sprintf("+55119%08d", 80_000_000+i), chat.FromFlow, template))
			}
			s.run(began.Add(2 * time.Second))
			for i := range 20 {
				for part := range 3 {
					answers = append(answers, s.put(fmt.Sprintf("+55119%08d", 70_000_000+i), chat.FromReply, chat.Content{Type: chat.Text, Text: fmt.Sprint("parte ", part)}))
				}
			}
			asked := s.now()
			s.run(began.Add(time.Hour))
			for _, id := range answers {
				require.WithinDuration(t, asked, s.sentAt[id], 20*time.Second, "60 answers at a fifth of 20 a second, and the common part")
			}
			require.Len(t, s.sentAt, 225+40+60, "250 people a day, a tenth of them kept for answers")

			s.run(began.Add(30 * time.Hour))
			require.Empty(t, s.refusals)
			for _, id := range append(planned, answers...) {
				message, err := s.store.Message(t.Context(), s.tenant.ID, id)
				require.NoError(t, err)
				require.Equal(t, chat.Accepted, message.State)
			}
			all := len(planned) + len(answers)
			t.Logf("%d messages: %.1f wake-ups and %.1f questions to the pace for each", all, float64(s.wakes)/float64(all), float64(s.asked)/float64(all))
			require.LessOrEqual(t, s.wakes, 4*all, "nobody waits busily")
			require.LessOrEqual(t, s.asked, 4*all)
			require.Zero(t, s.agenda.Len())
		})
	}
}

func TestNoSecondHasMoreThanTheNumberMaySend(t *testing.T) {
	for perSecond := 1; perSecond <= 1000; perSecond++ {
		rate, atOnce := within(perSecond)
		require.GreaterOrEqual(t, rate, 1)
		require.LessOrEqual(t, rate+atOnce-1, perSecond, "%d", perSecond)
	}
}
