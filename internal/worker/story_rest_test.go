package worker_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
)

// hold lets a person keep the conversation until somebody lets it go.
func (w *world) hold(conversationID string, until time.Time) {
	w.t.Helper()
	_, err := w.store.ChangeConversation(context.Background(), w.tenant.ID, conversationID, func(c *chat.Conversation) error {
		c.HeldUntil = until
		return nil
	})
	require.NoError(w.t, err)
}

// edit changes a document's text.
func (w *world) edit(document flows.Document, from, to string) {
	w.t.Helper()
	_, err := w.store.ChangeDocument(context.Background(), w.tenant.ID, document.ID, func(d *flows.Document) error {
		d.Body = json.RawMessage(strings.Replace(string(d.Body), from, to, 1))
		return nil
	})
	require.NoError(w.t, err)
}

const resting = `{"name":"a","triggerType":"CUSTOM","triggerValue":1,"triggerUnit":"hours","message":"texto velho","conditions":{"event":"lead.parado","excludeTags":["não"]}}`

// What is due while a person holds the conversation waits in the outbox. When it may go, the conditions and the newest text
// count, as if it were due only now.
func TestWhatRestsInTheOutboxIsJudgedAgainWhenItGoes(t *testing.T) {
	cases := map[string]struct {
		meanwhile func(w *world, document flows.Document, contactID string)
		sent      []string
		reason    string
	}{
		"nothing changed": {func(*world, flows.Document, string) {}, []string{"texto velho"}, ""},
		"a condition fails": {func(w *world, _ flows.Document, id string) {
			w.change(id, func(c *chat.Contact) { c.Tags = []string{"não"} })
		}, nil, "As condições da regra não valem mais"},
		"the text was edited":      {func(w *world, d flows.Document, _ string) { w.edit(d, "texto velho", "texto novo") }, []string{"texto novo"}, ""},
		"the condition was edited": {func(w *world, d flows.Document, _ string) { w.edit(d, `["não"]`, `["vip"]`) }, nil, "As condições da regra não valem mais"},
	}
	for name, story := range cases {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				document := w.rule(resting)
				who := w.customer(ana, "oi")
				w.change(who.ContactID, func(c *chat.Contact) { c.Tags = []string{"vip"} })
				w.happened(ana, "lead.parado", nil, nil)
				w.hold(who.ConversationID, w.now().Add(5*time.Hour))
				w.pass(time.Hour)
				w.work(who.ContactID)
				require.Len(t, w.pending(), 1)
				story.meanwhile(w, document, who.ContactID)
				w.hold(who.ConversationID, time.Time{})
				w.pass(2 * time.Minute)
				w.work(who.ContactID)
				w.work(who.ContactID)
				require.Equal(t, story.sent, w.provider.texts())
				require.Empty(t, w.pending())
				require.Equal(t, story.reason, w.history()[0].CancelReason)
			})
		})
	}
}

func TestAConfigThatChangesWhileItsAssistantWrites(t *testing.T) {
	cases := map[string]struct {
		from, to string
		sent     []string
	}{
		"the status list": {`"novo","parado"`, `"outro"`, nil},
		"the prompt":      {"Pergunte se precisa de ajuda", "Cumprimente", []string{"escrito: Cumprimente"}},
	}
	for name, story := range cases {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				document := w.config(w.assistant(), twoPrompts)
				who := w.customer(ana, "oi")
				w.becomes(ana, "novo")
				hold := make(chan struct{})
				w.writer.hold = hold
				w.pass(30 * time.Minute)
				w.work(who.ContactID)
				<-w.writer.began
				w.writer.hold = nil
				w.edit(document, story.from, story.to)
				w.pass(time.Second)
				close(hold)
				w.settle(who.ContactID)
				w.settle(who.ContactID)
				require.Equal(t, story.sent, w.provider.texts())
			})
		})
	}
}
