package entrance_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// byEvidence lets a channel go by evidence.
func (h *house) byEvidence(id string) {
	h.T.Helper()
	found := h.Done(200, "PUT", "/api/channels/"+id, h.Ours.Admin, object{"onUnconfirmed": "evidence", "evidenceAfterMinutes": 20})
	require.Equal(h.T, "evidence", found.Text("onUnconfirmed"))
	require.EqualValues(h.T, 20, found.Data()["evidenceAfterMinutes"])
}

// statusOf is a delivery state in Meta's words.
func statusOf(account, messageID, state string, at time.Time) string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"waba","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
		"metadata":{"display_phone_number":"5511300001111","phone_number_id":%q},
		"statuses":[{"id":%q,"status":%q,"timestamp":"%d","recipient_id":"5511977770001","biz_opaque_callback_data":%q}]}}]}]}`,
		account, "wamid."+messageID, state, at.Unix(), messageID)
}

// listeners are what the gateways have told, as evidence reads it.
func (h *house) listeners(channelID string) []desk.Listener {
	h.T.Helper()
	found, err := h.Store.Listeners(context.Background(), h.Ours.ID, channelID, time.UnixMilli(1))
	require.NoError(h.T, err)
	return found
}

func TestAGatewayTellsWhatItHeardOnChannelsThatGoByEvidence(t *testing.T) {
	h := newHouse(t)
	h.byEvidence(h.Ours.Channel.ID)
	other := h.Channel(h.Ours.ID, "333", "+5511300000333")
	ctx := context.Background()
	require.NoError(t, h.G.TellListening(ctx))
	ref := h.CustomerWrote(h.Ours, "5511977770001")
	var sent []string
	for i := range 4 {
		h.WeWrote(h.Ours, ref, chat.FromAPI, h.Clock())
		messages, err := h.Store.Messages(ctx, h.Ours.ID, chat.MessageFilter{Page: chat.Page{Limit: 1}})
		require.NoError(t, err)
		sent = append(sent, messages[0].ID)
		state := []string{"sent", "delivered", "read", "sent"}[i]
		require.Equal(t, 200, h.Webhook(h.Ours.Channel, statusOf("111", messages[0].ID, state, h.Clock()), gatewaytest.AppSecret).Status)
		h.Advance(time.Second)
	}
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, statusOf("111", chat.NewID(), "sent", h.Clock()), gatewaytest.AppSecret).Status, "not ours")
	require.NoError(t, h.G.TellListening(ctx))

	heard := h.listeners(h.Ours.Channel.ID)
	require.Len(t, heard, 1)
	require.True(t, heard[0].Gap.At.IsZero())
	var confirmed []string
	for _, one := range heard[0].Confirmed {
		confirmed = append(confirmed, one.MessageID)
	}
	require.Len(t, confirmed, desk.ConfirmedEnough)
	require.Subset(t, sent, confirmed)
	require.Empty(t, h.listeners(other.ID)[0].Confirmed)
	require.Equal(t, h.Clock(), heard[0].SeenAt.UTC())
}

func TestWhatAGatewayMayHaveMissedIsAGap(t *testing.T) {
	ctx := context.Background()
	for name, one := range map[string]struct {
		happens func(t *testing.T, h *house, away *atomic.Bool)
		reason  string // on the channel; empty: no gap
		others  bool   // other channels miss it, too
	}{
		"all is well": {happens: func(t *testing.T, h *house, _ *atomic.Bool) {
			require.Equal(t, 200, h.Webhook(h.Ours.Channel, gatewaytest.MetaMessage("111", "5511977770001", "wamid.1", "oi", h.Clock()), gatewaytest.AppSecret).Status)
		}},
		"nobody's address": {happens: func(t *testing.T, h *house, _ *atomic.Bool) {
			channel := h.Ours.Channel
			channel.Token = "none"
			require.Equal(t, 404, h.Webhook(channel, "{}", gatewaytest.AppSecret).Status)
		}},
		"a wrong signature": {reason: "assinatura errada", happens: func(t *testing.T, h *house, _ *atomic.Bool) {
			require.Equal(t, 401, h.Webhook(h.Ours.Channel, "{}", "another secret").Status)
		}},
		"what cannot be read": {reason: "não pôde ser lid", happens: func(t *testing.T, h *house, _ *atomic.Bool) {
			require.Equal(t, 200, h.Webhook(h.Ours.Channel, `{"entry":`, gatewaytest.AppSecret).Status)
		}},
		"an item that cannot be read": {reason: "não pôde ser lid", happens: func(t *testing.T, h *house, _ *atomic.Bool) {
			body := strings.Replace(statusOf("111", "x", "sent", h.Clock()), `"statuses":[`, `"statuses":[7,`, 1)
			require.Equal(t, 200, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
		}},
		"a process that stands still": {reason: "ficou parado", others: true, happens: func(_ *testing.T, h *house, _ *atomic.Bool) {
			h.Advance(desk.Silence)
		}},
		"a database that is away for a while": {reason: "um webhook foi recusado com 503", others: true, happens: func(t *testing.T, h *house, away *atomic.Bool) {
			away.Store(true)
			require.Equal(t, 503, h.Webhook(h.Ours.Channel, "{}", gatewaytest.AppSecret).Status)
			require.Error(t, h.G.TellListening(ctx), "and it cannot be told")
			away.Store(false)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			away := &atomic.Bool{}
			h := newHouse(t, func(o *gateway.Options) { o.Store = sometimes{o.Store, away} })
			require.NoError(t, h.G.TellListening(ctx))
			h.Advance(time.Second)
			one.happens(t, h, away)
			require.NoError(t, h.G.TellListening(ctx))
			other := h.Channel(h.Ours.ID, "333", "+5511300000333")
			for channelID, missed := range map[string]bool{h.Ours.Channel.ID: one.reason != "", other.ID: one.others} {
				heard := h.listeners(channelID)[0]
				require.Equal(t, missed, !heard.Gap.At.IsZero(), heard.Gap.Reason)
				if missed {
					require.Contains(t, heard.Gap.Reason, one.reason)
				}
			}
			at := h.listeners(h.Ours.Channel.ID)[0].Gap.At
			h.Advance(time.Second)
			require.NoError(t, h.G.TellListening(ctx))
			require.Equal(t, at, h.listeners(h.Ours.Channel.ID)[0].Gap.At, "a gap stays where it was")
			require.NoError(t, h.G.StopListening(ctx))
			require.True(t, h.listeners(h.Ours.Channel.ID)[0].Stopped)
		})
	}
}

// sometimes is a store that may be away.
type sometimes struct {
	gateway.Store
	away *atomic.Bool
}

var errAway = errors.New("connection refused")

func (s sometimes) ChannelByToken(ctx context.Context, token string) (chat.Channel, error) {
	if s.away.Load() {
		return chat.Channel{}, errAway
	}
	return s.Store.ChannelByToken(ctx, token)
}

func (s sometimes) Listen(ctx context.Context, report desk.ListenerReport) error {
	if s.away.Load() {
		return errAway
	}
	return s.Store.Listen(ctx, report)
}
