package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// shortly is due within the window, has a template, and goes on an hour later.
const shortly = `{"name":"Retomar","channelId":"c","messages":[
	{"id":"a","text":"Vamos continuar?","offset":70,"template":{"name":"retomada","language":"pt_BR"}},
	{"id":"b","text":"Ainda aí?","offset":60,"template":{"name":"retomada","language":"pt_BR"}}]}`

func closed() *fault.Error {
	return refusal(fault.OutsideWindow, fault.Reach{Scope: fault.ScopeContact, Number: "131047"})
}

// free and templates are what the provider was given.
func (w *world) given() (free, templates int) {
	for _, one := range w.provider.sent {
		if one.message.Content.Type == chat.TemplateUse {
			templates++
		} else {
			free++
		}
	}
	return free, templates
}

func TestTheProvidersOwnWordClosesTheWindowAndOneTemplateGoes(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.provider.answer(closed())
		w.work(who.ContactID)
		free, templates := w.given()
		require.Equal(t, []int{1, 1}, []int{free, templates})
		row := w.history()[0]
		require.Equal(t, flows.FollowUpSent, row.State)
		template := w.message(row.MessageID)
		require.Equal(t, chat.TemplateUse, template.Content.Type)
		require.Equal(t, chat.Failed, w.message(template.Replaces).State)
		require.Equal(t, "outside_window", w.message(template.Replaces).ErrorCode)
		require.Empty(t, w.notifications(), "nothing failed")
		require.Equal(t, local(10, 11, 10), w.pending()[0].DueAt)
		w.at(local(10, 11, 10))
		w.work(who.ContactID)
		free, templates = w.given()
		require.Equal(t, []int{1, 2}, []int{free, templates}, "the window stays closed")
	})
}

func TestATemplateThatIsRefusedTooEndsIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.provider.answer(closed(), closed())
		w.work(who.ContactID)
		require.Equal(t, flows.FollowUpFailed, w.history()[0].State)
		require.Equal(t, []string{"send.failed"}, w.kinds())
		require.Len(t, w.provider.sent, 2)
	})
}

// A refusal that comes after the acceptance, as often and in whatever order it is reported: the follow-up stays SENT, its
// message is the template, and words are never sent twice.
func TestALaterRefusalSendsTheOneTemplate(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		first := w.history()[0].MessageID
		w.pass(time.Second)
		for range 3 {
			w.report(first, closed())
		}
		w.status(first, chat.Sent, "")
		w.report(first, closed())
		free, templates := w.given()
		require.Equal(t, []int{1, 1}, []int{free, templates})
		row := w.history()[0]
		require.Equal(t, flows.FollowUpSent, row.State)
		require.NotEqual(t, first, row.MessageID)
		require.Equal(t, first, w.message(row.MessageID).Replaces)
		require.Equal(t, chat.Failed, w.message(first).State)
		require.Equal(t, chat.Accepted, w.message(row.MessageID).State)
		require.Len(t, w.pending(), 1, "the run goes on")
		require.Equal(t, local(10, 11, 10), w.pending()[0].DueAt, "from the real send time, that of the first")
		require.Empty(t, w.notifications())

		w.customer(ana, "oi de novo")
		require.False(t, w.followUps(chat.FollowUpFilter{State: "SENT"})[0].RespondedAt.IsZero(), "and an answer is credited to it")
	})
}

func TestALaterRefusalOfTheTemplateFailsTheFollowUp(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		w.report(w.history()[0].MessageID, closed())
		w.report(w.history()[0].MessageID, refusal(fault.Unreachable, fault.Reach{Scope: fault.ScopeContact, Number: "131026"}))
		row := w.followUps(chat.FollowUpFilter{State: "FAILED"})[0]
		require.Equal(t, "unreachable", row.ErrorCode)
		require.Len(t, w.provider.sent, 2)
	})
}

func TestAnAnswerToTheTemplateThatRefusesItFailsTheFollowUp(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		w.provider.answer(refusal(fault.TemplateParams, fault.Reach{Scope: fault.ScopeMessage, Number: "132000"}))
		w.report(w.history()[0].MessageID, closed())
		row := w.history()[0]
		require.Equal(t, flows.FollowUpFailed, row.State)
		require.Equal(t, "template_params", row.ErrorCode)
		require.Len(t, w.pending(), 1, "the run goes on")
	})
}

// The report overtakes the answer to the send itself.
func TestARefusalThatOvertakesTheAcceptance(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.provider.during = func(m provider.Outgoing) {
			if m.Content.Type == chat.TemplateUse {
				return
			}
			_, err := w.store.Receive(context.Background(), desk.Intake{Statuses: []desk.StatusArrival{{
				TenantID: w.tenant.ID, ChannelID: w.channel.ID,
				Status: chat.Status{Tracker: m.ID, MessageExternalID: "wamid.of." + m.ID, State: chat.Failed, At: w.now(), ErrorCode: "outside_window"},
			}}})
			require.NoError(t, err)
		}
		w.work(who.ContactID)
		free, templates := w.given()
		require.Equal(t, []int{1, 1}, []int{free, templates})
		row := w.history()[0]
		require.Equal(t, flows.FollowUpSent, row.State)
		require.Equal(t, chat.Accepted, w.message(row.MessageID).State)
		require.Len(t, w.pending(), 1)
	})
}

// An answer says it, and then a report says the same of the same try: the template is not touched by it.
func TestAReportOfTheRefusedTryIsNoNewsOfTheTemplate(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.provider.answer(closed())
		w.work(who.ContactID)
		template := w.message(w.history()[0].MessageID)
		w.report(template.Replaces, closed())
		require.Equal(t, chat.Accepted, w.message(template.ID).State)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		require.Len(t, w.provider.sent, 2)
	})
}

func TestNoTemplateGoesAfterTheCustomerHasWritten(t *testing.T) {
	for name, story := range map[string]func(w *world, first string){
		"before the report": func(w *world, first string) {
			w.customer(ana, "opa")
			w.report(first, closed())
		},
		"while the template waits": func(w *world, first string) {
			w.pacer.notBefore = w.now().Add(time.Minute)
			w.report(first, closed())
			w.customer(ana, "opa")
			w.pass(2 * time.Minute)
			w.work(w.message(first).ContactID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.templates("MARKETING")
				w.customer(ana, "oi")
				who := w.enrol(ana, w.model(shortly))
				w.at(local(10, 10, 10))
				w.work(who.ContactID)
				first := w.history()[0].MessageID
				w.pass(time.Second)
				w.atStatus = w.now().Add(-500 * time.Millisecond)
				story(w, first)
				_, templates := w.given()
				require.Zero(t, templates)
				var failed []string
				for _, row := range w.history() {
					if row.Attempt == 1 {
						failed = append(failed, string(row.State)+" "+row.ErrorCode)
					}
				}
				require.Equal(t, []string{"FAILED outside_window"}, failed, "neither the words nor the template reached anybody")
			})
		})
	}
}

// A process that dies after the report was written down, at any moment: the template goes once.
func TestTheTemplateGoesOnceWhoeverDies(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		first := w.history()[0].MessageID
		w.provider.during = func(provider.Outgoing) { panic("the machine goes dark") }
		require.Panics(t, func() { w.report(first, closed()) })
		w.provider.during = nil
		w.restart()
		for range 5 {
			w.pass(20 * time.Second)
			w.work(who.ContactID)
			w.report(first, closed())
		}
		_, templates := w.given()
		require.Equal(t, 1, templates, "nobody knows whether it went: it is in doubt, and not repeated")
		require.Contains(t, w.kinds(), "message.unconfirmed")
	})
}

func TestPeopleOfTheDayLetFollowUpsWaitAndTellPlatformsAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(withTemplate))
		w.at(w.pending()[0].DueAt)
		w.pacer.fullUntil = w.now().Add(30 * time.Minute)
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		row := w.pending()[0]
		log := w.message(row.MessageID).Log
		last := log[len(log)-1]
		require.Equal(t, []string{"people", "later"}, []string{last.Check, last.Verdict})
		require.Contains(t, last.Reason, "pessoas novas em 24 horas")
		require.Contains(t, last.Reason, "10 % ficam reservados", "so it is full before the limit")
		for range 3 {
			w.pass(time.Minute)
			w.work(who.ContactID)
		}
		require.Len(t, w.message(row.MessageID).Log, len(log), "a wait is one line")
		asked := len(w.pacer.asked)

		id := w.asks(bia, ofTemplate())
		require.Equal(t, "rate_limited", w.message(id).ErrorCode)
		require.True(t, w.pacer.asked[asked].Begins)
		require.False(t, w.pacer.asked[asked].Waits)

		w.at(w.pacer.fullUntil)
		w.work(who.ContactID)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		begun, err := w.store.PeopleBegun(context.Background(), w.tenant.ID, w.now().Add(-time.Hour), func(c chat.Channel) bool { return c.ID == w.channel.ID })
		require.NoError(t, err)
		require.Equal(t, map[string]time.Time{who.ContactID: w.now().UTC()}, begun, "SQL remembers who was written to first")
	})
}

// A contact with many messages that wait for the same pair asks once for all of them.
func TestManyMessagesOfOneContactWaitWithoutAsking(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("UTILITY")
		w.pacer.notBefore = w.now().Add(time.Minute)
		var contactID string
		for i := range 20 {
			id := w.asks(ana, ofTemplate())
			contactID = w.message(id).ContactID
			require.Len(t, w.pacer.asked, i+1, fmt.Sprint("message ", i))
		}
		w.at(w.pacer.notBefore)
		w.work(contactID)
		require.Len(t, w.provider.sent, 20)
		require.Len(t, w.pacer.asked, 40, "asked once when it came, and once when it went")
	})
}

// Who waits for a place in line goes as soon as the limit has more of them, whoever says so.
func TestAGreaterLimitLetsPeopleGo(t *testing.T) {
	said := map[string]func(w *world){
		"the channel's owner": func(w *world) { w.limit("TIER_2K") },
		"the provider": func(w *world) {
			_, err := w.store.ChangeChannel(context.Background(), w.tenant.ID, w.channel.ID, func(c *chat.Channel) error {
				delete(c.Config, chat.ConfigTier)
				c.Number.Tier = "TIER_1K"
				return nil
			})
			require.NoError(w.t, err)
		},
		"no limit any more": func(w *world) { w.limit("") },
	}
	for name, says := range said {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.templates("MARKETING")
				w.limit("250")
				w.customer(ana, "oi")
				who := w.enrol(ana, w.model(withTemplate))
				w.at(w.pending()[0].DueAt)
				w.pacer.fullUntil = w.now().Add(20 * time.Hour)
				w.work(who.ContactID)
				w.pacer.fullUntil = time.Time{}
				w.pass(time.Minute)
				w.limit("20")
				w.work(who.ContactID)
				require.Empty(t, w.provider.sent, "fewer let nobody go")
				w.limit("250")
				w.pacer.fullUntil = w.now().Add(20 * time.Hour)
				w.work(who.ContactID)
				w.pacer.fullUntil = time.Time{}
				says(w)
				overdue, err := w.store.Overdue(context.Background(), w.now(), 10)
				require.NoError(t, err)
				require.Contains(t, overdue, refOf(w, who.ContactID), "the scan finds them")
				w.work(who.ContactID)
				require.Len(t, w.provider.sent, 1)
			})
		})
	}
}

// limit sets the channel's people of the day.
func (w *world) limit(tier string) {
	w.t.Helper()
	_, err := w.store.ChangeChannel(context.Background(), w.tenant.ID, w.channel.ID, func(c *chat.Channel) error {
		if c.Config == nil {
			c.Config = map[string]string{}
		}
		c.Config[chat.ConfigTier] = tier
		return nil
	})
	require.NoError(w.t, err)
}

// The pace is told that two contacts were one, and when something last went to a contact.
func TestThePaceHearsOfAMergeAndOfWhatWent(t *testing.T) {
	eachWorld(t, func(w *world) {
		stays, _ := w.twoOfThem()
		w.texts(1)
		w.work(stays.ContactID)
		require.Zero(t, w.pacer.asked[0].LastSent)
		sent := w.now()
		w.pass(time.Minute)
		w.texts(1)
		w.work(stays.ContactID)
		require.True(t, sent.Equal(w.pacer.asked[1].LastSent))
		require.Empty(t, w.pacer.merged)
		w.says("sou eu", ana, bsuid("BR.1"))
		w.work(stays.ContactID)
		require.Contains(t, w.pacer.merged, w.channel.ID+" "+stays.ContactID)
	})
}
