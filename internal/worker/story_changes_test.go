package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/provider"
)

func TestARuleThatChangesWhileItsItemIsBeingSent(t *testing.T) {
	change := func(w *world, document flows.Document, edit func(*flows.Document) error, reason string) {
		_, err := w.store.ChangeDocument(context.Background(), w.tenant.ID, document.ID, edit)
		require.NoError(w.t, err)
		if reason != "" {
			_, err = w.store.StopFlow(context.Background(), w.tenant.ID, document.ID, reason)
			require.NoError(w.t, err)
		}
	}
	cases := map[string]struct {
		edit   func(d *flows.Document) error
		reason string
		next   bool
	}{
		"toggled": {func(d *flows.Document) error { d.Active = false; return nil }, "regra desativada", false},
		"deleted": {func(d *flows.Document) error { d.Active, d.DeletedAt = false, d.CreatedAt; return nil }, "regra removida", false},
		"edited": {func(d *flows.Document) error {
			d.Body = json.RawMessage(strings.Replace(string(d.Body), "Ainda posso ajudar?", "Novo texto", 1))
			return nil
		}, "", true},
		"shortened": {func(d *flows.Document) error {
			d.Body, d.Removed = json.RawMessage(strings.Replace(string(d.Body), `"maxAttempts":2`, `"maxAttempts":1`, 1)), []string{followup.AttemptNode(2)}
			return nil
		}, "", false},
	}
	for name, story := range cases {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				document := w.rule(`{"name":"a","triggerType":"NO_RESPONSE","triggerValue":2,"triggerUnit":"hours","message":"Ainda posso ajudar?","maxAttempts":2}`)
				who := w.customer(ana, "oi")
				w.ours(ana, chat.FromPerson, "segue a proposta")
				w.provider.during = func(provider.Outgoing) {
					w.provider.during = nil
					change(w, document, story.edit, story.reason)
				}
				w.pass(2 * time.Hour)
				w.work(who.ContactID)
				require.Equal(t, []string{"segue a proposta", "Ainda posso ajudar?"}, w.provider.texts(), "what was claimed goes out as it was")
				require.Equal(t, flows.FollowUpSent, w.history()[0].State)
				if !story.next {
					require.Empty(t, w.pending())
					require.Len(t, w.history(), 1, "nothing more was planned")
					return
				}
				require.Len(t, w.pending(), 1)
				w.pass(2 * time.Hour)
				w.work(who.ContactID)
				require.Equal(t, "Novo texto", w.provider.texts()[2])
			})
		})
	}
}

func TestAttemptsDoNotBeginAnewForASilentCustomer(t *testing.T) {
	ends := map[string]func(w *world, contactID string){
		"cancelled": func(w *world, _ string) {
			_, err := w.store.CancelFollowUp(context.Background(), w.tenant.ID, w.pending()[0].ID, "cancelado pela API")
			require.NoError(w.t, err)
		},
		"excluded for a while": func(w *world, id string) {
			w.change(id, func(c *chat.Contact) { c.Tags = []string{"não"} })
			w.pass(24 * time.Hour)
			w.window(id)
			w.work(id)
			w.change(id, func(c *chat.Contact) { c.Tags = nil })
		},
		"turned off and on": func(w *world, _ string) {
			for _, active := range []bool{false, true} {
				_, err := w.store.ChangeDocument(context.Background(), w.tenant.ID, w.flowID, func(d *flows.Document) error {
					d.Active = active
					return nil
				})
				require.NoError(w.t, err)
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				document := w.rule(`{"name":"a","triggerType":"NO_RESPONSE","triggerValue":24,"triggerUnit":"hours","message":"oi?","maxAttempts":2,"conditions":{"excludeTags":["não"]}}`)
				who := w.customer(ana, "oi")
				w.ours(ana, chat.FromPerson, "segue a proposta")
				w.pass(24 * time.Hour)
				w.window(who.ContactID)
				w.work(who.ContactID)
				require.Equal(t, 2, w.pending()[0].Attempt)
				w.flowID = document.ID
				end(w, who.ContactID)
				_, err := w.store.StopFlow(context.Background(), w.tenant.ID, document.ID, "fim")
				require.NoError(t, err)
				w.ours(ana, chat.FromPerson, "mais uma coisa")
				require.Empty(t, w.pending(), "one attempt was sent, and the customer has not written since")
				w.pass(time.Second)
				w.customer(ana, "voltei")
				w.ours(ana, chat.FromPerson, "que bom")
				require.Len(t, w.pending(), 1)
				require.Equal(t, 1, w.pending()[0].Attempt)
			})
		})
	}
}

func TestActivationSweepsNothingThatHappenedBefore(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		w.pass(30 * time.Minute)
		early := w.now().Add(-20 * time.Minute)
		w.deposit(ana, chat.Event{Name: chat.DealCreated})
		w.pass(time.Minute)
		w.rule(`{"name":"a","triggerType":"DEAL_CREATED","triggerValue":1,"triggerUnit":"hours","message":"oi"}`)
		w.rule(`{"name":"b","triggerType":"NO_RESPONSE","triggerValue":1,"triggerUnit":"hours","message":"oi"}`)
		w.arriveAt(ana, chat.Event{Name: chat.MessageEcho, At: early, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "segue"}}})
		require.Empty(t, w.pending(), "both happened before the rules were turned on")
		w.deposit(ana, chat.Event{Name: chat.DealCreated})
		w.agent(ana, "e agora")
		require.Len(t, w.pending(), 2)
	})
}

func TestARuleWhoseTriggerIsChangedWhileItsItemIsBeingSentPlansNothingMore(t *testing.T) {
	eachWorld(t, func(w *world) {
		document := w.rule(`{"name":"a","triggerType":"DEAL_CREATED","triggerValue":1,"triggerUnit":"hours","message":"oi?","maxAttempts":2}`)
		who := w.customer(ana, "oi")
		w.happened(ana, chat.DealCreated, nil, nil)
		w.provider.during = func(provider.Outgoing) {
			w.provider.during = nil
			w.edit(document, `"DEAL_CREATED"`, `"STAGE_ENTERED"`)
		}
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Equal(t, []string{"oi?"}, w.provider.texts())
		require.Empty(t, w.pending())
	})
}

func TestARuleThatLeavesAChannelLeavesItsConversations(t *testing.T) {
	eachWorld(t, func(w *world) {
		document := w.rule(noResponse)
		w.customer(ana, "oi")
		w.ours(ana, chat.FromPerson, "segue a proposta")
		require.Len(t, w.pending(), 1)
		stopped, err := w.store.StopFlowElsewhere(context.Background(), w.tenant.ID, document.ID, w.channel.ID, "canal da regra alterado")
		require.NoError(t, err)
		require.Zero(t, stopped, "its own channel is spared")
		stopped, err = w.store.StopFlowElsewhere(context.Background(), w.tenant.ID, document.ID, w.otherChannel().ID, "canal da regra alterado")
		require.NoError(t, err)
		require.Equal(t, 1, stopped)
		require.Equal(t, []string{"canal da regra alterado"}, w.cancelReasons())
	})
}

// TestAStopThatWaitsForAClaimSeesIt stops a flow while a send is claimed: the stop waits for the contact's lock, and must
// not take what was claimed meanwhile for something that never left.
func TestAStopThatWaitsForAClaimSeesIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		document := w.rule(`{"name":"a","triggerType":"CUSTOM","triggerValue":1,"triggerUnit":"hours","message":"oi?","conditions":{"event":"lead.parado"}}`)
		for i := range 25 {
			phone := fmt.Sprintf("+55119888%05d", i)
			who := w.customer(phone, "oi")
			w.happened(phone, "lead.parado", nil, nil)
			var both sync.WaitGroup
			w.pass(time.Hour)
			both.Go(func() { w.work(who.ContactID) })
			both.Go(func() {
				_, err := w.store.StopFlow(context.Background(), w.tenant.ID, document.ID, "regra desativada")
				require.NoError(t, err)
			})
			both.Wait()
		}
		sent := map[string]bool{}
		for _, one := range w.provider.sent {
			sent[one.message.ID] = true
		}
		for _, row := range w.history() {
			require.Equal(t, sent[row.MessageID], row.State == flows.FollowUpSent, "%s is %s, and the provider had it: %v", row.ID, row.State, sent[row.MessageID])
		}
	})
}
