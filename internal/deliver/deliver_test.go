package deliver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
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

func TestAnEventIsDeliveredSignedAndOnce(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		platform.strict = true
		one := s.subscribe(platform.URL + "/retoma?token=1")
		s.start()
		s.happens("Caiu")
		s.eventually("delivered", func() bool { d := s.deliveries(one); return len(d) == 1 && d[0].State == desk.Delivered })
		got := platform.all()
		require.Len(t, got, 1)
		require.Equal(t, s.deliveries(one)[0].EventID, got[0].id)
		require.Contains(t, got[0].body, `"type":"sender.offline"`)
		require.Contains(t, got[0].body, `"title":"Caiu"`)
		require.NotContains(t, s.log.String(), "whsec_")
		require.NotContains(t, s.log.String(), "token=1", "an address may hold a token")
	})
}

func TestBothSecretsSignWhileOneIsChanged(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		one := s.subscribe(platform.URL)
		_, err := s.store.ChangeSubscription(t.Context(), s.tenant.ID, one.ID, func(changed *desk.Subscription) error {
			changed.FormerSecret, changed.FormerUntil, changed.Secret = changed.Secret, s.now().Add(time.Hour), newer
			return nil
		})
		require.NoError(t, err)
		s.start()
		s.happens("a")
		s.eventually("delivered to who knows the former secret", func() bool { return platform.count() == 1 })
		platform.mutex.Lock()
		platform.secret = newer
		platform.mutex.Unlock()
		s.pass(2 * time.Hour)
		s.happens("b")
		s.eventually("delivered to who knows the newer one", func() bool { return platform.count() == 2 })
		require.Len(t, strings.Fields(platform.all()[0].signature), 2)
		require.Len(t, strings.Fields(platform.all()[1].signature), 1)
	})
}

func TestWhatFailsIsTriedAgainUnderTheSameIdForThreeDays(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		platform.always(500)
		one := s.subscribe(platform.URL)
		s.start()
		s.happens("a")
		attempted := func(n int) func() bool {
			return func() bool { d := s.deliveries(one); return len(d) == 1 && d[0].Attempts == n }
		}
		s.eventually("tried", attempted(1))
		first := s.deliveries(one)[0]
		require.Equal(t, 500, first.Status)
		require.Equal(t, "respondeu HTTP 500", first.Problem)
		require.InDelta(t, 5.5, first.DueAt.Sub(first.CreatedAt).Seconds(), 2)

		elapsed := time.Duration(0)
		for n := 2; ; n++ {
			before := s.deliveries(one)[0]
			if before.State == desk.DeliveryFailed {
				break
			}
			wait := before.DueAt.Sub(s.now()) + time.Millisecond
			if rest := s.read(one).RestUntil.Sub(s.now()); rest > wait {
				wait = rest + time.Millisecond
			}
			elapsed += wait
			s.pass(wait)
			s.eventually(fmt.Sprintf("attempt %d", n), attempted(n))
			require.Less(t, n, 30)
		}
		require.Greater(t, elapsed, 60*time.Hour)
		require.Less(t, elapsed, 72*time.Hour)
		got := platform.all()
		require.Greater(t, len(got), 12)
		for _, each := range got {
			require.Equal(t, got[0].id, each.id)
			require.Equal(t, got[0].body, each.body)
		}
		require.True(t, s.read(one).DisabledAt.IsZero(), "three days of failures disable nothing yet")

		platform.always(204)
		replayed, err := s.store.Replay(t.Context(), s.tenant.ID, one.ID, desk.Replay{Since: first.CreatedAt})
		require.NoError(t, err)
		require.Equal(t, int64(1), replayed)
		s.courier.Changed()
		s.eventually("replayed", func() bool { return s.deliveries(one)[0].State == desk.Delivered })
		require.Equal(t, got[0].id, platform.all()[len(got)].id)
		require.Zero(t, s.read(one).Failures)
	})
}

func TestDaysOfFailuresDisableAndTheTeamIsTold(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		platform.always(500)
		one := s.subscribe(platform.URL + "/segredo")
		s.start()
		s.happens("a")
		s.eventually("tried", func() bool { return platform.count() == 1 })
		s.eventually("noted", func() bool { return s.read(one).Failures == 1 })
		s.pass(5*24*time.Hour + time.Hour)
		s.happens("b")
		s.eventually("disabled", func() bool { return s.read(one).DisabledReason == desk.DisabledByFailures })
		s.mutex.Lock()
		require.Len(t, s.noticed, 1)
		s.mutex.Unlock()
		told, err := s.store.Notifications(t.Context(), s.tenant.ID, chat.Page{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, desk.SubscriptionDisabled, told[0].Kind)
		require.NotContains(t, told[0].Text, "segredo")

		s.happens("while it is off")
		platform.always(200)
		before := platform.count()
		_, err = s.store.ChangeSubscription(t.Context(), s.tenant.ID, one.ID, func(changed *desk.Subscription) error {
			changed.DisabledAt, changed.DisabledReason, changed.FailingSince, changed.Failures, changed.RestUntil = time.Time{}, "", time.Time{}, 0, time.Time{}
			return nil
		})
		require.NoError(t, err)
		s.happens("c")
		s.eventually("what waited and what is new", func() bool { return strings.Contains(fmt.Sprint(platform.all()), `"title":"c"`) })
		s.eventually("all of it", func() bool {
			for _, d := range s.deliveries(one) {
				if d.State == desk.DeliveryPending {
					return false
				}
			}
			return true
		})
		require.NotContains(t, fmt.Sprint(platform.all()[before:]), "while it is off")
		require.Contains(t, fmt.Sprint(platform.all()[before:]), `"title":"b"`)
	})
}

func TestGoneDisablesAtOnce(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		platform.always(410)
		one := s.subscribe(platform.URL)
		s.start()
		s.happens("a")
		s.eventually("disabled", func() bool { return s.read(one).DisabledReason == desk.DisabledByGone })
		s.pass(time.Hour)
		s.happens("b")
		s.pass(time.Hour)
		require.Len(t, s.deliveries(one), 1)
		require.Equal(t, 1, platform.count())
	})
}

func TestAReceiverThatAsksForPatienceGetsIt(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		platform.always(429, "Retry-After", "600")
		one := s.subscribe(platform.URL)
		s.start()
		s.happens("a")
		s.eventually("noted", func() bool { return s.read(one).Failures == 1 })
		require.InDelta(t, 600, s.read(one).RestUntil.Sub(s.now()).Seconds(), 5)
		require.InDelta(t, 600, s.deliveries(one)[0].DueAt.Sub(s.now()).Seconds(), 5)
		platform.always(200)
		s.happens("b")
		s.pass(9 * time.Minute)
		s.eventually("b waits too", func() bool { return len(s.deliveries(one)) == 2 })
		require.Equal(t, 1, platform.count())
		s.pass(time.Minute)
		s.eventually("both", func() bool { return platform.count() == 3 })
	})
}

func TestAPrivateAddressIsNeverReached(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		one := s.subscribe(platform.URL)
		s.start(func(o *deliver.Options) { o.Dial = notify.Dialer(nil, false) })
		s.happens("a")
		s.eventually("noted", func() bool { return s.read(one).Failures == 1 })
		require.Equal(t, "endereço privado ou reservado, não permitido", s.deliveries(one)[0].Problem)
		require.Zero(t, s.deliveries(one)[0].Status)
		require.Zero(t, platform.count())
	})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	eachScene(t, func(s *scene) {
		inside, platform := newReceiver(t), newReceiver(t)
		platform.always(307, "Location", inside.URL)
		one := s.subscribe(platform.URL)
		s.start()
		s.happens("a")
		s.eventually("noted", func() bool { return s.read(one).Failures == 1 })
		require.Equal(t, "respondeu HTTP 307: redirecionamentos não são seguidos", s.deliveries(one)[0].Problem)
		require.Zero(t, inside.count())
	})
}

// A receiver that takes the connection and says nothing costs only itself.
func TestADeadReceiverDelaysNoOther(t *testing.T) {
	eachScene(t, func(s *scene) {
		release := make(chan struct{})
		dead, alive := newReceiver(t), newReceiver(t)
		dead.answers(func(http.ResponseWriter, string) { <-release })
		s.subscribe(dead.URL)
		s.subscribe(alive.URL)
		s.start()
		t.Cleanup(func() { close(release) })
		for i := range 40 {
			s.happens(fmt.Sprint(i))
		}
		s.eventually("the living one has all", func() bool { return alive.count() == 40 })
		require.LessOrEqual(t, dead.count(), 8)
	})
}

// What is due of one contact goes in the order of the facts, beside other contacts'.
func TestAContactsEventsKeepTheirOrder(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		s.subscribe(platform.URL, "command.unknown")
		for i := range 30 {
			for _, phone := range []string{"+5511999990001", "+5511999990002", "+5511999990003"} {
				s.says(phone, fmt.Sprintf("%s/%02d", phone, i))
			}
		}
		s.start()
		s.eventually("all", func() bool { return platform.count() == 90 })
		last := map[string]string{}
		for _, each := range platform.all() {
			_, rest, _ := strings.Cut(each.body, `"what":"`)
			what, _, _ := strings.Cut(rest, `"`)
			phone, number, _ := strings.Cut(what, "/")
			require.Greater(t, number, last[phone])
			last[phone] = number
		}
	})
}

// Two processes share the work: each subscription is delivered to by one of them, and everything arrives once.
func TestTwoCouriersShareTheWork(t *testing.T) {
	eachScene(t, func(s *scene) {
		var platforms []*receiver
		for range 6 {
			platform := newReceiver(t)
			platforms = append(platforms, platform)
			s.subscribe(platform.URL)
		}
		first, second := s.start(), s.start()
		for i := range 50 {
			s.happens(fmt.Sprint(i))
			first.Changed()
			second.Changed()
		}
		for _, platform := range platforms {
			s.eventually("all", func() bool { return platform.count() >= 50 })
		}
		for _, platform := range platforms {
			require.Len(t, platform.all(), 50)
		}
	})
}

// A process that dies over a delivery leaves its lease; when that is over, another delivers, under the same id.
func TestWhoDiesIsReplacedWhenTheLeaseIsOver(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		one := s.subscribe(platform.URL)
		s.happens("a")
		_, _, err := s.store.Publish(t.Context())
		require.NoError(t, err)
		_, taken, err := s.store.LeaseSubscription(t.Context(), one.ID, "who dies", s.now(), s.now().Add(30*time.Second))
		require.NoError(t, err)
		require.True(t, taken)
		_, taken, err = s.store.LeaseSubscription(t.Context(), one.ID, "another", s.now(), s.now().Add(30*time.Second))
		require.NoError(t, err)
		require.False(t, taken)
		s.start()
		s.pass(29 * time.Second)
		due, err := s.store.DueSubscriptions(t.Context(), s.now(), 10)
		require.NoError(t, err)
		require.Empty(t, due)
		require.Zero(t, platform.count())
		s.pass(2 * time.Second)
		s.eventually("delivered by another", func() bool { return platform.count() == 1 })
	})
}

func TestWhatIsOldIsDeleted(t *testing.T) {
	eachScene(t, func(s *scene) {
		platform := newReceiver(t)
		one := s.subscribe(platform.URL)
		s.start()
		s.happens("a")
		s.eventually("delivered", func() bool { return platform.count() == 1 && s.deliveries(one)[0].State == desk.Delivered })
		day := 24 * time.Hour
		now := time.Now().Add(6 * day)
		_, err := s.store.PruneDeliveries(t.Context(), now.Add(-7*day), now.Add(-30*day))
		require.NoError(t, err)
		require.Len(t, s.deliveries(one), 1)
		now = time.Now().Add(8 * day)
		_, err = s.store.PruneDeliveries(t.Context(), now.Add(-7*day), now.Add(-30*day))
		require.NoError(t, err)
		require.Empty(t, s.deliveries(one))
	})
}
