package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
	"retoma/internal/store"
)

func TestAFailureThatCanPassIsTriedOnceMoreAfterAMinute(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		down := fault.New(fault.ProviderDown, "fora do ar")
		w.provider.answer(down, down)
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Equal(t, flows.Pending, w.pending()[0].State)
		w.at(local(10, 10, 11).Add(-time.Second))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1, "not before the minute is over")
		w.at(local(10, 10, 11))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		row := w.history()[0]
		require.Equal(t, flows.FollowUpFailed, row.State)
		require.Equal(t, "provider_down", row.ErrorCode)
		require.Equal(t, local(10, 11, 11), w.pending()[0].DueAt, "the next step counts from the final failure")
		require.Equal(t, "send.failed", w.notifications()[0].Kind)
	})
}

func TestARateLimitUsesUpNoTry(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		limited := &fault.Error{Code: fault.RateLimited, Message: "devagar", After: 5 * time.Second}
		w.provider.answer(limited, limited, limited)
		w.at(local(10, 10, 10))
		for range 4 {
			w.work(who.ContactID)
			w.pass(5 * time.Second)
		}
		require.Len(t, w.provider.sent, 4)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
	})
}

func TestAnErrorThatNoLaterStepCouldCureEndsTheRun(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.provider.answer(fault.New(fault.Unreachable, "não está no WhatsApp"))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Equal(t, "unreachable", w.history()[0].ErrorCode)
		require.Empty(t, w.pending())
	})
}

func TestASendInDoubtWaitsForEvidenceAndIsNeverRepeated(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		w.at(local(10, 10, 40))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		row := w.pending()[0]
		require.Equal(t, flows.Pending, row.State)
		require.Equal(t, chat.Unconfirmed, w.message(row.MessageID).State)
		require.Equal(t, "message.unconfirmed", w.notifications()[0].Kind)

		w.at(local(10, 10, 45))
		w.status(row.MessageID, chat.Sent, "")
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		require.Equal(t, local(10, 10, 45), w.history()[0].SentAt, "at the status's time")
		require.Equal(t, local(10, 11, 45), w.pending()[0].DueAt)
	})
}

func TestAStatusIsBelievedNeitherFromTheFutureNorFromBeforeItsMessage(t *testing.T) {
	for name, clock := range map[string]struct {
		told, want time.Time
	}{
		"three years ahead":     {local(10, 10, 45).AddDate(3, 0, 0), local(10, 10, 45)},
		"in the year 5138":      {time.Unix(99999999999, 0), local(10, 10, 45)},
		"before it was claimed": {local(10, 9, 0), local(10, 10, 10)},
		"in 1970":               {time.Unix(1, 0), local(10, 10, 10)},
		"a minute ago":          {local(10, 10, 44), local(10, 10, 44)},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.customer(ana, "oi")
				who := w.enrol(ana, w.model(twoMessages))
				w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
				w.at(local(10, 10, 10))
				w.work(who.ContactID)
				id := w.pending()[0].MessageID
				w.at(local(10, 10, 45))
				w.statusAt(id, chat.Delivered, "", clock.told)
				sent := clock.want.Add(999 * time.Millisecond) // a second is told by its beginning; nothing is to come early
				if now := w.now(); sent.After(now) {
					sent = now
				}
				require.Equal(t, sent, w.history()[0].SentAt)
				require.Equal(t, sent.Add(time.Hour), w.pending()[0].DueAt, "the next one counts from then")
				settled := w.message(id)
				require.Equal(t, chat.Delivered, settled.State)
				require.Equal(t, clock.want, settled.DeliveredAt)

				w.statusAt(id, chat.Sent, "", time.Unix(99999999999, 0))
				w.statusAt(id, chat.Read, "", time.Unix(99999999999, 0))
				read := w.message(id)
				require.Equal(t, chat.Read, read.State, "the order of states is not that of their times")
				require.Equal(t, local(10, 10, 45), read.ReadAt)
			})
		})
	}
}

func TestTheTeamSettlesASendInDoubt(t *testing.T) {
	cases := map[string]struct {
		state flows.FollowUpState
		sends int
	}{
		store.ResolveSent:    {flows.FollowUpSent, 1},
		store.ResolveNotSent: {flows.FollowUpFailed, 1},
		store.ResolveResend:  {flows.FollowUpSent, 2},
	}
	for as, want := range cases {
		t.Run(as, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.customer(ana, "oi")
				who := w.enrol(ana, w.model(twoMessages))
				w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
				w.at(local(10, 10, 10))
				w.work(who.ContactID)
				_, err := w.store.ResolveMessage(context.Background(), w.tenant.ID, w.pending()[0].MessageID, as)
				require.NoError(t, err)
				w.work(who.ContactID)
				require.Equal(t, want.state, w.history()[0].State)
				require.Len(t, w.provider.sent, want.sends)
				require.Len(t, w.pending(), 1, "the run goes on")
			})
		})
	}
}

func TestAClaimWhoseWorkerDiedIsInDoubtAfterItsLease(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.provider.during = func(provider.Outgoing) { panic("the machine goes dark") }
		require.Panics(t, func() { w.work(who.ContactID) })
		w.provider.during = nil
		w.pass(lease - time.Second)
		w.work(who.ContactID)
		require.Equal(t, chat.Sending, w.message(w.pending()[0].MessageID).State)
		w.pass(time.Second)
		refs, err := w.store.Overdue(context.Background(), w.now(), 10)
		require.NoError(t, err)
		require.Len(t, refs, 1, "the scan finds it")
		w.work(who.ContactID)
		require.Equal(t, chat.Unconfirmed, w.message(w.pending()[0].MessageID).State)
		require.Len(t, w.provider.sent, 1)
	})
}

func TestAPausedChannelHoldsFollowUpsUntilItIsResumed(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		pause := func(at time.Time) {
			_, err := w.store.ChangeChannel(ctx, w.tenant.ID, w.channel.ID, func(c *chat.Channel) error { c.PausedAt = at; return nil })
			require.NoError(t, err)
		}
		pause(w.now())
		w.at(local(10, 10, 10))
		for range 5 {
			w.work(who.ContactID)
			w.pass(time.Minute)
		}
		require.Empty(t, w.provider.sent)
		require.Len(t, w.pending(), 1)
		log := w.message(w.pending()[0].MessageID).Log
		require.LessOrEqual(t, countChecks(log, "pause"), 1, "a wait that goes on is one line")
		w.work(who.ContactID) // looks again in a minute
		pause(time.Time{})
		refs, err := w.store.LetGo(ctx, w.tenant.ID, w.channel.ID, "")
		require.NoError(t, err)
		require.Len(t, refs, 1)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
	})
}

func TestAPaceSlotStretchesABurstWithoutRewritingTheRow(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		slot := local(10, 10, 10).Add(3 * time.Second)
		w.pacer.notBefore = slot
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		require.Contains(t, w.waker.later, slot)
		w.at(slot)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
	})
}

func TestAFailedStatusAfterAcceptanceMovesTheFollowUp(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		id := w.history()[0].MessageID
		w.status(id, chat.Failed, string(fault.OutsideWindow))
		require.Equal(t, flows.FollowUpFailed, w.history()[0].State)
		require.Equal(t, chat.Failed, w.message(id).State)
		w.status(id, chat.Delivered, "")
		require.Equal(t, chat.Failed, w.message(id).State, "a state never moves back")
	})
}

func TestStatusesOnlyMoveForward(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		id := w.history()[0].MessageID
		for _, state := range []chat.MessageState{chat.Read, chat.Sent, chat.Delivered, chat.Failed} {
			w.pass(time.Second)
			w.status(id, state, "")
			require.Equal(t, chat.Read, w.message(id).State)
		}
		require.False(t, w.message(id).SentAt.IsZero(), "a late one leaves its time")
		require.Equal(t, flows.FollowUpSent, w.followUps(chat.FollowUpFilter{State: "SENT"})[0].State)
	})
}

func countChecks(log []chat.LogEntry, check string) int {
	count := 0
	for _, entry := range log {
		if entry.Check == check && entry.Verdict == "later" {
			count++
		}
	}
	return count
}

func TestAFailureReportedLaterEndsTheRunAsAnAnswerWould(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Len(t, w.pending(), 1)
		id := w.history()[0].MessageID
		for range 3 {
			w.status(id, chat.Failed, string(fault.Unreachable))
		}
		require.Empty(t, w.pending())
		require.Len(t, w.followUps(chat.FollowUpFilter{State: "FAILED"}), 1)
		require.Len(t, w.notifications(), 1, "reported again, it is not told again")
	})
}
