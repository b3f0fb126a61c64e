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

// shop is a tenant with a channel, and people who write to it.
type shop struct {
	t       testing.TB
	store   *store.Store
	tenant  chat.Tenant
	channel chat.Channel
	count   int
}

func eachShop(t *testing.T, test func(t *testing.T, s *shop)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		test(t, &shop{t: t, store: s, tenant: tenant, channel: channel})
	})
}

// keysOf reads "+5511..." as a phone with its route, "BR.1" as a BSUID, "parent:x", "lid:x" and "ext:x" as such.
func keysOf(names ...string) (keys []chat.Key, phone string) {
	for _, name := range names {
		var kind, value string
		switch {
		case name[0] == '+':
			phone = name
			keys = append(keys, chat.PhoneKey(name), chat.Key{Kind: chat.KeyRoute, Value: name[1:]})
			continue
		case len(name) > 4 && name[:4] == "ext:":
			kind, value = string(chat.KeyExternal), name[4:]
		case len(name) > 4 && name[:4] == "lid:":
			kind, value = string(chat.KeyLID), name[4:]
		case len(name) > 7 && name[:7] == "parent:":
			kind, value = string(chat.KeyParentBSUID), name[7:]
		default:
			kind, value = string(chat.KeyBSUID), name
		}
		keys = append(keys, chat.Key{Kind: chat.KeyKind(kind), Value: value})
	}
	return keys, phone
}

func (s *shop) message(names ...string) desk.Arrival {
	s.count++
	keys, phone := keysOf(names...)
	return desk.Arrival{
		TenantID: s.tenant.ID, ChannelID: s.channel.ID, Keys: keys, Phone: phone, Name: "Ana", Evidence: true, Provider: "fake", Business: "shop",
		Event: chat.Event{Name: chat.MessageReceived, ExternalID: fmt.Sprintf("wamid.%d", s.count), At: time.Now().UTC(),
			Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: fmt.Sprintf("oi %d", s.count)}}},
	}
}

func (s *shop) writes(names ...string) desk.Accepted {
	s.t.Helper()
	written, err := s.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{s.message(names...)}})
	require.NoError(s.t, err)
	return written.Accepted[0]
}

// becomes is the provider's notice of a change of number.
func (s *shop) becomes(old, became []string) desk.Accepted {
	s.t.Helper()
	notice := s.message(old...)
	notice.Became, notice.BecamePhone = keysOf(became...)
	written, err := s.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{notice}})
	require.NoError(s.t, err)
	return written.Accepted[0]
}

// drain is the smallest worker: it merges what is wanted and reads the mail. It gives what was read, in order.
func (s *shop) drain(contactID string) []chat.Event {
	s.t.Helper()
	events, err := drain(s.store, desk.Ref{TenantID: s.tenant.ID, ContactID: contactID})
	require.NoError(s.t, err)
	return events
}

func drain(s *store.Store, ref desk.Ref) ([]chat.Event, error) {
	settled := map[string]bool{}
	for {
		var wish *chat.Event
		var read []chat.Event
		worked, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
			wish, read = nil, nil
			for _, mail := range d.Mail {
				if mail.Event.Name == chat.MergeWanted && !settled[mail.Event.ID] {
					wish = &mail.Event
					return nil
				}
			}
			for _, mail := range d.Mail {
				read = append(read, mail.Event)
				d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
			}
			return nil
		})
		if err != nil || worked.Gone {
			return nil, err
		}
		if wish == nil {
			if !worked.Busy {
				return read, nil
			}
			continue
		}
		both := wish.MergeContacts()
		if _, err := s.Merge(context.Background(), desk.Merge{TenantID: ref.TenantID, StaysID: both[0], GoesID: both[1], ElderStays: true, By: "message"}); err != nil {
			return nil, err
		}
		settled[wish.ID] = true
	}
}

func (s *shop) contact(id string) chat.Contact {
	s.t.Helper()
	contact, err := s.store.Contact(context.Background(), s.tenant.ID, chat.Ref{ID: id})
	require.NoError(s.t, err)
	return contact
}

// owner is whom a key names; empty for nobody.
func (s *shop) owner(name string) string {
	s.t.Helper()
	keys, _ := keysOf(name)
	contact, err := s.store.ContactByKeys(context.Background(), s.tenant.ID, keys[:1])
	if err != nil {
		return ""
	}
	return contact.ID
}

func names(events []chat.Event) []chat.EventName {
	list := []chat.EventName{}
	for _, event := range events {
		list = append(list, event.Name)
	}
	return list
}

func TestAMessageThatNamesTwoContactsMakesThemOne(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		phone := s.writes("+5511999990001")
		id := s.writes("BR.1")
		require.NotEqual(t, phone.ContactID, id.ContactID)
		both := s.writes("+5511999990001", "BR.1")
		require.Equal(t, phone.ContactID, both.ContactID, "the elder stays")

		events := s.drain(id.ContactID)
		require.Equal(t, []chat.EventName{chat.ContactMerged, chat.MessageReceived, chat.MessageReceived, chat.MessageReceived}, names(events))
		for i, event := range events[1:] {
			require.Equal(t, fmt.Sprintf("oi %d", i+1), event.Message.Content.Text, "in the order in which they were received")
			require.Equal(t, phone.ContactID, event.ContactID)
			require.Equal(t, phone.ConversationID, event.ConversationID, "the older conversation is left")
			require.Equal(t, events[0].Number+int64(i)+1, event.Number)
		}
		require.Equal(t, phone.ContactID, s.owner("BR.1"))
		require.Equal(t, phone.ContactID, s.contact(id.ContactID).ID, "the gone one's id leads to it")
		byNumber, err := s.store.Contact(context.Background(), s.tenant.ID, chat.Ref{Number: 2})
		require.NoError(t, err)
		require.Equal(t, phone.ContactID, byNumber.ID, "and its small number")
		ticket, err := s.store.Conversation(context.Background(), s.tenant.ID, chat.Ref{Number: 2})
		require.NoError(t, err)
		require.Equal(t, phone.ConversationID, ticket.ID, "and the small number of its conversation")
		listed, err := s.store.Contacts(context.Background(), s.tenant.ID, chat.ContactFilter{Page: chat.Page{Limit: 10}})
		require.NoError(t, err)
		require.Len(t, listed, 1)

		after := s.writes("BR.1")
		require.Equal(t, phone.ContactID, after.ContactID)
		require.Equal(t, phone.ConversationID, after.ConversationID)
		require.Equal(t, []chat.EventName{chat.MessageReceived}, names(s.drain(after.ContactID)))
	})
}

func TestWhatIsNoEvidenceMergesNobody(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		phone, external := s.writes("+5511999990001"), s.writes("ext:5511999990001")
		guess := s.message("ext:5511999990001", "+5511999990001")
		guess.Evidence = false
		written, err := s.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{guess}})
		require.NoError(t, err)
		require.Equal(t, external.ContactID, written.Accepted[0].ContactID, "the first key that is known decides")
		s.drain(external.ContactID)
		require.Equal(t, phone.ContactID, s.owner("+5511999990001"))
	})
}

func TestARecycledNumberIsAnotherPerson(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		before := s.writes("+5511999990001", "BR.old")
		s.drain(before.ContactID)
		stranger := s.writes("+551199990001", "BR.new") // the same number, in its other form
		require.NotEqual(t, before.ContactID, stranger.ContactID)
		require.True(t, stranger.NewContact)
		require.Equal(t, stranger.ContactID, s.owner("+5511999990001"), "the number moved")
		require.Equal(t, before.ContactID, s.owner("BR.old"), "the id did not")
		events := s.drain(before.ContactID)
		require.Equal(t, []chat.EventName{chat.NumberLost}, names(events), "and whoever lost it is told")
		require.Equal(t, []string{chat.PhoneKey("+5511999990001").Value}, events[0].Texts("phoneKeys"))
		require.Empty(t, routes(s, before.ContactID), "no form of it is left")
		require.Equal(t, stranger.ContactID, s.writes("+5511999990001", "BR.new").ContactID)
	})
}

func routes(s *shop, contactID string) []string {
	var found []string
	for _, key := range s.keys(contactID) {
		if key.Kind == chat.KeyRoute {
			found = append(found, key.Value)
		}
	}
	return found
}

func (s *shop) keys(contactID string) []chat.ContactKey {
	s.t.Helper()
	keys, err := s.store.ContactKeys(context.Background(), s.tenant.ID, contactID)
	require.NoError(s.t, err)
	return keys
}

func TestARecycledNumberOfSomebodyWhoIsKnownMovesToThem(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		first, second := s.writes("+5511999990001", "BR.1"), s.writes("BR.2")
		again := s.writes("+5511999990001", "BR.2")
		require.Equal(t, second.ContactID, again.ContactID)
		s.drain(first.ContactID)
		s.drain(second.ContactID)
		require.Equal(t, second.ContactID, s.owner("+5511999990001"))
		require.Equal(t, first.ContactID, s.owner("BR.1"), "nobody was merged")
	})
}

func TestIdsOfTwoBusinessesAreOnePersons(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		here := s.writes("+5511999990001", "BR.here")
		there := s.message("+5511999990001", "BR.there")
		there.Business = "another shop"
		written, err := s.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{there}})
		require.NoError(t, err)
		require.Equal(t, here.ContactID, written.Accepted[0].ContactID)
		require.Equal(t, here.ContactID, s.owner("BR.there"))
	})
}

func TestTheParentsIdOutlivesAChangeOfTheBusinessesOwn(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		first := s.writes("BR.1", "parent:p")
		require.Equal(t, first.ContactID, s.writes("BR.2", "parent:p").ContactID)
		require.Equal(t, first.ContactID, s.owner("BR.2"))
	})
}

func TestAChangeOfNumberMovesTheNumberAndFreesTheOldOne(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		who := s.writes("+5511999990001", "BR.1")
		s.drain(who.ContactID)
		notice := s.becomes([]string{"+5511999990001"}, []string{"+5521988880002", "BR.2"})
		require.Equal(t, who.ContactID, notice.ContactID)
		events := s.drain(who.ContactID)
		require.Equal(t, &chat.Identity{Phone: "+5521988880002", Route: "5521988880002"}, events[0].Identity)
		require.Equal(t, who.ContactID, s.owner("+5521988880002"))
		require.Equal(t, who.ContactID, s.owner("BR.2"))
		require.Equal(t, who.ContactID, s.owner("BR.1"), "a late message with the old id finds its person")
		require.Empty(t, s.owner("+5511999990001"))

		stranger := s.writes("+5511999990001")
		require.True(t, stranger.NewContact, "the old number may be anybody's")
		require.Equal(t, who.ContactID, s.writes("+5521988880002", "BR.2").ContactID)
		require.Equal(t, stranger.ContactID, s.writes("+5511999990001", "BR.9").ContactID)
	})
}

func TestAChangeOfNumberMergesWhoWroteFromTheNewOneBefore(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		old := s.writes("+5511999990001", "BR.1")
		newer := s.writes("+5521988880002", "BR.2")
		require.NotEqual(t, old.ContactID, newer.ContactID)
		s.becomes([]string{"+5511999990001", "BR.1"}, []string{"+5521988880002", "BR.2"})
		s.drain(newer.ContactID)
		require.Equal(t, old.ContactID, s.owner("+5521988880002"))
		require.Equal(t, old.ContactID, s.owner("BR.2"))
		require.Equal(t, old.ContactID, s.contact(newer.ContactID).ID)
	})
}

func TestAChangeToARecycledNumberTakesItFromWhoHadIt(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		who, before := s.writes("+5511999990001", "BR.1"), s.writes("+5521988880002", "BR.9")
		s.becomes([]string{"+5511999990001", "BR.1"}, []string{"+5521988880002", "BR.2"})
		require.Equal(t, who.ContactID, s.owner("+5521988880002"))
		require.Equal(t, before.ContactID, s.owner("BR.9"))
	})
}

func TestANoticeThatComesTwiceChangesNothingTheSecondTime(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		who := s.writes("+5511999990001")
		notice := s.message("+5511999990001")
		notice.Became, notice.BecamePhone = keysOf("+5521988880002")
		for range 2 {
			written, err := s.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{notice}})
			require.NoError(t, err)
			require.Equal(t, who.ContactID, written.Accepted[0].ContactID)
		}
		stranger := s.writes("+5511999990001")
		written, err := s.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{notice}})
		require.NoError(t, err)
		require.True(t, written.Accepted[0].Duplicate)
		require.Equal(t, stranger.ContactID, s.owner("+5511999990001"))
		listed, err := s.store.Contacts(context.Background(), s.tenant.ID, chat.ContactFilter{Page: chat.Page{Limit: 10}})
		require.NoError(t, err)
		require.Len(t, listed, 2)
	})
}

func TestSomebodyKnownByIdLearnsTheirNumber(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		who := s.writes("BR.1")
		s.drain(who.ContactID)
		s.writes("+5215512345678", "BR.1")
		events := s.drain(who.ContactID)
		require.Equal(t, &chat.Identity{Phone: "+5215512345678", Route: "5215512345678"}, events[0].Identity)
		require.Equal(t, who.ContactID, s.writes("+525512345678").ContactID, "and is found by its other form")
	})
}

func TestDeliveryStatesTeachKeys(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		who := s.writes("+5511999990001")
		s.drain(who.ContactID)
		item := queued(s.tenant, s.channel, who)
		require.NoError(t, s.store.Enqueue(ctx, item, time.Now()))
		report := func(names ...string) desk.Written {
			keys, _ := keysOf(names...)
			written, err := s.store.Receive(ctx, desk.Intake{Statuses: []desk.StatusArrival{{TenantID: s.tenant.ID, ChannelID: s.channel.ID, Provider: "fake",
				Business: "shop", Status: chat.Status{Tracker: item.ID, State: chat.Sent, At: time.Now(), Recipient: keys}}}})
			require.NoError(t, err)
			return written
		}
		report("+5511999990001", "BR.1")
		require.Equal(t, who.ContactID, s.owner("BR.1"))

		before := s.store.Cost()
		report("+5511999990001", "BR.1")
		known := s.store.Cost()
		report()
		require.Equal(t, s.store.Cost().Trips-known.Trips, known.Trips-before.Trips, "what is known costs nothing")

		other := s.writes("BR.other")
		report("+5511999990001", "BR.other")
		require.Equal(t, other.ContactID, s.owner("BR.other"), "an id that cannot be theirs is not theirs")
		require.Equal(t, who.ContactID, s.owner("+5511999990001"))

		parent := s.writes("parent:p")
		written := report("+5511999990001", "parent:p")
		require.Len(t, written.Wake, 2)
		s.drain(parent.ContactID)
		require.Equal(t, who.ContactID, s.contact(parent.ContactID).ID, "two contacts that a state names are one")
	})
}
