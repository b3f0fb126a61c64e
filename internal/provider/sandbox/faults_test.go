package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// opened is a world with an open window.
func opened(t *testing.T, adjust ...option) *world {
	w := newWorld(t, adjust...)
	w.write(Incoming{Text: "oi"})
	w.settle()
	return w
}

func TestTheNextSendsAreRefusedWithAChosenError(t *testing.T) {
	w := opened(t)
	w.faults(`{"nextError":{"code":130429,"count":2}}`)
	requireRecorded(t, "err_130429_rate.json", w.send(plainText))
	require.Equal(t, 130429, w.send(plainText).graphCode())
	require.Equal(t, 200, w.send(plainText).status)
	for code, fixture := range map[string]string{"2": "err_2_transient.json", "368": "err_368_blocked.json", "613": "err_613_http429.json", "133010": "err_133010_unregistered.json"} {
		w.faults(`{"nextError":{"code":` + code + `}}`)
		requireRecorded(t, fixture, w.send(plainText))
	}
	w.faults(`{"nextError":{"code":130429,"httpStatus":429,"details":"devagar"}}`)
	got := w.send(plainText)
	require.Equal(t, 429, got.status)
	require.Contains(t, got.raw, "devagar")
	w.faults(`{"nextError":{"code":987654}}`)
	require.Equal(t, 987654, w.send(plainText).graphCode(), "a code nobody knows yet")
	require.Len(t, w.sandbox.Sent(customer), 1, "a refused message is not on the phone")
	w.settle()
}

func TestAnErrorOfOneNumberLeavesTheOthersAlone(t *testing.T) {
	w := opened(t)
	w.faults(`{"phoneNumberId":"999","nextError":{"code":130429}}`)
	require.Equal(t, 200, w.send(plainText).status)
	w.faults(`{"phoneNumberId":"` + number + `","nextError":{"code":131056}}`)
	require.Equal(t, 131056, w.send(plainText).graphCode())
	require.Equal(t, 200, w.send(plainText).status)
	w.settle()
}

func TestAFailedStatusFollowsAnAcceptedMessage(t *testing.T) {
	w := opened(t)
	w.faults(`{"nextFailedStatus":{"code":131026,"count":1}}`)
	bad := w.sendText(customer, "a")
	good := w.sendText(customer, "b")
	w.faults(`{"nextFailedStatus":{"code":131049,"afterSent":true}}`)
	later := w.sendText(customer, "c")
	w.settle()
	require.Equal(t, []string{"failed"}, w.callback.statuses(bad))
	require.Equal(t, []string{"sent", "delivered"}, w.callback.statuses(good))
	require.Equal(t, []string{"sent", "failed"}, w.callback.statuses(later))
	require.Equal(t, &Failure{Code: 131026, Title: "Message undeliverable"}, w.message(bad).Failure)
}

func TestRefusalsForWindowAndPauseCanComeLater(t *testing.T) {
	w := newWorld(t)
	w.faults(`{"asyncErrors":true}`)
	id := w.sendText(customer, "fora da janela")
	paused := w.send(templateBody("aviso", body(texts("1", "2"))))
	require.Equal(t, 200, paused.status)
	require.Equal(t, 132001, w.send(templateBody("nenhum", "")).graphCode(), "what can be told at once is told at once")
	w.settle()
	require.Equal(t, []string{"failed"}, w.callback.statuses(id))
	require.Equal(t, 131047, w.message(id).Failure.Code)
	require.Equal(t, 132015, w.sandbox.Sent(customer)[1].Failure.Code)
}

func TestAcceptThenTimeoutCreatesTheMessageAndAnswersNothing(t *testing.T) {
	for _, mode := range []string{"cut", "hang"} {
		t.Run(mode, func(t *testing.T) {
			w := opened(t)
			w.faults(`{"acceptThenTimeout":1,"timeoutMode":"` + mode + `","hangMs":20}`)
			_, err := w.try("POST", "/graph/v23.0/"+number+"/messages", token, plainText)
			require.Error(t, err, "the client sees a broken connection")
			w.settle()
			sent := w.sandbox.Sent(customer)
			require.Len(t, sent, 1)
			require.Equal(t, []string{"sent", "delivered"}, w.callback.statuses(sent[0].ID))
			require.Equal(t, 200, w.send(plainText).status)
			w.settle()
		})
	}
}

func TestCloseEndsARequestThatHangs(t *testing.T) {
	w := opened(t)
	w.faults(`{"acceptThenTimeout":1,"hangMs":3600000}`)
	w.callback.mu.Lock()
	w.callback.arrived = make(chan string, 8)
	w.callback.mu.Unlock()
	ended := make(chan error, 1)
	go func() {
		_, err := w.try("POST", "/graph/v23.0/"+number+"/messages", token, plainText)
		ended <- err
	}()
	require.Contains(t, <-w.callback.arrived, `"status":"sent"`, "the message exists while its sender waits")
	w.sandbox.Close()
	require.Error(t, <-ended)
}

func TestAnOutageIsBeforeAnythingHappens(t *testing.T) {
	w := opened(t)
	for _, value := range []string{`true`, `"unavailable"`} {
		w.faults(`{"outage":` + value + `}`)
		got := w.send(plainText)
		require.Equal(t, 503, got.status)
		require.Nil(t, got.body, "the body is not JSON")
		require.Equal(t, 503, w.call("GET", "/graph/v23.0/"+waba+"/message_templates", token, "").status)
	}
	w.faults(`{"outage":"cut"}`)
	_, err := w.try("POST", "/graph/v23.0/"+number+"/messages", token, plainText)
	require.Error(t, err)
	require.Empty(t, w.sandbox.Sent(customer))
	w.faults(`{"outage":false}`)
	require.Equal(t, 200, w.send(plainText).status)
	w.settle()
}

func TestA502WithAPageMayHideAnAcceptedMessage(t *testing.T) {
	w := opened(t)
	w.faults(`{"htmlError":1}`)
	got := w.send(plainText)
	var recordedPage struct {
		Status int    `json:"http_status"`
		Text   string `json:"body_text"`
	}
	readFixture(t, "err_non_json_html.json", &recordedPage)
	require.Equal(t, recordedPage.Status, got.status)
	require.Equal(t, recordedPage.Text, got.raw)
	require.Equal(t, "text/html", got.header.Get("Content-Type"))
	require.Empty(t, w.sandbox.Sent(customer))
	w.faults(`{"htmlError":1,"htmlErrorAccepts":true}`)
	require.Equal(t, 502, w.send(plainText).status)
	require.Len(t, w.sandbox.Sent(customer), 1)
	w.settle()
}

func TestAStatusCanOvertakeTheAnswer(t *testing.T) {
	w := opened(t, func(o *Options) { o.Delays = &Delays{Sent: time.Hour} })
	w.faults(`{"statusBeforeAnswer":true}`)
	id := w.sendText(customer, "a")
	require.Contains(t, w.callback.statuses(id), "sent", "the callback had it before the send was answered")
	w.settle()
}

func TestWebhooksComeTwice(t *testing.T) {
	w := opened(t)
	w.faults(`{"duplicateWebhooks":true}`)
	id := w.sendText(customer, "a")
	w.settle()
	require.Equal(t, []string{"sent", "sent", "delivered", "delivered"}, w.callback.statuses(id))
}

func TestWebhooksGetLost(t *testing.T) {
	w := opened(t)
	w.faults(`{"dropWebhooks":1}`)
	id := w.sendText(customer, "a")
	w.settle()
	require.Equal(t, []string{"delivered"}, w.callback.statuses(id))
	require.Equal(t, 1, w.sandbox.WebhookCounts().Dropped)
}

func TestStatusesComeOutOfOrder(t *testing.T) {
	w := opened(t)
	w.faults(`{"shuffleStatuses":true}`)
	on := true
	_, err := w.sandbox.SetPhone(customer, PhoneChange{Reading: &on})
	require.NoError(t, err)
	orders := map[string]bool{}
	for range 20 {
		id := w.sendText(customer, "a")
		w.settle()
		got := w.callback.statuses(id)
		require.NotEqual(t, []string{"sent", "delivered", "read"}, got)
		require.ElementsMatch(t, []string{"sent", "delivered", "read"}, got, "none is lost")
		orders[got[0]+got[1]+got[2]] = true
	}
	require.Len(t, orders, 2, "more than one wrong order")
}

func TestAHeldBackStatusArrivesEvenIfNoneOvertakesIt(t *testing.T) {
	w := opened(t)
	w.faults(`{"shuffleStatuses":true}`)
	off := false
	_, err := w.sandbox.SetPhone(customer, PhoneChange{On: &off})
	require.NoError(t, err)
	id := w.send(templateBody("retomada", goodRetomada)).body["messages"].([]any)[0].(map[string]any)["id"].(string)
	w.settle()
	require.Equal(t, []string{"sent"}, w.callback.statuses(id))
}

func TestReadReceiptsCanBeOff(t *testing.T) {
	w := opened(t)
	w.faults(`{"readReceipts":false}`)
	id := w.sendText(customer, "a")
	w.settle()
	w.sandbox.Read(customer)
	w.settle()
	require.Equal(t, StatusRead, w.message(id).Status)
	require.Equal(t, []string{"sent", "delivered"}, w.callback.statuses(id))
}

func TestAnswersCanBeSlow(t *testing.T) {
	w := opened(t)
	w.faults(`{"latencyMs":30}`)
	began := time.Now()
	require.Equal(t, 200, w.send(plainText).status)
	require.GreaterOrEqual(t, time.Since(began), 30*time.Millisecond)
	w.settle()
}

func TestFaultsAreMergedShownAndReset(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.api("POST", "/faults", `{"latencyMs":5,"nextError":{"code":4,"httpStatus":429,"count":3}}`).status)
	require.Equal(t, 200, w.api("POST", "/faults", `{"duplicateWebhooks":true,"nextError":{"code":2}}`).status)
	require.Equal(t, 200, w.api("POST", "/faults", `{"phoneNumberId":"77","latencyMs":0}`).status)
	want := noFaults()
	want.LatencyMs, want.DuplicateWebhooks, want.NextError = 5, true, &NextError{Code: 2, Count: 1}
	require.Equal(t, want, w.sandbox.Faults(""), "a new nextError replaces the old one whole")
	require.Equal(t, 0, w.sandbox.Faults("77").LatencyMs)
	require.True(t, w.sandbox.Faults("77").DuplicateWebhooks, "a number's own set began as a copy")

	shown := w.api("GET", "/faults", "")
	require.Equal(t, 5.0, shown.body["data"].(map[string]any)["latencyMs"])
	require.Contains(t, shown.body["data"].(map[string]any)["numbers"], "77")
	require.Equal(t, 200, w.api("POST", "/faults", `{"nextError":null}`).status)
	require.Nil(t, w.sandbox.Faults("").NextError)
	require.Equal(t, 200, w.api("DELETE", "/faults?phoneNumberId=77", "").status)
	require.Equal(t, 5, w.sandbox.Faults("77").LatencyMs)
	require.Equal(t, 200, w.api("DELETE", "/faults", "").status)
	require.Equal(t, noFaults(), w.sandbox.Faults(""))
}

func TestSenselessFaultsAreRefusedAndChangeNothing(t *testing.T) {
	w := newWorld(t)
	for document, field := range map[string]string{
		`{"latencyMs":-1}`:                          "latencyMs",
		`{"latency":5}`:                             "latency",
		`{"outage":"sometimes"}`:                    "outage",
		`{"timeoutMode":"slow"}`:                    "timeoutMode",
		`{"nextError":{"code":4,"httpStatus":200}}`: "nextError",
		`{"nextFailedStatus":{}}`:                   "nextFailedStatus.code",
		`{"dropWebhooks":"1"}`:                      "dropWebhooks",
	} {
		got := w.api("POST", "/faults", document)
		require.Equal(t, 400, got.status, document)
		require.Equal(t, false, got.body["success"])
		require.Equal(t, "invalid", got.body["code"])
		require.Equal(t, field, got.body["field"], document)
	}
	require.Equal(t, 400, w.api("POST", "/faults", `{`).status)
	require.Equal(t, noFaults(), w.sandbox.Faults(""))
	require.Equal(t, 400, w.api("POST", "/faults", `7`).status)
}
