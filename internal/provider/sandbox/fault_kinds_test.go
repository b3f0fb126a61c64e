package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// strike is what a send and a write meet while a fault is armed: the answer, and what the callback hears within an hour.
type strike struct {
	with map[string]any
	// code and status are of the answer; 0 is an accepted send. broken: no whole answer comes.
	code, status int
	broken       bool
	// created says whether the message exists; statuses is what is told of it.
	created  bool
	statuses []string
}

// sends are the faults that a send meets.
var sends = map[string]strike{
	faultOutage:          {status: 503},
	faultRetryAfter:      {code: 80007, status: 429},
	faultTokenExpired:    {code: 190, status: 401},
	faultNoPermission:    {code: 10, status: 403},
	faultResetMidBody:    {broken: true, created: true, statuses: []string{"sent", "delivered"}},
	faultSlowBytes:       {with: map[string]any{"ms": 1, "bytes": 64}, created: true, statuses: []string{"sent", "delivered"}},
	faultHTMLError:       {with: map[string]any{"accepts": true, "status": 504}, status: 504, created: true, statuses: []string{"sent", "delivered"}},
	faultNextError:       {with: map[string]any{"code": 131057, "httpStatus": 403}, code: 131057, status: 403},
	faultAcceptTimeout:   {with: map[string]any{"mode": "cut"}, broken: true, created: true, statuses: []string{"sent", "delivered"}},
	faultFailedStatus:    {with: map[string]any{"afterSent": true}, created: true, statuses: []string{"sent", "failed"}},
	faultStatusFirst:     {created: true, statuses: []string{"sent", "delivered"}},
	faultSlowDelivery:    {with: map[string]any{"seconds": 7200}, created: true, statuses: []string{"sent"}},
	faultDuplicate:       {with: map[string]any{"copies": 2}, created: true, statuses: []string{"sent", "sent", "sent", "delivered", "delivered", "delivered"}},
	faultDrop:            {with: map[string]any{"only": "statuses"}, created: true},
	faultShuffle:         {created: true, statuses: []string{"delivered", "sent"}},
	faultDelay:           {with: map[string]any{"seconds": 7200}, created: true},
	faultBroken:          {created: true, statuses: []string{"sent", "delivered"}},
	faultHuge:            {created: true, statuses: []string{"sent", "delivered"}},
	faultLatency:         {with: map[string]any{"ms": 1}, created: true, statuses: []string{"sent", "delivered"}},
	faultNoReceipts:      {created: true, statuses: []string{"sent", "delivered"}},
	faultSkipDelivered:   {created: true, statuses: []string{"sent", "delivered"}},
	faultAsync:           {created: true, statuses: []string{"sent", "delivered"}},
	faultBatch:           {with: map[string]any{"unknownFields": false}, created: true, statuses: []string{"sent", "delivered"}},
	faultReorder:         {with: map[string]any{"withinSeconds": 0}, created: true, statuses: []string{"sent", "delivered"}},
	"accountBlocked":     {code: 368, status: 403},
	"paymentProblem":     {code: 131042, status: 400},
	"numberUnregistered": {code: 133010, status: 400},
	"countryRestricted":  {code: 130497, status: 403},
	"spamLimit":          {created: true, statuses: []string{"failed"}},
	"maintenance":        {code: 131057, status: 400},
	"serviceTrouble":     {with: map[string]any{"code": 2}, code: 2, status: 503},
	"displayNameMissing": {code: 131037, status: 400},
	"experiment":         {created: true, statuses: []string{"failed"}},
	"healthyEcosystem":   {created: true, statuses: []string{"failed"}},
	"windowGlitch":       {code: 131047, status: 400},
	"undeliverable":      {with: map[string]any{"async": false}, code: 131026, status: 400},
	"contentPolicy":      {code: 132007, status: 400},
}

// elsewhere are faults that a plain send does not meet; each has a test of its own.
var elsewhere = []string{faultWrongSecret, faultUnsubscribe, faultMediaExpired, faultMediaCorrupt, faultUploadFails, faultLinkFails, faultSyncing, faultHeld, faultRejected}

func TestEveryFaultThatASendMeets(t *testing.T) {
	for _, kind := range FaultKinds() {
		want, is := sends[kind.Name]
		if !is {
			require.Contains(t, elsewhere, kind.Name, "a fault without a test")
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			w := frozen(t)
			w.write(Incoming{Text: "oi"})
			w.advance(time.Second)
			raw, err := json.Marshal(FaultRule{Fault: kind.Name, With: want.with})
			require.NoError(t, err)
			require.Equal(t, 200, w.api("POST", "/faults", string(raw)).status)
			answer, err := w.try(http.MethodPost, "/graph/v23.0/"+number+"/messages", token, plainText)
			require.Equal(t, want.broken, err != nil, "%v", err)
			if !want.broken {
				require.Equal(t, want.code, answer.graphCode(), answer.raw)
				require.Equal(t, max(want.status, 200), answer.status)
			}
			sent := w.sandbox.Sent(customer)
			require.Equal(t, want.created, len(sent) == 1)
			w.advance(time.Hour)
			if want.created {
				require.Equal(t, want.statuses, w.callback.statuses(sent[0].ID))
			}
			w.sandbox.Disarm(kind.Name)
			require.Equal(t, 200, w.send(plainText).status, "over with it")
		})
	}
}

func TestAFaultStrikesOnlyUnderItsConditions(t *testing.T) {
	other := "5511999990002"
	w := frozen(t)
	w.opensWindowOf(customer)
	w.opensWindowOf(other)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: "paymentProblem", Count: 2, From: "1h", Until: "2h", Phones: []string{"+55 11 99999-0002"}, PhoneNumberID: number}))
	code := func(who string) int { return w.send(textTo(who)).graphCode() }
	require.Zero(t, code(other), "before its time")
	w.advance(time.Hour)
	require.Zero(t, code(customer), "another phone")
	require.Equal(t, 131042, code(other))
	require.Equal(t, 131042, code(other))
	require.Zero(t, code(other), "used up")
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: "paymentProblem", Until: "10m"}))
	require.Equal(t, 131042, code(other))
	w.advance(10 * time.Minute)
	require.Zero(t, code(other), "after its time")
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: "paymentProblem", PhoneNumberID: "999"}))
	require.Zero(t, code(other), "another number")
}

func TestAProbabilityStrikesAboutSoOften(t *testing.T) {
	w := frozen(t)
	w.opensWindowOf(customer)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultNextError, Probability: half(0.25)}))
	struck := 0
	for range 400 {
		if w.send(plainText).graphCode() != 0 {
			struck++
		}
	}
	require.InDelta(t, 100, struck, 30)
	require.Equal(t, struck, int(w.api("GET", "/faults", "").body["data"].(map[string]any)["armed"].([]any)[0].(map[string]any)["struck"].(float64)))
}

func TestFaultsAreListedArmedAndTakenAway(t *testing.T) {
	w := frozen(t)
	require.Equal(t, 200, w.api("POST", "/faults", `{"arm":[{"fault":"outage","from":"1h"},{"fault":"latencyMs","with":{"ms":5}}]}`).status)
	data := w.api("POST", "/faults", `{"duplicateWebhooks":true}`).body["data"].(map[string]any)
	on := map[string]bool{}
	for _, one := range data["known"].([]any) {
		known := one.(map[string]any)
		require.NotEmpty(t, known["description"])
		require.NotNil(t, known["parameters"])
		on[known["name"].(string)] = known["on"].(bool)
	}
	require.Len(t, on, len(FaultKinds()), "each name is there once")
	require.True(t, on[faultLatency] && on[faultDuplicate])
	require.False(t, on[faultOutage], "not yet its time")
	require.Len(t, data["armed"], 2)
	require.Len(t, w.api("DELETE", "/faults?fault=latencyMs", "").body["data"].(map[string]any)["armed"], 1)
	require.NotContains(t, w.api("DELETE", "/faults", "").body["data"], "armed")
}

func TestMistakesInARuleAreNamed(t *testing.T) {
	w := newWorld(t)
	for document, field := range map[string]string{
		`{"fault":"none"}`:                                  "fault",
		`{"fault":"outage","with":{"kind":"cold"}}`:         "with.kind",
		`{"fault":"outage","with":{"kind":7}}`:              "with.kind",
		`{"fault":"outage","with":{"hours":7}}`:             "with.hours",
		`{"fault":"latencyMs","with":{"ms":-1}}`:            "with.ms",
		`{"fault":"latencyMs","with":{"ms":600001}}`:        "with.ms",
		`{"fault":"latencyMs","with":{"ms":"5"}}`:           "with.ms",
		`{"fault":"htmlError","with":{"accepts":1}}`:        "with.accepts",
		`{"fault":"htmlError","with":{"status":200}}`:       "with.status",
		`{"fault":"outage","probability":1.1}`:              "probability",
		`{"fault":"outage","probability":0}`:                "probability",
		`{"fault":"outage","count":-1}`:                     "count",
		`{"fault":"outage","from":"amanhã"}`:                "from",
		`{"fault":"outage","from":"2h","until":"1h"}`:       "until",
		`{"fault":"outage","phones":["1"]}`:                 "phones[0]",
		`{"fault":"outage","arm":[]}`:                       "arm",
		`{"fault":"outage","sometimes":true}`:               "sometimes",
		`{"arm":[{"fault":"outage"},{"fault":"x"}]}`:        "arm[1].fault",
		`{"arm":[{"fault":"outage","count":"1"}]}`:          "arm.count",
		`{"fault":"nextError","with":{"code":1},"count":1}`: "",
	} {
		got := w.api("POST", "/faults", document)
		if field == "" {
			require.Equal(t, 200, got.status, document)
			continue
		}
		require.Equal(t, 400, got.status, document)
		require.Equal(t, field, got.body["field"], document)
	}
	require.Len(t, w.sandbox.faults.rules, 1, "a mistake in one arms none")
	many := make([]FaultRule, mostRules)
	for i := range many {
		many[i].Fault = faultOutage
	}
	require.ErrorContains(t, w.sandbox.Arm(many...), "no máximo")
}

func TestBatchesHoldEverythingTogether(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultBatch, With: map[string]any{"most": 4, "withinSeconds": 60}}))
	ids := []string{w.write(Incoming{Text: "1"}), w.write(Incoming{Text: "2"})}
	w.sendText(customer, "a")
	w.advance(59 * time.Second)
	require.Len(t, w.callback.bodies, 1, "four make one")
	raw := w.callback.bodies[0]
	for _, part := range []string{ids[0], ids[1], `"status":"sent"`, `"status":"delivered"`, "sandbox_unknown_field"} {
		require.Contains(t, raw, strings.ReplaceAll(part, "/", `\/`))
	}
	require.Equal(t, StatusDelivered, w.message(ids[0]).Status, "answered, so the customer has two ticks")
	w.write(Incoming{Text: "3"})
	w.advance(59 * time.Second)
	require.Len(t, w.callback.bodies, 1)
	w.advance(time.Second)
	require.Len(t, w.callback.bodies, 2, "and no more came in time")
}

func TestBrokenItemsStandBesideGoodOnes(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultBroken}))
	id := w.write(Incoming{Text: `"messages":[`})
	w.advance(0)
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(w.callback.bodies[0]), &body))
	value := body["entry"].([]any)[0].(map[string]any)["changes"].([]any)[0].(map[string]any)["value"].(map[string]any)
	items := value["messages"].([]any)
	require.Len(t, items, 5)
	good := items[4].(map[string]any)
	require.Equal(t, id, good["id"])
	require.Equal(t, `"messages":[`, good["text"].(map[string]any)["body"], "what the customer wrote is untouched")
}

func TestHugeWebhooksReachThreeMegabytes(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultHuge, Count: 1}))
	w.write(Incoming{Text: "oi"})
	w.advance(0)
	require.InDelta(t, maxBody, len(w.callback.bodies[0]), 1024)
	require.LessOrEqual(t, len(w.callback.bodies[0]), maxBody)
	w.write(Incoming{Text: "oi"})
	w.advance(0)
	require.Less(t, len(w.callback.bodies[1]), 1024)
}

func TestAWrongSecretIsRefusedAndTriedAgainWithTheRightOne(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultWrongSecret, Count: 2}))
	w.write(Incoming{Text: "oi"})
	w.advance(0)
	require.Empty(t, w.callback.messages())
	w.advance(time.Minute)
	require.Len(t, w.callback.messages(), 1)
	require.Equal(t, 2, w.sandbox.WebhookCounts().FailedAttempts)
}

func TestReorderingMixesAndLosesNothing(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultReorder, With: map[string]any{"withinSeconds": 600}}))
	var sent []string
	for i := range 20 {
		sent = append(sent, w.write(Incoming{Text: fmt.Sprint(i)}))
	}
	w.advance(10 * time.Minute)
	var heard []string
	for _, m := range w.callback.messages() {
		heard = append(heard, m.ID)
	}
	require.ElementsMatch(t, sent, heard)
	require.NotEqual(t, sent, heard)
}

func TestRepliesCanBeReadWithoutHavingBeenDelivered(t *testing.T) {
	w := frozen(t)
	w.write(Incoming{Text: "oi"})
	w.phone(customer, PhoneChange{Reading: on(true)})
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultSkipDelivered}))
	id := w.sendText(customer, "a")
	w.advance(time.Minute)
	require.Equal(t, []string{"sent", "read"}, w.callback.statuses(id))
}

func TestFilesCanBeIll(t *testing.T) {
	w := frozen(t)
	w.write(Incoming{Type: "image", Sample: true})
	w.advance(0)
	id := w.callback.messages()[0].Image.ID
	address := func() string { return w.call("GET", "/graph/v23.0/"+id, token, "").body["url"].(string) }
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultMediaExpired, Count: 1, With: map[string]any{"status": 401}}, FaultRule{Fault: faultMediaCorrupt, Count: 1},
		FaultRule{Fault: faultUploadFails, Count: 1}, FaultRule{Fault: faultLinkFails, Count: 2}))
	status, _ := w.download(address(), token)
	require.Equal(t, 401, status)
	status, wrong := w.download(address(), token)
	require.Equal(t, 200, status)
	status, right := w.download(address(), token)
	require.Equal(t, 200, status)
	require.Equal(t, string(sampleFile("image")), right)
	require.NotEqual(t, wrong, right)
	require.Len(t, wrong, len(right))

	require.Equal(t, 131053, w.upload("image/png", []byte("png")).graphCode())
	require.Equal(t, 200, w.upload("image/png", []byte("png")).status)
	link := `{"messaging_product":"whatsapp","to":"5511999990001","type":"image","image":{"link":"https://ex.com/a.png"}}`
	require.Equal(t, 131053, w.send(link).graphCode())
	w.faults(`{"asyncErrors":true}`)
	require.Equal(t, 200, w.send(link).status)
	w.advance(time.Second)
	require.Equal(t, 131052, w.sandbox.Sent(customer)[0].Failure.Code)
}

func TestATemplateCanStillBeSyncing(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultSyncing, Until: "10m"}))
	require.Equal(t, 134101, w.send(templateBody("retomada", goodRetomada)).graphCode())
	w.advance(10 * time.Minute)
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada)).status)
}
