package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// Whoever asks - a platform, a turn with several messages - and whatever ids are drawn: what waits for a contact stands in the
// order in which it was asked for, also when all of it was asked for at one instant.
func TestTheOutboxKeepsTheOrderInWhichItWasAskedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		people := 0
		rapid.Check(t, func(r *rapid.T) {
			people++
			who := receive(t, s, message(tenant, channel, fmt.Sprintf("+55119%08d", people), chat.NewID(), "oi")).Accepted[0]
			ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
			var want []string
			var made int64
			item := func() desk.Item {
				one := queued(tenant, channel, who)
				made++
				one.ID = chat.DeriveID(who.ContactID, made, time.UnixMilli(rapid.Int64Range(1, 3).Draw(r, "ms"))) // random within its instant
				one.OrderingKey, one.Message.ID = one.ID, one.ID
				return one
			}
			for range rapid.IntRange(1, 6).Draw(r, "steps") {
				switch rapid.IntRange(0, 2).Draw(r, "step") {
				case 0:
					one := item()
					want = append(want, one.ID)
					require.NoError(r, s.Enqueue(ctx, one, time.Now()))
				case 1:
					turn(r, s, ref, func(d *desk.Desk) {
						for range rapid.IntRange(1, 4).Draw(r, "words") {
							one := item()
							want = append(want, one.ID)
							d.Queue(one)
						}
					})
				case 2: // one ends, and another one goes in its place
					turn(r, s, ref, func(d *desk.Desk) {
						if len(d.Outbox) == 0 {
							return
						}
						at := rapid.IntRange(0, len(d.Outbox)-1).Draw(r, "ends")
						ended, instead := d.Outbox[at], item()
						instead.Position, want[at] = ended.Position, instead.ID
						d.Queue(instead)
						d.Done(ended)
						require.Equal(r, want, rowsOf(d), "on the desk that decides")
					})
				}
			}
			turn(r, s, ref, func(d *desk.Desk) { require.Equal(r, want, rowsOf(d)) })
		})
	})
}

// turn is one unit of work on a contact.
func turn(t require.TestingT, s *store.Store, ref desk.Ref, do func(d *desk.Desk)) {
	_, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		do(d)
		return nil
	})
	require.NoError(t, err)
}

func rowsOf(d *desk.Desk) (ids []string) {
	for _, item := range d.Outbox {
		ids = append(ids, item.ID)
	}
	return ids
}

// Two contacts become one: neither line changes its order, and between them goes first what was asked for first.
func TestAMergeMakesOneLineOfTwo(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		stays, goes := s.writes("+5511999990001"), s.writes("BR.1")
		s.drain(stays.ContactID)
		s.drain(goes.ContactID)
		began := time.Now().UTC().Truncate(time.Millisecond)
		ids := map[string]string{}
		for _, one := range []struct {
			name  string
			who   desk.Accepted
			after time.Duration
		}{{"a", goes, 0}, {"b", goes, 5}, {"c", stays, 2}, {"d", stays, 2}, {"e", goes, 3}, {"f", stays, 9}, {"g", goes, 10}} {
			item := queued(s.tenant, s.channel, one.who)
			item.Message.CreatedAt = began.Add(one.after * time.Second)
			ids[item.ID] = one.name
			require.NoError(t, s.store.Enqueue(context.Background(), item, time.Now()))
		}
		s.merge(stays.ContactID, goes.ContactID)
		var line string
		for _, id := range rowsOf(s.desk(stays.ContactID)) {
			line += ids[id]
		}
		require.Equal(t, "acdbefg", line)
	})
}

// Two claims of one contact never stand beside each other, whoever makes the second one.
func TestAClaimIsRefusedWhileAnotherOneOfTheContactStands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		first, second := queued(tenant, channel, who), queued(tenant, channel, who)
		for _, item := range []desk.Item{first, second} {
			require.NoError(t, s.Enqueue(context.Background(), item, time.Now()))
		}
		claim := func(id string) desk.Worked {
			worked, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
				item, _ := d.Item(id)
				item.Message.State = chat.Sending
				d.Claim(item)
				return nil
			})
			require.NoError(t, err)
			return worked
		}
		require.False(t, claim(first.ID).Busy)
		require.True(t, claim(second.ID).Busy, "it is looked at again")
		turn(t, s, ref, func(d *desk.Desk) {
			sent, _ := d.Item(first.ID)
			sent.Message.State = chat.Accepted
			d.Done(sent)
		})
		require.False(t, claim(second.ID).Busy)
	})
}
