package gateway_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/notify"
)

const subscriptionsPath = "/api/subscriptions"

func production(o *gateway.Options) {
	o.CheckSubscription = func(address, secret string) error { return notify.CheckWebhook(address, secret, false) }
}

func TestASecretIsShownOnceAndNeverAgain(t *testing.T) {
	h := newHouse(t, production)
	made := h.done(201, "POST", subscriptionsPath, h.ours.admin, object{"event": "*", "url": "https://loja.example/retoma"}, "Idempotency-Key", "um")
	secret, id := made.text("secret"), made.text("id")
	require.Regexp(t, `^whsec_[A-Za-z0-9+/=]{44}$`, secret)
	again := h.done(201, "POST", subscriptionsPath, h.ours.admin, object{"event": "*", "url": "https://loja.example/retoma"}, "Idempotency-Key", "um")
	require.Equal(t, made.raw, again.raw, "the same request is the same subscription")
	require.Len(t, h.done(200, "GET", subscriptionsPath, h.ours.viewer, nil).list(), 1)

	for _, shown := range []answer{
		h.done(200, "GET", subscriptionsPath, h.ours.admin, nil), h.done(200, "GET", subscriptionsPath+"/"+id, h.ours.admin, nil),
		h.done(200, "PATCH", subscriptionsPath+"/"+id, h.ours.admin, object{"description": "CRM"}),
	} {
		require.NotContains(t, shown.raw, "whsec_")
	}
	own := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	given := h.done(201, "POST", subscriptionsPath, h.ours.admin, object{"event": "optout", "url": "https://loja.example/b", "secret": own})
	require.NotContains(t, given.raw, own, "whoever brought a secret knows it")

	turned := h.done(200, "POST", subscriptionsPath+"/"+id+"/secret", h.ours.admin, object{})
	require.NotEqual(t, secret, turned.text("secret"))
	require.Equal(t, "2026-07-11T13:00:00Z", turned.text("formerSecretUntil"))
	h.advance(25 * time.Hour)
	require.NotContains(t, h.done(200, "GET", subscriptionsPath+"/"+id, h.ours.admin, nil).raw, "formerSecretUntil")
	require.NotContains(t, h.done(200, "POST", subscriptionsPath+"/"+id+"/secret", h.ours.admin, object{"overlapHours": 0}).raw, "formerSecretUntil")

	require.NotContains(t, h.log.String(), "whsec_")
	for _, file := range []string{h.path, h.path + "-wal"} {
		kept, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, hidden := range []string{secret, own, turned.text("secret")} {
			require.NotContains(t, string(kept), strings.TrimPrefix(hidden, "whsec_"), "the file %s", file)
		}
	}
}

func TestASubscriptionSaysWhatIsWrongWithIt(t *testing.T) {
	h := newHouse(t, production)
	good := func(change object) object {
		body := object{"event": "optout", "url": "https://loja.example/retoma"}
		for name, value := range change {
			if body[name] = value; value == nil {
				delete(body, name)
			}
		}
		return body
	}
	for text, change := range map[string]object{
		"event: Required":                                  {"event": nil},
		"url: Required":                                    {"url": nil},
		"event: evento desconhecido":                       {"event": "message.sent"},
		"events[1]: evento desconhecido":                   {"event": nil, "events": []string{"optout", "x"}},
		"events: Required":                                 {"event": nil, "events": []string{}},
		"event: use event ou events, não os dois":          {"events": []string{"optout"}},
		"url: deve começar com https://":                   {"url": "http://loja.example/"},
		"url: deve ser um endereço http ou https completo": {"url": "ftp://loja.example/"},
		"url: não pode conter usuário e senha":             {"url": "https://eu:senha@loja.example/"},
		"secret: use whsec_ seguido de 24 a 64 bytes":      {"secret": "segredo"},
		"color: campo desconhecido":                        {"color": "red"},
	} {
		refused := h.refused(400, text, "POST", subscriptionsPath, h.ours.admin, good(change))
		require.NotContains(t, refused.raw, "senha@")
	}
	h.refused(403, "", "POST", subscriptionsPath, h.ours.operator, good(nil))
	made := h.done(201, "POST", subscriptionsPath, h.ours.admin, good(object{"event": nil, "events": []string{"optout", "optout", "message.status"}}))
	require.Equal(t, []any{"optout", "message.status"}, made.data()["events"])
	every := h.done(200, "PUT", subscriptionsPath+"/"+made.text("id"), h.ours.admin, object{"events": []string{"optout", "*"}})
	require.Equal(t, []any{"*"}, every.data()["events"])

	path := subscriptionsPath + "/" + made.text("id")
	h.refused(400, "since: Required", "POST", path+"/replay", h.ours.admin, object{})
	h.refused(400, "until: deve vir depois", "POST", path+"/replay", h.ours.admin, object{"since": "2026-07-10T00:00:00Z", "until": "2026-07-09T00:00:00Z"})
	h.refused(400, "deliveryId: use", "POST", path+"/replay", h.ours.admin, object{"since": "2026-07-10T00:00:00Z", "deliveryId": chat.NewID()})
	h.refused(404, "Entrega não encontrada", "POST", path+"/replay", h.ours.admin, object{"deliveryId": chat.NewID()})
	h.done(200, "PATCH", path, h.ours.admin, object{"enabled": false})
	h.refused(409, "desligada", "POST", path+"/test", h.ours.admin, nil)

	for range 49 {
		h.done(201, "POST", subscriptionsPath, h.ours.admin, good(nil))
	}
	h.refused(409, "o máximo", "POST", subscriptionsPath, h.ours.admin, good(nil))
}

func TestAPersonSeesTestsAndRepeatsDeliveries(t *testing.T) {
	h := newHouse(t)
	id := h.done(201, "POST", subscriptionsPath, h.ours.admin, object{"event": "optout", "url": "https://loja.example/retoma"}).text("id")
	path := subscriptionsPath + "/" + id
	ping := h.done(202, "POST", path+"/test", h.ours.admin, nil)
	require.Equal(t, "pending", ping.text("status"))
	_, err := h.store.NoteAttempt(t.Context(), desk.Attempt{Delivery: desk.Delivery{ID: ping.text("id"), TenantID: h.ours.id, SubscriptionID: id},
		At: h.clock(), State: desk.DeliveryPending, Status: 500, Problem: "respondeu HTTP 500", DueAt: h.clock().Add(time.Minute)}, time.Time{}.Add(time.Hour))
	require.NoError(t, err)
	failed := h.done(200, "GET", path+"/deliveries?status=pending", h.ours.viewer, nil).list()
	require.Len(t, failed, 1)
	require.Equal(t, object{
		"id": ping.text("id"), "eventId": ping.text("eventId"), "event": "ping", "status": "pending", "attempts": float64(1), "responseStatus": float64(500),
		"problem": "respondeu HTTP 500", "nextAttemptAt": "2026-07-10T13:01:00Z", "createdAt": "2026-07-10T13:00:00Z",
	}, failed[0])
	require.Equal(t, "2026-07-10T13:00:00Z", h.done(200, "GET", path, h.ours.viewer, nil).text("failingSince"))

	require.Equal(t, float64(1), h.done(202, "POST", path+"/replay", h.ours.admin, object{"deliveryId": ping.text("id")}).data()["replayed"])
	require.Equal(t, float64(1), h.done(202, "POST", path+"/replay", h.ours.admin, object{"since": "2026-07-10T12:00:00Z"}).data()["replayed"])
	require.Equal(t, float64(0), h.done(202, "POST", path+"/replay", h.ours.admin, object{"since": "2026-07-10T14:00:00Z"}).data()["replayed"])
	again := h.done(200, "GET", path+"/deliveries", h.ours.viewer, nil).list()[0].(object)
	require.Equal(t, float64(0), again["attempts"])
	require.Equal(t, ping.text("eventId"), again["eventId"])

	h.done(200, "DELETE", path, h.ours.admin, nil)
	h.refused(404, "Assinatura não encontrada", "GET", path, h.ours.admin, nil)
}

// Every event is described, its schema fits what is really told, and the page for people names it.
func TestEveryEventIsInTheContractAndInTheDocuments(t *testing.T) {
	h := newHouse(t)
	document := h.g.OpenAPI()
	page, err := os.ReadFile("../docs/subscriptions.md")
	require.NoError(t, err)
	names := append(desk.OutgoingEvents(), desk.Ping)
	require.Len(t, document.Webhooks, len(names))
	for _, name := range names {
		require.Contains(t, document.Webhooks, name)
		require.Contains(t, string(page), "`"+name+"`")
		told, err := (desk.Announcement{
			Sequence: 7, TenantID: h.ours.id, ContactID: chat.NewID(), Event: name, SubjectID: chat.NewID(), At: h.clock(), Facts: factsOf(name),
		}).Tell(chat.NewID(), h.clock())
		require.NoError(t, err)
		if name == desk.Ping {
			told, err = desk.TellPing(chat.NewID(), desk.Subscription{ID: chat.NewID()}, h.clock())
			require.NoError(t, err)
		}
		h.holdEventAgainstContract(name, told.Body)
	}
}

// factsOf is what the database writes down of an event, at its least.
func factsOf(name string) string {
	switch family, _, _ := strings.Cut(name, "."); family {
	case "message":
		return `{"state":"sent"}`
	case "followup":
		return `{"state":"PENDING","dueAt":1780000000000}`
	case "run":
		return `{"state":"finished"}`
	case "optout", "optin":
		return `{"scope":"all"}`
	}
	return `{"title":"a","text":"b","data":{"mergedContactId":"c"}}`
}

func (h *house) holdEventAgainstContract(name, body string) {
	h.t.Helper()
	document := h.g.OpenAPI()
	var value any
	require.NoError(h.t, json.Unmarshal([]byte(body), &value))
	result := &huma.ValidateResult{}
	schema := document.Webhooks[name].Post.RequestBody.Content["application/json"].Schema
	huma.Validate(document.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, result)
	require.Empty(h.t, result.Errors, "%s: %s", name, body)
}

// The documents' examples are what the contract says.
func TestTheExamplesOfEventsAreTrue(t *testing.T) {
	h := newHouse(t)
	page, err := os.ReadFile("../docs/subscriptions.md")
	require.NoError(t, err)
	seen := 0
	for _, block := range strings.Split(string(page), "```json\n")[1:] {
		example, _, _ := strings.Cut(block, "```")
		var told struct{ Type string }
		require.NoError(t, json.Unmarshal([]byte(example), &told), example)
		h.holdEventAgainstContract(told.Type, example)
		seen++
	}
	require.GreaterOrEqual(t, seen, 8)
}
