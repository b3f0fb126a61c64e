package sandbox

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (w *world) load(document string) {
	w.t.Helper()
	require.NoError(w.t, w.sandbox.Load(w.t.Context(), []byte(document)))
}

// withDemoTemplates gives the business what the demonstration has.
func withDemoTemplates(o *Options) {
	o.Businesses[0].Templates = []Template{{ID: "1001", Name: "retomada_orcamento", Language: "pt_BR", Category: "MARKETING", Components: []TemplateComponent{
		{Type: "BODY", Text: "Olá {{1}}! Vamos retomar o seu orçamento?"}}}}
}

// TestEveryExampleHappensAsItIsWritten loads each scenario of examples/sandbox and lets all of it happen.
func TestEveryExampleHappensAsItIsWritten(t *testing.T) {
	files, err := filepath.Glob("../../../examples/sandbox/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 5)
	bodies := map[string][]string{}
	for _, file := range append(files, files...) {
		document, err := os.ReadFile(file)
		require.NoError(t, err)
		scenario, err := ParseScenario(document)
		require.NoError(t, err, file)
		require.NotEmpty(t, scenario.About, file)
		require.NotZero(t, scenario.Seed, file)
		w := frozen(t, withDemoTemplates, func(o *Options) { o.BaseURL = "http://sandbox.test/graph" })
		w.callback.anySecret = true
		w.load(string(document))
		w.advance(8 * 24 * time.Hour)
		state := w.api("GET", "/scenario", "").body["data"].(map[string]any)
		require.Equal(t, state["events"], state["done"], file)
		require.Empty(t, state["problems"], file)
		require.True(t, w.sandbox.Idle(), file)
		if before, again := bodies[file]; again {
			require.Equal(t, before, w.callback.bodies, "%s is the same each time", file)
		}
		bodies[file] = w.callback.bodies
	}
}

func TestAScenarioSetsUpAndThenHappens(t *testing.T) {
	w := frozen(t, withDemoTemplates)
	w.load(`
name: teste
seed: 5
strict: true
clock: {virtual: true, start: 2027-01-01T08:00:00Z}
businesses:
  - {phoneNumberId: "2", wabaId: "22", displayPhoneNumber: "551140040002", accessToken: outro, templates: [{name: oi, language: pt_BR, components: [{type: BODY, text: Oi}]}]}
settings: [{throughput: COEXISTENCE}]
customers: [{number: "5511999990001", name: Ana, reading: true}]
faults: [{fault: nextError, count: 1, from: 2h, with: {code: 131000}}]
events:
  - {at: 1h, customer: "5511999990001", write: {text: Oi}}
  - {at: 2h, template: {name: retomada_orcamento, language: pt_BR, status: PAUSED}}
  - {at: 3h, arm: [{fault: nextError, with: {code: 4}, count: 1}]}
  - {at: 4h, disarm: nextError}
  - {at: 5h, customer: "5511999990001", write: {buttonText: "Ver", replyTo: "wamid.none"}}
`)
	require.Equal(t, time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC), w.sandbox.Now())
	require.Equal(t, 20, w.sandbox.perSecond(&w.sandbox.Businesses()[0]))
	require.Equal(t, "Ana", w.sandbox.Phones(1)[0].Name)
	require.Len(t, w.sandbox.Businesses(), 2)
	w.advance(59 * time.Minute)
	require.Empty(t, w.callback.messages())
	w.advance(time.Minute)
	require.Len(t, w.callback.messages(), 1)
	require.Equal(t, "1798794000", w.callback.messages()[0].Timestamp)
	w.advance(2 * time.Hour)
	require.Equal(t, 131000, w.send(plainText).graphCode(), "the first is used up by then")
	require.Equal(t, 4, w.send(plainText).graphCode(), "armed at its time")
	require.Equal(t, 200, w.send(plainText).status)
	w.advance(3 * time.Hour)
	state := w.api("GET", "/scenario", "").body["data"].(map[string]any)
	require.Equal(t, 5.0, state["done"])
	require.Len(t, state["problems"], 1)
	require.Contains(t, state["problems"].([]any)[0], "events[4] (5h)", "what could not happen is named and stops nothing")
}

func TestMistakesInAScenarioAreNamedAndChangeNothing(t *testing.T) {
	w := frozen(t)
	for document, field := range map[string]string{
		`nome: x`:                                                             "nome",
		`seed: alto`:                                                          "seed",
		`clock: {virtual: true, rate: 2}`:                                     "clock.rate",
		`clock: {rate: -1}`:                                                   "clock.rate",
		`businesses: [{phoneNumberId: "1"}]`:                                  "businesses[0].wabaId",
		`settings: [{quality: 7}]`:                                            "settings[0].quality",
		`settings: [{}, {cor: x}]`:                                            "settings[1].cor",
		`customers: [{number: "12"}]`:                                         "customers[0].number",
		`customers: [{number: 5511999990001}]`:                                "customers[0].number",
		`faults: [{fault: none}]`:                                             "faults[0].fault",
		`faults: [{fault: outage, with: {a: 1}}]`:                             "faults[0].with.a",
		`faults: [{fault: outage, until: ontem}]`:                             "faults[0].until",
		`events: [{at: cedo, read: true}]`:                                    "events[0].at",
		`events: [{at: 1h}]`:                                                  "events[0].write",
		`events: [{read: true, customer: "5511999990001", disarm: x}]`:        "events[0].write",
		`events: [{read: true}]`:                                              "events[0].customer",
		`events: [{disarm: x, customer: "5511999990001"}]`:                    "events[0].customer",
		`events: [{arm: [{fault: outage, probability: 2}]}]`:                  "events[0].arm[0].probability",
		`events: [{customer: "5511999990001", write: {texto: oi}}]`:           "events[0].texto",
		`events: [{customer: "5511999990001", write: {text: oi, sample: 1}}]`: "events[0].write.sample",
	} {
		got := w.api("POST", "/scenario", document)
		require.Equal(t, 400, got.status, document)
		require.Equal(t, field, got.body["field"], "%s: %s", document, got.raw)
	}
	require.Equal(t, 400, w.api("POST", "/scenario", "a: [").status)
	require.Equal(t, 400, w.api("POST", "/scenario", "- 1").status)
	require.Empty(t, w.sandbox.Phones(10))
	require.JSONEq(t, `{"success":true,"data":null}`, w.api("GET", "/scenario", "").raw)

	w.write(Incoming{Text: "oi"})
	got := w.api("POST", "/scenario", "clock: {start: 2020-01-01T00:00:00Z}")
	require.Equal(t, "clock.start", got.body["field"], "with messages there is no way back")
}

func TestABusinessIsChangedAndItsWebhooksTellOfIt(t *testing.T) {
	w := frozen(t)
	for _, c := range []struct{ change, field, event string }{
		{`{"status":"FLAGGED"}`, "phone_number_quality_update", "FLAGGED"},
		{`{"status":"CONNECTED"}`, "phone_number_quality_update", "UNFLAGGED"},
		{`{"throughput":"HIGH"}`, "phone_number_quality_update", "THROUGHPUT_UPGRADE"},
		{`{"status":"BANNED"}`, "account_update", "DISABLED_UPDATE"},
		{`{"status":"CONNECTED"}`, "account_update", "DISABLED_UPDATE"},
	} {
		require.Equal(t, 200, w.api("POST", "/businesses/"+number, c.change).status)
		w.advance(0)
		told := w.callback.fields(t, c.field)
		require.Equal(t, c.event, told[len(told)-1]["event"], c.change)
	}
	require.Equal(t, 200, w.api("POST", "/businesses/"+number, `{"messagingLimit":"TIER_UNLIMITED"}`).status)
	w.advance(0)
	require.Equal(t, -1.0, w.callback.fields(t, "business_capability_update")[0]["max_daily_conversations_per_business"])
	for document, field := range map[string]string{`{"status":"HAPPY"}`: "status", `{"quality":"x"}`: "quality", `{"throughput":"x"}`: "throughput",
		`{"messagingLimit":"x"}`: "messagingLimit", `{"managementPerHour":-1}`: "managementPerHour", `{"marketingPerDay":-1}`: "marketingPerDay", `{"x":1}`: "x"} {
		require.Equal(t, field, w.api("POST", "/businesses/"+number, document).body["field"])
	}
	require.Equal(t, 404, w.api("POST", "/businesses/none", `{}`).status)
	require.Equal(t, 200, w.api("POST", "/businesses/"+number, `{"status":"BANNED"}`).status)
	health := w.call("GET", "/graph/v23.0/"+number+"?fields=health_status", token, "")
	require.Contains(t, health.raw, `"can_send_message":"BLOCKED"`)
	require.Contains(t, health.raw, "131031")
}

// FuzzScenario: a document is either refused or means a scenario that can be set up.
func FuzzScenario(f *testing.F) {
	files, err := filepath.Glob("../../../examples/sandbox/*.yaml")
	require.NoError(f, err)
	for _, file := range files {
		document, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(document))
	}
	for _, seed := range []string{`{}`, ``, `null`, `{"events":[{"at":"1d","disarm":"x"}]}`, `a: &a [*a]`, `seed: .nan`, `clock: {start: 2026-01-01}`, `1: 2`, "events: [null]", `{"seed":1e400}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		scenario, err := ParseScenario([]byte(document))
		if err != nil {
			require.Nil(t, scenario)
			return
		}
		for _, event := range scenario.Events {
			require.GreaterOrEqual(t, event.after, time.Duration(0))
		}
	})
}

// FuzzFaultRules: a document is either refused with the field's name, or arms faults whose parameters are all within their limits.
func FuzzFaultRules(f *testing.F) {
	for _, seed := range []string{`{"fault":"outage"}`, `{"arm":[{"fault":"nextError","with":{"code":4},"probability":0.5,"count":3,"from":"1h","until":"2h","phones":["5511999990001"]}]}`,
		`{"fault":"latencyMs","with":{"ms":1e300}}`, `{"fault":"outage","probability":0}`, `{"arm":[]}`, `{"arm":[null]}`, `{"fault":7}`, `{"fault":"outage","until":"0s"}`} {
		f.Add(seed)
	}
	now := time.Unix(1_750_000_000, 0)
	f.Fuzz(func(t *testing.T, document string) {
		rules, err := decodeRules([]byte(document))
		if err != nil {
			return
		}
		for _, rule := range rules {
			a, err := arm(rule, now)
			if err != nil {
				continue
			}
			kind, known := kindOf(rule.Fault)
			require.True(t, known)
			for _, p := range kind.Parameters {
				_, err := p.check(a.arguments[p.Name])
				require.NoError(t, err)
			}
			require.Len(t, a.arguments, len(kind.Parameters))
		}
	})
}
