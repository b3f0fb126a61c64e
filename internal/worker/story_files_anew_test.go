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
	"retoma/internal/provider"
)

// mediaNames are what the provider was given files as.
func (w *world) mediaNames() []string {
	var names []string
	for _, one := range w.provider.sent {
		names = append(names, one.message.Content.Media.ID)
	}
	return names
}

// A report that comes after the acceptance, as often as it likes: the file is handed over once more, in a message of its own.
func TestAFileThatAReportSaysWasLostIsHandedOverOnceMore(t *testing.T) {
	withShelf(t, shelf{names: []string{"media-1", "media-2"}}, func(w *world, asked *shelf, who desk.Accepted) {
		w.work(who.ContactID)
		first := w.history()[0].MessageID
		w.pass(time.Second)
		for range 3 {
			w.status(first, chat.Failed, "media")
		}
		require.Equal(t, []string{"media-1", "media-2"}, w.mediaNames())
		require.Equal(t, "media-1", asked.wanted[len(asked.wanted)-1].Lost)

		row := w.history()[0]
		require.Equal(t, flows.FollowUpSent, row.State, "it counts as sent, with the other message")
		again := w.message(row.MessageID)
		require.NotEqual(t, first, again.ID)
		require.Equal(t, first, again.Replaces)
		require.Equal(t, chat.Accepted, again.State)
		require.Equal(t, "segue", again.Content.Text)
		require.Equal(t, chat.Failed, w.message(first).State, "a state only moves forward")
		require.Equal(t, "media-1", w.message(first).Content.Media.ID, "what was sent stays written down")
		require.Equal(t, []string{"media", "again"}, []string{again.Log[0].Check, again.Log[0].Verdict}, "it explains itself")
		last := w.message(first).Log[len(w.message(first).Log)-1]
		require.Equal(t, again.ID, last.Values["replacedBy"], "and so does the first")
		require.Equal(t, local(10, 11, 0), w.pending()[0].DueAt, "the next step counts from the first send")
		require.Empty(t, w.notifications())
	})
}

func TestAFileThatReportsSayWasLostTwiceFails(t *testing.T) {
	withShelf(t, shelf{names: []string{"media-1", "media-2", "media-3"}}, func(w *world, _ *shelf, who desk.Accepted) {
		w.work(who.ContactID)
		w.status(w.history()[0].MessageID, chat.Failed, "media")
		w.status(w.history()[0].MessageID, chat.Failed, "media")
		w.pass(time.Minute)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2, "never a second time")
		require.Equal(t, flows.FollowUpFailed, w.followUps(chat.FollowUpFilter{State: "FAILED"})[0].State)
		require.Equal(t, "media", w.history()[0].ErrorCode)
	})
}

// Its answer and its report together count once, too.
func TestAFileThatWasLostInTheAnswerIsNotHandedOverAgainAfterTheReport(t *testing.T) {
	withShelf(t, shelf{names: []string{"media-1", "media-2", "media-3"}}, func(w *world, _ *shelf, who desk.Accepted) {
		w.provider.answer(fault.New(fault.Media, "131053"))
		w.work(who.ContactID)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		w.status(w.history()[0].MessageID, chat.Failed, "media")
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		require.Equal(t, flows.FollowUpFailed, w.followUps(chat.FollowUpFilter{State: "FAILED"})[0].State)
	})
}

func TestWhatIsNotHandedOverAnew(t *testing.T) {
	for name, story := range map[string]func(w *world, who desk.Accepted, first string){
		"something else failed": func(w *world, _ desk.Accepted, first string) { w.status(first, chat.Failed, "provider_down") },
		"the customer has written since": func(w *world, _ desk.Accepted, first string) {
			w.customer(ana, "já vi")
			w.status(first, chat.Failed, "media")
		},
		"it is too late": func(w *world, _ desk.Accepted, first string) {
			w.pass(61 * time.Minute)
			w.status(first, chat.Failed, "media")
		},
		"it was delivered": func(w *world, _ desk.Accepted, first string) {
			w.status(first, chat.Delivered, "")
			w.status(first, chat.Failed, "media")
		},
	} {
		t.Run(name, func(t *testing.T) {
			withShelf(t, shelf{names: []string{"media-1", "media-2"}}, func(w *world, _ *shelf, who desk.Accepted) {
				w.work(who.ContactID)
				w.pass(5 * time.Second)
				story(w, who, w.provider.sent[0].message.ID)
				w.work(who.ContactID)
				files := 0
				for _, one := range w.provider.sent {
					if one.message.Content.Media != nil {
						files++
					}
				}
				require.Equal(t, 1, files)
			})
		})
	}
}

func TestAnAnswerWhileTheFileIsHandedOverAnewWins(t *testing.T) {
	withShelf(t, shelf{names: []string{"media-1", ""}}, func(w *world, _ *shelf, who desk.Accepted) {
		w.work(who.ContactID)
		w.status(w.history()[0].MessageID, chat.Failed, "media")
		w.pass(3 * time.Second)
		w.customer(ana, "já vi")
		w.pass(time.Minute)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		row := w.followUps(chat.FollowUpFilter{State: "FAILED"})[0]
		require.Equal(t, "media", row.ErrorCode, "nothing of it reached anybody")
	})
}

// The report overtakes the answer to the send, or is the only answer there is: then the run waits for the other message.
func TestAReportThatSettlesASendHandsItsFileOverAnew(t *testing.T) {
	for name, answer := range map[string]error{"it overtakes the acceptance": nil, "nobody knew": fault.New(fault.Unconfirmed, "quem sabe")} {
		t.Run(name, func(t *testing.T) {
			withShelf(t, shelf{names: []string{"media-1", "media-2"}}, func(w *world, _ *shelf, who desk.Accepted) {
				w.provider.answer(answer)
				w.provider.during = func(m provider.Outgoing) {
					if len(w.provider.sent) > 1 {
						return
					}
					_, err := w.store.Receive(context.Background(), desk.Intake{Statuses: []desk.StatusArrival{{
						TenantID: w.tenant.ID, ChannelID: w.channel.ID,
						Status: chat.Status{Tracker: m.ID, MessageExternalID: "wamid.of." + m.ID, State: chat.Failed, At: w.now(), ErrorCode: "media"},
					}}})
					require.NoError(t, err)
				}
				w.work(who.ContactID)
				w.work(who.ContactID)
				require.Equal(t, []string{"media-1", "media-2"}, w.mediaNames())
				row := w.history()[0]
				require.Equal(t, flows.FollowUpSent, row.State)
				require.Equal(t, chat.Accepted, w.message(row.MessageID).State)
				require.Len(t, w.pending(), 1, "the run goes on")
			})
		})
	}
}

// Two tries, of which one may have arrived: the report may be of the other.
func TestWhatWasTriedTwiceInDoubtIsNotHandedOverAnew(t *testing.T) {
	withShelf(t, shelf{names: []string{"media-1", "media-2"}}, func(w *world, _ *shelf, who desk.Accepted) {
		w.provider.answer(fault.New(fault.Unconfirmed, "quem sabe"))
		w.work(who.ContactID)
		id := w.provider.sent[0].message.ID
		_, err := w.store.ResolveMessage(context.Background(), w.tenant.ID, id, "resend")
		require.NoError(t, err)
		w.provider.answer(fault.New(fault.Unconfirmed, "quem sabe"))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		w.status(id, chat.Failed, "media")
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2, "never a double")
		require.Equal(t, flows.FollowUpFailed, w.history()[0].State)
	})
}

// A window that has closed meanwhile takes its one template, in the place of both.
func TestATemplateMayGoInThePlaceOfAFileThatWasHandedOverAnew(t *testing.T) {
	const body = `{"name":"Um","channelId":"c","startTime":null,"onReply":"stop","messages":[
		{"id":"m1","text":"segue","offset":60,"attachment":{"mediaId":"01a2030e-37e9-73ce-8151-4d4f108834fe"},
		"template":{"name":"retomada","language":"pt_BR"}}]}`
	eachWorld(t, func(w *world) {
		w.worker.Files = &shelf{names: []string{"media-1", "media-2"}}
		w.templates("MARKETING")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(body))
		w.at(local(10, 10, 0))
		w.work(who.ContactID)
		w.status(w.history()[0].MessageID, chat.Failed, "media")
		second := w.history()[0].MessageID
		w.report(second, closed())
		free, templates := w.given()
		require.Equal(t, []int{2, 1}, []int{free, templates})
		row := w.history()[0]
		require.Equal(t, flows.FollowUpSent, row.State)
		require.Equal(t, chat.TemplateUse, w.message(row.MessageID).Content.Type)
	})
}

// What a platform sent is handed over anew too; the platform finds the other message by the first.
func TestAPlatformsFileIsHandedOverAnew(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.worker.Files = &shelf{names: []string{"media-1", "media-2"}}
		w.customer(ana, "oi")
		id := w.asks(ana, chat.Content{Type: chat.Document, Text: "a tabela", Media: &chat.Media{MediaID: "01a2030e-37e9-73ce-8151-4d4f108834fe"}})
		require.Equal(t, chat.Accepted, w.message(id).State)
		w.status(id, chat.Failed, "media")
		require.Equal(t, []string{"media-1", "media-2"}, w.mediaNames())
		require.Equal(t, chat.Failed, w.message(id).State)
		log := w.message(id).Log
		again, _ := log[len(log)-1].Values["replacedBy"].(string)
		require.Equal(t, id, w.message(again).Replaces)
		require.Equal(t, chat.Accepted, w.message(again).State)
	})
}
