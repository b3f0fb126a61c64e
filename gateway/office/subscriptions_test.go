package office_test

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
	made := h.Done(201, "POST", subscriptionsPath, h.Ours.Admin, object{"event": "*", "url": "https://loja.example/retoma"}, "Idempotency-Key", "um")
	secret, id := made.Text("secret"), made.Text("id")
	require.Regexp(t, `^whsec_[A-Za-z0-9+/=]{44}$`, secret)
	again := h.Done(201, "POST", subscriptionsPath, h.Ours.Admin, object{"event": "*", "url": "https://loja.example/retoma"}, "Idempotency-Key", "um")
	require.Equal(t, made.Raw, again.Raw, "the same request is the same subscription")
	require.Len(t, h.Done(200, "GET", subscriptionsPath, h.Ours.Viewer, nil).List(), 1)

	for _, shown := range []answer{
		h.Done(200, "GET", subscriptionsPath, h.Ours.Admin, nil), h.Done(200, "GET", subscriptionsPath+"/"+id, h.Ours.Admin, nil),
		h.Done(200, "PATCH", subscriptionsPath+"/"+id, h.Ours.Admin, object{"description": "CRM"}),
	} {
		require.NotContains(t, shown.Raw, "whsec_")
	}
	own := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	given := h.Done(201, "POST", subscriptionsPath, h.Ours.Admin, object{"event": "optout", "url": "https://loja.example/b", "secret": own})
	require.NotContains(t, given.Raw, own, "whoever brought a secret knows it")

	turned := h.Done(200, "POST", subscriptionsPath+"/"+id+"/secret", h.Ours.Admin, object{})
	require.NotEqual(t, secret, turned.Text("secret"))
	require.Equal(t, "2026-07-11T13:00:00Z", turned.Text("formerSecretUntil"))
	h.Advance(25 * time.Hour)
	require.NotContains(t, h.Done(200, "GET", subscriptionsPath+"/"+id, h.Ours.Admin, nil).Raw, "formerSecretUntil")
	require.NotContains(t, h.Done(200, "POST", subscriptionsPath+"/"+id+"/secret", h.Ours.Admin, object{"overlapHours": 0}).Raw, "formerSecretUntil")

	require.NotContains(t, h.Log.String(), "whsec_")
	for _, file := range []string{h.Path, h.Path + "-wal"} {
		kept, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, hidden := range []string{secret, own, turned.Text("secret")} {
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
		refused := h.Refused(400, text, "POST", subscriptionsPath, h.Ours.Admin, good(change))
		require.NotContains(t, refused.Raw, "senha@")
	}
	h.Refused(403, "", "POST", subscriptionsPath, h.Ours.Operator, good(nil))
	made := h.Done(201, "POST", subscriptionsPath, h.Ours.Admin, good(object{"event": nil, "events": []string{"optout", "optout", "message.status"}}))
	require.Equal(t, []any{"optout", "message.status"}, made.Data()["events"])
	every := h.Done(200, "PUT", subscriptionsPath+"/"+made.Text("id"), h.Ours.Admin, object{"events": []string{"optout", "*"}})
	require.Equal(t, []any{"*"}, every.Data()["events"])

	path := subscriptionsPath + "/" + made.Text("id")
	h.Refused(400, "since: Required", "POST", path+"/replay", h.Ours.Admin, object{})
	h.Refused(400, "until: deve vir depois", "POST", path+"/replay", h.Ours.Admin, object{"since": "2026-07-10T00:00:00Z", "until": "2026-07-09T00:00:00Z"})
	h.Refused(400, "deliveryId: use", "POST", path+"/replay", h.Ours.Admin, object{"since": "2026-07-10T00:00:00Z", "deliveryId": chat.NewID()})
	h.Refused(404, "Entrega não encontrada", "POST", path+"/replay", h.Ours.Admin, object{"deliveryId": chat.NewID()})
	h.Done(200, "PATCH", path, h.Ours.Admin, object{"enabled": false})
	h.Refused(409, "desligada", "POST", path+"/test", h.Ours.Admin, nil)

	for range 49 {
		h.Done(201, "POST", subscriptionsPath, h.Ours.Admin, good(nil))
	}
	h.Refused(409, "o máximo", "POST", subscriptionsPath, h.Ours.Admin, good(nil))
}

func TestAPersonSeesTestsAndRepeatsDeliveries(t *testing.T) {
	h := newHouse(t)
	id := h.Done(201, "POST", subscriptionsPath, h.Ours.Admin, object{"event": "optout", "url": "https://loja.example/retoma"}).Text("id")
	path := subscriptionsPath + "/" + id
	ping := h.Done(202, "POST", path+"/test", h.Ours.Admin, nil)
	require.Equal(t, "pending", ping.Text("status"))
	_, err := h.Store.NoteAttempt(t.Context(), desk.Attempt{Delivery: desk.Delivery{ID: ping.Text("id"), TenantID: h.Ours.ID, SubscriptionID: id},
		At: h.Clock(), State: desk.DeliveryPending, Status: 500, Problem: "respondeu HTTP 500", DueAt: h.Clock().Add(time.Minute)}, time.Time{}.Add(time.Hour))
	require.NoError(t, err)
	failed := h.Done(200, "GET", path+"/deliveries?status=pending", h.Ours.Viewer, nil).List()
	require.Len(t, failed, 1)
	require.Equal(t, object{
		"id": ping.Text("id"), "eventId": ping.Text("eventId"), "event": "ping", "status": "pending", "attempts": float64(1), "responseStatus": float64(500),
		"problem": "respondeu HTTP 500", "nextAttemptAt": "2026-07-10T13:01:00Z", "createdAt": "2026-07-10T13:00:00Z",
	}, failed[0])
	require.Equal(t, "2026-07-10T13:00:00Z", h.Done(200, "GET", path, h.Ours.Viewer, nil).Text("failingSince"))

	require.Equal(t, float64(1), h.Done(202, "POST", path+"/replay", h.Ours.Admin, object{"deliveryId": ping.Text("id")}).Data()["replayed"])
	require.Equal(t, float64(1), h.Done(202, "POST", path+"/replay", h.Ours.Admin, object{"since": "2026-07-10T12:00:00Z"}).Data()["replayed"])
	require.Equal(t, float64(0), h.Done(202, "POST", path+"/replay", h.Ours.Admin, object{"since": "2026-07-10T14:00:00Z"}).Data()["replayed"])
	again := h.Done(200, "GET", path+"/deliveries", h.Ours.Viewer, nil).List()[0].(object)
	require.Equal(t, float64(0), again["attempts"])
	require.Equal(t, ping.Text("eventId"), again["eventId"])

	h.Done(200, "DELETE", path, h.Ours.Admin, nil)
	h.Refused(404, "Assinatura não encontrada", "GET", path, h.Ours.Admin, nil)
}

// Every event is described, its schema fits what is really told, and the page for people names it.
func TestEveryEventIsInTheContractAndInTheDocuments(t *testing.T) {
	h := newHouse(t)
	document := h.G.OpenAPI()
	page, err := os.ReadFile("../../docs/subscriptions.md")
	require.NoError(t, err)
	names := append(desk.OutgoingEvents(), desk.Ping)
	require.Len(t, document.Webhooks, len(names))
	for _, name := range names {
		require.Contains(t, document.Webhooks, name)
		require.Contains(t, string(page), "`"+name+"`")
		told, err := (desk.Announcement{
			Sequence: 7, TenantID: h.Ours.ID, ContactID: chat.NewID(), Event: name, SubjectID: chat.NewID(), At: h.Clock(), Facts: factsOf(name),
		}).Tell(chat.NewID(), h.Clock())
		require.NoError(t, err)
		if name == desk.Ping {
			told, err = desk.TellPing(chat.NewID(), desk.Subscription{ID: chat.NewID()}, h.Clock())
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
	h.T.Helper()
	document := h.G.OpenAPI()
	var value any
	require.NoError(h.T, json.Unmarshal([]byte(body), &value))
	result := &huma.ValidateResult{}
	schema := document.Webhooks[name].Post.RequestBody.Content["application/json"].Schema
	huma.Validate(document.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, result)
	require.Empty(h.T, result.Errors, "%s: %s", name, body)
}

// The documents' examples are what the contract says.
func TestTheExamplesOfEventsAreTrue(t *testing.T) {
	h := newHouse(t)
	page, err := os.ReadFile("../../docs/subscriptions.md")
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
