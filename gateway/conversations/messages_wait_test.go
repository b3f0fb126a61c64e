package conversations_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// waiting is a store whose messages wait for their pair, as a worker wrote it down.
type waiting struct {
	gateway.Store
	h     *house
	until time.Time
}

const pairWaits = "o provedor recusou mensagens a este contato por virem rápido demais: espera"

func (s waiting) Message(ctx context.Context, tenantID, id string) (chat.Message, error) {
	s.h.waits(id, s.until)
	return s.Store.Message(ctx, tenantID, id)
}

// waits writes down what a message waits for.
func (h *house) waits(id string, until time.Time) {
	found, err := h.Store.Message(context.Background(), h.Ours.ID, id)
	require.NoError(h.T, err)
	_, err = h.Store.Edit(context.Background(), desk.Ref{TenantID: h.Ours.ID, ContactID: found.ContactID}, func(_ context.Context, d *desk.Desk) error {
		item, yes := d.Item(id)
		if !yes || item.Message.ErrorDetail != "" {
			return nil
		}
		item.Message.ErrorDetail = pairWaits
		item.Message.Log = []chat.LogEntry{{At: h.Clock(), Check: "pair", Verdict: "later", Reason: pairWaits, Values: map[string]any{"until": until}}}
		d.SaveItem(item)
		return nil
	})
	require.NoError(h.T, err)
}

func TestAMessageThatIsHeldSaysWhyAndUntilWhen(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	body := object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "message": "Segue"}
	sent := h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, body)
	require.NotContains(t, sent.Data(), "waitsFor")
	id := sent.Text("messageId")
	story := h.Done(200, "GET", "/api/messages/"+id, h.Ours.Viewer, nil)
	require.NotContains(t, story.Data(), "waitsFor", "it only waits for its turn")

	h.waits(id, gatewaytest.Start.Add(256*time.Second))
	story = h.Done(200, "GET", "/api/messages/"+id, h.Ours.Viewer, nil)
	require.Equal(t, "queued", story.Text("status"))
	require.Equal(t, pairWaits, story.Text("waitsFor"))
	require.Equal(t, "2026-07-10T13:04:16Z", story.Text("waitsUntil"))
}

// A caller who would wait for ten seconds is told at once that it takes minutes.
func TestWhoWaitsForAMessageThatIsHeldLongerIsToldAtOnce(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	held := h.With(waiting{Store: h.Store, h: h, until: gatewaytest.Start.Add(256 * time.Second)})
	began := time.Now()
	sent := held.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator,
		object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "message": "Segue"}, "Prefer", "wait=20")
	require.Less(t, time.Since(began), 10*time.Second)
	require.Equal(t, "queued", sent.Text("status"))
	require.Equal(t, pairWaits, sent.Text("waitsFor"))
	require.Equal(t, "2026-07-10T13:04:16Z", sent.Text("waitsUntil"))
}

const slow = "o provedor pediu uma pausa a este número: (#80007) limite da conta"

// What waits for the pace says so at once, from what the pace knows at that moment: nothing of it is written down.
func TestWhatWaitsForThePaceSaysWhyAndUntilWhen(t *testing.T) {
	until, asked := gatewaytest.Start.Add(time.Minute), []gateway.PacedMessage{}
	h := newHouse(t, func(o *gateway.Options) {
		o.Paced = func(_ context.Context, message gateway.PacedMessage) (string, time.Time) {
			asked = append(asked, message)
			return slow, until
		}
	})
	h.CustomerWrote(h.Ours, "5511977770001")
	sent := h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "message": "Segue"})
	id := sent.Text("messageId")
	story := h.Done(200, "GET", "/api/messages/"+id, h.Ours.Viewer, nil)
	require.Equal(t, slow, story.Text("waitsFor"))
	require.Equal(t, "2026-07-10T13:01:00Z", story.Text("waitsUntil"))
	last := asked[len(asked)-1]
	require.Equal(t, []string{h.Ours.ID, h.Ours.Channel.ID, id}, []string{last.TenantID, last.ChannelID, last.MessageID})

	h.waits(id, gatewaytest.Start.Add(30*time.Second))
	require.Equal(t, slow, h.Done(200, "GET", "/api/messages/"+id, h.Ours.Viewer, nil).Text("waitsFor"), "what lasts longest is the reason")
	until = gatewaytest.Start.Add(10 * time.Second)
	require.Equal(t, pairWaits, h.Done(200, "GET", "/api/messages/"+id, h.Ours.Viewer, nil).Text("waitsFor"))
	h.Advance(time.Hour)
	require.NotContains(t, h.Done(200, "GET", "/api/messages/"+id, h.Ours.Viewer, nil).Text("waitsFor"), slow, "it is over")
}

// A customer's message that was acknowledged and not read by any worker has opened the window already, for whoever asks right behind it.
func TestTheWindowIsOpenAsSoonAsTheCustomersMessageIsAcknowledged(t *testing.T) {
	h := newHouse(t)
	const ana = "5511977770001"
	send := object{"senderId": h.Ours.Channel.ID, "to": "+" + ana, "message": "Segue"}
	h.Refused(422, "janela", "POST", "/api/actions/send-message", h.Ours.Operator, send)
	h.CustomerSays(h.Ours.Channel, ana, "oi")
	require.Len(t, h.Mail(h.Ours, h.contactOf(ana)), 1, "no worker has read it")
	h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, send)
	conversation := h.Done(200, "GET", "/api/conversations", h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
	h.Done(202, "POST", "/api/conversations/"+conversation+"/messages", h.Ours.Operator, object{"text": "Olá"})

	h.Advance(24 * time.Hour)
	h.Refused(422, "janela", "POST", "/api/actions/send-message", h.Ours.Operator, send)
}

// contactOf is the contact with a phone.
func (h *house) contactOf(phone string) string {
	h.T.Helper()
	found, err := h.Store.ContactByKeys(context.Background(), h.Ours.ID, []chat.Key{chat.PhoneKey("+" + phone)})
	require.NoError(h.T, err)
	return found.ID
}
