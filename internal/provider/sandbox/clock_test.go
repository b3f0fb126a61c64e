package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// frozen is a world whose clock stands still until [world.advance].
func frozen(t *testing.T, adjust ...option) *world {
	return newWorld(t, append([]option{func(o *Options) {
		delays := DefaultDelays()
		o.Virtual, o.Delays, o.Retry = true, &delays, Retry{}
	}}, adjust...)...)
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(w.t, w.sandbox.Advance(ctx, d))
}

func TestAVirtualClockMovesOnlyWhenAdvanced(t *testing.T) {
	w := frozen(t)
	w.write(Incoming{Text: "oi"})
	id := w.sendText(customer, "a")
	w.advance(0)
	require.Empty(t, w.callback.statuses(id), "nothing happens by itself")
	w.advance(50 * time.Millisecond)
	require.Equal(t, []string{"sent"}, w.callback.statuses(id))
	w.advance(149 * time.Millisecond)
	require.Equal(t, []string{"sent"}, w.callback.statuses(id))
	w.advance(time.Millisecond)
	require.Equal(t, []string{"sent", "delivered"}, w.callback.statuses(id))
	require.Equal(t, time.Date(2026, 3, 2, 12, 0, 0, 200e6, time.UTC), w.sandbox.Now())
}

func TestAJumpRunsWhatFellDueInOrderAndAtItsTime(t *testing.T) {
	w := frozen(t)
	w.callback.refuse = 1
	w.write(Incoming{Text: "oi"})
	w.advance(0)
	on := true
	_, err := w.sandbox.SetPhone(customer, PhoneChange{Reading: &on})
	require.NoError(t, err)
	id := w.sendText(customer, "a")
	w.advance(48 * time.Hour)
	require.Len(t, w.callback.messages(), 1, "the webhook that was refused came in the end")
	require.Equal(t, []string{"sent", "delivered", "read"}, w.callback.statuses(id))
	for _, value := range w.callback.taken() {
		for _, status := range value.Statuses {
			require.Equal(t, seconds(w.clock.Now()), status.Timestamp, "stamped with the time of the event, not of the jump's end")
		}
	}
	require.Equal(t, 131047, w.send(plainText).graphCode(), "two days later the window is closed")
}

func TestTheSameSeedAndCallsMakeTheSameWebhooksByteForByte(t *testing.T) {
	run := func() []string {
		w := frozen(t, func(o *Options) { o.BaseURL = "http://sandbox.test/graph" })
		require.NoError(t, w.sandbox.Arm(
			FaultRule{Fault: faultDuplicate, Probability: half(0.3)}, FaultRule{Fault: faultReorder, Probability: half(0.5)},
			FaultRule{Fault: faultBatch, Probability: half(0.3)}, FaultRule{Fault: faultDrop, Probability: half(0.1)},
			FaultRule{Fault: faultDelay, Probability: half(0.2), With: map[string]any{"jitterSeconds": 90}},
			FaultRule{Fault: faultBroken, Probability: half(0.2)}, FaultRule{Fault: faultShuffle, Probability: half(0.4)}))
		for i := range 40 {
			who := fmt.Sprintf("55119999%05d", i%7)
			_, err := w.sandbox.Write(who, Incoming{Text: fmt.Sprint("oi ", i), Sample: i%5 == 0, Type: map[bool]string{true: "image"}[i%5 == 0]})
			require.NoError(t, err)
			w.sendText(who, fmt.Sprint("resposta ", i))
			w.advance(time.Duration(i) * time.Second)
		}
		w.advance(24 * time.Hour)
		return w.callback.bodies
	}
	first := run()
	require.Greater(t, len(first), 60)
	require.Equal(t, first, run())
}

func half(p float64) *float64 { return &p }

func TestTheClockIsSetByTheAPI(t *testing.T) {
	w := frozen(t)
	got := w.api("POST", "/clock", `{"advance":"1d2h"}`)
	require.Equal(t, 200, got.status, got.raw)
	require.Equal(t, "2026-03-03T14:00:00Z", got.body["data"].(map[string]any)["now"])
	require.Equal(t, 200, w.api("POST", "/clock", `{"at":"2026-03-05T00:00:00Z"}`).status)
	require.Equal(t, 60*60*60.0, w.api("GET", "/clock", "").body["data"].(map[string]any)["aheadSeconds"])
	require.Equal(t, 200, w.api("POST", "/clock", `{"real":true}`).status)
	require.Equal(t, w.clock.Now(), w.sandbox.Now())
	require.Equal(t, 1.0, w.sandbox.Clock().Rate)
	for document, field := range map[string]string{
		`{}`: "advance", `{"advance":"1h","real":true}`: "advance", `{"advance":"soon"}`: "advance", `{"advance":"-1h"}`: "advance", `{"advance":"401d"}`: "advance",
		`{"at":"2020-01-01T00:00:00Z"}`: "at", `{"rate":-1}`: "rate", `{"rate":1e9}`: "rate", `{"speed":2}`: "speed",
	} {
		got := w.api("POST", "/clock", document)
		require.Equal(t, 400, got.status, document)
		require.Equal(t, field, got.body["field"], document)
	}
}

func TestARateMakesTimeGoFaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newClockwork(time.Now, time.Now, false, newActivity())
		defer clock.stop()
		clock.setRate(3600, false)
		began, ran := time.Now(), time.Time{}
		done := make(chan struct{})
		clock.after(24*time.Hour, func() { ran = clock.now(); close(done) })
		<-done
		require.Equal(t, 24*time.Second, time.Since(began))
		require.Equal(t, began.Add(24*time.Hour).Unix(), ran.Unix())
		clock.setRate(1, true)
		require.Equal(t, time.Now().Unix(), clock.now().Unix(), "back in the world's time")
	})
}

// TestPlansRunInOrderHoweverTheClockJumps: whatever is planned, plans run once, in the order of their times, each at its own time.
func TestPlansRunInOrderHoweverTheClockJumps(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		start := time.Unix(1_750_000_000, 0)
		still := func() time.Time { return start }
		clock := newClockwork(still, still, true, newActivity())
		defer clock.stop()
		var due, ran []time.Duration
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			if rapid.Bool().Draw(r, "plan") {
				wait := time.Duration(rapid.IntRange(0, 100_000).Draw(r, "wait")) * time.Second
				at := clock.now().Sub(start) + wait
				due = append(due, at)
				clock.after(wait, func() {
					require.Equal(r, at, clock.now().Sub(start), "at its own time")
					ran = append(ran, at)
				})
				continue
			}
			require.NoError(r, clock.advance(t.Context(), time.Duration(rapid.IntRange(0, 50_000).Draw(r, "jump"))*time.Second))
			require.True(r, slices.IsSorted(ran))
		}
		require.NoError(r, clock.advance(t.Context(), 400*24*time.Hour))
		slices.Sort(due)
		require.Equal(r, due, ran)
	})
}

func TestAWebhookIsTriedForSevenDaysEverMoreSlowlyAndThenLost(t *testing.T) {
	w := frozen(t)
	w.callback.refuse = 1_000_000
	w.write(Incoming{Text: "ninguém ouve"})
	w.advance(6 * 24 * time.Hour)
	require.Equal(t, 1, w.sandbox.WebhookCounts().Pending, "still tried on the sixth day")
	w.advance(2 * 24 * time.Hour)
	counts := w.sandbox.WebhookCounts()
	require.Equal(t, []int{0, 1}, []int{counts.Pending, counts.Expired})
	require.Less(t, counts.FailedAttempts, 200)
	require.True(t, w.sandbox.Idle())
}

func TestASubscriptionCanEndAfterTooLongAFailure(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultUnsubscribe, With: map[string]any{"afterHours": 36}}))
	w.callback.refuse = 1_000_000
	w.write(Incoming{Text: "ninguém ouve"})
	w.advance(35 * time.Hour)
	require.Contains(t, w.call("GET", "/graph/v23.0/"+waba+"/subscribed_apps", token, "").raw, "whatsapp_business_api_data")
	w.advance(5 * time.Hour)
	require.JSONEq(t, `{"data":[]}`, w.call("GET", "/graph/v23.0/"+waba+"/subscribed_apps", token, "").raw)
	w.write(Incoming{Text: "nem isto"})
	require.Equal(t, 1, w.sandbox.WebhookCounts().Unsubscribed)
}

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{"30s": 30 * time.Second, "6h": 6 * time.Hour, "2d": 48 * time.Hour, "1d12h": 36 * time.Hour, "0s": 0, "0d": 0} {
		got, err := parseSpan(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "d", "1", "xd", "1d1", "-2d", "99999d"} {
		_, err := parseSpan(text)
		require.Error(t, err, text)
	}
	raw, err := json.Marshal(ClockView{Rate: 1})
	require.NoError(t, err)
	require.Contains(t, string(raw), `"next":null`)
}
