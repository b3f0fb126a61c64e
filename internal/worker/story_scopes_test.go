package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

const bia = "+5511999990002"

// refusal is a provider's answer of a code, as far as it reaches.
func refusal(code fault.Code, reach fault.Reach) *fault.Error {
	return &fault.Error{Code: code, Message: "o que aconteceu.", Remedy: "o que fazer.", Detail: reach.Number + ": words", Reach: reach, After: reach.CoolDown}
}

func (w *world) templates(category string) {
	w.t.Helper()
	require.NoError(w.t, w.store.SaveTemplates(context.Background(), w.tenant.ID, w.channel.ID, []chat.Template{
		{Name: "retomada", Language: "pt_BR", Category: category, Status: "APPROVED", BodyText: "Oi, vamos continuar?"},
	}))
}

func (w *world) templateNow() chat.Template {
	w.t.Helper()
	found, err := w.store.Templates(context.Background(), w.tenant.ID, w.channel.ID)
	require.NoError(w.t, err)
	return found[0]
}

func (w *world) channelNow() chat.Channel {
	w.t.Helper()
	found, err := w.store.Channel(context.Background(), w.tenant.ID, w.channel.ID)
	require.NoError(w.t, err)
	return found
}

func (w *world) contact(id string) chat.Contact {
	w.t.Helper()
	found, err := w.store.Contact(context.Background(), w.tenant.ID, chat.Ref{ID: id})
	require.NoError(w.t, err)
	return found
}

// asks puts a message of a platform into the outbox and works on it.
func (w *world) asks(phone string, content chat.Content) string {
	w.t.Helper()
	accepted, err := w.store.EnsureConversation(context.Background(), w.tenant.ID, w.channel.ID, []chat.Key{chat.PhoneKey(phone)}, phone, "")
	require.NoError(w.t, err)
	id := chat.NewID()
	action := "send_message"
	if content.Template != nil {
		action = "send_template"
	}
	require.NoError(w.t, w.store.Enqueue(context.Background(), desk.Item{
		ID: id, OrderingKey: id, Action: action, State: desk.ItemPending, DueAt: w.now(),
		Message: chat.Message{
			ID: id, TenantID: w.tenant.ID, ContactID: accepted.ContactID, ConversationID: accepted.ConversationID, ChannelID: w.channel.ID,
			Direction: chat.Outbound, Origin: chat.FromAPI, State: chat.Queued, Content: content, CreatedAt: w.now(),
		},
	}, w.now()))
	w.work(accepted.ContactID)
	return id
}

func ofTemplate() chat.Content {
	return chat.Content{Type: chat.TemplateUse, Template: &chat.FilledTemplate{Name: "retomada", Language: "pt_BR"}, Text: "Oi, vamos continuar?"}
}

func (w *world) kinds() []string {
	var kinds []string
	for _, n := range w.notifications() {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func TestAPairWaitsLongerEachTimeAndUsesUpNoTry(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		fast := func() error { return refusal(fault.PairLimited, fault.Reach{Scope: fault.ScopePair, Number: "131056"}) }
		w.provider.answer(fast(), fast(), fast(), fast())
		at := local(10, 10, 10)
		for _, wait := range []time.Duration{time.Second, 4 * time.Second, 16 * time.Second, 64 * time.Second} {
			w.at(at)
			w.work(who.ContactID)
			at = at.Add(wait)
			require.Equal(t, at, w.pacer.held[len(w.pacer.held)-1], "4^n")
			w.at(at.Add(-time.Millisecond))
			sent := len(w.provider.sent)
			w.work(who.ContactID)
			require.Len(t, w.provider.sent, sent, "not before")
		}
		w.at(at)
		w.work(who.ContactID)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		for _, contactID := range w.pacer.heldFor {
			require.Equal(t, who.ContactID, contactID, "only this contact waits")
		}
		require.Empty(t, w.notifications())

		w.provider.answer(fast())
		w.at(w.pending()[0].DueAt)
		w.work(who.ContactID)
		require.Equal(t, w.now().Add(time.Second), w.pacer.held[len(w.pacer.held)-1], "a success counts anew")
	})
}

func TestAContactGetsNoMarketingForADayThenTwoThenFour(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		capped := refusal(fault.PolicyBlocked, fault.Reach{Scope: fault.ScopeContact, Number: "131049", Marketing: true, CoolDown: 24 * time.Hour})
		w.at(local(10, 10, 0))
		for _, rest := range []time.Duration{24 * time.Hour, 48 * time.Hour, 96 * time.Hour, 96 * time.Hour} {
			sent := len(w.provider.sent)
			w.provider.answer(capped)
			id := w.asks(ana, ofTemplate())
			require.Len(t, w.provider.sent, sent+1)
			require.Equal(t, "policy_blocked", w.message(id).ErrorCode)
			require.Contains(t, w.message(id).ErrorDetail, "O que fazer: o que fazer.")
			who := w.contact(w.message(id).ContactID)
			require.Equal(t, w.now().Add(rest), who.Limits.MarketingRest)

			w.pass(rest - time.Minute)
			blocked := w.asks(ana, ofTemplate())
			require.Len(t, w.provider.sent, sent+1, "not even asked")
			require.Equal(t, "policy_blocked", w.message(blocked).ErrorCode)
			w.pass(time.Minute)
		}
		sent := len(w.provider.sent)
		w.asks(bia, ofTemplate())
		require.Len(t, w.provider.sent, sent+1, "somebody else is not meant")
		w.templates("UTILITY")
		w.asks(ana, ofTemplate())
		require.Len(t, w.provider.sent, sent+2, "utility passes")
	})
}

// The same refusal comes as an answer and as a later report, twice; and what was on its way makes the rest no longer.
func TestARefusalIsCountedOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		reach := fault.Reach{Scope: fault.ScopeContact, Number: "131049", Marketing: true, CoolDown: 24 * time.Hour}
		first, second := w.asks(ana, ofTemplate()), w.asks(ana, ofTemplate())
		for _, id := range []string{first, first, second} {
			w.report(id, refusal(fault.PolicyBlocked, reach))
		}
		limits := w.contact(w.message(first).ContactID).Limits
		require.Equal(t, w.now().Add(24*time.Hour), limits.MarketingRest)
		require.Equal(t, 1, limits.Refusals)
	})
}

// report lets a failed state come in, with all that the provider's code says.
func (w *world) report(messageID string, problem *fault.Error) {
	w.t.Helper()
	at := w.now()
	if !w.atStatus.IsZero() {
		at = w.atStatus
	}
	written, err := w.store.Receive(context.Background(), desk.Intake{Statuses: []desk.StatusArrival{{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID,
		Status: chat.Status{
			Tracker: messageID, MessageExternalID: "wamid.of." + messageID, State: chat.Failed, At: at, ErrorCode: string(problem.Code),
			ErrorDetail: problem.Detail, Explanation: problem.Message, Remedy: problem.Remedy, Reach: problem.Reach,
		},
	}}})
	require.NoError(w.t, err)
	for _, ref := range written.Wake {
		w.work(ref.ContactID)
	}
}

func TestAMarketingFollowUpMovesBehindTheRest(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		capped := refusal(fault.PolicyBlocked, fault.Reach{Scope: fault.ScopeContact, Number: "131049", Marketing: true, CoolDown: 24 * time.Hour})
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(withTemplate))
		w.provider.answer(capped)
		w.at(local(12, 9, 0))
		w.asks(ana, ofTemplate())
		due := w.pending()[0].DueAt
		require.True(t, due.Before(local(13, 9, 0)) && due.After(w.now()), "it falls into the rest: %s", due)
		w.at(due)
		w.work(who.ContactID)
		moved := w.pending()[0]
		require.Equal(t, local(13, 9, 0), moved.DueAt)
		require.Len(t, w.provider.sent, 1)
		w.at(moved.DueAt)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
	})
}

// withTemplate is due two days after the customer wrote, on the wall clock at 10:00 or so: its window is closed.
const withTemplate = `{"name":"Retomar","channelId":"c","messages":[
	{"id":"a","text":"Vamos continuar?","offset":2940,"template":{"name":"retomada","language":"pt_BR"}},
	{"id":"b","text":"Ainda aí?","offset":2940,"template":{"name":"retomada","language":"pt_BR"}}]}`

func TestThreeInARowAreOutOfReachUntilTheyWrite(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		gone := refusal(fault.Unreachable, fault.Reach{Scope: fault.ScopeContact, Number: "131026"})
		w.provider.answer(gone, gone)
		w.asks(ana, ofTemplate())
		w.asks(ana, ofTemplate())
		third := w.asks(ana, ofTemplate())
		contactID := w.message(third).ContactID
		require.Equal(t, 2, w.contact(contactID).Limits.Undeliverable)
		w.report(third, gone)
		require.False(t, w.contact(contactID).Limits.UnreachableAt.IsZero())
		sent := len(w.provider.sent)
		require.Equal(t, "unreachable", w.message(w.asks(ana, ofTemplate())).ErrorCode)
		require.Len(t, w.provider.sent, sent)
		w.customer(ana, "oi, troquei de aparelho")
		require.Zero(t, w.contact(contactID).Limits.Undeliverable)
		w.asks(ana, ofTemplate())
		require.Len(t, w.provider.sent, sent+1)
	})
}

func TestWhatArrivesEndsTheCountOfWhatDidNot(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		gone := refusal(fault.Unreachable, fault.Reach{Scope: fault.ScopeContact, Number: "131026"})
		w.provider.answer(gone, gone)
		w.asks(ana, ofTemplate())
		w.asks(ana, ofTemplate())
		arrived := w.asks(ana, ofTemplate())
		w.status(arrived, chat.Delivered, "")
		require.Zero(t, w.contact(w.message(arrived).ContactID).Limits.Undeliverable)
	})
}
