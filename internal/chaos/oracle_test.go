package chaos

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ana = "5511999990001"

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return noon.Add(d) }

// written is what retoma has of one of its messages.
func out(id, mark, status string, mailbox int64, at time.Duration) messageRow {
	when := after(at)
	return messageRow{ID: id, Direction: "out", Text: "Oi! ref " + mark, Status: status, Mailbox: mailbox, CreatedAt: when, At: &when}
}

func phone(tracker, mark string, at time.Duration) Arrival {
	return Arrival{Tracker: tracker, Mark: mark, Status: "delivered", At: after(at)}
}

// evidenceOf is one customer who was put into a model of two messages, a minute apart, at noon, and who answered 90 seconds later.
func evidenceOf() *Evidence {
	return &Evidence{
		Plan: Plan{Documents: []Document{{Mark: "M1", Kind: Model, Reply: "stop", Offsets: []time.Duration{0, time.Minute, time.Minute}}}},
		Stories: []Story{{Customer: Customer{Phone: ana}, Deeds: []Deed{
			{Act: Act{Kind: Writes}, Began: after(-time.Minute), Acked: after(-time.Minute), Message: "oi"},
			{Act: Act{Kind: Enrols, Document: 0}, Began: noon, Acked: noon},
			{Act: Act{Kind: Writes}, Began: after(90 * time.Second), Acked: after(91 * time.Second), Message: "resposta"},
		}}},
		Mail: map[string]Mail{
			"oi":       {Tried: after(-time.Minute), Acked: after(-time.Minute)},
			"resposta": {Tried: after(90 * time.Second), Acked: after(91 * time.Second)},
		},
		Attempts: map[string][]Attempt{}, DocumentIDs: []string{"document"},
		Arrivals: map[string][]Arrival{ana: {phone("a", "M1.1", 10*time.Millisecond), phone("b", "M1.2", 61*time.Second)}},
		Kept: map[string][]messageRow{ana: {
			{ID: "in1", Direction: "in", ProviderID: "oi", Mailbox: 1}, {ID: "in2", Direction: "in", ProviderID: "resposta", Mailbox: 3},
			out("a", "M1.1", "delivered", 2, 20*time.Millisecond), out("b", "M1.2", "delivered", 2, 61*time.Second),
		}},
	}
}

func TestWhatCameAsItShouldIsNoFinding(t *testing.T) {
	v := Judge(evidenceOf())
	require.Empty(t, v.Findings)
	require.Equal(t, map[string]int{Delivered: 2, Withheld: 1}, v.Outcomes)
	require.Equal(t, []time.Duration{10 * time.Millisecond, 990 * time.Millisecond}, v.Late)
}

// Each kind of wrong is found, and by its own name.
func TestEveryWrongIsFound(t *testing.T) {
	cases := map[string]struct {
		spoil func(e *Evidence)
		wrong string
	}{
		"a message that never came": {func(e *Evidence) {
			e.Stories[0].Deeds = e.Stories[0].Deeds[:2]
			e.Arrivals[ana] = append(e.Arrivals[ana], phone("c", "M1.3", 122*time.Second))
			e.Kept[ana] = append(e.Kept[ana], out("c", "M1.3", "delivered", 2, 122*time.Second))
			e.Arrivals[ana] = append(e.Arrivals[ana][:1], e.Arrivals[ana][2:]...)
		}, Lost},
		"a failure that no word of the provider explains": {func(e *Evidence) {
			e.Stories[0].Deeds = e.Stories[0].Deeds[:2]
			e.Kept[ana] = append(e.Kept[ana], out("c", "M1.3", "failed", 2, 122*time.Second))
		}, Lost},
		"a reply that was acknowledged and forgotten": {func(e *Evidence) { e.Kept[ana] = append(e.Kept[ana][:1], e.Kept[ana][2:]...) }, Lost},
		"one message twice": {func(e *Evidence) {
			e.Arrivals[ana] = append(e.Arrivals[ana], phone("b", "M1.2", 62*time.Second))
		}, Doubled},
		"one step by two messages": {func(e *Evidence) {
			e.Arrivals[ana] = append(e.Arrivals[ana], phone("b2", "M1.2", 62*time.Second))
			e.Kept[ana] = append(e.Kept[ana], out("b2", "M1.2", "delivered", 2, 62*time.Second))
		}, Doubled},
		"a reply that is there twice": {func(e *Evidence) { e.Kept[ana] = append(e.Kept[ana], e.Kept[ana][1]) }, Doubled},
		"what nobody asked for":       {func(e *Evidence) { e.Arrivals[ana] = append(e.Arrivals[ana], phone("x", "M9.1", time.Minute)) }, Doubled},
		"a claim that knew of the reply": {func(e *Evidence) {
			e.Arrivals[ana] = append(e.Arrivals[ana], phone("c", "M1.3", 122*time.Second))
			e.Kept[ana] = append(e.Kept[ana], out("c", "M1.3", "delivered", 3, 122*time.Second))
		}, AfterReply},
		"a minute that was too short": {func(e *Evidence) {
			e.Arrivals[ana][1].At = after(59 * time.Second)
		}, Early},
		"the second before the first": {func(e *Evidence) {
			e.Arrivals[ana][0].At = after(2 * time.Minute)
		}, Disordered},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := evidenceOf()
			c.spoil(e)
			v := Judge(e)
			require.Len(t, v.Findings, 1)
			require.Equal(t, c.wrong, v.Findings[0].What, v.Findings[0].Detail)
		})
	}
}

// What is missing for a reason is no loss; the reason is seen from outside.
func TestEveryExcuseIsSeenFromOutside(t *testing.T) {
	cases := map[string]struct {
		happen func(e *Evidence)
		want   string
	}{
		"nobody knows": {func(e *Evidence) { e.Kept[ana][3].Status = "unconfirmed" }, Unconfirmed},
		"the provider refused it": {func(e *Evidence) {
			e.Kept[ana][3].Status = "failed"
			e.Attempts["b"] = []Attempt{{Tracker: "b", Status: 400, Code: 131009}}
		}, Refused},
		"the provider had closed the window": {func(e *Evidence) {
			e.Kept[ana][3].Status, e.Kept[ana][3].ErrorCode = "failed", "outside_window"
			e.Attempts["a"] = []Attempt{{Tracker: "a", Status: 400, Code: 131047}}
		}, Refused},
		"the provider ended it": {func(e *Evidence) {
			e.Arrivals[ana][0].Status, e.Arrivals[ana][0].Code = "failed", 131026
		}, Ended},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := evidenceOf()
			e.Stories[0].Deeds = e.Stories[0].Deeds[:2]
			e.Plan.Documents[0].Offsets = e.Plan.Documents[0].Offsets[:2]
			c.happen(e)
			e.Arrivals[ana] = e.Arrivals[ana][:1]
			v := Judge(e)
			require.Empty(t, v.Findings)
			require.Equal(t, 1, v.Outcomes[c.want], v.Outcomes)
		})
	}
}

// A send that was claimed before the reply may be on the wire after it: that is published and no fault.
func TestWhatWasClaimedBeforeTheReplyIsAGapAndNoFinding(t *testing.T) {
	e := evidenceOf()
	e.Arrivals[ana] = append(e.Arrivals[ana], phone("c", "M1.3", 122*time.Second))
	e.Kept[ana] = append(e.Kept[ana], out("c", "M1.3", "delivered", 2, 122*time.Second))
	v := Judge(e)
	require.Empty(t, v.Findings)
	require.Equal(t, []time.Duration{31 * time.Second}, v.Gaps)
}

func TestTheProvidersTimesAreReadAsTheWorlds(t *testing.T) {
	var c clockLog
	c.jumped(after(time.Minute), after(11*time.Minute), 10*time.Minute)
	c.jumped(after(20*time.Minute), after(80*time.Minute), 70*time.Minute)
	for shown, want := range map[time.Duration]time.Duration{
		30 * time.Second: 30 * time.Second, 5 * time.Minute: time.Minute, 12 * time.Minute: 2 * time.Minute, 50 * time.Minute: 10 * time.Minute,
		81 * time.Minute: 11 * time.Minute,
	} {
		require.Equal(t, after(want), c.real(after(shown)), shown)
	}
}

// A seed is a plan, and another seed another one.
func TestASeedMakesItsPlan(t *testing.T) {
	size := Size{Customers: 500, Faults: 100, Channels: 12, Playing: time.Minute, Minute: true}
	require.Equal(t, NewPlan(7, size, true), NewPlan(7, size, true))
	require.NotEqual(t, NewPlan(7, size, true), NewPlan(8, size, true))
}

// In a long run every fault of the simulated WhatsApp and every way to hurt a process or a line comes up.
func TestALongPlanHasEveryFault(t *testing.T) {
	plan := NewPlan(1, Size{Customers: 1, Faults: 300, Channels: 12, Playing: time.Hour, Minute: true}, true)
	seen := map[string]bool{}
	for _, f := range plan.Faults {
		seen[f.What] = true
		if f.Armed != nil {
			seen[f.Armed.Fault] = true
		}
	}
	for _, what := range []string{kills, terminates, freezes, flushes, crashes, cuts, slows, holds, offs, jumps, arms, "countryRestricted", "templateRejected"} {
		require.True(t, seen[what], what)
	}
}

// Where channels go by evidence, a message that went again is counted apart, if nobody could have known better.
func TestWhatEvidenceDoublesIsToldFromWhatIsDoubled(t *testing.T) {
	cases := map[string]struct {
		change func(e *Evidence)
		found  int
	}{
		"its states were destroyed": {func(*Evidence) {}, 0},
		"its state was taken later": {func(e *Evidence) { e.Told = map[string]time.Time{"a": after(65 * time.Second)} }, 0},
		"its state had been taken":  {func(e *Evidence) { e.Told = map[string]time.Time{"a": after(30 * time.Second)} }, 1},
		"too soon":                  {func(e *Evidence) { e.Arrivals[ana][1].At = after(20 * time.Second) }, 1},
		"as another message":        {func(e *Evidence) { e.Arrivals[ana][1].Tracker = "b" }, 1},
		"the team decides there":    {func(e *Evidence) { e.Plan.Evidence = false }, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := evidenceOf()
			e.Stories[0].Deeds = e.Stories[0].Deeds[:2]
			e.Plan.Evidence, e.Plan.Documents[0].Offsets = true, e.Plan.Documents[0].Offsets[:1]
			again := e.Arrivals[ana][0]
			again.At = after(62 * time.Second)
			e.Arrivals[ana] = []Arrival{e.Arrivals[ana][0], again}
			c.change(e)
			v := Judge(e)
			require.Len(t, v.Findings, c.found, "%+v", v.Findings)
			require.Equal(t, 1-c.found, v.Outcomes[Repeated])
		})
	}
}

// A platform that is refused although the customer had just written has lost its message.
func TestARefusalByAWindowThatWasOpenIsALoss(t *testing.T) {
	e := evidenceOf()
	e.Plan.Documents = append(e.Plan.Documents, Document{Mark: "A1", Kind: Asked, Offsets: []time.Duration{0}})
	e.Stories[0].Deeds = append(e.Stories[0].Deeds[:1:1], Deed{Act: Act{Kind: Says, Document: len(e.Plan.Documents) - 1}, Problem: `422: {"code":"outside_window"}`})
	e.Arrivals = map[string][]Arrival{}
	v := Judge(e)
	require.Len(t, v.Findings, 1)
	require.Equal(t, Lost, v.Findings[0].What)
}

func TestAPlanByEvidenceLeavesTheSecondHalfToDoubts(t *testing.T) {
	size := Size{Customers: 60, Faults: 40, Channels: 4, Playing: time.Minute, Settling: time.Minute}
	plan := NewPlan(1, size, true).byEvidence()
	require.True(t, plan.Evidence)
	deaf := 0
	for _, f := range plan.Faults {
		if f.At >= size.Playing/2 {
			require.Equal(t, arms, f.What, "whoever takes webhooks is left alone")
		}
		if f.Armed != nil && f.Armed.Fault == "dropWebhooks" && f.Armed.Until == "" && f.Armed.Count == 0 {
			deaf = len(f.Armed.Phones)
		}
	}
	require.InDelta(t, size.Customers/deafEvery, deaf, 1)
}

// A message that arrived and of which retoma was never told holds up what goes behind it: that is no loss.
func TestWhatWaitsBehindAMessageThatNobodyToldOfIsBehindIt(t *testing.T) {
	e := evidenceOf()
	e.Stories[0].Deeds = e.Stories[0].Deeds[:2]
	e.Arrivals[ana], e.Kept[ana] = e.Arrivals[ana][:1], e.Kept[ana][:3]
	e.Kept[ana][2].Status = "unconfirmed"
	v := Judge(e)
	require.Empty(t, v.Findings)
	require.Equal(t, map[string]int{Delivered: 1, Behind: 2}, v.Outcomes)
}

// A refusal's confirmation that went again by evidence is no second confirmation.
func TestAConfirmationThatEvidenceRepeatsIsToldApart(t *testing.T) {
	for _, evidence := range []bool{true, false} {
		e := evidenceOf()
		e.Plan.Evidence = evidence
		e.Stories[0].Deeds[2].Kind = Refuses
		e.Arrivals[ana] = append(e.Arrivals[ana], phone("c", "", 92*time.Second), phone("c", "", 155*time.Second))
		v := Judge(e)
		if evidence {
			require.Empty(t, v.Findings)
			require.Equal(t, 1, v.Outcomes[Repeated])
		} else {
			require.Len(t, v.Findings, 1)
			require.Equal(t, Doubled, v.Findings[0].What)
		}
	}
}
