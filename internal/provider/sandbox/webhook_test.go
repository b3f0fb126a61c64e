package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSignaturesMatchTheRecordedVectors(t *testing.T) {
	var vectors struct {
		Secret  string `json:"app_secret"`
		Vectors []struct {
			File, Value string
		} `json:"vectors"`
	}
	readFixture(t, "sig_vectors.json", &vectors)
	checked := 0
	for _, v := range vectors.Vectors {
		raw, err := os.ReadFile(filepath.Join("testdata", filepath.Base(v.File)))
		if os.IsNotExist(err) {
			continue // the vectors name a file that was never recorded
		}
		require.NoError(t, err)
		require.Equal(t, v.Value, Sign(vectors.Secret, raw), v.File)
		checked++
	}
	require.Equal(t, 3, checked)
}

func TestBodiesAreEscapedAsMetaEscapesThem(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "msg_escaped_unicode_raw.json"))
	require.NoError(t, err)
	plain := strings.NewReplacer(`\u00e3`, "ã", `\u00e7`, "ç", `\ud83d\ude00`, "😀", `\/`, "/").Replace(string(want))
	require.NotEqual(t, string(want), plain)
	require.Equal(t, string(want), string(escapeLikeMeta([]byte(plain))))
}

func TestEscapedBodiesMeanWhatTheyMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		plain, err := json.Marshal(text)
		require.NoError(t, err)
		var back string
		escaped := escapeLikeMeta(plain)
		require.NoError(t, json.Unmarshal(escaped, &back))
		require.Equal(t, text, back)
		for _, c := range escaped {
			require.Less(t, c, byte(0x80))
		}
	})
}

func TestWhatACustomerDoesArrivesInMetasShape(t *testing.T) {
	w := newWorld(t)
	cases := []struct {
		name, fixture string
		without       []string
		prepare       string
		in            Incoming
	}{
		{"text", "msg_text.json", nil, "", Incoming{Text: "Does it come in another color?", Name: "Sheena Nelson"}},
		{"text with a quote", "msg_reply_context.json", []string{"user_id"}, plainText, Incoming{Text: "replied text"}},
		{"template button", "msg_button_template_quick_reply.json", nil, templateBody("retomada", goodRetomada), Incoming{ButtonText: "Sim"}},
		{"forgotten button", "msg_button_no_context.json", []string{"user_id"}, "", Incoming{ButtonPayload: "callback_data", ButtonText: "title"}},
		{"reply button", "msg_interactive_button_reply.json", nil, `{"messaging_product":"whatsapp","to":"5511999990001","type":"interactive","interactive":{"type":"button",` +
			`"body":{"text":"Cancelar?"},"action":{"buttons":[{"type":"reply","reply":{"id":"cancel-button","title":"Cancel"}}]}}}`, Incoming{ButtonPayload: "cancel-button"}},
		{"row of a list", "msg_interactive_list_reply.json", nil, `{"messaging_product":"whatsapp","to":"5511999990001","type":"interactive","interactive":{"type":"list",` +
			`"body":{"text":"Como?"},"action":{"button":"Ver","sections":[{"title":"Frete","rows":[{"id":"priority_express","title":"Priority Mail Express","description":"Next Day to 2 Days"}]}]}}}`,
			Incoming{ListID: "priority_express"}},
		{"voice", "msg_audio_voice.json", []string{"user_id", "sha256"}, "", Incoming{Type: "audio", Link: "https://ex.com/a.ogg"}},
	}
	w.write(Incoming{Text: "abre a janela"})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := c.in
			if c.prepare != "" {
				sent := w.send(c.prepare)
				require.Equal(t, 200, sent.status, sent.raw)
				if c.in.Text != "" {
					in.ReplyTo = sent.body["messages"].([]any)[0].(map[string]any)["id"].(string)
				}
			}
			w.settle()
			before := len(w.callback.taken())
			w.write(in)
			w.settle()
			require.Len(t, w.callback.taken(), before+1)
			got := shape(t, []byte(w.callback.bodies[before]))
			got = slices.DeleteFunc(got, func(path string) bool { return strings.HasSuffix(path, "audio.url string") })
			require.Equal(t, fixtureShape(t, c.fixture, c.without...), got)
		})
	}
	last := w.callback.taken()[0].Messages[0]
	require.Equal(t, customer, last.From)
	require.Equal(t, seconds(w.clock.Now()), last.Timestamp)
}

func TestStatusesArriveInMetasShape(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada)).status)
	w.settle()
	sent := shape(t, []byte(w.callback.bodies[0]))
	want := append(fixtureShape(t, "st_sent_pmp_marketing.json", "conversation"), ".entry[].changes[].value.statuses[].biz_opaque_callback_data string")
	slices.Sort(want)
	require.Equal(t, want, sent)

	w.write(Incoming{Text: "oi"})
	w.settle()
	w.faults(`{"nextFailedStatus":{"code":131026}}`)
	w.sendText(customer, "falha")
	w.settle()
	failed := w.callback.bodies[len(w.callback.bodies)-1]
	wantFailed := append(fixtureShape(t, "st_failed_131026.json", "contacts"), ".entry[].changes[].value.statuses[].biz_opaque_callback_data string")
	slices.Sort(wantFailed)
	require.Equal(t, wantFailed, shape(t, []byte(failed)))
	require.NotContains(t, strings.Join(w.callback.bodies, ""), `"conversation"`)
}

func TestFailedStatusesHaveMetasWords(t *testing.T) {
	for code, fixture := range map[int]string{131026: "st_failed_131026.json", 131047: "st_failed_131047.json", 132015: "st_failed_132015.json"} {
		var recorded webhookBody
		readFixture(t, fixture, &recorded)
		require.Equal(t, recorded.Entry[0].Changes[0].Value.Statuses[0].Errors, failedStatusError(code))
	}
}

func TestPricesFollowTheCategoryAndTheWindow(t *testing.T) {
	for _, c := range []struct {
		category string
		open     bool
		want     pricing
	}{
		{"", true, pricing{false, "PMP", "free_customer_service", "service"}},
		{"MARKETING", true, pricing{true, "PMP", "regular", "marketing"}},
		{"UTILITY", true, pricing{false, "PMP", "free_customer_service", "utility"}},
		{"UTILITY", false, pricing{true, "PMP", "regular", "utility"}},
		{"AUTHENTICATION", true, pricing{true, "PMP", "regular", "authentication"}},
	} {
		require.Equal(t, c.want, *priceOf(c.category, c.open))
	}
}

func TestPriceComesWithSentAndDeliveredButNotWithRead(t *testing.T) {
	w := newWorld(t)
	w.write(Incoming{Text: "oi"})
	w.sendText(customer, "a")
	w.settle()
	w.sandbox.Read(customer)
	w.settle()
	priced := map[string]bool{}
	for _, value := range w.callback.taken() {
		for _, status := range value.Statuses {
			priced[status.Status] = status.Pricing != nil
			require.Equal(t, "job:a", status.Tracker)
			require.Equal(t, customer, status.Recipient)
		}
	}
	require.Equal(t, map[string]bool{"sent": true, "delivered": true, "read": false}, priced)
}

func TestWebhooksAreRepeatedUntilAnsweredWith200(t *testing.T) {
	w := newWorld(t)
	w.callback.refuse = 5
	id := w.write(Incoming{Text: "oi"})
	w.settle()
	counts := w.sandbox.WebhookCounts()
	require.Equal(t, 1, counts.Delivered)
	require.Equal(t, 5, counts.FailedAttempts)
	require.Equal(t, 0, counts.Pending)
	require.Equal(t, 6, w.callback.posts)
	require.Len(t, w.callback.taken(), 1)
	require.Equal(t, StatusDelivered, w.message(id).Status)
}

func TestGapsGrowUpToTheCap(t *testing.T) {
	retry := Retry{Base: time.Second, Cap: 10 * time.Second}
	gap := func(attempts int) time.Duration { return retry.gap(attempts, 0) }
	var gaps []time.Duration
	for attempts := 1; attempts <= 6; attempts++ {
		gaps = append(gaps, gap(attempts))
	}
	require.Equal(t, []time.Duration{1e9, 2e9, 4e9, 8e9, 10e9, 10e9}, gaps)
	require.Equal(t, 10*time.Second, gap(1_000_000))
	require.Equal(t, 90*time.Minute, retry.gap(9, 24*time.Hour), "after a day without an answer")
}

// recorder is a callback without a network, for tests in simulated time.
type recorder struct {
	mu     sync.Mutex
	began  time.Time
	refuse int
	seen   []string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var body webhookBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	what := "message"
	if statuses := body.Entry[0].Changes[0].Value.Statuses; len(statuses) > 0 {
		what = statuses[0].Status
	}
	r.seen = append(r.seen, what+" at "+time.Since(r.began).String())
	status := http.StatusOK
	if r.refuse > 0 {
		r.refuse--
		status = http.StatusServiceUnavailable
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader(nil)), Request: request}, nil
}

func TestDelaysAndGapsAreKeptToTheMillisecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		callback := &recorder{began: time.Now()}
		s := New(Options{Clock: time.Now, Seed: 1, WebhookClient: &http.Client{Transport: callback}, Businesses: []Business{
			{PhoneNumberID: number, WabaID: waba, DisplayPhoneNumber: "551140040001", AccessToken: token, CallbackURL: "http://callback.test/"}}})
		defer s.Close()
		on := true
		_, err := s.SetPhone(customer, PhoneChange{Reading: &on})
		require.NoError(t, err)
		_, err = s.Write(customer, Incoming{Text: "oi"})
		require.NoError(t, err)
		b := s.Businesses()[0]
		result := s.accept(&b, &outgoing{input: customer, customer: customer, kind: "text", text: "olá"}, nil)
		require.Nil(t, result.refused)
		require.False(t, s.Idle())
		require.NoError(t, s.WaitIdle(t.Context()))
		require.Equal(t, []string{"message at 0s", "sent at 50ms", "delivered at 200ms", "read at 800ms"}, callback.seen)

		callback.seen, callback.refuse, callback.began = nil, 3, time.Now()
		_, err = s.Write(customer, Incoming{Text: "de novo"})
		require.NoError(t, err)
		require.NoError(t, s.WaitIdle(t.Context()))
		require.Equal(t, []string{"message at 0s", "message at 1s", "message at 3s", "message at 7s"}, callback.seen)
	})
}

func TestTheCallbackIsVerifiedAsMetaDoes(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.sandbox.VerifyCallback(t.Context(), number))
	require.True(t, w.api("POST", "/businesses/"+number+"/verify", "").body["success"].(bool))
	b := w.business()
	b.VerifyToken = "errado"
	require.NoError(t, w.sandbox.Register(b))
	require.ErrorContains(t, w.sandbox.VerifyCallback(t.Context(), number), "403")
	require.Equal(t, 404, w.api("POST", "/businesses/none/verify", "").status)
	b.CallbackURL = ""
	require.NoError(t, w.sandbox.Register(b))
	require.ErrorContains(t, w.sandbox.VerifyCallback(t.Context(), number), "callbackUrl")
}

func TestTooManyWaitingWebhooksAreLostAndCounted(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Limits.Webhooks = 3; o.Retry = Retry{Base: time.Hour, Cap: time.Hour} })
	w.callback.refuse = 1_000
	for range 5 {
		w.write(Incoming{Text: "oi"})
	}
	counts := w.sandbox.WebhookCounts()
	require.Equal(t, 3, counts.Pending)
	require.Equal(t, 2, counts.Dropped)
	require.False(t, w.sandbox.Idle())
	got := w.api("GET", "/webhooks?pending", "").body["data"].(map[string]any)
	require.Equal(t, false, got["idle"])
	require.Len(t, got["waiting"], 3)
}

func TestRedirectsOfACallbackAreNotFollowed(t *testing.T) {
	w := newWorld(t)
	followed := false
	w.callback.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed = true
			return
		}
		w.callback.mu.Lock()
		defer w.callback.mu.Unlock()
		if w.callback.posts++; w.callback.posts == 1 {
			http.Redirect(rw, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
	})
	w.write(Incoming{Text: "oi"})
	w.settle()
	require.False(t, followed)
	require.Equal(t, 1, w.sandbox.WebhookCounts().FailedAttempts)
}
