package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/pace"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// Whoever asks what a message waits for asks under the names by which workers reserve and hold.
func TestWhatWaitsForThePaceIsToldInWords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		now := time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)
		clock := func() time.Time { return now }
		keeper := pace.New(nil, pace.Options{Now: clock, Sent: sentTo(s)})
		workers, people := pacer{keeper}, &lookout{pace: keeper, store: s, now: clock}
		named := worker.PaceChannel{TenantID: tenant.ID, Portfolio: channel.Portfolio(), ID: channel.ID}
		told := func(contact string) (string, time.Time) {
			reason, until := people.paced(t.Context(), gateway.PacedMessage{TenantID: tenant.ID, ChannelID: channel.ID, ContactID: contact, MessageID: "waiting"})
			return reason, until.UTC()
		}
		reason, _ := told("ana")
		require.Empty(t, reason)

		for i := range pairBurst {
			slot := workers.Reserve(t.Context(), worker.PaceLimits{
				Channel: named, ContactID: "ana", MessageID: string(rune('a' + i)), PairEvery: 6 * time.Second, Answers: true, Urgent: true, Now: now,
			})
			require.False(t, slot.At.After(now), "message %d of a talk", i)
		}
		reason, until := told("ana")
		require.Equal(t, "já foram mensagens seguidas a este contato, e o provedor só aceita outra depois desse intervalo", reason)
		require.Equal(t, now.Add(pairBurst*(6*time.Second+jitter)), until)

		workers.Hold(t.Context(), named, "", now.Add(time.Minute), "limite de chamadas da conta (80007)")
		reason, until = told("bia")
		require.Equal(t, "o provedor pediu uma pausa a este número: limite de chamadas da conta (80007)", reason)
		require.Equal(t, now.Add(time.Minute), until)
		workers.Hold(t.Context(), named, "bia", now.Add(time.Hour), "")
		reason, _ = told("bia")
		require.Equal(t, "o provedor recusou mensagens a este contato por virem rápido demais", reason)
		_, unknown := people.paced(t.Context(), gateway.PacedMessage{TenantID: "another", ChannelID: channel.ID, ContactID: "ana"})
		require.True(t, unknown.IsZero(), "another tenant's")
	})
}
