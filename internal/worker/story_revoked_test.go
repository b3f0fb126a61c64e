package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// said lets somebody write something under a name of the provider's, and works on it.
func (w *world) said(name chat.EventName, externalID string, content chat.Content) desk.Accepted {
	w.t.Helper()
	written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID, Keys: []chat.Key{chat.PhoneKey(ana)}, Phone: ana,
		Event: chat.Event{Name: name, ExternalID: externalID, At: w.now(), Message: &chat.InboundMessage{Content: content}},
	}}})
	require.NoError(w.t, err)
	w.work(written.Accepted[0].ContactID)
	return written.Accepted[0]
}

func deletionOf(externalID string) chat.Content {
	return chat.Content{Type: chat.Revoke, Data: map[string]any{"original_message_id": externalID}}
}

// shown is the message with a name of the provider's, as the API's lists have it.
func (w *world) shown(externalID string) chat.Message {
	w.t.Helper()
	found, err := w.store.Messages(context.Background(), w.tenant.ID, chat.MessageFilter{Page: chat.Page{Limit: 50}})
	require.NoError(w.t, err)
	for _, message := range found {
		if message.ExternalID == externalID {
			require.Equal(w.t, message.Content, w.message(message.ID).Content, "alone as in the list")
			return message
		}
	}
	require.Fail(w.t, "not listed", externalID)
	return chat.Message{}
}

func TestADeletedMessageIsNotShownAnyMore(t *testing.T) {
	photo := chat.Content{Type: chat.Image, Text: "meu RG", Media: &chat.Media{ID: "media-7", MIME: "image/jpeg"}}
	for name, story := range map[string]func(w *world){
		"after it was read": func(w *world) {
			w.said(chat.MessageReceived, "wamid.photo", photo)
			w.pass(time.Minute)
			w.said(chat.MessageReceived, "wamid.gone", deletionOf("wamid.photo"))
		},
		"before it came": func(w *world) {
			w.pass(time.Minute)
			w.said(chat.MessageReceived, "wamid.gone", deletionOf("wamid.photo"))
			w.said(chat.MessageReceived, "wamid.photo", photo)
		},
		"twice": func(w *world) {
			w.said(chat.MessageReceived, "wamid.photo", photo)
			w.pass(time.Minute)
			w.said(chat.MessageReceived, "wamid.gone", deletionOf("wamid.photo"))
			w.pass(time.Hour)
			w.said(chat.MessageReceived, "wamid.again", deletionOf("wamid.photo"))
		},
		"with it": func(w *world) {
			w.pass(time.Minute)
			arrival := func(id string, content chat.Content) desk.Arrival {
				return desk.Arrival{TenantID: w.tenant.ID, ChannelID: w.channel.ID, Keys: []chat.Key{chat.PhoneKey(ana)}, Phone: ana,
					Event: chat.Event{Name: chat.MessageReceived, ExternalID: id, At: w.now(), Message: &chat.InboundMessage{Content: content}}}
			}
			written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{
				arrival("wamid.photo", photo), arrival("wamid.gone", deletionOf("wamid.photo")),
			}})
			require.NoError(w.t, err)
			w.work(written.Accepted[0].ContactID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.said(chat.MessageReceived, "wamid.hi", chat.Content{Type: chat.Text, Text: "oi"})
				began := w.now()
				story(w)
				message := w.shown("wamid.photo")
				require.Equal(t, chat.Content{Type: chat.Image}, message.Content, "that it was a picture stays")
				require.Equal(t, began.Add(time.Minute).UTC(), message.RevokedAt.UTC())
				require.Equal(t, chat.Revoke, w.shown("wamid.gone").Content.Type)
				require.Equal(t, "oi", w.shown("wamid.hi").Content.Text)

				files, err := w.store.Files(context.Background(), w.tenant.ID, chat.FileFilter{Page: chat.Page{Limit: 10}})
				require.NoError(t, err)
				require.Empty(t, files)
				history, err := w.store.History(context.Background(), w.tenant.ID, message.ConversationID, 10)
				require.NoError(t, err)
				for _, one := range history {
					require.NotContains(t, one.Content.Text, "RG", "assistants do not read it either")
				}
				words, err := w.store.ContactWords(context.Background(), w.tenant.ID, message.ContactID, chat.Key{}, time.Time{}, 10)
				require.NoError(t, err)
				require.Contains(t, words.Texts, "meu RG", "and still nobody gets a command through by deleting it")
			})
		})
	}
}

// Everybody deletes only what is their own.
func TestADeletionReachesOnlyItsWritersMessages(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.said(chat.MessageReceived, "wamid.hers", chat.Content{Type: chat.Text, Text: "oi"})
		w.said(chat.MessageEcho, "wamid.ours", chat.Content{Type: chat.Text, Text: "olá"})
		w.said(chat.MessageReceived, "wamid.1", deletionOf("wamid.ours"))
		w.said(chat.MessageEcho, "wamid.2", deletionOf("wamid.hers"))
		require.Equal(t, "oi", w.shown("wamid.hers").Content.Text)
		require.Equal(t, "olá", w.shown("wamid.ours").Content.Text)
		w.said(chat.MessageEcho, "wamid.3", deletionOf("wamid.ours"))
		require.Empty(t, w.shown("wamid.ours").Content.Text)
		require.Equal(t, "oi", w.shown("wamid.hers").Content.Text)
	})
}

func TestADeletedMessageIsNotToldToPlatforms(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe("message.received")
		w.said(chat.MessageReceived, "wamid.1", chat.Content{Type: chat.Text, Text: "meu RG"})
		w.said(chat.MessageReceived, "wamid.2", deletionOf("wamid.1"))
		heard := w.told(platform)
		require.Len(t, heard, 2)
		require.NotContains(t, heard[0].Data, "text")
		require.Equal(t, "revoke", heard[1].Data["type"])
		require.Equal(t, map[string]any{"original_message_id": "wamid.1"}, heard[1].Data["details"])
	})
}
