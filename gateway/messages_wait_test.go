package gateway_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
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
	found, err := h.store.Message(context.Background(), h.ours.id, id)
	require.NoError(h.t, err)
	_, err = h.store.Edit(context.Background(), desk.Ref{TenantID: h.ours.id, ContactID: found.ContactID}, func(_ context.Context, d *desk.Desk) error {
		item, yes := d.Item(id)
		if !yes || item.Message.ErrorDetail != "" {
			return nil
		}
		item.Message.ErrorDetail = pairWaits
		item.Message.Log = []chat.LogEntry{{At: h.clock(), Check: "pair", Verdict: "later", Reason: pairWaits, Values: map[string]any{"until": until}}}
		d.SaveItem(item)
		return nil
	})
	require.NoError(h.t, err)
}

func TestAMessageThatIsHeldSaysWhyAndUntilWhen(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	body := object{"senderId": h.ours.channel.ID, "to": "+5511977770001", "message": "Segue"}
	sent := h.done(202, "POST", "/api/actions/send-message", h.ours.operator, body)
	require.NotContains(t, sent.data(), "waitsFor")
	id := sent.text("messageId")
	story := h.done(200, "GET", "/api/messages/"+id, h.ours.viewer, nil)
	require.NotContains(t, story.data(), "waitsFor", "it only waits for its turn")

	h.waits(id, start.Add(256*time.Second))
	story = h.done(200, "GET", "/api/messages/"+id, h.ours.viewer, nil)
	require.Equal(t, "queued", story.text("status"))
	require.Equal(t, pairWaits, story.text("waitsFor"))
	require.Equal(t, "2026-07-10T13:04:16Z", story.text("waitsUntil"))
}

// A caller who would wait for ten seconds is told at once that it takes minutes.
func TestWhoWaitsForAMessageThatIsHeldLongerIsToldAtOnce(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	held := h.with(waiting{Store: h.store, h: h, until: start.Add(256 * time.Second)})
	began := time.Now()
	sent := held.done(202, "POST", "/api/actions/send-message", h.ours.operator,
		object{"senderId": h.ours.channel.ID, "to": "+5511977770001", "message": "Segue"}, "Prefer", "wait=20")
	require.Less(t, time.Since(began), 10*time.Second)
	require.Equal(t, "queued", sent.text("status"))
	require.Equal(t, pairWaits, sent.text("waitsFor"))
	require.Equal(t, "2026-07-10T13:04:16Z", sent.text("waitsUntil"))
}
