package worker_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestConditionsAreJudgedAtSchedulingAndWhenDue(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(`{"name":"a","triggerType":"NO_RESPONSE","triggerValue":2,"triggerUnit":"hours","message":"oi?",
			"conditions":{"excludeTags":["Não Incomodar"],"includeFunnelStages":["Qualificação","Negociação"]}}`)
		who := w.customer(ana, "oi")
		w.ours(ana, chat.FromPerson, "olá")
		require.Empty(t, w.pending(), "not in one of the stages")
		w.change(who.ContactID, func(c *chat.Contact) { c.Stage = "Negociação" })
		w.ours(ana, chat.FromPerson, "olá de novo")
		require.Len(t, w.pending(), 1)
		w.change(who.ContactID, func(c *chat.Contact) { c.Tags = []string{"Não Incomodar"} })
		w.pass(2 * time.Hour)
		w.work(who.ContactID)
		require.Empty(t, w.pending())
		require.Equal(t, flows.FollowUpCancelled, w.history()[0].State)
		require.NotEmpty(t, w.history()[0].CancelReason)
		require.Len(t, w.provider.sent, 2)
	})
}

func (w *world) change(contactID string, change func(*chat.Contact)) {
	w.t.Helper()
	_, err := w.store.ChangeContact(context.Background(), w.tenant.ID, contactID, func(c *chat.Contact) error {
		change(c)
		return nil
	})
	require.NoError(w.t, err)
}

func TestStagesTagsDealsAndPlatformEventsStartRules(t *testing.T) {
	cases := map[string]struct {
		trigger, conditions string
		right, wrong        func(w *world)
	}{
		"stage": {"STAGE_ENTERED", `{"includeFunnelStages":["Proposta"]}`,
			func(w *world) {
				w.happened(ana, chat.StageEntered, map[string]any{"stage": "Proposta"}, func(c *chat.Contact) { c.Stage = "Proposta" })
			},
			func(w *world) {
				w.happened(ana, chat.StageEntered, map[string]any{"stage": "Ganho"}, func(c *chat.Contact) { c.Stage = "Ganho" })
			}},
		"tag": {"TAG_ADDED", `{"includeTags":["quente"]}`,
			func(w *world) {
				w.happened(ana, chat.TagAdded, map[string]any{"tag": "quente"}, func(c *chat.Contact) { c.Tags = []string{"vip", "quente"} })
			},
			func(w *world) {
				w.happened(ana, chat.TagAdded, map[string]any{"tag": "vip"}, func(c *chat.Contact) { c.Tags = []string{"vip"} })
			}},
		"deal":   {"DEAL_CREATED", `{}`, func(w *world) { w.happened(ana, chat.DealCreated, nil, nil) }, func(w *world) { w.happened(ana, "deal.lost", nil, nil) }},
		"custom": {"CUSTOM", `{"event":"boleto.vencido"}`, func(w *world) { w.happened(ana, "boleto.vencido", nil, nil) }, func(w *world) { w.happened(ana, "boleto.pago", nil, nil) }},
	}
	for name, story := range cases {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.rule(`{"name":"a","triggerType":"` + story.trigger + `","triggerValue":30,"triggerUnit":"minutes","message":"oi","maxAttempts":2,"conditions":` + story.conditions + `}`)
				who := w.customer(ana, "bom dia")
				story.wrong(w)
				require.Empty(t, w.pending())
				story.right(w)
				require.Len(t, w.pending(), 1)
				require.Equal(t, w.now().Add(30*time.Minute), w.pending()[0].DueAt)
				require.Equal(t, who.ConversationID, w.pending()[0].ConversationID)
				w.pass(30 * time.Minute)
				w.work(who.ContactID)
				require.Equal(t, []string{"oi"}, w.provider.texts())
				require.Equal(t, 2, w.pending()[0].Attempt)
				w.customer(ana, "opa")
				require.Empty(t, w.pending())
			})
		})
	}
}

func TestAFollowUpScheduledByHandIsOneAttemptBesideTheRulesOwn(t *testing.T) {
	eachWorld(t, func(w *world) {
		document := w.rule(noResponse)
		who := w.customer(ana, "oi")
		w.ours(ana, chat.FromPerson, "olá")
		at := w.now().Add(3 * time.Hour)
		w.arrive(ana, chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{FlowID: document.ID, OnlyNode: followup.AttemptNode(1), At: at, Source: "api"}})
		require.Len(t, w.pending(), 2)
		require.Equal(t, at, w.pending()[0].DueAt)
		w.ours(ana, chat.FromPerson, "mais uma coisa")
		require.Equal(t, at, w.pending()[0].DueAt, "our messages do not move it")
		w.at(at)
		w.work(who.ContactID)
		require.Contains(t, w.provider.texts(), "Ainda posso ajudar?")
		require.Len(t, w.pending(), 1, "one attempt; the rule's own goes on")
	})
}

func TestKeepInWindowMovesADueTimeToJustBeforeTheWindowCloses(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(`{"name":"a","triggerType":"NO_RESPONSE","triggerValue":24,"triggerUnit":"hours","message":"oi?","keepInWindow":true}`)
		who := w.customer(ana, "oi")
		closes := w.now().Add(24 * time.Hour)
		w.pass(30 * time.Minute)
		w.ours(ana, chat.FromPerson, "segue a proposta")
		require.Equal(t, closes.Add(-5*time.Minute), w.pending()[0].DueAt)
		w.at(w.pending()[0].DueAt)
		w.work(who.ContactID)
		require.Contains(t, w.provider.texts(), "oi?")
		log, err := json.Marshal(w.history()[0].Log)
		require.NoError(t, err)
		require.Contains(t, string(log), "janela de 24 horas")
	})
}

func TestAGapDefersTheSecondAutomaticMessageAndSaysWhatWentFirst(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.settings(func(s *chat.Settings) { s.Automatic = chat.Automatic{GapMinutes: 60, MaxPerDay: 2} })
		for _, name := range []string{"um", "dois", "três"} {
			w.rule(`{"name":"` + name + `","triggerType":"CUSTOM","triggerValue":10,"triggerUnit":"minutes","message":"` + name + `","conditions":{"event":"lead.parado"}}`)
		}
		who := w.customer(ana, "oi")
		w.happened(ana, "lead.parado", nil, nil)
		require.Len(t, w.pending(), 3)
		w.pass(10 * time.Minute)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1, "all three were due at once")
		first := w.history()[0]
		require.Equal(t, w.now().Add(time.Hour), w.pending()[0].DueAt)
		explained, err := w.store.FollowUp(context.Background(), w.tenant.ID, w.pending()[0].ID)
		require.NoError(t, err)
		log, err := json.Marshal(explained.Log)
		require.NoError(t, err)
		require.Contains(t, string(log), first.MessageID)

		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		require.Len(t, w.pending(), 1)
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2, "two on one day")
		require.Equal(t, local(11, 8, 0), w.pending()[0].DueAt, "tomorrow morning")
		w.customer(ana, "quem é?")
		require.Empty(t, w.pending(), "an answer ends them as ever")
	})
}

func (w *world) settings(change func(*chat.Settings)) {
	w.t.Helper()
	_, err := w.store.ChangeTenant(context.Background(), w.tenant.ID, func(tenant *chat.Tenant) error {
		change(&tenant.Settings)
		return nil
	})
	require.NoError(w.t, err)
}

// otherChannel makes a second channel of the same tenant.
func (w *world) otherChannel() chat.Channel {
	w.t.Helper()
	other := w.channel
	other.ID, other.Name, other.Phone, other.Account, other.Token = chat.NewID(), "Suporte", "+551140040002", "account-2", "token-2-"+w.tenant.ID
	require.NoError(w.t, w.store.CreateChannel(context.Background(), other))
	return other
}

func TestWhoLeavesTheStageCountsFromTheNextTime(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(`{"name":"a","triggerType":"STAGE_ENTERED","triggerValue":2,"triggerUnit":"days","message":"oi","conditions":{"includeFunnelStages":["Proposta"]}}`)
		enters := func(stage string) {
			w.happened(ana, chat.StageEntered, map[string]any{"stage": stage}, func(c *chat.Contact) { c.Stage = stage })
		}
		w.customer(ana, "bom dia")
		enters("Proposta")
		require.Len(t, w.pending(), 1)
		w.pass(time.Hour)
		enters("Negociação")
		require.Empty(t, w.pending())
		require.Equal(t, []string{"As condições da regra não valem mais"}, w.cancelReasons())
		w.pass(time.Hour)
		enters("Proposta")
		require.Equal(t, w.now().Add(48*time.Hour), w.pending()[0].DueAt)
	})
}

func TestARuleForAChannelWritesInTheContactsConversationThere(t *testing.T) {
	eachWorld(t, func(w *world) {
		other := w.otherChannel()
		w.rule(`{"name":"a","instanceId":"` + other.ID + `","triggerType":"DEAL_CREATED","triggerValue":1,"triggerUnit":"hours","message":"oi"}`)
		w.customer(ana, "bom dia")
		w.happened(ana, chat.DealCreated, nil, nil)
		require.Empty(t, w.pending(), "no conversation on that channel")
		written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
			TenantID: w.tenant.ID, ChannelID: other.ID, Keys: []chat.Key{chat.PhoneKey(ana)}, Phone: ana, OnlyPerson: true,
		}}})
		require.NoError(t, err)
		w.pass(time.Minute)
		w.customer(ana, "de novo pelo primeiro canal")
		w.happened(ana, chat.DealCreated, nil, nil)
		require.Len(t, w.pending(), 1)
		require.Equal(t, written.Accepted[0].ConversationID, w.pending()[0].ConversationID)
	})
}

// A platform's data stands over what retoma itself says of an event, also where it is called event: that changes nothing
// about what began the run.
func TestAnEventWhoseDataIsCalledEventKeepsItsRun(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(`{"name":"a","triggerType":"DEAL_CREATED","triggerValue":1,"triggerUnit":"hours","message":"oi"}`)
		who := w.customer(ana, "bom dia")
		w.happened(ana, chat.DealCreated, map[string]any{"event": "created"}, nil)
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Equal(t, []string{"oi"}, w.provider.texts())
	})
}
