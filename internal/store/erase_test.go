package store_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// traces are what must be found nowhere once the person of [shop.known] is erased.
func traces() []string {
	return []string{"99990001", "9999-0001", "BR.777001", "lid-777001", "crm-777001", "Zuleica", "wamid.Z", "segredo"}
}

// known is a person of whom there is something in every table: two halves that turned out to be one, with unread mail, messages
// in both directions, runs, a file, memory, words, and what platforms, callers and the team were told.
func (s *shop) known() desk.Accepted {
	s.t.Helper()
	ctx := context.Background()
	require.NoError(s.t, s.store.CreateSubscription(ctx, desk.Subscription{ID: chat.NewID(), TenantID: s.tenant.ID, URL: "https://loja.example", Events: []string{"*"}, Secret: "whsec_x"}))
	arrive := func(keys ...string) desk.Accepted {
		arrival := s.message(keys...)
		arrival.Name, arrival.Event.ExternalID = "Zuleica", "wamid.Z"+arrival.Event.ExternalID
		arrival.Event.Message.Content = chat.Content{Type: chat.Image, Text: `segredo #{"acao":"x"}`, Media: &chat.Media{ID: "segredo-na-meta", FileName: "segredo.jpg"}}
		return receiveOf(s.t, s.store, arrival)
	}
	who, half := arrive("+5511999990001", "ext:crm-777001"), arrive("BR.777001", "lid:lid-777001")
	for _, one := range []desk.Accepted{who, half} {
		events := s.drain(one.ContactID)
		s.enrolled(one, chat.NewID(), "", time.Now())
		out := queued(s.tenant, s.channel, one)
		out.Message.Content = chat.Content{Type: chat.Text, Text: "segredo"}
		out.Message.Log = []chat.LogEntry{{Check: "window", Verdict: "go", Values: map[string]any{"to": "+5511999990001"}}}
		require.NoError(s.t, s.store.Enqueue(ctx, out, time.Now()))
		s.edit(one.ContactID, func(d *desk.Desk) {
			for _, event := range events {
				d.Changes.NewMessages = append(d.Changes.NewMessages, inboundOf(event))
			}
			contact := d.Contact
			contact.Fields, contact.OptOut, contact.OptOutAt = map[string]string{"cpf": "segredo"}, chat.OptOutMarketing, time.Now()
			d.SaveContact(contact)
			d.Notify("test", "Zuleica", "não deu certo com (11) 99999-0001", map[string]any{"contactId": d.Contact.ID})
		})
		require.NoError(s.t, s.store.RememberTalk(ctx, desk.Talk{TenantID: s.tenant.ID, ConversationID: one.ConversationID, AssistantID: "a",
			Messages: []chat.Message{{Direction: chat.Inbound, Content: chat.Content{Text: "segredo"}}}}))
	}
	for _, key := range []string{"for 11 99999-0001", "another"} {
		_, err := s.store.RememberRequest(ctx, s.tenant.ID, key, "digest of a request")
		require.NoError(s.t, err)
		require.NoError(s.t, s.store.RememberAnswer(ctx, s.tenant.ID, key, chat.Answer{Status: 201, Body: `{"contact":"` + who.ContactID + `"}`}))
	}
	_, err := s.store.Receive(ctx, desk.Intake{Rejected: []desk.RejectedItem{
		{TenantID: s.tenant.ID, ChannelID: s.channel.ID, Reason: "grupo", Raw: `{"messages":[{"from":"5511999990001","text":"segredo"},{"from":"5521988887777","text":"de outro"}]}`},
		{TenantID: s.tenant.ID, ChannelID: s.channel.ID, Reason: "grupo", Raw: `{"from":"5511999990001","text":"segredo"}`},
	}})
	require.NoError(s.t, err)
	s.merge(who.ContactID, half.ContactID)
	_, _, err = s.store.Publish(ctx)
	require.NoError(s.t, err)
	arrive("+5511999990001")
	announced := s.drain(who.ContactID)
	s.edit(who.ContactID, func(d *desk.Desk) {
		d.Changes.NewMessages = append(d.Changes.NewMessages, inboundOf(announced[len(announced)-1]))
	})
	arrive("+5511999990001") // unread
	return who
}

func receiveOf(t testing.TB, s *store.Store, arrival desk.Arrival) desk.Accepted {
	t.Helper()
	written, err := s.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{arrival}})
	require.NoError(t, err)
	return written.Accepted[0]
}

func inboundOf(event chat.Event) chat.Message {
	return chat.Message{ID: event.ID, TenantID: event.TenantID, ContactID: event.ContactID, ConversationID: event.ConversationID, ChannelID: event.ChannelID,
		Direction: chat.Inbound, Origin: chat.FromCustomer, ExternalID: event.ExternalID, State: chat.Received, Content: event.Message.Content,
		CreatedAt: event.ReceivedAt, At: event.At}
}

// found says where a database still has any of some texts.
func found(t testing.TB, s *store.Store, texts []string) map[string][]string {
	t.Helper()
	all, err := store.Snapshot(context.Background(), s)
	require.NoError(t, err)
	where := map[string][]string{}
	for table, rows := range all {
		for _, row := range rows {
			for _, text := range texts {
				if strings.Contains(row, text) {
					where[table] = append(where[table], text+" in "+row)
				}
			}
		}
	}
	return where
}

func TestAnErasedPersonIsInNoTable(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		other := s.writes("+5521988887777")
		who := s.known()
		before := found(t, s.store, traces())
		for _, table := range []string{"contacts", "contact_keys", "contact_words", "inbox", "messages", "media", "assistant_memory", "notifications",
			"outgoing_events", "announcements", "rejected", "idempotency"} {
			require.NotEmpty(t, before[table], "%s: give the person something here, so that the test can see it go", table)
		}
		counts := countsOf(t, s.store)

		erased, err := s.store.Erase(ctx, s.tenant.ID, who.ContactID)
		require.NoError(t, err)
		require.Equal(t, who.ContactID, erased)
		_, err = s.store.Contact(ctx, s.tenant.ID, chat.Ref{ID: who.ContactID})
		require.True(t, fault.Is(err, fault.NotFound), "nobody finds them from the first commit on")
		require.NoError(t, s.store.FinishErasure(ctx, erased))
		require.Empty(t, found(t, s.store, traces()))

		_, err = s.store.Erase(ctx, s.tenant.ID, who.ContactID)
		require.True(t, fault.Is(err, fault.NotFound))
		after := countsOf(t, s.store)
		for _, table := range []string{"messages", "followups", "runs"} {
			require.Equal(t, counts[table], after[table], "%s: the rows stay, to be counted", table)
		}
		require.Equal(t, other.ContactID, s.writes("+5521988887777").ContactID, "nobody else is touched")
		kept, err := s.store.Rejected(ctx, s.tenant.ID, s.channel.ID, chat.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.JSONEq(t, `{"messages":[{"from":"5521988887777","text":"de outro"}]}`, kept[0].Raw, "of a batch only the person's part goes")
	})
}

func countsOf(t testing.TB, s *store.Store) map[string]int {
	t.Helper()
	all, err := store.Snapshot(context.Background(), s)
	require.NoError(t, err)
	counts := map[string]int{}
	for table, rows := range all {
		counts[table] = len(rows)
	}
	return counts
}

func TestWhoeverWritesAfterAnErasureIsSomebodyNewWhoHasRefused(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		first := s.message("+5511999990001", "BR.777001")
		who := receiveOf(t, s.store, first)
		s.drain(who.ContactID)
		s.edit(who.ContactID, func(d *desk.Desk) {
			contact := d.Contact
			contact.OptOut, contact.OptOutAt, contact.Fields = chat.OptOutAll, time.Now(), map[string]string{"a": "b"}
			d.SaveContact(contact)
		})
		_, err := s.store.Erase(ctx, s.tenant.ID, who.ContactID)
		require.NoError(t, err)
		require.NoError(t, s.store.FinishErasure(ctx, who.ContactID))

		again := receiveOf(t, s.store, first)
		require.True(t, again.Duplicate, "a repeated webhook is known")
		require.Empty(t, again.ContactID, "and makes nobody anew")
		contacts, err := s.store.Contacts(ctx, s.tenant.ID, chat.ContactFilter{Page: chat.Page{Limit: 10}})
		require.NoError(t, err)
		require.Empty(t, contacts)

		anew := s.writes("+5511999990001")
		require.True(t, anew.NewContact)
		contact := s.contact(anew.ContactID)
		require.NotEqual(t, who.ContactID, contact.ID)
		require.Equal(t, chat.OptOutAll, contact.OptOut, "that they refused outlives them")
		require.Empty(t, contact.Fields)
		late := first
		late.Event.At = time.Now().Add(-time.Hour)
		require.True(t, receiveOf(t, s.store, late).Duplicate, "also to somebody who has written since")

		learned := s.writes("ext:crm-9")
		require.NoError(t, s.store.GiveKeys(ctx, s.tenant.ID, learned.ContactID, []chat.Key{{Kind: chat.KeyBSUID, Value: "BR.777001"}}, nil))
		require.Equal(t, chat.OptOutAll, s.contact(learned.ContactID).OptOut, "by whichever key they come back")
	})
}

// What was on its way ends as it does, and is counted; nothing else goes, and nothing is erased over it.
func TestAnErasureWaitsForTheSendThatIsUnderWay(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		who := s.writes("+5511999990001")
		ref := desk.Ref{TenantID: s.tenant.ID, ContactID: who.ContactID}
		s.drain(who.ContactID)
		flying, waiting := queued(s.tenant, s.channel, who), queued(s.tenant, s.channel, who)
		require.NoError(t, s.store.Enqueue(ctx, flying, time.Now()))
		require.NoError(t, s.store.Enqueue(ctx, waiting, time.Now()))
		_, err := s.store.Work(ctx, ref, nil, func(_ context.Context, d *desk.Desk) error {
			one, _ := d.Item(flying.ID)
			one.Message.State = chat.Sending
			d.Claim(one)
			return nil
		})
		require.NoError(t, err)
		_, err = s.store.Erase(ctx, s.tenant.ID, who.ContactID)
		require.NoError(t, err)
		require.True(t, fault.Is(s.store.FinishErasure(ctx, who.ContactID), fault.Conflict))
		message, err := s.store.Message(ctx, s.tenant.ID, waiting.ID)
		require.NoError(t, err)
		require.Equal(t, chat.Cancelled, message.State, "what waits does not go any more")

		retry := queued(s.tenant, s.channel, who)
		worked, err := s.store.Work(ctx, ref, []desk.Outcome{{ItemID: flying.ID}}, func(_ context.Context, d *desk.Desk) error {
			one, is := d.Item(flying.ID)
			require.True(t, is)
			one.Message.State, one.Message.ExternalID, one.Message.At = chat.Accepted, "wamid.out", d.Now
			d.Done(one)
			d.Queue(retry)
			d.Claim(retry)
			return nil
		})
		require.NoError(t, err)
		require.Empty(t, worked.Desk.Changes.Claims, "nothing new begins")
		require.NoError(t, s.store.FinishErasure(ctx, who.ContactID))
		message, err = s.store.Message(ctx, s.tenant.ID, flying.ID)
		require.NoError(t, err)
		require.Equal(t, chat.Accepted, message.State, "it was sent, and counts")
		require.Empty(t, message.ExternalID)
		written, err := s.store.Receive(ctx, desk.Intake{Statuses: []desk.StatusArrival{{TenantID: s.tenant.ID, ChannelID: s.channel.ID, Status: chat.Status{
			Tracker: flying.ID, MessageExternalID: "wamid.out", State: chat.Delivered, At: time.Now(), Recipient: []chat.Key{{Kind: chat.KeyBSUID, Value: "BR.777001"}}}}}})
		require.NoError(t, err)
		require.Equal(t, 1, written.StatusesUnknown, "what the provider still tells of it teaches nothing")
		require.Empty(t, found(t, s.store, traces()))
	})
}

// TestAnErasureThatIsEndedAnywhereIsFinished ends the process after each commit of an erasure; whoever looks next finishes it.
func TestAnErasureThatIsEndedAnywhereIsFinished(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			commits, stop := 0, 1
			for ; stop == 1 || commits >= stop-3; stop += 3 {
				commits = 0
				ctx, cancel := context.WithCancel(t.Context())
				counting := false
				s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Committed: func(string) {
					if counting {
						if commits++; commits == stop {
							cancel()
						}
					}
				}})
				tenant, channel := storetest.Tenant(t, s)
				shop := &shop{t: t, store: s, tenant: tenant, channel: channel}
				who := shop.known()
				counting = true
				_, err := s.Erase(ctx, tenant.ID, who.ContactID)
				if err == nil {
					err = s.FinishErasure(ctx, who.ContactID)
				}
				counting = false
				if commits < stop {
					require.NoError(t, err)
				}
				due, err := s.Erasures(t.Context(), time.Now().Add(time.Hour), 10)
				require.NoError(t, err)
				require.Equal(t, []desk.Ref{{TenantID: tenant.ID, ContactID: who.ContactID}}, due, "it is remembered from its first commit on")
				require.NoError(t, s.FinishErasure(t.Context(), who.ContactID))
				require.Empty(t, found(t, s, traces()), "ended after commit %d", stop)
				cancel()
			}
			require.Greater(t, stop, 9, "an erasure has many commits")
		})
	}
}

func TestAnErasureLooksASecondTimeAndThenForgetsItself(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			now := time.Now()
			clock := storetest.NewClock(now)
			s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: clock.Now})
			tenant, channel := storetest.Tenant(t, s)
			shop := &shop{t: t, store: s, tenant: tenant, channel: channel}
			who := shop.known()
			_, err := s.Erase(t.Context(), tenant.ID, who.ContactID)
			require.NoError(t, err)
			require.NoError(t, s.FinishErasure(t.Context(), who.ContactID))
			slow := queued(tenant, channel, who) // its caller had looked the contact up before
			slow.Message.Content.Text = "segredo"
			require.NoError(t, s.Enqueue(t.Context(), slow, now))
			due, err := s.Erasures(t.Context(), now, 10)
			require.NoError(t, err)
			require.Empty(t, due)
			now = clock.Set(now.Add(3 * time.Minute))
			due, err = s.Erasures(t.Context(), now, 10)
			require.NoError(t, err)
			require.Len(t, due, 1)
			require.NoError(t, s.FinishErasure(t.Context(), who.ContactID))
			require.Empty(t, found(t, s, traces()))
			message, err := s.Message(t.Context(), tenant.ID, slow.ID)
			require.NoError(t, err)
			require.Equal(t, chat.Cancelled, message.State)
			due, err = s.Erasures(t.Context(), now.Add(time.Hour), 10)
			require.NoError(t, err)
			require.Empty(t, due)
		})
	}
}

func TestAnExportHasEverythingThatIsKept(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		who := s.known()
		stranger := s.writes("+5521988887777")
		var all strings.Builder
		kinds := map[string]int{}
		note := func(kind string, value any) error {
			raw, err := json.Marshal(value)
			kinds[kind]++
			all.Write(raw)
			return err
		}
		require.NoError(t, s.store.Export(t.Context(), s.tenant.ID, who.ContactID, desk.Held{
			Contact:      func(c chat.Contact) error { return note("contact", c) },
			Conversation: func(c chat.Conversation) error { return note("conversation", c) },
			Message:      func(m chat.Message) error { return note("message", m) },
			File:         func(f chat.File) error { return note("file", f) },
			FollowUp:     func(f desk.HeldFollowUp) error { return note("followup", f) },
			Run:          func(r desk.HeldRun) error { return note("run", r) },
			Memory:       func(one desk.HeldText) error { return note("memory", one) },
			Word:         func(one desk.HeldText) error { return note("word", one) },
			Event:        func(raw json.RawMessage) error { return note("event", raw) },
			Told:         func(e desk.OutgoingEvent) error { return note("told", e) },
			Notification: func(n desk.Notification) error { return note("notification", n) },
		}))
		for _, kind := range []string{"contact", "conversation", "message", "file", "followup", "run", "memory", "word", "event", "told", "notification"} {
			require.Positive(t, kinds[kind], kind)
		}
		require.Equal(t, 2, kinds["contact"], "with the half that was merged into it")
		for _, trace := range []string{"+5511999990001", "BR.777001", "lid-777001", "crm-777001", "Zuleica", "wamid.Z", "segredo"} {
			require.Contains(t, all.String(), trace)
		}
		require.NotContains(t, all.String(), stranger.ContactID)
		_, err := s.store.Erase(t.Context(), s.tenant.ID, who.ContactID)
		require.NoError(t, err)
		require.True(t, fault.Is(s.store.Export(t.Context(), s.tenant.ID, who.ContactID, desk.Held{}), fault.NotFound))
	})
}
