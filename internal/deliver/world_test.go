package deliver_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"retoma/internal/chat"
	"retoma/internal/deliver"
	"retoma/internal/desk"
	"retoma/internal/notify"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newer  = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	// soon is more than anything takes that is due at once.
	soon = 10 * time.Second
)

// scene is a store with a tenant, a clock that is moved by hand, and a courier.
type scene struct {
	t       *testing.T
	store   *store.Store
	tenant  chat.Tenant
	log     *safeBuffer
	courier *deliver.Courier
	mutex   sync.Mutex
	ahead   time.Duration
	noticed []string
}

type safeBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *safeBuffer) Write(text []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(text)
}

func (b *safeBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

func eachScene(t *testing.T, test func(s *scene)) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := &scene{t: t, log: &safeBuffer{}}
			s.store = storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: s.now})
			s.tenant, _ = storetest.Tenant(t, s.store)
			test(s)
		})
	}
}

// now is the real clock, so that signatures hold, set ahead by hand.
func (s *scene) now() time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return time.Now().Add(s.ahead)
}

func (s *scene) pass(d time.Duration) {
	s.mutex.Lock()
	s.ahead += d
	s.mutex.Unlock()
	if s.courier != nil {
		s.courier.Changed()
	}
}

func (s *scene) options() deliver.Options {
	return deliver.Options{
		Store: s.store, Dial: notify.Dialer(nil, true), Explain: notify.Explain, Now: s.now,
		Notify: func(id string) {
			s.mutex.Lock()
			defer s.mutex.Unlock()
			s.noticed = append(s.noticed, id)
		},
		Logger: slog.New(slog.NewTextHandler(io.MultiWriter(s.log, s.t.Output()), nil)),
	}
}

// start lets a courier run until the test ends.
func (s *scene) start(change ...func(*deliver.Options)) *deliver.Courier {
	o := s.options()
	for _, each := range change {
		each(&o)
	}
	courier := deliver.New(o)
	courier.Start(context.Background())
	s.t.Cleanup(courier.Stop)
	s.courier = courier
	return courier
}

func (s *scene) subscribe(address string, events ...string) desk.Subscription {
	if len(events) == 0 {
		events = []string{desk.EveryEvent}
	}
	one := desk.Subscription{ID: chat.NewID(), TenantID: s.tenant.ID, URL: address, Events: events, Secret: secret}
	require.NoError(s.t, s.store.CreateSubscription(context.Background(), one))
	return one
}

func (s *scene) read(one desk.Subscription) desk.Subscription {
	found, err := s.store.Subscription(context.Background(), one.TenantID, one.ID)
	require.NoError(s.t, err)
	return found
}

// happens raises an event by its fact: the team is told something that platforms are told too.
func (s *scene) happens(title string) {
	now := s.now()
	require.NoError(s.t, s.store.Notify(context.Background(), desk.Notification{
		ID: chat.NewID(), TenantID: s.tenant.ID, Kind: "sender.offline", Title: title, Text: "x", At: now, DueAt: now,
	}))
	if s.courier != nil {
		s.courier.Changed()
	}
}

// says raises an event about somebody: what a contact asks for is not ours.
func (s *scene) says(phone, what string) {
	channels, err := s.store.Channels(context.Background(), s.tenant.ID)
	require.NoError(s.t, err)
	_, err = s.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: s.tenant.ID, ChannelID: channels[0].ID, Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone,
		Event: chat.Event{Name: chat.CommandUnknown, At: s.now(), Data: map[string]any{"what": what}},
	}}})
	require.NoError(s.t, err)
}

func (s *scene) deliveries(one desk.Subscription) []desk.Delivery {
	found, err := s.store.Deliveries(context.Background(), one.TenantID, one.ID, desk.DeliveryFilter{Limit: 1000})
	require.NoError(s.t, err)
	return found
}

func (s *scene) eventually(what string, is func() bool) {
	s.t.Helper()
	require.Eventually(s.t, is, soon, 5*time.Millisecond, what)
}

// receiver is a platform that checks signatures as the library does and answers as it is told.
type receiver struct {
	*httptest.Server
	t      *testing.T
	mutex  sync.Mutex
	secret string
	// strict demands that the timestamp is the present one too; other tests set the clock ahead.
	strict bool
	got    []posted
	wrong  []string
	answer func(w http.ResponseWriter, body string)
}

type posted struct{ id, body, signature string }

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, secret: secret}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	r.mutex.Lock()
	checker, err := standardwebhooks.NewWebhook(r.secret)
	switch {
	case err != nil:
	case r.strict:
		err = checker.Verify(body, request.Header)
	default:
		err = checker.VerifyIgnoringTimestamp(body, request.Header)
	}
	if err != nil {
		r.wrong = append(r.wrong, err.Error())
	}
	r.got = append(r.got, posted{request.Header.Get("webhook-id"), string(body), request.Header.Get("webhook-signature")})
	answer := r.answer
	r.mutex.Unlock()
	if answer != nil {
		answer(w, string(body))
	}
}

func (r *receiver) answers(answer func(w http.ResponseWriter, body string)) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.answer = answer
}

func (r *receiver) always(status int, headers ...string) {
	r.answers(func(w http.ResponseWriter, _ string) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	})
}

func (r *receiver) all() []posted {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	require.Empty(r.t, r.wrong)
	return append([]posted{}, r.got...)
}

func (r *receiver) count() int { return len(r.all()) }
