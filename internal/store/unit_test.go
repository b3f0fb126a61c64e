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

// gathering is contacts whose units of work are handed over while another one is under way, so that they go together.
type gathering struct {
	t       *testing.T
	store   *store.Store
	tenant  chat.Tenant
	channel chat.Channel
	refs    []desk.Ref
	people  []desk.Accepted
	phones  []string
}

func eachGathering(t *testing.T, size int, story func(t *testing.T, c *gathering)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := &gathering{t: t, store: s}
		c.tenant, c.channel = storetest.Tenant(t, s)
		for i := range size {
			phone := fmt.Sprintf("+551199999%04d", i)
			who := receive(t, s, message(c.tenant, c.channel, phone, fmt.Sprintf("first-%d", i), "oi")).Accepted[0]
			c.phones, c.people = append(c.phones, phone), append(c.people, who)
			c.refs = append(c.refs, desk.Ref{TenantID: c.tenant.ID, ContactID: who.ContactID})
			readAll(t, s, c.refs[i])
		}
		story(t, c)
	})
}

type workedOn struct {
	worked desk.Worked
	err    error
}

// work lets everybody's unit decide at once; some others hold the writers up until all of them wait.
func (c *gathering) work(decide func(i int, d *desk.Desk) error) []workedOn {
	c.t.Helper()
	results := make([]workedOn, len(c.refs))
	release, held := c.holdUp()
	var group sync.WaitGroup
	for i, ref := range c.refs {
		group.Go(func() {
			results[i].worked, results[i].err = c.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error { return decide(i, d) })
		})
	}
	require.Eventually(c.t, func() bool { return c.store.Waiting() >= len(c.refs) }, 20*time.Second, time.Millisecond)
	close(release)
	group.Wait()
	held.Wait()
	return results
}

// holdUp keeps every writer of work busy with a contact of its own until it is released.
func (c *gathering) holdUp() (release chan struct{}, held *sync.WaitGroup) {
	release, held = make(chan struct{}), &sync.WaitGroup{}
	for i := range c.store.Writers() {
		who := receive(c.t, c.store, message(c.tenant, c.channel, fmt.Sprintf("+551188888%04d", i), fmt.Sprintf("holder-%d-%d", i, time.Now().UnixNano()), "oi")).Accepted[0]
		begun := make(chan struct{})
		held.Go(func() {
			_, err := c.store.Work(context.Background(), desk.Ref{TenantID: c.tenant.ID, ContactID: who.ContactID}, nil, func(context.Context, *desk.Desk) error {
				close(begun)
				<-release
				return nil
			})
			if err != nil {
				panic(err)
			}
		})
		<-begun
	}
	return release, held
}

func rename(d *desk.Desk, name string) {
	contact := d.Contact
	contact.Name = name
	d.SaveContact(contact)
}

func (c *gathering) names() []string {
	names := make([]string, len(c.refs))
	for i, ref := range c.refs {
		contact, err := c.store.Contact(context.Background(), c.tenant.ID, chat.Ref{ID: ref.ContactID})
		require.NoError(c.t, err)
		names[i] = contact.Name
	}
	return names
}

func TestUnitsThatWaitGoTogetherInOneCommit(t *testing.T) {
	eachGathering(t, 20, func(t *testing.T, c *gathering) {
		before := c.store.Cost()
		for _, result := range c.work(func(i int, d *desk.Desk) error {
			rename(d, fmt.Sprint("novo ", i))
			return nil
		}) {
			require.NoError(t, result.err)
		}
		cost := c.store.Cost()
		groups := int64(c.store.Writers())
		holders := groups // the receives of those who held the writers up
		require.LessOrEqual(t, cost.Commits-before.Commits, groups+holders, "not a commit for each of the twenty")
		for i, name := range c.names() {
			require.Equal(t, fmt.Sprint("novo ", i), name, "each contact has its own change")
		}
		if c.store.Engine() == "postgres" {
			require.LessOrEqual(t, cost.Trips-before.Trips, 2*groups+7*holders, "and a group costs what one contact does")
		}
	})
}

func TestAUnitThatFailsLeavesTheOthersOfItsGroupAlone(t *testing.T) {
	eachGathering(t, 6, func(t *testing.T, c *gathering) {
		results := c.work(func(i int, d *desk.Desk) error {
			rename(d, "novo")
			switch i {
			case 1:
				return errors.New("no")
			case 2:
				panic("broken")
			}
			return nil
		})
		require.ErrorContains(t, results[1].err, "no")
		require.ErrorContains(t, results[2].err, "broken")
		require.Equal(t, []string{"novo", "Ana", "Ana", "novo", "novo", "novo"}, c.names())
	})
}

// A unit whose changes cannot be written fails its whole group; each of the others then goes alone.
func TestAGroupThatCannotBeWrittenIsWrittenOneByOne(t *testing.T) {
	eachGathering(t, 5, func(t *testing.T, c *gathering) {
		results := c.work(func(i int, d *desk.Desk) error {
			rename(d, "novo")
			if i == 3 {
				item := queued(c.tenant, c.channel, c.people[0])
				d.Queue(item)
				d.Changes.NewItems = append(d.Changes.NewItems, item) // the same row twice
			}
			return nil
		})
		for i, result := range results {
			require.Equal(t, i == 3, result.err != nil, "unit %d: %v", i, result.err)
		}
		require.Equal(t, []string{"novo", "novo", "novo", "Ana", "novo"}, c.names())
	})
}

// The fence holds for each unit of a group: who got mail between reading and claiming is decided anew, with that mail; the
// claims of the others stand.
func TestAGroupClaimsForAllButThoseWhoGotMail(t *testing.T) {
	eachGathering(t, 8, func(t *testing.T, c *gathering) {
		if c.store.Engine() != "postgres" {
			return // SQLite has one writer: nothing comes in between
		}
		var items []desk.Item
		for _, who := range c.people {
			item := queued(c.tenant, c.channel, who)
			require.NoError(t, c.store.Enqueue(context.Background(), item, time.Now()))
			items = append(items, item)
		}
		var mutex sync.Mutex
		looks := make([]int, len(c.refs))
		results := c.work(func(i int, d *desk.Desk) error {
			mutex.Lock()
			looks[i]++
			first := looks[i] == 1
			mutex.Unlock()
			if first && i%4 == 1 {
				receive(t, c.store, message(c.tenant, c.channel, c.phones[i], fmt.Sprintf("reply-%d", i), "resposta"))
			}
			item, waiting := d.Item(items[i].ID)
			if !waiting || len(d.Mail) > 0 {
				return nil
			}
			item.Message.State, item.Message.ClaimNumber = chat.Sending, d.Received
			d.Claim(item)
			return nil
		})
		for i, result := range results {
			require.NoError(t, result.err)
			claimed := len(result.worked.Desk.Changes.Claims)
			if i%4 == 1 {
				require.Zero(t, claimed, "the reply was read before the claim")
				require.Equal(t, 2, looks[i])
				continue
			}
			require.Equal(t, 1, claimed)
			require.Equal(t, 1, looks[i], "nobody else has to decide anew")
		}
	})
}

func TestAContactThatOthersHoldHoldsNoGroupUp(t *testing.T) {
	eachGathering(t, 4, func(t *testing.T, c *gathering) {
		if c.store.Engine() != "postgres" {
			return // SQLite has one writer: nobody else can hold a contact
		}
		inside, leave := make(chan struct{}), make(chan struct{})
		var editor sync.WaitGroup
		editor.Go(func() {
			_, err := c.store.Edit(context.Background(), c.refs[2], func(context.Context, *desk.Desk) error {
				close(inside)
				<-leave
				return nil
			})
			if err != nil {
				panic(err)
			}
		})
		<-inside
		results := c.work(func(_ int, d *desk.Desk) error {
			rename(d, "novo")
			return nil
		})
		for i, result := range results {
			require.NoError(t, result.err)
			require.Equal(t, i == 2, result.worked.Busy)
		}
		close(leave)
		editor.Wait()
		require.Equal(t, []string{"novo", "novo", "Ana", "novo"}, c.names())
	})
}

// What came of sends is noted although somebody else has the contact: that unit waits, in a transaction of its own.
func TestAnOutcomeWaitsForItsContactAndForNobodyElse(t *testing.T) {
	eachGathering(t, 1, func(t *testing.T, c *gathering) {
		if c.store.Engine() != "postgres" {
			return
		}
		inside, leave := make(chan struct{}), make(chan struct{})
		var others sync.WaitGroup
		others.Go(func() {
			_, err := c.store.Edit(context.Background(), c.refs[0], func(context.Context, *desk.Desk) error {
				close(inside)
				<-leave
				return nil
			})
			if err != nil {
				panic(err)
			}
		})
		<-inside
		noted := make(chan desk.Worked, 1)
		others.Go(func() {
			worked, err := c.store.Work(context.Background(), c.refs[0], []desk.Outcome{{ItemID: "x"}}, func(_ context.Context, d *desk.Desk) error {
				rename(d, "notado")
				return nil
			})
			if err != nil {
				panic(err)
			}
			noted <- worked
		})
		close(leave)
		require.False(t, (<-noted).Busy)
		others.Wait()
		require.Equal(t, []string{"notado"}, c.names())
	})
}
