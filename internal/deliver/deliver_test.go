package deliver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/deliver"
	"retoma/internal/desk"
	"retoma/internal/notify"
)

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
