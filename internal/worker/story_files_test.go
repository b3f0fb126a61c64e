package worker_test

import (
	"cmp"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// shelf plays what knows the names that providers give to files.
type shelf struct {
	// names are given out one after another, the last one for ever; an empty one means that the upload is still under way.
	names []string
	// kind is what the file is; a document if nothing is said.
	kind   chat.ContentType
	err    error
	wanted []desk.FileWanted
}

func (s *shelf) Have(_ context.Context, want desk.FileWanted) (desk.FileHad, error) {
	s.wanted = append(s.wanted, want)
	if s.err != nil {
		return desk.FileHad{}, s.err
	}
	name := s.names[0]
	if len(s.names) > 1 {
		s.names = s.names[1:]
	}
	return desk.FileHad{Ready: name != "", ID: name, Kind: cmp.Or(s.kind, chat.Document), MIME: "application/pdf", FileName: "tabela.pdf"}, nil
}

const withFile = `{"name":"Um","channelId":"c","startTime":null,"onReply":"stop","messages":[
	{"id":"m1","text":"segue","offset":60,"attachment":{"mediaId":"01a2030e-37e9-73ce-8151-4d4f108834fe"}},{"id":"m2","text":"e então?","offset":60}]}`

// withShelf begins a story about a model whose first message attaches a file of ours.
func withShelf(t *testing.T, files shelf, story func(w *world, files *shelf, who desk.Accepted)) {
	eachWorld(t, func(w *world) {
		own := files // each database begins anew
		w.worker.Files = &own
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(withFile))
		w.at(local(10, 10, 0))
		story(w, &own, who)
	})
}

func TestAFileIsHandedOverBeforeItsMessageIsClaimed(t *testing.T) {
	files := shelf{names: []string{"", "", "media-1"}}
	withShelf(t, files, func(w *world, _ *shelf, who desk.Accepted) {
		for range 2 {
			w.work(who.ContactID)
			require.Empty(t, w.provider.sent)
			require.Equal(t, flows.Pending, w.pending()[0].State)
			message := w.message(w.pending()[0].MessageID)
			require.Equal(t, chat.Queued, message.State, "it can be taken back while the upload is under way")
			require.Zero(t, message.ClaimNumber)
			require.Equal(t, w.now().Add(2*time.Second), w.waker.later[len(w.waker.later)-1])
		}
		w.work(who.ContactID)
		sent := w.provider.sent[0].message.Content
		require.Equal(t, chat.Document, sent.Type, "what it is sent as is told by the file")
		require.Equal(t, "media-1", sent.Media.ID)
		require.Equal(t, "tabela.pdf", sent.Media.FileName)
		require.Equal(t, "segue", sent.Text)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
	})
}

// A file of ours above what can be tapped says itself what it is, where the author did not; a sound cannot stand there.
func TestAFileAboveAnInteractiveMessageSaysWhatItIs(t *testing.T) {
	for kind, failed := range map[chat.ContentType]string{chat.Document: "", chat.Image: "", chat.Audio: "media"} {
		t.Run(string(kind), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.worker.Files = &shelf{names: []string{"media-1"}, kind: kind}
				w.customer(ana, "oi")
				own := &chat.Header{Media: &chat.Media{ID: "01a2030e-37e9-73ce-8151-4d4f108834fe"}}
				id := w.asks(ana, chat.Interactive{Header: own, Body: "Veja", Buttons: []chat.ReplyButton{{ID: "a", Title: "Sim"}}}.ContentOf())
				if failed != "" {
					require.Empty(t, w.provider.sent)
					require.Equal(t, failed, w.message(id).ErrorCode)
					return
				}
				sent := w.provider.sent[0].message.Content
				require.Equal(t, kind, sent.Interactive.Header.Type)
				require.Equal(t, "media-1", sent.Interactive.Header.Media.ID)
				require.Contains(t, sent.Text, "[tabela.pdf]")
			})
		})
	}
}

func TestAReplyDuringAnUploadWins(t *testing.T) {
	files := shelf{names: []string{"", "media-1"}}
	withShelf(t, files, func(w *world, _ *shelf, who desk.Accepted) {
		w.work(who.ContactID)
		w.customer(ana, "já vi")
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		require.Equal(t, flows.Responded, w.history()[0].State)
	})
}

func TestAFileThatItsProviderLostIsHandedOverOnceMore(t *testing.T) {
	files := shelf{names: []string{"media-1", "media-2"}}
	withShelf(t, files, func(w *world, asked *shelf, who desk.Accepted) {
		w.provider.answer(fault.New(fault.Media, "131053"))
		w.work(who.ContactID)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		require.Equal(t, "media-2", w.provider.sent[1].message.Content.Media.ID)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		require.Equal(t, "media-1", asked.wanted[len(asked.wanted)-1].Lost)
	})
}

func TestAFileThatIsRefusedTwiceFailsItsMessage(t *testing.T) {
	files := shelf{names: []string{"media-1", "media-2"}}
	withShelf(t, files, func(w *world, _ *shelf, who desk.Accepted) {
		w.provider.answer(fault.New(fault.Media, "131053"), fault.New(fault.Media, "131053"))
		w.work(who.ContactID)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		require.Equal(t, flows.FollowUpFailed, w.history()[0].State)
		require.Equal(t, "media", w.history()[0].ErrorCode)
	})
}

func TestWhatAnUploadEndsInIsAnAnswerAndNeverDoubt(t *testing.T) {
	for _, c := range []struct {
		err   *fault.Error
		state flows.FollowUpState
	}{
		{fault.New(fault.Media, "o arquivo não existe mais"), flows.FollowUpFailed},
		{fault.New(fault.ProviderDown, "fora do ar"), flows.Pending},
		{fault.New(fault.RateLimited, "devagar"), flows.Pending},
		{fault.New(fault.Auth, "token"), flows.Pending},
	} {
		t.Run(string(c.err.Code), func(t *testing.T) {
			files := shelf{err: c.err}
			withShelf(t, files, func(w *world, _ *shelf, who desk.Accepted) {
				w.work(who.ContactID)
				require.Empty(t, w.provider.sent)
				if c.state == flows.Pending {
					row := w.pending()[0]
					require.Equal(t, "m1", row.NodeID)
					require.Equal(t, chat.Queued, w.message(row.MessageID).State)
					return
				}
				require.Equal(t, c.state, w.history()[0].State)
			})
		})
	}
}

func TestADatabaseThatIsAwayFailsNoFile(t *testing.T) {
	files := shelf{err: fault.New(fault.Unavailable, "o banco não responde")}
	withShelf(t, files, func(w *world, _ *shelf, who desk.Accepted) {
		require.Error(t, w.worker.Work(context.Background(), refOf(w, who.ContactID)))
		require.Equal(t, flows.Pending, w.pending()[0].State)
		require.Empty(t, w.history())
	})
}

func TestAnInstallationWithoutFilesSaysSo(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(withFile))
		w.at(local(10, 10, 0))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		require.Equal(t, "media", w.history()[0].ErrorCode)
	})
}

// copyOf gives a channel's provider a copy of a file of ours, as an upload does.
func (w *world) copyOf(mediaID, name string) {
	w.t.Helper()
	require.NoError(w.t, w.store.SaveMediaUpload(context.Background(), w.tenant.ID, w.channel.ID, mediaID, name, w.now().Add(29*24*time.Hour)))
}

func (w *world) copyKnown(mediaID string) string {
	w.t.Helper()
	name, err := w.store.MediaUpload(context.Background(), w.tenant.ID, w.channel.ID, mediaID, w.now())
	require.NoError(w.t, err)
	return name
}

func TestAFileThatItsProviderCouldNotUseAfterwardsIsForgotten(t *testing.T) {
	const file = "01a2030e-37e9-73ce-8151-4d4f108834fe"
	for _, c := range []struct {
		name, code, copy, want string
	}{
		{"the copy that was sent", "media", "media-1", ""},
		{"it was renewed meanwhile", "media", "media-9", "media-9"},
		{"something else failed", "provider_down", "media-1", "media-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withShelf(t, shelf{names: []string{"media-1", ""}}, func(w *world, _ *shelf, who desk.Accepted) {
				w.work(who.ContactID)
				require.Len(t, w.provider.sent, 1)
				w.copyOf(file, c.copy)
				w.status(w.provider.sent[0].message.ID, chat.Failed, c.code)
				require.Equal(t, c.want, w.copyKnown(file))
			})
		})
	}
}
