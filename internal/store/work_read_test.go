package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// TestNothingIsReadBeforeItCameIn lets a process stand still between the beginning of its work and the reading: what came meanwhile
// is handled at a time after it came, or clocks would start before the fact that starts them.
func TestNothingIsReadBeforeItCameIn(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			began := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
			var stood atomic.Int64 // how long the process stood still, from its second look at the clock on
			var looks atomic.Int64
			s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: func() time.Time {
				if looks.Add(1) == 1 {
					return began
				}
				return began.Add(time.Duration(stood.Load()))
			}})
			tenant, channel := storetest.Tenant(t, s)
			stood.Store(int64(4 * time.Second))
			written, err := s.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
				TenantID: tenant.ID, ChannelID: channel.ID, Keys: []chat.Key{chat.PhoneKey("+5511999990001")}, Phone: "+5511999990001",
				Event: chat.Event{Name: chat.MessageReceived, ExternalID: "wamid.1", Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}}},
			}}})
			require.NoError(t, err)
			looks.Store(0)
			var at, came time.Time
			_, err = s.Work(context.Background(), desk.Ref{TenantID: tenant.ID, ContactID: written.Accepted[0].ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
				at, came = d.Now, d.Mail[0].Event.ReceivedAt
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, began.Add(4*time.Second), came)
			require.False(t, at.Before(came), "read at %s, came at %s", at, came)
		})
	}
}
