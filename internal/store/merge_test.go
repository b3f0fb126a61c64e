package store_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// enrolled gives a contact a waiting run with a pending follow-up.
func (s *shop) enrolled(who desk.Accepted, flowID, group string, startedAt time.Time) (run flows.Run, followUp flows.FollowUp) {
	s.t.Helper()
	run = flows.Run{ID: chat.NewID(), TenantID: s.tenant.ID, FlowID: flowID, Version: 1, ContactID: who.ContactID, ConversationID: who.ConversationID,
		ChannelID: s.channel.ID, Group: group, State: flows.Waiting, Node: "n", StartedAt: startedAt}
	run.Wait.Until = time.Now().Add(time.Hour)
	followUp = flows.FollowUp{ID: chat.NewID(), TenantID: s.tenant.ID, RunID: run.ID, FlowID: flowID, NodeID: "n", ContactID: who.ContactID,
		ConversationID: who.ConversationID, ChannelID: s.channel.ID, State: flows.Pending, Attempt: 1, DueAt: run.Wait.Until, Revision: 1, CreatedAt: startedAt}
	run.Open = &followUp
	s.edit(who.ContactID, func(d *desk.Desk) {
		d.SaveRun(run)
		d.SaveFollowUps([]flows.FollowUp{followUp})
	})
	return run, followUp
}

func (s *shop) edit(contactID string, change func(d *desk.Desk)) {
	s.t.Helper()
	_, err := s.store.Edit(context.Background(), desk.Ref{TenantID: s.tenant.ID, ContactID: contactID}, func(_ context.Context, d *desk.Desk) error {
		change(d)
		return nil
	})
	require.NoError(s.t, err)
}

func (s *shop) desk(contactID string) *desk.Desk {
	s.t.Helper()
	var seen *desk.Desk
	s.edit(contactID, func(d *desk.Desk) { seen = d })
	return seen
}

func (s *shop) merge(staysID, goesID string) desk.Merged {
	s.t.Helper()
	merged, err := s.store.Merge(context.Background(), desk.Merge{TenantID: s.tenant.ID, StaysID: staysID, GoesID: goesID, By: "api"})
	require.NoError(s.t, err)
	return merged
}

func TestAMergeMovesEverything(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		stays, goes := s.writes("+5511999990001"), s.writes("BR.1")
		s.drain(stays.ContactID)
		s.drain(goes.ContactID)
		now := time.Now().UTC().Truncate(time.Millisecond)
		older, olderFollowUp := s.enrolled(stays, chat.NewID(), "model", now.Add(-time.Hour))
		newer, newerFollowUp := s.enrolled(goes, chat.NewID(), "model", now)
		alone, _ := s.enrolled(goes, chat.NewID(), "", now)
		waiting := queued(s.tenant, s.channel, goes)
		require.NoError(t, s.store.Enqueue(ctx, waiting, time.Now()))
		s.edit(stays.ContactID, func(d *desk.Desk) {
			one := d.Conversations[0]
			one.CustomerAt, one.TeamID, one.Unanswered = now.Add(-time.Hour), "", "f1"
			d.SaveConversation(one)
			contact := d.Contact
			contact.Name, contact.Tags, contact.Fields, contact.Stage = "Ana", []string{"vip"}, map[string]string{"city": "Rio", "plan": "a"}, ""
			contact.Automatic = chat.AutomaticMark{MessageID: "m1", At: now.Add(-time.Hour), Day: "2026-07-10", Count: 1}
			contact.LastFollowUpID, contact.LastFollowUpAt = "f-old", now.Add(-time.Hour)
			d.SaveContact(contact)
		})
		s.edit(goes.ContactID, func(d *desk.Desk) {
			one := d.Conversations[0]
			one.CustomerAt, one.TeamID, one.Unanswered, one.HeldUntil = now, "team", "f1,f2", now.Add(time.Hour)
			d.SaveConversation(one)
			contact := d.Contact
			contact.Name, contact.Tags, contact.Fields, contact.Stage = "Bia", []string{"vip", "new"}, map[string]string{"plan": "b", "age": "30"}, "won"
			contact.OptOut, contact.OptOutAt = chat.OptOutMarketing, now
			contact.Automatic = chat.AutomaticMark{MessageID: "m2", At: now, Day: "2026-07-10", Count: 2}
			contact.LastFollowUpID, contact.LastFollowUpAt = "f-new", now
			d.SaveContact(contact)
		})
		before, err := s.store.Tallies(ctx, s.tenant.ID)
		require.NoError(t, err)

		require.Equal(t, desk.Merged{ContactID: stays.ContactID, GoneID: goes.ContactID}, s.merge(stays.ContactID, goes.ContactID))

		after, err := s.store.Tallies(ctx, s.tenant.ID)
		require.NoError(t, err)
		require.Equal(t, before, after, "nothing is counted twice or lost")
		contact := s.contact(goes.ContactID)
		require.Equal(t, stays.ContactID, contact.ID)
		require.Equal(t, "Ana", contact.Name)
		require.Equal(t, []string{"vip", "new"}, contact.Tags)
		require.Equal(t, map[string]string{"city": "Rio", "plan": "a", "age": "30"}, contact.Fields)
		require.Equal(t, "won", contact.Stage)
		require.Equal(t, chat.OptOutMarketing, contact.OptOut)
		require.Equal(t, chat.AutomaticMark{MessageID: "m2", At: now, Day: "2026-07-10", Count: 3}, contact.Automatic)
		require.Equal(t, "f-new", contact.LastFollowUpID)
		d := s.desk(stays.ContactID)
		require.Len(t, d.Conversations, 1)
		one := d.Conversations[0]
		require.Equal(t, stays.ConversationID, one.ID)
		require.Equal(t, now, one.CustomerAt)
		require.Equal(t, "team", one.TeamID)
		require.Equal(t, "f1,f2", one.Unanswered)
		require.Equal(t, now.Add(time.Hour), one.HeldUntil)
		require.Len(t, d.Outbox, 1)
		require.Equal(t, stays.ConversationID, d.Outbox[0].Message.ConversationID)
		require.Equal(t, stays.ContactID, d.Outbox[0].Message.ContactID)
		groups := map[string]string{}
		for _, run := range d.Runs {
			groups[run.ID] = run.Group
			require.Equal(t, stays.ConversationID, run.ConversationID)
		}
		require.Equal(t, map[string]string{older.ID: "", newer.ID: "model", alone.ID: ""}, groups, "the newer enrolment keeps the group")
		events := s.drain(stays.ContactID)
		require.Equal(t, []chat.EventName{chat.ContactMerged}, names(events))
		require.Equal(t, []string{older.ID}, events[0].Texts("endRuns"))
		moved, err := s.store.FollowUp(ctx, s.tenant.ID, newerFollowUp.ID)
		require.NoError(t, err)
		require.Equal(t, stays.ContactID, moved.ContactID)
		require.Equal(t, stays.ConversationID, moved.ConversationID)
		require.Len(t, moved.Log, 1)
		require.Equal(t, "merge", moved.Log[0].Check)
		stayed, err := s.store.FollowUp(ctx, s.tenant.ID, olderFollowUp.ID)
		require.NoError(t, err)
		require.Empty(t, stayed.Log, "only what moved says so")

		require.Equal(t, desk.Merged{ContactID: stays.ContactID}, s.merge(stays.ContactID, goes.ContactID), "once more changes nothing")
		require.Empty(t, s.drain(stays.ContactID))
	})
}

// TestNoTableKeepsTheGoneContact walks every table that knows contacts, so that a new one is not forgotten here.
func TestNoTableKeepsTheGoneContact(t *testing.T) {
	address := storetest.Address(t, "sqlite")
	store := storetest.Open(t, store.Options{Address: address})
	tenant, channel := storetest.Tenant(t, store)
	s := &shop{t: t, store: store, tenant: tenant, channel: channel}
	stays, goes := s.writes("+5511999990001"), s.writes("BR.1")
	s.enrolled(goes, chat.NewID(), "model", time.Now())
	require.NoError(t, store.Enqueue(t.Context(), queued(tenant, channel, goes), time.Now()))
	database, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(address, "sqlite://"))
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	_, err = database.ExecContext(t.Context(), `INSERT INTO contact_words (contact_id, digest, tenant_id, id, said, size, said_at)
		VALUES (?, 'd', ?, 'w', '{"acao"', 7, 1)`, goes.ContactID, tenant.ID)
	require.NoError(t, err)
	known := tablesWithContacts(t, database)
	for _, told := range []string{"announcements", "outgoing_events", "deliveries"} {
		delete(known, told) // what platforms were told stays as they were told it
	}
	delete(known, "erasures") // whoever is being erased is merged with nobody
	count := func(table string) (rows int) {
		require.NoError(t, database.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table+" WHERE contact_id = ?", goes.ContactID).Scan(&rows))
		return rows
	}
	for table := range known {
		require.Positive(t, count(table), "%s: give the contact a row here, so that the test can see it move", table)
	}
	s.merge(stays.ContactID, goes.ContactID)
	for table := range known {
		require.Zero(t, count(table), table)
	}
}

func tablesWithContacts(t *testing.T, database *sql.DB) map[string]bool {
	t.Helper()
	tables, err := database.QueryContext(t.Context(), `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'contact_id'`)
	require.NoError(t, err)
	defer func() { require.NoError(t, tables.Close()) }()
	known := map[string]bool{}
	for tables.Next() {
		var name string
		require.NoError(t, tables.Scan(&name))
		known[name] = true
	}
	require.NoError(t, tables.Err())
	return known
}

func TestMergingRefusesStrangersAndFollowsTheMerged(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		one, two, three := s.writes("BR.1"), s.writes("BR.2"), s.writes("BR.3")
		other, _ := storetest.Tenant(t, s.store)
		_, err := s.store.Merge(ctx, desk.Merge{TenantID: other.ID, StaysID: one.ContactID, GoesID: two.ContactID})
		require.True(t, fault.Is(err, fault.NotFound))
		_, err = s.store.Merge(ctx, desk.Merge{TenantID: s.tenant.ID, StaysID: one.ContactID, GoesID: chat.NewID()})
		require.True(t, fault.Is(err, fault.NotFound))

		s.merge(two.ContactID, one.ContactID)
		require.Equal(t, two.ContactID, s.owner("BR.1"), "by hand, the younger one may stay")
		require.Equal(t, one.ConversationID, s.desk(two.ContactID).Conversations[0].ID, "the older conversation stays all the same")
		require.Equal(t, desk.Merged{ContactID: three.ContactID, GoneID: two.ContactID}, s.merge(three.ContactID, one.ContactID))
		for _, gone := range []string{one.ContactID, two.ContactID} {
			require.Equal(t, three.ContactID, s.contact(gone).ID)
		}
		for number := int64(1); number <= 3; number++ {
			found, err := s.store.Conversation(ctx, s.tenant.ID, chat.Ref{Number: number})
			require.NoError(t, err)
			require.Equal(t, three.ContactID, found.ContactID)
		}
		require.Equal(t, desk.Merged{ContactID: three.ContactID}, s.merge(one.ContactID, two.ContactID), "both are one by now")
	})
}

func TestWhatComesToTheGoneContactFollows(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		stays, goes := s.writes("+5511999990001"), s.writes("BR.1")
		s.merge(stays.ContactID, goes.ContactID)
		// Somebody had looked the contact up before it was merged.
		item := queued(s.tenant, s.channel, goes)
		require.NoError(t, s.store.Enqueue(ctx, item, time.Now()))
		written, err := s.store.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{{TenantID: s.tenant.ID, ContactID: goes.ContactID, ChannelID: s.channel.ID,
			Event: chat.Event{Name: chat.ContactChanged}}}})
		require.NoError(t, err)
		require.Equal(t, stays.ContactID, written.Accepted[0].ContactID)
		require.Equal(t, stays.ConversationID, written.Accepted[0].ConversationID)

		s.drain(goes.ContactID)
		d := s.desk(stays.ContactID)
		require.Len(t, d.Outbox, 1)
		require.Equal(t, stays.ConversationID, d.Outbox[0].Message.ConversationID)
		_, err = s.store.Withdraw(ctx, s.tenant.ID, item.ID, "test")
		require.NoError(t, err)
		changed, err := s.store.ChangeContact(ctx, s.tenant.ID, goes.ContactID, func(c *chat.Contact) error { c.Name = "Nova"; return nil })
		require.NoError(t, err)
		require.Equal(t, stays.ContactID, changed.ID)
		conversation, err := s.store.ChangeConversation(ctx, s.tenant.ID, goes.ConversationID, func(c *chat.Conversation) error { c.TeamID = "t"; return nil })
		require.NoError(t, err)
		require.Equal(t, stays.ConversationID, conversation.ID)
	})
}

func TestASendUnderWayKnowsWhetherTheCustomerWroteAfterIt(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		stays, goes := s.writes("+5511999990001"), s.writes("BR.1")
		for range 5 {
			s.writes("+5511999990001")
		}
		s.drain(stays.ContactID)
		s.drain(goes.ContactID)
		item := queued(s.tenant, s.channel, goes)
		require.NoError(t, s.store.Enqueue(context.Background(), item, time.Now()))
		number, err := claimUnlessAnswered(s.store, desk.Ref{TenantID: s.tenant.ID, ContactID: goes.ContactID}, item.ID)
		require.NoError(t, err)
		require.Equal(t, int64(1), number)
		s.edit(stays.ContactID, func(d *desk.Desk) {
			one := d.Conversations[0]
			one.CustomerNumber = 6
			d.SaveConversation(one)
		})
		s.merge(stays.ContactID, goes.ContactID)
		sending, found := s.desk(stays.ContactID).Item(item.ID)
		require.True(t, found)
		require.Equal(t, desk.ItemSending, sending.State)
		require.GreaterOrEqual(t, sending.Message.ClaimNumber, s.desk(stays.ContactID).Conversations[0].CustomerNumber, "nobody wrote after this claim")
		reply := s.writes("BR.1")
		require.Equal(t, stays.ContactID, reply.ContactID)
		received, _, _, err := s.store.Mailbox(context.Background(), desk.Ref{TenantID: s.tenant.ID, ContactID: stays.ContactID})
		require.NoError(t, err)
		require.Greater(t, received, sending.Message.ClaimNumber)
	})
}
