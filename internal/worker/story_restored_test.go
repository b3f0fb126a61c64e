package worker_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/archive"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// backup saves the world's database as it is now.
func (w *world) backup() []byte {
	w.t.Helper()
	dump, err := store.OpenDump(w.t.Context(), w.address, w.now())
	require.NoError(w.t, err)
	manifest, err := dump.Manifest(w.t.Context())
	require.NoError(w.t, err)
	var file bytes.Buffer
	to, err := archive.NewWriter(&file, manifest)
	require.NoError(w.t, err)
	for _, table := range manifest.Tables {
		rows := to.Table(table.Name)
		require.NoError(w.t, dump.Copy(w.t.Context(), table, rows))
		_, err := rows.Close()
		require.NoError(w.t, err)
	}
	_, err = to.Close()
	require.NoError(w.t, err)
	require.NoError(w.t, dump.Close())
	return file.Bytes()
}

// restore goes on with a database that was restored now. What the provider was given since the backup stays with it.
func (w *world) restore(file []byte) store.HeldCounts {
	w.t.Helper()
	from, err := archive.NewReader(bytes.NewReader(file))
	require.NoError(w.t, err)
	w.address = storetest.Bare(w.t, w.store.Engine())
	options := store.Options{Address: w.address, SecretKey: "a key for tests"}
	filling, err := store.BeginRestore(w.t.Context(), store.RestoreOptions{Options: options}, from.Manifest())
	require.NoError(w.t, err)
	_, err = from.Walk(archive.Visitor{Table: func(table archive.Table, rows io.Reader) error { return filling.Load(w.t.Context(), table, rows) }})
	require.NoError(w.t, err)
	held, err := filling.Publish(w.t.Context(), from.Manifest(), w.now())
	require.NoError(w.t, err)
	require.NoError(w.t, filling.Leave())
	w.store = storetest.Open(w.t, store.Options{Address: w.address, Now: w.now})
	w.restart()
	return held
}

func (w *world) held() []desk.ForReview {
	w.t.Helper()
	found, err := w.store.ForReview(w.t.Context(), w.tenant.ID, desk.ReviewFilter{Limit: 100})
	require.NoError(w.t, err)
	return found
}

// overdue are the contacts that the scan finds.
func (w *world) overdue() int {
	w.t.Helper()
	found, err := w.store.Overdue(w.t.Context(), w.now(), 100)
	require.NoError(w.t, err)
	return len(found)
}

const caio = "+5511999990003"

func TestWhatWasDueSinceTheBackupIsHeldAndNotSentAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		model := w.model(twoMessages)
		w.customer(ana, "oi")
		who := w.enrol(ana, model) // due at 10:10
		w.at(local(10, 10, 0))
		w.customer(bia, "oi")
		later := w.enrol(bia, w.model(`{"name":"Depois","channelId":"c","startTime":null,"messages":[{"id":"x","text":"depois","offset":60}]}`)) // at 11:00
		file := w.backup()

		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		w.at(local(10, 10, 30))
		held := w.restore(file)
		require.Equal(t, store.HeldCounts{Runs: 1}, held)

		for range 3 { // whatever wakes it
			w.work(who.ContactID)
			w.pass(time.Minute)
		}
		require.Len(t, w.provider.sent, 1, "it may have been sent already, and it was")
		require.Zero(t, w.overdue(), "the scan leaves what is held alone")
		rows := w.held()
		require.Len(t, rows, 1)
		require.Equal(t, local(10, 10, 10), rows[0].DueAt)
		require.Equal(t, "Ana Souza", rows[0].ContactName)
		open := w.pending()[0]
		require.Equal(t, desk.HeldReason, open.Log[len(open.Log)-1].Reason)
		require.Equal(t, "restored", w.notifications()[0].Kind)

		w.at(local(10, 11, 0))
		w.work(later.ContactID)
		require.Len(t, w.provider.sent, 2, "what is due after the restore goes on as ever")

		released, refs, err := w.store.ReleaseReviewed(t.Context(), w.tenant.ID, []string{rows[0].ID})
		require.NoError(t, err)
		require.Equal(t, 1, released)
		require.Equal(t, who.ContactID, refs[0].ContactID)
		w.work(who.ContactID)
		require.Equal(t, "Oi Ana, viu a proposta?", w.provider.texts()[2])
		require.Empty(t, w.held())
		require.Equal(t, local(10, 12, 0), w.pending()[0].DueAt, "the next step counts from the send")
	})
}

func TestWhatIsHeldCanBeCancelledAndAReplyEndsIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		model := w.model(twoMessages)
		for _, phone := range []string{ana, bia} {
			w.customer(phone, "oi")
			w.enrol(phone, model)
		}
		file := w.backup()
		w.at(local(10, 10, 30))
		w.restore(file)
		require.Len(t, w.held(), 2)
		w.customer(ana, "já comprei")
		require.Equal(t, flows.Responded, w.history()[0].State)
		require.Len(t, w.held(), 1)
		cancelled, err := w.store.CancelReviewed(t.Context(), w.tenant.ID, nil, "revisado")
		require.NoError(t, err)
		require.Equal(t, 1, cancelled)
		require.Empty(t, w.held())
		require.Empty(t, w.pending())
		require.Empty(t, w.provider.sent)
		require.Contains(t, w.cancelReasons(), "revisado")
	})
}

func TestMessagesOfTheBackupsMomentAreHeldOrInDoubt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.flow(`{"name":"Boas-vindas","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"a"},
			{"id":"a","type":"send_message","with":{"text":"olá"},"next":"b"},{"id":"b","type":"send_message","with":{"text":"tudo bem?"},"next":"f"},{"id":"f","type":"end"}]}`)
		var file []byte
		w.provider.during = func(provider.Outgoing) {
			if file == nil {
				w.deposit(caio, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "ainda não lida"}}})
				file = w.backup() // the first message to Ana is under way, and Caio's is unread
			}
		}
		who := w.customer(ana, "oi")
		w.pass(time.Minute)
		waiting := w.customer(caio, "e esta também não")
		sent := len(w.provider.sent)
		require.Greater(t, sent, 2)
		w.pass(10 * time.Minute)
		held := w.restore(file)
		require.EqualValues(t, 1, held.Unconfirmed)

		w.pass(time.Minute)
		w.work(who.ContactID)
		w.work(waiting.ContactID)
		require.Len(t, w.provider.sent, sent, "nothing of before goes out by itself")
		rows := w.held()
		require.Len(t, rows, 3, "Ana's second message, and both that Caio's unread one started")
		for _, row := range rows {
			require.True(t, row.Message)
			require.Equal(t, desk.HeldReason, w.message(row.ID).ErrorDetail)
		}
		found, err := w.store.Messages(context.Background(), w.tenant.ID, chat.MessageFilter{State: chat.Unconfirmed, Page: chat.Page{Limit: 10}})
		require.NoError(t, err)
		require.Len(t, found, 1)

		released, _, err := w.store.ReleaseReviewed(t.Context(), "", nil)
		require.NoError(t, err)
		require.Equal(t, 3, released)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, sent, "Ana's second message stays behind the first, which is in doubt")
		w.work(waiting.ContactID)
		require.Equal(t, []string{"olá", "tudo bem?"}, w.provider.texts()[sent:])
	})
}
