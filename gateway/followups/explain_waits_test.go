package followups_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// A follow-up whose message waits in the outbox was due then, and waits until later: both are told, and why.
func TestAFollowUpThatWaitsTellsUntilWhenAndWhy(t *testing.T) {
	tomorrow := gatewaytest.Start.Add(25 * time.Hour)
	const people = "o limite de 250 pessoas acabou"
	tests := map[string]struct {
		looksAt time.Time
		detail  string
		values  map[string]any
		summary string
	}{
		"a place in line": {tomorrow, people, map[string]any{"until": tomorrow},
			"Ainda não foi enviado: era para 10/07/2026 11:00:00 (America/Sao_Paulo); espera até 11/07/2026 11:00:00 (America/Sao_Paulo) porque o limite de 250 pessoas acabou."},
		"a template that rests is looked at in between": {gatewaytest.Start.Add(70 * time.Minute), "O template está em espera.", map[string]any{"until": tomorrow},
			"Ainda não foi enviado: era para 10/07/2026 11:00:00 (America/Sao_Paulo); espera até 11/07/2026 11:00:00 (America/Sao_Paulo) porque o template está em espera."},
		"refused again": {tomorrow, "o ritmo", map[string]any{"until": gatewaytest.Start.Add(time.Hour)},
			"Ainda não foi enviado: era para 10/07/2026 11:00:00 (America/Sao_Paulo); espera até 11/07/2026 11:00:00 (America/Sao_Paulo) porque o ritmo."},
		"no end is known": {gatewaytest.Start.Add(62 * time.Minute), "o remetente não está online; espera até o canal voltar", nil,
			"Ainda não foi enviado: era para 10/07/2026 11:00:00 (America/Sao_Paulo); espera porque o remetente não está online; espera até o canal voltar."},
		"held by hand, without end": {gatewaytest.Start.Add(62 * time.Minute), "um atendente segurou a conversa", map[string]any{"until": time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
			"Ainda não foi enviado: era para 10/07/2026 11:00:00 (America/Sao_Paulo); espera porque um atendente segurou a conversa."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h, ref, _, conversation, followUp := queued(t)
			due := gatewaytest.Start.Add(time.Hour)
			message := chat.Message{ID: chat.NewID(), TenantID: h.Ours.ID, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.Ours.Channel.ID,
				Direction: chat.Outbound, Origin: chat.FromFollowUp, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: "oi"},
				FollowUpID: followUp, ErrorDetail: test.detail, CreatedAt: due,
				Log: []chat.LogEntry{{At: due, Check: "limit", Verdict: "later", Reason: test.detail, Values: test.values}}}
			_, err := h.Store.Edit(context.Background(), ref, func(_ context.Context, d *desk.Desk) error {
				for _, run := range d.Runs {
					run.Open.MessageID = message.ID
					d.SaveFollowUps([]flows.FollowUp{*run.Open})
				}
				d.Queue(desk.Item{ID: message.ID, Message: message, State: desk.ItemPending, DueAt: test.looksAt, OrderingKey: ref.ContactID})
				return nil
			})
			require.NoError(t, err)
			h.Advance(time.Hour + time.Minute)
			told := h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil)
			require.Equal(t, test.summary, told.Text("summary"))
			row := h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()[0].(object)
			require.Equal(t, "2026-07-10T14:00:00Z", row["scheduledFor"], "when it was due")
			require.Equal(t, test.looksAt.Format(time.RFC3339), row["waitsUntil"])
			by := h.Done(200, "POST", "/api/followups/pending-by-conversations", h.Ours.Viewer, object{"conversationIds": []any{conversation}}).Data()
			require.Equal(t, row["waitsUntil"], by[conversation].([]any)[0].(object)["waitsUntil"])

			h.Advance(48 * time.Hour)
			row = h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()[0].(object)
			require.NotContains(t, row, "waitsUntil", "nothing keeps it any more")
			require.Contains(t, h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"), "sai assim que possível")
		})
	}
}

const slow = "o provedor pediu uma pausa a este número: limite da conta (80007)"

// A follow-up that is due and that the pace keeps says why, and until when, though nothing of it is written down.
func TestAFollowUpThatThePaceKeepsTellsUntilWhenAndWhy(t *testing.T) {
	for name, test := range map[string]struct {
		detail string
		values map[string]any
		due    time.Time // of the row
	}{
		"nothing is written":        {due: gatewaytest.Start.Add(time.Hour)},
		"a wait that is over":       {detail: "o ritmo", values: map[string]any{"until": gatewaytest.Start.Add(time.Hour)}, due: gatewaytest.Start.Add(time.Hour)},
		"a wait that is over first": {detail: "o ritmo", values: map[string]any{"until": gatewaytest.Start.Add(62 * time.Minute)}, due: gatewaytest.Start.Add(62 * time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			until := gatewaytest.Start.Add(63 * time.Minute)
			h, ref, _, conversation, followUp := queued(t, func(o *gateway.Options) {
				o.Paced = func(context.Context, gateway.PacedMessage) (string, time.Time) { return slow, until }
			})
			message := chat.Message{ID: chat.NewID(), TenantID: h.Ours.ID, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.Ours.Channel.ID,
				Direction: chat.Outbound, Origin: chat.FromFollowUp, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: "oi"},
				FollowUpID: followUp, ErrorDetail: test.detail, CreatedAt: gatewaytest.Start.Add(time.Hour)}
			if test.detail != "" {
				message.Log = []chat.LogEntry{{At: gatewaytest.Start.Add(time.Hour), Check: "limit", Verdict: "later", Reason: test.detail, Values: test.values}}
			}
			_, err := h.Store.Edit(context.Background(), ref, func(_ context.Context, d *desk.Desk) error {
				for _, run := range d.Runs {
					run.Open.MessageID = message.ID
					d.SaveFollowUps([]flows.FollowUp{*run.Open})
				}
				d.Queue(desk.Item{ID: message.ID, Message: message, State: desk.ItemPending, DueAt: test.due, OrderingKey: ref.ContactID})
				return nil
			})
			require.NoError(t, err)
			h.Advance(time.Hour + time.Minute)
			require.Equal(t, "Ainda não foi enviado: era para 10/07/2026 11:00:00 (America/Sao_Paulo); espera até 10/07/2026 11:03:00 (America/Sao_Paulo) porque "+slow+".",
				h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"))
			require.Equal(t, "2026-07-10T14:03:00Z", h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()[0].(object)["waitsUntil"])
			h.Advance(3 * time.Minute)
			summary := h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary")
			require.Contains(t, summary, "sai assim que possível")
			require.NotContains(t, summary, "não registrado")
		})
	}
}

func TestAFollowUpThatIsNotDueDoesNotWait(t *testing.T) {
	h, _, _, _, _ := queued(t)
	require.NotContains(t, h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()[0], "waitsUntil")
}

func TestTheStateOfAMessageIsToldInWords(t *testing.T) {
	for state, words := range map[chat.MessageState]string{
		chat.Queued: "na fila", chat.Parked: "à espera da resposta do cliente", chat.Sending: "saindo", chat.Cancelled: "cancelada",
		chat.Unconfirmed: "sem confirmação do provedor", chat.Accepted: "aceita pelo provedor", chat.Failed: "com falha",
	} {
		t.Run(string(state), func(t *testing.T) {
			h, ref, _, conversation, followUp := queued(t)
			message := chat.Message{ID: chat.NewID(), TenantID: h.Ours.ID, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.Ours.Channel.ID,
				Direction: chat.Outbound, Origin: chat.FromFollowUp, State: state, Content: chat.Content{Type: chat.Text, Text: "oi"}, FollowUpID: followUp, CreatedAt: gatewaytest.Start}
			_, err := h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
				d.Changes.NewMessages = append(d.Changes.NewMessages, message)
				return nil
			})
			require.NoError(t, err)
			h.SettleFollowUp(ref, followUp, func(f *flows.FollowUp) {
				f.State, f.SentAt, f.MessageID = flows.FollowUpSent, gatewaytest.Start, message.ID
			})
			require.Equal(t, "Enviado em 10/07/2026 10:00:00 (America/Sao_Paulo); a mensagem está "+words+".",
				h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"))
		})
	}
}

// An unconfirmed message on a channel that goes by evidence says when that is weighed; one that is left to the team says so.
func TestAnUnconfirmedMessageTellsWhatItWaitsFor(t *testing.T) {
	h, ref, _, conversation, followUp := queued(t)
	due, until := gatewaytest.Start.Add(time.Hour), gatewaytest.Start.Add(75*time.Minute)
	message := chat.Message{ID: chat.NewID(), TenantID: h.Ours.ID, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.Ours.Channel.ID,
		Direction: chat.Outbound, Origin: chat.FromFollowUp, State: chat.Unconfirmed, Content: chat.Content{Type: chat.Text, Text: "oi"},
		FollowUpID: followUp, ErrorDetail: "tempo esgotado", CreatedAt: due,
		Log: []chat.LogEntry{{At: due, Check: "unconfirmed", Verdict: "later", Reason: "não se sabe se a mensagem saiu", Values: map[string]any{"until": until}}}}
	edit := func(change func(d *desk.Desk)) {
		_, err := h.Store.Edit(context.Background(), ref, func(_ context.Context, d *desk.Desk) error {
			change(d)
			return nil
		})
		require.NoError(t, err)
	}
	edit(func(d *desk.Desk) {
		for _, run := range d.Runs {
			run.Open.MessageID = message.ID
			d.SaveFollowUps([]flows.FollowUp{*run.Open})
		}
		d.Queue(desk.Item{ID: message.ID, Message: message, State: desk.ItemUnconfirmed, DueAt: until, ClaimedAt: due, OrderingKey: ref.ContactID})
	})
	h.Advance(time.Hour + time.Minute)
	told := h.Done(200, "GET", "/api/messages/"+message.ID, h.Ours.Viewer, nil)
	require.Equal(t, "não se sabe se a mensagem saiu", told.Text("waitsFor"))
	require.Equal(t, until.Format(time.RFC3339), told.Text("waitsUntil"))
	require.Contains(t, h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"), "isso é revisto em")
	row := h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()[0].(object)
	require.Equal(t, until.Format(time.RFC3339), row["waitsUntil"])

	edit(func(d *desk.Desk) {
		item, _ := d.Item(message.ID)
		item.DueAt = time.Time{}
		item.Message.Log = []chat.LogEntry{{At: due, Check: "evidence", Verdict: "hold", Reason: "um webhook foi recusado com 503"}}
		d.SaveItem(item)
	})
	require.NotContains(t, h.Done(200, "GET", "/api/messages/"+message.ID, h.Ours.Viewer, nil).Data(), "waitsFor")
	require.Contains(t, h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"), "a equipe decide")
}
