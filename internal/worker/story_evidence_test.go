package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
	"retoma/internal/store"
)

// oneMessage is a model with a single message at 10:10.
const oneMessage = `{"name":"Retorno","channelId":"c","startTime":"10:00","messages":[{"id":"m1","text":"Oi","offset":10}]}`

const gatewayID = "gateway-1"

// byEvidence lets the channel go by evidence.
func (w *world) byEvidence(minutes int) {
	w.t.Helper()
	_, err := w.store.ChangeChannel(context.Background(), w.tenant.ID, w.channel.ID, func(c *chat.Channel) error {
		c.OnUnconfirmed, c.EvidenceMinutes = chat.UnconfirmedEvidence, minutes
		return nil
	})
	require.NoError(w.t, err)
}

// listens lets a gateway say that it listens, since when, and what it heard.
func (w *world) listens(id string, since time.Time, change func(*desk.ListenerReport)) {
	w.t.Helper()
	report := desk.ListenerReport{ID: id, Since: since, At: w.now()}
	if change != nil {
		change(&report)
	}
	require.NoError(w.t, w.store.Listen(context.Background(), report))
}

// heardOn is what a gateway heard on the world's channel.
func (w *world) heardOn(confirmed int, gap desk.Gap) func(*desk.ListenerReport) {
	heard := desk.HeardOn{TenantID: w.tenant.ID, ChannelID: w.channel.ID, Gap: gap}
	for i := range confirmed {
		heard.Confirmed = append(heard.Confirmed, desk.Confirmation{MessageID: fmt.Sprintf("later-%d", i), Begun: w.now()})
	}
	return func(report *desk.ListenerReport) { report.Channels = []desk.HeardOn{heard} }
}

// doubt sends one follow-up at 10:10 whose outcome nobody knows, and gives the contact and the message.
func (w *world) doubt() (contactID, messageID string) {
	w.t.Helper()
	w.customer(ana, "oi")
	who := w.enrol(ana, w.model(oneMessage))
	w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
	w.at(local(10, 10, 10))
	w.work(who.ContactID)
	require.Equal(w.t, chat.Unconfirmed, w.message(w.pending()[0].MessageID).State)
	return who.ContactID, w.pending()[0].MessageID
}

func (w *world) lastLine(messageID string) chat.LogEntry {
	w.t.Helper()
	log := w.message(messageID).Log
	return log[len(log)-1]
}

func TestWhatIsUnconfirmedGoesAgainByEvidence(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.byEvidence(15)
		w.listens(gatewayID, w.now(), nil)
		contactID, id := w.doubt()
		log := w.message(id).Log
		require.Equal(t, "later", log[len(log)-1].Verdict)
		require.Contains(t, w.notifications()[0].Text, "até 10:25")

		w.pass(5 * time.Minute)
		w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
		w.work(contactID)
		require.Len(t, w.provider.sent, 1, "not before the quarter of an hour is over")

		w.at(local(10, 10, 25))
		overdue, err := w.store.Overdue(context.Background(), w.now(), 10)
		require.NoError(t, err)
		require.Contains(t, overdue, refOf(w, contactID), "the scan finds it, whatever process died meanwhile")
		w.listens(gatewayID, time.Time{}, nil)
		w.work(contactID)
		require.Len(t, w.provider.sent, 2)
		require.Equal(t, id, w.provider.sent[1].message.ID, "the same message")
		row := w.history()[0]
		require.Equal(t, flows.FollowUpSent, row.State)
		sent := w.message(id)
		require.Equal(t, chat.Accepted, sent.State)
		require.Equal(t, 2, sent.Attempts)
		var said chat.LogEntry
		for _, line := range sent.Log {
			if line.Check == "evidence" {
				said = line
			}
		}
		require.Equal(t, "resend", said.Verdict)
		require.Len(t, said.Values["confirmed"], 3)
	})
}

func TestWithoutEvidenceTheTeamDecides(t *testing.T) {
	type story struct {
		before func(w *world) // at the claim's time
		during func(w *world) // five minutes later
		reason string
	}
	gap := func(w *world) desk.Gap { return desk.Gap{At: w.now(), Reason: "um webhook foi recusado com 503"} }
	for name, one := range map[string]story{
		"nobody listened": {reason: "nenhum processo recebia"},
		"a process that listens was killed": {
			before: func(w *world) { w.listens("killed", local(10, 8, 0), nil) },
			during: func(w *world) { w.listens(gatewayID, local(10, 8, 0), w.heardOn(3, desk.Gap{})) }, reason: "deixou de dar sinal",
		},
		"a process began to listen": {
			during: func(w *world) { w.listens("new", w.now(), w.heardOn(3, desk.Gap{})) }, reason: "começou depois do envio",
		},
		"a process stopped": {
			before: func(w *world) { w.listens("old", local(10, 8, 0), nil) },
			during: func(w *world) {
				w.listens("old", local(10, 8, 0), func(r *desk.ListenerReport) { r.Stopped = true })
				w.listens(gatewayID, local(10, 8, 0), w.heardOn(3, desk.Gap{}))
			}, reason: "parou depois do envio",
		},
		"a webhook of any channel was refused": {
			during: func(w *world) {
				w.listens(gatewayID, local(10, 8, 0), func(r *desk.ListenerReport) {
					w.heardOn(3, desk.Gap{})(r)
					r.Gap = gap(w)
				})
			}, reason: "recusado com 503",
		},
		"a webhook of this channel was refused": {
			during: func(w *world) { w.listens(gatewayID, local(10, 8, 0), w.heardOn(3, gap(w))) }, reason: "recusado com 503",
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.byEvidence(15)
				w.at(local(10, 10, 10))
				if one.before != nil {
					one.before(w)
				}
				w.at(local(10, 9, 10))
				contactID, id := w.doubt()
				w.pass(5 * time.Minute)
				if one.during != nil {
					one.during(w)
				}
				w.at(local(10, 10, 25))
				if name != "nobody listened" && name != "a process began to listen" {
					w.listens(gatewayID, time.Time{}, nil)
				}
				w.work(contactID)
				require.Len(t, w.provider.sent, 1)
				require.Equal(t, chat.Unconfirmed, w.message(id).State)
				last := w.lastLine(id)
				require.Equal(t, "hold", last.Verdict)
				require.Contains(t, last.Reason, one.reason)
				require.Contains(t, w.notifications()[0].Text, "A equipe decide")

				w.pass(time.Hour)
				w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
				w.work(contactID)
				require.Len(t, w.provider.sent, 1, "what was missed stays missed")
				w.status(id, chat.Sent, "")
				require.Equal(t, flows.FollowUpSent, w.history()[0].State, "and a late word still settles it")
			})
		})
	}
}

func TestEvidenceThatIsNotEnoughIsAwaitedAsLongAsTheSendIsNotTooLate(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.byEvidence(15)
		w.listens(gatewayID, w.now(), nil)
		contactID, id := w.doubt()
		lines := len(w.message(id).Log)
		for w.now().Before(local(10, 11, 20)) {
			w.pass(time.Minute)
			w.listens(gatewayID, time.Time{}, w.heardOn(2, desk.Gap{}))
			w.work(contactID)
		}
		require.Len(t, w.provider.sent, 1)
		require.Len(t, w.message(id).Log, lines+1, "a wait that goes on is one line")
		require.Contains(t, w.message(id).ErrorDetail, "só 2 de 3")
		w.at(local(10, 11, 26))
		w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
		w.work(contactID)
		require.Len(t, w.provider.sent, 1, "an hour too late")
		require.Contains(t, w.lastLine(id).Reason, "tempo demais")
	})
}

// TestAWordThatComesAtTheLastMomentWins lets the delivery state be acknowledged between the look and the claim.
func TestAWordThatComesAtTheLastMomentWins(t *testing.T) {
	for _, state := range []chat.MessageState{chat.Sent, chat.Delivered, chat.Failed} {
		t.Run(string(state), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.byEvidence(15)
				w.listens(gatewayID, w.now(), nil)
				contactID, id := w.doubt()
				w.at(local(10, 10, 25))
				w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
				told := func() {
					_, err := w.store.Receive(context.Background(), desk.Intake{Statuses: []desk.StatusArrival{{
						TenantID: w.tenant.ID, ChannelID: w.channel.ID, Status: chat.Status{Tracker: id, State: state, At: w.now(), ErrorCode: errorOf(state)},
					}}})
					require.NoError(t, err)
				}
				if w.engine == "sqlite" { // one writer: nothing comes between
					told()
				} else {
					w.beforeClaim = told
				}
				w.work(contactID)
				require.Len(t, w.provider.sent, 1, "it was acknowledged before the claim")
				require.Equal(t, state, w.message(id).State)
			})
		})
	}
}

func errorOf(state chat.MessageState) string {
	if state == chat.Failed {
		return string(fault.InvalidPhone)
	}
	return ""
}

func TestASecondTryPassesEveryPolicyAndIsTheLast(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.byEvidence(15)
		w.listens(gatewayID, w.now(), nil)
		contactID, id := w.doubt()
		w.at(local(10, 10, 25))
		w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
		pause := func(at time.Time) {
			_, err := w.store.ChangeChannel(context.Background(), w.tenant.ID, w.channel.ID, func(c *chat.Channel) error {
				c.PausedAt = at
				return nil
			})
			require.NoError(t, err)
		}
		pause(w.now())
		w.work(contactID)
		require.Len(t, w.provider.sent, 1)
		require.Equal(t, chat.Unconfirmed, w.message(id).State, "until it goes, news of the first try settle it")
		pause(time.Time{})
		w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
		for range 80 {
			w.pass(time.Minute)
			w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
			w.work(contactID)
		}
		require.Len(t, w.provider.sent, 2, "two tries are all there are")
		require.Equal(t, chat.Unconfirmed, w.message(id).State)
		require.Equal(t, "hold", w.lastLine(id).Verdict)
	})
}

func TestAnAnswerWhileAMessageIsUnconfirmedEndsIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.byEvidence(15)
		w.listens(gatewayID, w.now(), nil)
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(strings.Replace(oneMessage, "{", `{"onReply":"stop",`, 1)))
		w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		w.at(local(10, 10, 20))
		w.customer(ana, "quero sim")
		w.at(local(10, 10, 25))
		w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1, "nothing goes in disregard of the answer")
		require.Equal(t, flows.Responded, w.history()[0].State)
	})
}

// A follow-up that may have been read and answered is not said again: not by itself.
func TestAnAnswerLeavesAnUnconfirmedMessageOfARunThatGoesOnToTheTeam(t *testing.T) {
	for _, onReply := range []string{"continue", "restart"} {
		t.Run(onReply, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.byEvidence(15)
				w.listens(gatewayID, w.now(), nil)
				w.customer(ana, "oi")
				who := w.enrol(ana, w.model(strings.Replace(oneMessage, "{", `{"onReply":"`+onReply+`",`, 1)))
				w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
				w.at(local(10, 10, 10))
				w.work(who.ContactID)
				id := w.pending()[0].MessageID
				w.at(local(10, 10, 20))
				w.customer(ana, "quero sim")
				w.at(local(10, 10, 25))
				w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
				w.work(who.ContactID)
				w.at(local(10, 11, 40))
				w.work(who.ContactID)
				require.Len(t, w.provider.sent, 1)
				require.Equal(t, chat.Unconfirmed, w.message(id).State)
				require.Contains(t, w.lastLine(id).Reason, "o cliente escreveu depois")
			})
		})
	}
}

// TestAProcessThatDiesWhileItSendsAgainLeavesADoubt kills the worker after the second claim.
func TestAProcessThatDiesWhileItSendsAgainLeavesADoubt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.byEvidence(15)
		w.listens(gatewayID, w.now(), nil)
		contactID, id := w.doubt()
		w.at(local(10, 10, 25))
		w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
		w.provider.during = func(provider.Outgoing) { panic("the machine goes dark") }
		require.Panics(t, func() { _ = w.worker.Work(context.Background(), refOf(w, contactID)) })
		w.provider.during = nil
		w.restart()
		require.Equal(t, chat.Sending, w.message(id).State)
		w.pass(lease + time.Second)
		w.work(contactID)
		require.Equal(t, chat.Unconfirmed, w.message(id).State)
		w.pass(20 * time.Minute)
		w.listens(gatewayID, time.Time{}, w.heardOn(3, desk.Gap{}))
		w.work(contactID)
		require.Len(t, w.provider.sent, 2, "the try is used up")
		_, err := w.store.ResolveMessage(context.Background(), w.tenant.ID, id, store.ResolveNotSent)
		require.NoError(t, err, "and the team decides")
	})
}

// TestNothingGoesAgainThatTheProviderToldOf lets anything happen in any order, and holds the promise against it: a message whose
// delivery state was acknowledged never goes again, none goes twice without evidence, and none a third time.
func TestNothingGoesAgainThatTheProviderToldOf(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, "sqlite")
		w.byEvidence(rapid.IntRange(1, 30).Draw(r, "minutes"))
		w.listens(gatewayID, w.now(), nil)
		contactID, id := w.doubt()
		claimed, told, gap, confirmed := w.now(), false, time.Time{}, 0
		due := claimed.Add(w.readChannel().EvidenceAfter())
		lastListened := w.now()
		for range rapid.IntRange(5, 25).Draw(r, "steps") {
			w.pass(time.Duration(rapid.IntRange(1, 240).Draw(r, "seconds")) * time.Second)
			switch rapid.SampledFrom([]string{"listen", "listen", "confirm", "confirm", "gap", "status", "work", "work"}).Draw(r, "what") {
			case "listen":
				w.listens(gatewayID, time.Time{}, nil)
				lastListened = w.now()
			case "confirm":
				confirmed++
				n := confirmed
				w.listens(gatewayID, time.Time{}, func(report *desk.ListenerReport) {
					w.heardOn(min(n, desk.ConfirmedEnough), desk.Gap{})(report)
				})
				lastListened = w.now()
			case "gap":
				if rapid.IntRange(0, 3).Draw(r, "rare") == 0 {
					gap = w.now()
					w.listens(gatewayID, time.Time{}, w.heardOn(min(confirmed, desk.ConfirmedEnough), desk.Gap{At: w.now(), Reason: "falha"}))
					lastListened = w.now()
				}
			case "status":
				if rapid.IntRange(0, 3).Draw(r, "rare") == 0 {
					told = told || len(w.provider.sent) == 1
					w.status(id, chat.Sent, "")
				}
			}
			before := len(w.provider.sent)
			w.work(contactID)
			if len(w.provider.sent) > before {
				require.False(r, told, "the provider had told of it")
				require.Equal(r, 1, before, "a second time at most")
				require.True(r, gap.IsZero() || gap.Before(claimed), "nothing was missed")
				require.GreaterOrEqual(r, confirmed, desk.ConfirmedEnough)
				require.False(r, w.now().Before(due))
				require.False(r, lastListened.Before(due), "everything up to its time was told")
			}
		}
	})
}

// readChannel is the channel as it is stored.
func (w *world) readChannel() chat.Channel {
	w.t.Helper()
	channel, err := w.store.Channel(context.Background(), w.tenant.ID, w.channel.ID)
	require.NoError(w.t, err)
	return channel
}
