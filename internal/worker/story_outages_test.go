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

func TestATemplateRestsForEverybodyAndTheTeamHearsOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		paused := refusal(fault.TemplatePaused, fault.Reach{Scope: fault.ScopeTemplate, Number: "132015", Template: "PAUSED", CoolDown: 3 * time.Hour})
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(withTemplate))
		w.at(w.pending()[0].DueAt)
		due := w.now()
		w.provider.answer(paused)
		w.work(who.ContactID)
		require.Equal(t, flows.Pending, w.pending()[0].State, "it waits")
		require.Equal(t, "PAUSED", w.templateNow().Status)
		require.Equal(t, []string{"template.paused"}, w.kinds())
		require.Equal(t, "template_paused", w.message(w.asks(bia, ofTemplate())).ErrorCode, "a platform hears at once")
		require.Len(t, w.provider.sent, 1, "nobody asks the provider again")
		require.ElementsMatch(t, []string{"send.failed", "template.paused"}, w.kinds())

		w.pass(20 * time.Minute)
		_, err := w.store.Tell(context.Background(), w.tenant.ID, []desk.ChannelNews{{ChannelID: w.channel.ID, News: chat.News{
			Field: "message_template_status_update", At: w.now(), Template: &chat.TemplateNews{Name: "retomada", Language: "pt_BR", Status: "APPROVED"},
		}}})
		require.NoError(t, err)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2, "the provider's own word recovers it")
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		require.Equal(t, due.Add(20*time.Minute), w.history()[0].SentAt)
	})
}

func TestATemplateThatNobodyRecoversIsTriedWhenItsTimeIsOver(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		paused := refusal(fault.TemplatePaused, fault.Reach{Scope: fault.ScopeTemplate, Number: "132015", Template: "PAUSED", CoolDown: 3 * time.Hour})
		w.provider.answer(paused, paused)
		w.asks(ana, ofTemplate())
		w.pass(3*time.Hour - time.Second)
		w.asks(ana, ofTemplate())
		require.Len(t, w.provider.sent, 1)
		w.pass(time.Second)
		w.asks(ana, ofTemplate())
		require.Len(t, w.provider.sent, 2)
		w.asks(ana, ofTemplate())
		require.Len(t, w.provider.sent, 2, "held again")
		told := 0
		for _, kind := range w.kinds() {
			if kind == "template.paused" {
				told++
			}
		}
		require.Equal(t, 1, told, "the same again within a day is no news")
	})
}

func TestANumberThatIsTooFastSlowsDown(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		w.provider.answer(refusal(fault.RateLimited, fault.Reach{Scope: fault.ScopeNumber, Number: "130429", CoolDown: 4 * time.Second}))
		id := w.asks(ana, ofTemplate())
		require.Equal(t, []string{w.channel.ID}, w.pacer.slowed)
		require.Equal(t, []time.Time{w.now().Add(4 * time.Second)}, w.pacer.held)
		require.Equal(t, chat.Queued, w.message(id).State, "a burst is stretched, never failed")
		w.pass(4 * time.Second)
		w.work(w.message(id).ContactID)
		require.Equal(t, chat.Accepted, w.message(id).State)
		require.True(t, w.channelNow().Online)
	})
}

func TestMarketingOfANumberRestsAndAnswersGoOn(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.provider.answer(refusal(fault.RateLimited, fault.Reach{Scope: fault.ScopeNumber, Number: "131048", Marketing: true, CoolDown: 6 * time.Hour}))
		w.asks(ana, ofTemplate())
		require.Empty(t, w.pacer.held, "answers are not held back")
		require.Empty(t, w.pacer.slowed)
		require.Equal(t, w.now().Add(6*time.Hour), w.channelNow().Limits.MarketingRest)
		require.Contains(t, w.kinds(), "sender.limited")
		require.Equal(t, "rate_limited", w.message(w.asks(bia, ofTemplate())).ErrorCode)
		require.Len(t, w.provider.sent, 1)
		w.customer(bia, "oi")
		w.asks(bia, chat.Content{Type: chat.Text, Text: "olá"})
		require.Len(t, w.provider.sent, 2)
	})
}

func TestAnAccountThatIsRefusedStopsAllItsNumbersAndTheTeamHearsOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		w.templates("UTILITY")
		second := w.channel
		second.ID, second.Account, second.Token, second.Name = chat.NewID(), "second", "token-2"+w.tenant.ID, "Suporte"
		other := w.channel
		other.ID, other.Account, other.Token, other.Secrets = chat.NewID(), "third", "token-3"+w.tenant.ID, map[string]string{"accessToken": "another"}
		require.NoError(t, w.store.CreateChannel(ctx, second))
		require.NoError(t, w.store.CreateChannel(ctx, other))
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.provider.answer(refusal(fault.Auth, fault.Reach{Scope: fault.ScopeAccount, Number: "190/463", Lift: fault.LiftProbe}))
		w.work(who.ContactID)
		require.False(t, w.channelNow().Online)
		require.Contains(t, w.channelNow().OfflineReason, "O que fazer")
		for id, online := range map[string]bool{second.ID: false, other.ID: true} {
			found, err := w.store.Channel(ctx, w.tenant.ID, id)
			require.NoError(t, err)
			require.Equal(t, online, found.Online, found.Name)
		}
		require.Equal(t, []string{"sender.offline"}, w.kinds())
		require.Contains(t, w.notifications()[0].Text, "Suporte")
		require.Equal(t, flows.Pending, w.pending()[0].State)
		require.Equal(t, "auth", w.message(w.asks(bia, ofTemplate())).ErrorCode, "a platform hears at once")
		require.Len(t, w.provider.sent, 1, "nobody asks the provider again")

		recovered, _, err := w.store.RecoverChannel(ctx, w.tenant.ID, w.channel.ID, fault.LiftProbe)
		require.NoError(t, err)
		require.False(t, recovered, "a probe waits a minute")
		w.pass(2 * time.Minute)
		w.work(who.ContactID)
		recovered, waiting, err := w.store.RecoverChannel(ctx, w.tenant.ID, w.channel.ID, fault.LiftProbe)
		require.NoError(t, err)
		require.True(t, recovered)
		for _, ref := range waiting {
			w.work(ref.ContactID)
		}
		w.work(who.ContactID)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State, "it comes back by itself")
	})
}

func TestABanIsLiftedByAPersonOnly(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		w.templates("UTILITY")
		w.provider.answer(refusal(fault.SenderOffline, fault.Reach{Scope: fault.ScopeAccount, Number: "131031", Lift: fault.LiftPerson}))
		w.asks(ana, ofTemplate())
		w.pass(48 * time.Hour)
		recovered, _, err := w.store.RecoverChannel(ctx, w.tenant.ID, w.channel.ID, fault.LiftProbe)
		require.NoError(t, err)
		require.False(t, recovered)
		recovered, _, err = w.store.RecoverChannel(ctx, w.tenant.ID, w.channel.ID, fault.LiftPerson)
		require.NoError(t, err)
		require.True(t, recovered)
	})
}

func TestACountryIsLeftAloneAndOthersAreNot(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		w.provider.answer(refusal(fault.PolicyBlocked, fault.Reach{Scope: fault.ScopeCountry, Number: "130497", CoolDown: 24 * time.Hour}))
		w.asks(ana, ofTemplate())
		w.asks(bia, ofTemplate())
		require.Len(t, w.provider.sent, 1)
		w.asks("+351912345678", ofTemplate())
		require.Len(t, w.provider.sent, 2)
		require.True(t, w.channelNow().Online)
		w.pass(24 * time.Hour)
		w.asks(bia, ofTemplate())
		require.Len(t, w.provider.sent, 3, "tried again after a day")
	})
}

// What a refusal said is acted on even if the process dies right after writing it down.
func TestATroubleOutlivesItsProcess(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		w.refuseTroubles = true
		w.restart()
		w.provider.answer(refusal(fault.SenderOffline, fault.Reach{Scope: fault.ScopeNumber, Number: "133010", Lift: fault.LiftProbe}))
		w.asks(ana, ofTemplate())
		require.True(t, w.channelNow().Online, "it died before")
		w.refuseTroubles = false
		w.restart()
		require.NoError(t, w.worker.Settle(context.Background()))
		require.True(t, w.channelNow().Online, "its own process may still be at it")
		w.pass(10 * time.Second)
		require.NoError(t, w.worker.Settle(context.Background()))
		require.False(t, w.channelNow().Online)
		told := len(w.kinds())
		require.NoError(t, w.worker.Settle(context.Background()))
		require.Len(t, w.kinds(), told)
		left, err := w.store.Troubles(context.Background(), w.now(), 10)
		require.NoError(t, err)
		require.Empty(t, left)
	})
}
