package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func strict(o *Options) { o.Strict = true }

func on(value bool) *bool { return &value }

// register changes the world's business.
func (w *world) register(change func(*Business)) {
	w.t.Helper()
	b := w.business()
	change(&b)
	require.NoError(w.t, w.sandbox.Register(b))
}

func (w *world) opensWindowOf(who string) {
	w.t.Helper()
	_, err := w.sandbox.Write(who, Incoming{Text: "oi"})
	require.NoError(w.t, err)
}

func textTo(who string) string {
	return `{"messaging_product":"whatsapp","to":"` + who + `","type":"text","text":{"body":"oi"}}`
}

func templateTo(who string) string {
	return `{"messaging_product":"whatsapp","to":"` + who + `","type":"template","template":{"name":"retomada","language":{"code":"pt_BR"},"components":[` + goodRetomada + `]}}`
}

func TestABurstOfFortyFiveBorrowsTheTimeAfter(t *testing.T) {
	w := frozen(t, strict)
	w.opensWindowOf(customer)
	for range pairBurst {
		require.Equal(t, 200, w.send(plainText).status)
	}
	require.Equal(t, 131056, w.send(plainText).graphCode())
	w.opensWindowOf("5511999990002")
	require.Equal(t, 200, w.send(textTo("5511999990002")).status, "another customer is another pair")
	w.advance(pairBurst*pairEvery - time.Second)
	require.Equal(t, 131056, w.send(plainText).graphCode(), "what was borrowed is not yet paid back")
	w.advance(time.Second)
	for range 20 {
		require.Equal(t, 200, w.send(plainText).status)
		w.advance(pairEvery)
	}
	w.register(func(b *Business) { b.PairLimit = on(false) })
	for range pairBurst + 5 {
		require.Equal(t, 200, w.send(plainText).status, "switched off")
	}
}

// TestNoPairGetsMoreThanItsQuota: whenever messages are tried, in any span there are at most a burst and one for each six seconds, and what is
// spaced six seconds apart is never refused.
func TestNoPairGetsMoreThanItsQuota(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, now := &pair{}, time.Unix(1_750_000_000, 0)
		var taken []time.Time
		for range rapid.IntRange(1, 200).Draw(r, "tries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 8_000).Draw(r, "gap")) * time.Millisecond)
			if len(taken) == 0 || now.Sub(taken[len(taken)-1]) >= pairEvery*pairBurst {
				require.True(r, p.allows(now), "after a rest")
			}
			if p.allows(now) {
				p.add(now)
				taken = append(taken, now)
			}
		}
		for i := range taken {
			for j := i; j < len(taken); j++ {
				most := pairBurst + int(taken[j].Sub(taken[i])/pairEvery) + 1
				require.LessOrEqual(r, j-i+1, most)
			}
		}
	})
}

func TestANumberHasItsThroughputInAndOut(t *testing.T) {
	for level, most := range map[string]int{"": 80, "STANDARD": 80, "COEXISTENCE": 20, "HIGH": 1000} {
		w := frozen(t, strict, func(o *Options) { o.Businesses[0].Throughput = level })
		received := most / 4
		for i := range received {
			w.opensWindowOf(fmt.Sprintf("55119%08d", i))
		}
		for i := range most - received {
			require.Equal(t, 200, w.send(templateTo(fmt.Sprintf("55119%08d", i%received))).status, "%s %d", level, i)
		}
		requireRecorded(t, "err_130429_rate.json", w.send(textTo("5511900000000")))
		w.advance(time.Second)
		require.Equal(t, 200, w.send(textTo("5511900000000")).status)
	}
}

func TestAPortfolioBeginsWithSoManyCustomersInADay(t *testing.T) {
	w := frozen(t, func(o *Options) {
		second := o.Businesses[0]
		second.PhoneNumberID, second.WabaID, second.DisplayPhoneNumber, second.AccessToken = "2", "22", "551140040002", "other"
		o.Businesses = append(o.Businesses, second)
		for i := range o.Businesses {
			o.Businesses[i].PortfolioID, o.Businesses[i].MessagingLimit = "grupo", "TIER_250"
		}
	})
	who := func(i int) string { return fmt.Sprintf("55119%08d", i) }
	failed := func() int {
		w.advance(time.Second)
		count := 0
		for i := range 260 {
			for _, m := range w.sandbox.Sent(who(i)) {
				if m.Status == StatusFailed {
					require.Equal(t, 131048, m.Failure.Code)
					count++
				}
			}
		}
		return count
	}
	for i := range 249 {
		require.Equal(t, 200, w.send(templateTo(who(i))).status)
	}
	require.Equal(t, 200, w.call("POST", "/graph/v23.0/2/messages", "other", templateTo(who(249))).status, "the other number counts, too")
	require.Zero(t, failed())
	require.Equal(t, 200, w.send(templateTo(who(250))).status, "accepted, and then")
	require.Equal(t, 1, failed())
	require.Equal(t, 200, w.send(templateTo(who(7))).status)
	require.Equal(t, 1, failed(), "a customer who was reached already is no other")
	w.opensWindowOf(who(251))
	require.Equal(t, 200, w.send(templateTo(who(251))).status)
	require.Equal(t, 1, failed(), "within a window nothing is begun")
	w.advance(24*time.Hour - 2*time.Second)
	require.Equal(t, 200, w.send(templateTo(who(252))).status)
	require.Equal(t, 1, failed(), "a day later there is room")
	require.Contains(t, w.call("GET", "/graph/v23.0/"+number+"?fields=whatsapp_business_manager_messaging_limit", token, "").raw, "TIER_250")
}

// TestAPortfolioNeverReachesMoreThanItsLimit in any 24 hours.
func TestAPortfolioNeverReachesMoreThanItsLimit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := &Server{usage: newUsage()}
		now := time.Unix(1_750_000_000, 0)
		s.clock = newClockwork(func() time.Time { return now }, func() time.Time { return now }, false, newActivity())
		b := &Business{WabaID: waba, MessagingLimit: "TIER_250"}
		type reachedAt struct {
			who string
			at  time.Time
		}
		var all []reachedAt
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 10*3600).Draw(r, "gap")) * time.Second)
			first, many := rapid.IntRange(0, 400).Draw(r, "first"), rapid.IntRange(1, 200).Draw(r, "many")
			for i := first; i < first+many; i++ {
				if who := fmt.Sprint(i); !s.overReach(b, who) {
					all = append(all, reachedAt{who, now})
				}
			}
			within := map[string]bool{}
			for _, one := range all {
				if now.Sub(one.at) < window {
					within[one.who] = true
				}
			}
			require.LessOrEqual(r, len(within), 250)
		}
	})
}

func TestManagementCallsAreCountedByTheHour(t *testing.T) {
	w := frozen(t, func(o *Options) { o.Businesses[0].ManagementPerHour = 3 })
	list := func() result { return w.call("GET", "/graph/v23.0/"+waba+"/message_templates", token, "") }
	for range 3 {
		require.Equal(t, 200, list().status)
	}
	require.Equal(t, 80007, list().graphCode())
	require.Equal(t, 200, w.call("GET", "/graph/v23.0/"+number+"?fields=status", token, "").status, "the number itself is no management")
	w.advance(time.Hour)
	require.Equal(t, 200, list().status)
}

func TestWhoMayNotBeSentTo(t *testing.T) {
	never := "5511999990009"
	for _, c := range []struct {
		name     string
		prepare  func(*world)
		template bool
		code     int // answered at once
		later    int // told by webhook
	}{
		{name: "not on WhatsApp", prepare: func(w *world) { w.phone(never, PhoneChange{WhatsApp: on(false)}) }, template: true, later: 131026},
		{name: "blocked the business", prepare: func(w *world) { w.does(never, PhoneAction{Action: "block"}) }, template: true, later: 131026},
		{name: "stopped marketing", prepare: func(w *world) { w.does(never, PhoneAction{Action: "stop_marketing"}) }, template: true, later: 131050},
		{name: "resumed marketing", prepare: func(w *world) {
			w.does(never, PhoneAction{Action: "stop_marketing"})
			w.does(never, PhoneAction{Action: "resume_marketing"})
		}, template: true},
		{name: "not among the test numbers", prepare: func(w *world) { w.register(func(b *Business) { b.TestRecipients = []string{"+55 11 99999-0001"} }) }, template: true, code: 131030},
		{name: "among the test numbers", prepare: func(w *world) { w.register(func(b *Business) { b.TestRecipients = []string{never} }) }, template: true},
		{name: "had marketing today", prepare: func(w *world) {
			w.register(func(b *Business) { b.MarketingPerDay = 1 })
			w.send(templateTo(never))
		}, template: true, later: 131049},
		{name: "had marketing within the window", prepare: func(w *world) {
			w.register(func(b *Business) { b.MarketingPerDay = 1 })
			w.opensWindowOf(never)
			w.send(templateTo(never))
		}, template: true},
		{name: "number unregistered", prepare: func(w *world) { w.register(func(b *Business) { b.Status = "PENDING" }) }, template: true, code: 133010},
		{name: "number banned", prepare: func(w *world) { w.register(func(b *Business) { b.Status = "BANNED" }) }, template: true, code: 131031},
		{name: "number flagged", prepare: func(w *world) { w.register(func(b *Business) { b.Status = "FLAGGED" }) }, template: true},
		{name: "number limited for spam", prepare: func(w *world) { w.register(func(b *Business) { b.Status = "RATE_LIMITED" }) }, template: true, code: 131048},
		{name: "window closed", prepare: func(*world) {}, code: 131047},
		{name: "window closed, told later", prepare: func(w *world) { w.faults(`{"asyncErrors":true}`) }, later: 131047},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := frozen(t)
			c.prepare(w)
			request := textTo(never)
			if c.template {
				request = templateTo(never)
			}
			answer := w.send(request)
			require.Equal(t, c.code, answer.graphCode(), answer.raw)
			if c.code != 0 {
				return
			}
			id := answer.body["messages"].([]any)[0].(map[string]any)["id"].(string)
			w.advance(time.Minute)
			want := []string{"sent", "delivered"}
			if c.later != 0 {
				want = []string{"failed"}
			}
			require.Equal(t, want, w.callback.statuses(id))
			for _, m := range w.sandbox.Sent(never) {
				if m.ID == id && c.later != 0 {
					require.Equal(t, c.later, m.Failure.Code)
				}
			}
		})
	}
}

func (w *world) phone(who string, change PhoneChange) PhoneView {
	w.t.Helper()
	view, err := w.sandbox.SetPhone(who, change)
	require.NoError(w.t, err)
	return view
}

func (w *world) does(who string, action PhoneAction) PhoneView {
	w.t.Helper()
	view, err := w.sandbox.Do(who, action)
	require.NoError(w.t, err)
	return view
}
