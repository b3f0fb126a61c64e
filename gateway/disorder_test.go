package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// TestDisorderOnTheWireChangesNothing lets two stalls live through the same day. To the first every message and status comes
// alone, in order, once. To the second the same items come duplicated, batched, late and shuffled; only what one person
// said, or was told from the business's own phone, stays in its order. The clock stands still meanwhile. In the evening both
// stalls know the same people, conversations, messages and follow-ups.
func TestDisorderOnTheWireChangesNothing(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			market := newMarket(t, engine)
			rapid.Check(t, func(r *rapid.T) {
				orderly, chaotic := market.open(), market.open()
				market.morning(orderly, chaotic)
				day := drawDay(r, market.Clock().Add(-dayLength))
				for _, one := range day {
					orderly.post([]parcel{one})
					orderly.work(one.who)
				}
				for _, delivery := range drawDisorder(r, day) {
					chaotic.post(delivery.parcels)
					for _, who := range delivery.worked {
						chaotic.work(who)
					}
				}
				require.Equal(r, orderly.evening(), chaotic.evening())
			})
		})
	}
}

// dayLength is how long the items of a day take; all of it has passed when the first of them comes.
const dayLength = 2 * time.Hour

// market is a house with a worker, on which stalls open: tenants with a channel, a rule, a model and a flow.
type market struct {
	*house
	worker *worker.Worker
	opened int
}

func newMarket(t *testing.T, engine string) *market {
	wire := &line{Adapter: meta.New(meta.Options{}), official: true}
	h := newHouseAt(t, storetest.Address(t, engine), gatewaytest.Start, func(o *gateway.Options) {
		o.Providers = map[string]provider.Provider{"meta": wire}
	})
	return &market{house: h, worker: worker.New(worker.Options{
		Store: h.Store, Compiler: h.Options.Catalog, Waker: h.Wakes, Pacer: at{}, Providers: h.Options.Providers,
		Writer: author{}, Horizon: func() time.Duration { return time.Hour }, Lease: time.Minute, Now: h.Clock,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})}
}

// stall is one tenant of the market.
type stall struct {
	*market
	tenant *tenant
	model  string
	// told are the messages that each person was sent in the morning: ids, in order.
	told [people][]string
}

const people = 3

func walkerUserID(who int) string { return fmt.Sprintf("BR.10020030040%02d", who) }

func walkerPhone(who int) string { return fmt.Sprintf("55119777700%02d", who) }

func (s *market) open() *stall {
	s.opened++
	opened := &stall{market: s, tenant: s.Settle(fmt.Sprintf("Loja %d", s.opened), fmt.Sprint(1000+s.opened))}
	s.Rule(opened.tenant, object{"conditions": nil, "triggerValue": 23})
	opened.model = s.Done(201, "POST", "/api/followup-models", opened.tenant.Admin, object{
		"name": "Orçamento", "channelId": opened.tenant.Channel.ID, "onReply": "stop",
		"messages": []object{{"text": "Viu o orçamento?", "offset": 10}, {"text": "Posso ajudar?", "offset": 600}},
	}).Text("id")
	document := flows.Document{
		ID: chat.NewID(), TenantID: opened.tenant.ID, Kind: flows.FlowDocument, Name: "Preço", ChannelID: opened.tenant.Channel.ID, Active: true,
		Body: json.RawMessage(`{"name": "Preço", "nodes": [
			{"id": "asked", "type": "trigger", "with": {"event": "message.received", "if": "trigger.text == \"preço\""}, "next": "answer"},
			{"id": "answer", "type": "send_message", "with": {"text": "Custa 10."}, "next": "end"}, {"id": "end", "type": "end"}]}`),
	}
	_, err := s.Store.CreateDocument(context.Background(), document)
	require.NoError(s.T, err)
	_, err = s.Options.Catalog.Compile(document)
	require.NoError(s.T, err)
	return opened
}

// morning lets everybody write, be sent a proposal and be enrolled, in both stalls at the same time; then the day passes
// without a webhook.
func (s *market) morning(stalls ...*stall) {
	for _, one := range stalls {
		for who := range people {
			s.CustomerSays(one.tenant.Channel, walkerPhone(who), "oi")
			one.work(who)
			s.Done(202, "POST", "/api/actions/send-message", one.tenant.Operator,
				object{"senderId": one.tenant.Channel.ID, "to": "+" + walkerPhone(who), "message": "Segue a proposta."})
			s.Done(200, "POST", "/updatefollowup", one.tenant.Operator, object{"number": walkerPhone(who), "followup": one.model})
			one.work(who)
		}
	}
	s.Advance(10 * time.Minute)
	for _, one := range stalls {
		for who := range people {
			one.work(who)
			one.told[who] = one.tell(who)
			require.Len(s.T, one.told[who], 2)
		}
	}
	s.Advance(dayLength)
}

// tell lists the messages that a person was sent, in order.
func (s *stall) tell(who int) []string {
	sent := slices.DeleteFunc(s.messages(who), func(m chat.Message) bool { return m.Direction != chat.Outbound })
	slices.SortFunc(sent, func(a, b chat.Message) int { return a.At.Compare(b.At) })
	var ids []string
	for _, message := range sent {
		ids = append(ids, message.ID)
	}
	return ids
}

func (s *stall) contact(who int) string {
	contact, err := s.Store.ContactByKeys(context.Background(), s.tenant.ID, []chat.Key{chat.PhoneKey("+" + walkerPhone(who))})
	require.NoError(s.T, err)
	return contact.ID
}

func (s *stall) messages(who int) []chat.Message {
	conversation, err := s.Store.ConversationOn(context.Background(), s.tenant.ID, s.contact(who), s.tenant.Channel.ID)
	require.NoError(s.T, err)
	found, err := s.Store.Messages(context.Background(), s.tenant.ID, chat.MessageFilter{ConversationID: conversation.ID, Page: chat.Page{Limit: 200}})
	require.NoError(s.T, err)
	return found
}

// work works on a person, under each of the two names that the shop may know as two people.
func (s *stall) work(who int) {
	for _, key := range []chat.Key{chat.PhoneKey("+" + walkerPhone(who)), {Kind: chat.KeyBSUID, Value: walkerUserID(who)}} {
		contact, err := s.Store.ContactByKeys(context.Background(), s.tenant.ID, []chat.Key{key})
		if fault.Is(err, fault.NotFound) {
			continue
		}
		require.NoError(s.T, err)
		require.NoError(s.T, s.worker.Work(context.Background(), desk.Ref{TenantID: s.tenant.ID, ContactID: contact.ID}))
	}
}

// post sends parcels in one webhook.
func (s *stall) post(parcels []parcel) {
	var changes []object
	for _, one := range parcels {
		changes = append(changes, one.change(s))
	}
	body := gatewaytest.Encode(object{"object": "whatsapp_business_account", "entry": []object{{"id": "102290" + s.tenant.Channel.Account, "changes": changes}}})
	require.Equal(s.T, 200, s.Webhook(s.tenant.Channel, body, gatewaytest.AppSecret).Status)
}

// evening is what a stall knows in the end, without ids: they differ from stall to stall.
func (s *stall) evening() map[string][]string {
	for who := range people {
		s.work(who)
	}
	ctx := context.Background()
	known := map[string][]string{}
	note := func(of, format string, values ...any) { known[of] = append(known[of], fmt.Sprintf(format, values...)) }
	contacts, err := s.Store.Contacts(ctx, s.tenant.ID, chat.ContactFilter{Page: chat.Page{Limit: 200}})
	require.NoError(s.T, err)
	for _, c := range contacts {
		note("people", "%q %q route %q, opted out %q at %s", c.Phone, c.Name, c.Route, c.OptOut, clockOf(c.OptOutAt))
	}
	for who := range people {
		conversation, err := s.Store.ConversationOn(ctx, s.tenant.ID, s.contact(who), s.tenant.Channel.ID)
		require.NoError(s.T, err)
		note("conversations", "%d: customer %s, we %s, agent %s, closed %s, unanswered %t", who, clockOf(conversation.CustomerAt),
			clockOf(conversation.OutboundAt), clockOf(conversation.AgentAt), clockOf(conversation.WindowClosedAt), conversation.Unanswered != "")
		for _, m := range s.messages(who) {
			note("messages", "%d: %s %s %q %s, at %s, sent %s, delivered %s, read %s, failed %s %s", who, m.Direction, m.Origin, m.Content.Text,
				m.State, clockOf(m.At), clockOf(m.SentAt), clockOf(m.DeliveredAt), clockOf(m.ReadAt), clockOf(m.FailedAt), m.ErrorCode)
		}
	}
	for _, pending := range []bool{true, false} {
		rows, err := s.Store.FollowUps(ctx, s.tenant.ID, chat.FollowUpFilter{Pending: pending, Page: chat.Page{Limit: 200}})
		require.NoError(s.T, err)
		for _, f := range rows {
			if f.CancelReason == worker.ReasonMerged {
				continue // it was planned for somebody who turned out to be this person, if evidence came late enough
			}
			due := "in the past"
			if pending {
				due = clockOf(f.DueAt)
			}
			note("follow-ups", "%s %s attempt %d of %s, due %s, sent %s, responded %t, cancelled %s %q, failed %s %s", f.ContactPhone, f.State, f.Attempt,
				f.FlowName, due, clockOf(f.SentAt), !f.RespondedAt.IsZero(), clockOf(f.CancelledAt), f.CancelReason, clockOf(f.FailedAt), f.ErrorCode)
		}
	}
	for _, lines := range known {
		slices.SortFunc(lines, strings.Compare)
	}
	return known
}

func clockOf(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.UTC().Format("02 15:04:05")
}
