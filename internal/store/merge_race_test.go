package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// TestNoClaimOfEitherPassesTheMessageThatNamesBoth is the race test of the fence across a merge: while follow-ups of two
// contacts are being claimed, a message tells that they are one. A claim that succeeds was made before that message was in
// its contact's mailbox.
func TestNoClaimOfEitherPassesTheMessageThatNamesBoth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		shop := &shop{t: t, store: s, tenant: tenant, channel: channel}
		claimed, stopped := 0, 0
		for round := range 80 {
			phone, id := fmt.Sprintf("+55119777%05d", round), fmt.Sprintf("BR.%d", round)
			people := [2]desk.Accepted{shop.writes(phone), shop.writes(id)}
			var items [2]desk.Item
			for i, who := range people {
				shop.drain(who.ContactID)
				items[i] = queued(tenant, channel, who)
				require.NoError(t, s.Enqueue(context.Background(), items[i], time.Now()))
			}
			both := shop.message(phone, id)
			var group sync.WaitGroup
			var acknowledged, claims [2]int64
			failed := make([]error, 3)
			for i, who := range people {
				group.Go(func() {
					claims[i], failed[i] = claimUnlessAnswered(s, desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}, items[i].ID)
				})
			}
			group.Go(func() {
				if _, failed[2] = s.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{both}}); failed[2] != nil {
					return
				}
				for i, who := range people {
					var err error
					acknowledged[i], _, _, err = s.Mailbox(context.Background(), desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID})
					failed[2] = errors.Join(failed[2], err)
				}
			})
			group.Wait()
			require.NoError(t, errors.Join(failed...))
			for i := range people {
				if claims[i] == 0 {
					stopped++
					continue
				}
				claimed++
				require.Less(t, claims[i], acknowledged[i], "round %d: claimed although the message was there", round)
			}
		}
		t.Logf("%s: %d claimed before the message, %d stopped by it", s.Engine(), claimed, stopped)
	})
}

// Two processes merge a chain of contacts, from every end at once, while more messages come in. In the end there is one
// contact, and everything was read once, in the order in which each of them had written.
func TestChainsOfMergesEndInOnePerson(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			address := storetest.Address(t, engine)
			s := storetest.Open(t, store.Options{Address: address})
			processes := []*store.Store{s, s}
			if engine == "postgres" {
				processes[1] = storetest.Open(t, store.Options{Address: address})
			}
			tenant, channel := storetest.Tenant(t, s)
			shop := &shop{t: t, store: s, tenant: tenant, channel: channel}
			for round := range 12 {
				testChain(t, shop, processes, round)
			}
		})
	}
}

func testChain(t *testing.T, s *shop, processes []*store.Store, round int) {
	names := []string{fmt.Sprintf("+55119777%05d", round), fmt.Sprintf("BR.%d", round), fmt.Sprintf("lid:%d", round), fmt.Sprintf("ext:%d", round)}
	var people []desk.Accepted
	for _, name := range names {
		people = append(people, s.writes(name))
	}
	var sent []desk.Arrival
	for i := range len(names) - 1 {
		sent = append(sent, s.message(names[i], names[i+1]), s.message(names[i]))
	}
	read := map[string]int{}
	var mutex sync.Mutex
	var group sync.WaitGroup
	var failures error
	note := func(events []chat.Event, err error) {
		mutex.Lock()
		defer mutex.Unlock()
		failures = errors.Join(failures, err)
		for _, event := range events {
			if event.Message != nil {
				read[event.ExternalID]++
			}
		}
	}
	for i, arrival := range sent {
		group.Go(func() {
			_, err := processes[i%2].Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{arrival}})
			note(nil, err)
		})
	}
	work := func(process *store.Store, contactID string) {
		note(drain(process, desk.Ref{TenantID: s.tenant.ID, ContactID: contactID}))
	}
	for i, who := range people {
		group.Go(func() {
			for range 4 {
				work(processes[i%2], who.ContactID)
			}
		})
	}
	group.Wait()
	for _, who := range people {
		work(processes[0], who.ContactID)
	}
	require.NoError(t, failures)
	require.Len(t, read, len(sent)+len(names), "everything was read")
	for id, times := range read {
		require.Equal(t, 1, times, id)
	}
	for _, name := range names {
		require.Equal(t, people[0].ContactID, s.owner(name), "the eldest is left")
	}
	conversations, err := s.store.Conversations(context.Background(), s.tenant.ID, chat.ConversationFilter{ContactID: people[0].ContactID, Page: chat.Page{Limit: 9}})
	require.NoError(t, err)
	require.Len(t, conversations, 1)
}
