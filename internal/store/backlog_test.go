package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func TestTheBacklogIsWhatNobodyHasHandled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		empty, err := s.Backlog(t.Context())
		require.NoError(t, err)
		require.Equal(t, desk.Backlog{}, empty)

		tenant, channel := storetest.Tenant(t, s)
		var last desk.Written
		for i := range 3 {
			phone := fmt.Sprintf("+55119999900%02d", i)
			last, err = s.Receive(t.Context(), desk.Intake{Arrivals: []desk.Arrival{{
				TenantID: tenant.ID, ChannelID: channel.ID, Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone,
				Event: chat.Event{Name: chat.MessageReceived, ExternalID: phone, At: time.Now(), Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}}},
			}}})
			require.NoError(t, err)
		}
		found, err := s.Backlog(t.Context())
		require.NoError(t, err)
		require.Equal(t, 3, found.Mail)
		require.WithinDuration(t, time.Now(), found.OldestMail, time.Minute)
		oldest, err := s.Oldest(t.Context())
		require.NoError(t, err)
		require.Equal(t, found.Oldest, oldest)

		_, err = s.Work(t.Context(), last.Wake[0], nil, func(_ context.Context, d *desk.Desk) error {
			for _, mail := range d.Mail {
				d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
			}
			d.Queue(desk.Item{ID: chat.NewID(), OrderingKey: "k", Action: "send", State: desk.ItemPending, DueAt: d.Now.Add(-time.Minute), Message: chat.Message{
				TenantID: tenant.ID, ContactID: d.Contact.ID, ChannelID: channel.ID, Direction: chat.Outbound, State: chat.Queued, CreatedAt: d.Now,
			}})
			return nil
		})
		require.NoError(t, err)
		found, err = s.Backlog(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{2, 1, 0}, []int{found.Mail, found.DueSends, found.DueRuns})
		require.WithinDuration(t, time.Now().Add(-time.Minute), found.OldestSend, 30*time.Second)
	})
}

func TestOneOfManyClaimsTheCanaryAndPlansTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		next, _, rang, err := s.RingCanary(t.Context(), time.Hour)
		require.NoError(t, err)
		require.False(t, rang, "the first one is only planned")
		require.Equal(t, desk.AlarmCanary, next.Kind)
		require.Equal(t, desk.Ref{ContactID: desk.CanaryID}, next.Ref, "it belongs to no tenant")

		again, _, rang, err := s.RingCanary(t.Context(), time.Hour)
		require.NoError(t, err)
		require.False(t, rang, "it is not due")
		require.Equal(t, next, again)

		unarmed, err := s.Unarmed(t.Context(), next.At, 10)
		require.NoError(t, err)
		require.Equal(t, []desk.Alarm{next}, unarmed)
		require.NoError(t, s.MarkArmed(t.Context(), unarmed))
		unarmed, err = s.Unarmed(t.Context(), next.At, 10)
		require.NoError(t, err)
		require.Empty(t, unarmed)
		require.NoError(t, s.Disarm(t.Context()), "Redis was wiped")
		unarmed, err = s.Unarmed(t.Context(), next.At, 10)
		require.NoError(t, err)
		require.Equal(t, []desk.Alarm{next}, unarmed)

		overdue, err := s.Overdue(t.Context(), next.At.Add(-time.Second), 10)
		require.NoError(t, err)
		require.Empty(t, overdue)
		overdue, err = s.Overdue(t.Context(), next.At, 10)
		require.NoError(t, err)
		require.Equal(t, []desk.Ref{next.Ref}, overdue, "the scan finds it where nobody rang")
	})
}

func TestADueCanaryIsClaimedOnceAndItsLatenessKept(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			clock := storetest.NewClock(now)
			s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), SecretKey: "k", Now: clock.Now})
			first, _, _, err := s.RingCanary(t.Context(), 30*time.Second)
			require.NoError(t, err)
			now = clock.Set(first.At.Add(70 * time.Millisecond))
			claims := make(chan bool, 8)
			for range cap(claims) {
				go func() {
					_, late, rang, err := s.RingCanary(context.Background(), 30*time.Second)
					claims <- err == nil && rang && late == 70*time.Millisecond
				}()
			}
			claimed := 0
			for range cap(claims) {
				if <-claims {
					claimed++
				}
			}
			require.Equal(t, 1, claimed)
			found, err := s.Oldest(t.Context())
			require.NoError(t, err)
			require.Equal(t, desk.Canary{Due: now.Add(30 * time.Second), Rang: now, Late: 70 * time.Millisecond}, found.Canary)

			now = clock.Set(now.Add(-24 * time.Hour)) // a clock that was far off, and is right again
			_, _, rang, err := s.RingCanary(t.Context(), 30*time.Second)
			require.NoError(t, err)
			require.False(t, rang)
			found, err = s.Oldest(t.Context())
			require.NoError(t, err)
			require.Equal(t, now.Add(30*time.Second), found.Canary.Due, "it does not wait a day for its next time")

			require.NoError(t, s.Remember(t.Context(), "canary", "{damaged"))
			_, err = s.Overdue(t.Context(), now, 10)
			require.NoError(t, err, "the scan goes on")
			next, _, rang, err := s.RingCanary(t.Context(), 30*time.Second)
			require.NoError(t, err)
			require.False(t, rang)
			require.Equal(t, now.Add(30*time.Second), next.At, "it begins anew")
		})
	}
}

func TestTheBacklogIsReadByIndexes(t *testing.T) {
	s := storetest.Open(t, store.Options{Address: storetest.Address(t, "sqlite"), SecretKey: "k"})
	plans, err := s.BacklogPlans(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, plans)
	for _, plan := range plans {
		require.NotRegexp(t, `SCAN (inbox|runs|outbox|messages)$`, plan, "a big table is read whole")
	}
}
