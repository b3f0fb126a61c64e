package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// figure is a person of the naive model: names as keysOf reads them.
type figure struct{ names map[string]bool }

func (s *figure) ids() (ids []string) {
	for name := range s.names {
		if name[:2] == "BR" {
			ids = append(ids, name)
		}
	}
	return ids
}

// naive is who there is, as one would tell it on paper: one list, no SQL, no processes, no inbox.
type naive struct{ people []*figure }

func (c *naive) owner(name string) *figure {
	for _, one := range c.people {
		if one.names[name] {
			return one
		}
	}
	return nil
}

// hear is one message with an id of the business, a LID and a number, each of which may be empty.
func (c *naive) hear(id, lid, phone string) {
	var found *figure
	for _, name := range []string{id, lid, phone} {
		owner := c.owner(name)
		if name == "" || owner == nil || owner == found {
			continue
		}
		others := id != "" && !owner.names[id] && len(owner.ids()) > 0
		switch {
		case found == nil && (name != phone || !others):
			found = owner
		case found == nil || others || len(found.ids()) > 0 && len(owner.ids()) > 0:
			if name == phone {
				delete(owner.names, phone)
			}
		default:
			for name := range owner.names {
				found.names[name] = true
			}
			c.people = slices.DeleteFunc(c.people, func(one *figure) bool { return one == owner })
		}
	}
	if found == nil {
		found = &figure{names: map[string]bool{}}
		c.people = append(c.people, found)
	}
	for _, name := range []string{id, lid, phone} {
		if name != "" && c.owner(name) == nil {
			found.names[name] = true
		}
	}
}

// webhook is some messages that come in together, each with an id, a LID and a number that may be empty, and whether
// somebody is worked on afterwards.
type webhook struct {
	messages [][3]string
	work     bool
	whose    int
}

func webhooks() *rapid.Generator[[]webhook] {
	return rapid.Custom(func(r *rapid.T) []webhook {
		list := make([]webhook, rapid.IntRange(1, 8).Draw(r, "webhooks"))
		for i := range list {
			for range rapid.IntRange(1, 3).Draw(r, "messages") {
				kinds := rapid.SampledFrom([]string{"100", "010", "001", "101", "101", "111", "011", "110"}).Draw(r, "kinds")
				var message [3]string
				for place, form := range []string{"BR.%d", "lid:%d", "+551199999000%d"} {
					if kinds[place] == '1' {
						message[place] = fmt.Sprintf(form, rapid.IntRange(1, 3).Draw(r, "which"))
					}
				}
				list[i].messages = append(list[i].messages, message)
			}
			list[i].work, list[i].whose = rapid.Bool().Draw(r, "work"), rapid.IntRange(0, 99).Draw(r, "whose")
		}
		return list
	})
}

// TestPeopleAreThoseOfTheNaiveModel sends messages with overlapping keys, alone and in groups, with work on anybody between
// them, and compares who is whom in the end.
func TestPeopleAreThoseOfTheNaiveModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if s.Engine() == "postgres" {
			for seed := range 12 { // the same rules in the same code; here only the database is another
				compareWithModel(t, t, s, webhooks().Example(seed))
			}
			return
		}
		rapid.Check(t, func(r *rapid.T) { compareWithModel(t, r, s, webhooks().Draw(r, "all")) })
	})
}

func compareWithModel(t *testing.T, r require.TestingT, s *store.Store, list []webhook) {
	tenant, channel := storetest.Tenant(t, s)
	shop := &shop{t: t, store: s, tenant: tenant, channel: channel}
	model := &naive{}
	all, contacts := map[string]bool{}, map[string]bool{}
	for _, one := range list {
		var intake desk.Intake
		for _, message := range one.messages {
			model.hear(message[0], message[1], message[2])
			given := slices.DeleteFunc(message[:], func(name string) bool { return name == "" })
			for _, name := range given {
				all[name] = true
			}
			intake.Arrivals = append(intake.Arrivals, shop.message(given...))
		}
		written, err := s.Receive(context.Background(), intake)
		require.NoError(r, err)
		for _, accepted := range written.Accepted {
			contacts[accepted.ContactID] = true
		}
		if known := slices.Sorted(maps.Keys(contacts)); one.work {
			shop.drain(known[one.whose%len(known)])
		}
	}
	for id := range contacts {
		shop.drain(id)
	}
	for one := range all {
		for other := range all {
			require.Equal(r, model.owner(one) == model.owner(other), shop.owner(one) == shop.owner(other), "%s and %s", one, other)
		}
		require.NotEmpty(r, shop.owner(one))
	}
	listed, err := s.Contacts(context.Background(), tenant.ID, chat.ContactFilter{Page: chat.Page{Limit: 200}})
	require.NoError(r, err)
	require.Len(r, listed, len(model.people))
}
