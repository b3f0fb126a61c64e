package entrance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
)

// held is a store that writes nothing down until it is let go.
type held struct {
	*store.Store
	open chan struct{}
}

func (s *held) Receive(ctx context.Context, intake desk.Intake) (desk.Written, error) {
	<-s.open
	return s.Store.Receive(ctx, intake)
}

func (s *held) Channels(ctx context.Context, tenantID string) ([]chat.Channel, error) {
	<-s.open
	return s.Store.Channels(ctx, tenantID)
}

// crowd is a served gateway whose store is held.
type crowd struct {
	*house
	store *held
	base  string
}

func newCrowd(t *testing.T, limits web.AdmissionLimits) *crowd {
	h := newHouse(t, func(o *gateway.Options) { o.Limits = limits })
	s := &held{Store: h.Store, open: make(chan struct{})}
	behind := &house{h.With(s)}
	return &crowd{house: behind, store: s, base: behind.Serve()}
}

// said is an answer over the wire.
type said struct {
	status int
	after  int
	body   string
	closes bool
}

func (c *crowd) ask(method, path, body string, headers map[string]string) said {
	request, err := http.NewRequestWithContext(c.T.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		return said{body: err.Error()}
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return said{body: err.Error()}
	}
	raw, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	after, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return said{status: response.StatusCode, after: after, body: string(raw), closes: response.Close}
}

// message is a webhook of one customer's message, made longer by so many bytes.
func (c *crowd) message(number, longer int) string {
	text := "oi" + strings.Repeat("i", longer)
	return gatewaytest.MetaMessage("111", fmt.Sprintf("55119777%05d", number), fmt.Sprintf("wamid.%d", number), text, gatewaytest.Start)
}

func (c *crowd) webhook(body string) said {
	return c.ask("POST", "/webhooks/meta/"+c.Ours.Channel.Token, body, map[string]string{"X-Hub-Signature-256": gatewaytest.Signature(body)})
}

// begin posts beside the test and gives the answer when there is one.
func begin(do func() said) <-chan said {
	answer := make(chan said, 1)
	go func() { answer <- do() }()
	return answer
}

func (c *crowd) until(what func(web.Load) bool) {
	c.T.Helper()
	require.Eventually(c.T, func() bool { return what(c.G.Load()) }, time.Minute, time.Millisecond)
}

func (c *crowd) refused(got said) {
	c.T.Helper()
	require.Equal(c.T, http.StatusServiceUnavailable, got.status, got.body)
	require.Positive(c.T, got.after, "Retry-After")
	var failure map[string]any
	require.NoError(c.T, json.Unmarshal([]byte(got.body), &failure), got.body)
	require.Equal(c.T, "unavailable", failure["code"])
}

func (c *crowd) unread() int {
	count, err := c.Store.UnreadMail(context.Background(), 1000)
	require.NoError(c.T, err)
	return count
}

func TestBehindAStoppedDatabaseTheNextWebhookIsRefusedAndNothingAcknowledgedIsLost(t *testing.T) {
	const most = 5
	c := newCrowd(t, web.AdmissionLimits{Webhooks: web.Limits{Requests: 2 * most, Bytes: 1 << 20}, Calls: web.Limits{Requests: 10, Bytes: 1 << 20}, Connections: 100})
	var waiting []<-chan said
	for i := range most { // one address may have half of the places
		waiting = append(waiting, begin(func() said { return c.webhook(c.message(i, 0)) }))
	}
	c.until(func(l web.Load) bool { return l.WebhooksUnderWay == most })
	for i := range 20 {
		c.refused(c.webhook(c.message(100+i, 0)))
	}
	require.Equal(t, most, c.G.Load().WebhooksUnderWay)
	require.EqualValues(t, 20, c.G.Load().WebhooksShed)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		require.NotEqual(t, http.StatusServiceUnavailable, c.ask("GET", path, "", nil).status, path)
	}
	require.Equal(t, 200, c.ask("GET", "/api/contacts", "", map[string]string{"Authorization": "Bearer " + c.Ours.Viewer}).status, "calls have a budget of their own")
	require.NotContains(t, c.Log.String(), `"status":503`, "refusals at the door are summed up")

	close(c.store.open)
	for _, answer := range waiting {
		require.Equal(t, 200, (<-answer).status)
	}
	require.Equal(t, most, c.unread(), "what was acknowledged is there once, what was refused is not")
	require.Equal(t, 200, c.webhook(c.message(0, 0)).status, "it is let in again, and known")
	require.Equal(t, 200, c.webhook(c.message(100, 0)).status)
	require.Equal(t, most+1, c.unread())
	c.until(func(l web.Load) bool { return l.WebhooksUnderWay == 0 && l.WebhookBytes == 0 })
}

func TestTheBytesOfBodiesThatWaitAreBounded(t *testing.T) {
	const limit, large = 512 << 10, 200 << 10
	c := newCrowd(t, web.AdmissionLimits{Webhooks: web.Limits{Requests: 100, Bytes: limit}, Calls: web.Limits{Requests: 10, Bytes: 1 << 20}, Connections: 100})
	first := begin(func() said { return c.webhook(c.message(1, large)) })
	c.until(func(l web.Load) bool { return l.WebhooksUnderWay == 1 })
	for i := range 10 {
		got := c.webhook(c.message(10+i, large))
		c.refused(got)
		require.True(t, got.closes, "the rest of the body is not waited for")
	}
	require.LessOrEqual(t, c.G.Load().WebhookBytes, int64(limit/2), "large bodies share half")
	small := begin(func() said { return c.webhook(c.message(2, 0)) })
	c.until(func(l web.Load) bool { return l.WebhooksUnderWay == 2 })
	close(c.store.open)
	require.Equal(t, 200, (<-first).status)
	require.Equal(t, 200, (<-small).status)
	require.Equal(t, 2, c.unread())
	c.until(func(l web.Load) bool { return l.WebhookBytes == 0 })
	require.Equal(t, 200, c.webhook(c.message(10, large)).status, "the provider comes again")
}

func TestCallsThatWaitKeepNoWebhookOut(t *testing.T) {
	c := newCrowd(t, web.AdmissionLimits{Webhooks: web.Limits{Requests: 10, Bytes: 1 << 20}, Calls: web.Limits{Requests: 2, Bytes: 1 << 20}, Connections: 100})
	list := func() said {
		return c.ask("GET", "/api/channels", "", map[string]string{"Authorization": "Bearer " + c.Ours.Viewer})
	}
	one, two := begin(list), begin(list)
	c.until(func(l web.Load) bool { return l.CallsUnderWay == 2 })
	c.refused(list())
	came := begin(func() said { return c.webhook(c.message(1, 0)) })
	c.until(func(l web.Load) bool { return l.WebhooksUnderWay == 1 })
	close(c.store.open)
	for _, answer := range []<-chan said{one, two, came} {
		require.Equal(t, 200, (<-answer).status)
	}
	require.EqualValues(t, 1, c.G.Load().CallsShed)
}

func TestMailIsRefusedWhileTooMuchOfItIsUnreadAndStatesAreNot(t *testing.T) {
	const most = 4
	h := newHouse(t, func(o *gateway.Options) { o.BacklogLimit = most })
	number := 0
	write := func() answer {
		number++
		h.Advance(3 * time.Second) // the next look is due
		return h.Webhook(h.Ours.Channel, gatewaytest.MetaMessage("111", "5511977770001", fmt.Sprintf("wamid.%d", number), "oi", h.Clock()), gatewaytest.AppSecret)
	}
	accepted := 0
	var last answer
	require.Eventually(t, func() bool {
		if last = write(); last.Status == 200 {
			accepted++
		}
		return last.Status != 200
	}, time.Minute, time.Millisecond)
	require.Equal(t, 503, last.Status)
	require.Equal(t, "15", last.Header.Get("Retry-After"))
	require.GreaterOrEqual(t, accepted, most)
	unread, err := h.Store.UnreadMail(t.Context(), 1000)
	require.NoError(t, err)
	require.Equal(t, accepted, unread, "what was acknowledged is there, what was refused is not")
	state := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"5511300000111","phone_number_id":"111"},
		"statuses":[{"id":"wamid.out","status":"delivered","timestamp":"%d","recipient_id":"5511977770001"}]}}]}]}`, h.Clock().Unix())
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, state, gatewaytest.AppSecret).Status)

	h.read("+5511977770001")
	require.Eventually(t, func() bool { return write().Status == 200 }, time.Minute, time.Millisecond, "it recovers by itself")
}

// read does what a worker does with mail.
func (h *house) read(phone string) {
	h.T.Helper()
	contact, err := h.Store.ContactByKeys(h.T.Context(), h.Ours.ID, []chat.Key{chat.PhoneKey(phone)})
	require.NoError(h.T, err)
	_, err = h.Store.Work(h.T.Context(), desk.Ref{TenantID: h.Ours.ID, ContactID: contact.ID}, nil, func(_ context.Context, d *desk.Desk) error {
		for _, mail := range d.Mail {
			d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
		}
		return nil
	})
	require.NoError(h.T, err)
}
