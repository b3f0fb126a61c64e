package worker_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// chose lets a customer choose in WhatsApp itself, at a time that may be long ago.
func (w *world) chose(allowed bool, at time.Time) {
	w.arriveAt(ana, chat.Event{Name: chat.MarketingChosen, At: at, Data: map[string]any{"allowed": allowed}})
}

func (w *world) optOut(accepted desk.Accepted) chat.OptOut {
	w.t.Helper()
	contact, err := w.store.Contact(w.t.Context(), w.tenant.ID, chat.Ref{ID: accepted.ContactID})
	require.NoError(w.t, err)
	return contact.OptOut
}

// However choices arrive, the one that was made last holds; words that refuse everything are stronger until words undo them.
func TestTheLastChoiceAboutMarketingHolds(t *testing.T) {
	eachWorld(t, func(w *world) {
		who := w.customer(ana, "oi")
		start := w.now()
		w.pass(time.Hour)
		w.chose(false, start.Add(10*time.Minute))
		require.Equal(t, chat.OptOutMarketing, w.optOut(who))
		w.chose(true, start.Add(5*time.Minute))
		require.Equal(t, chat.OptOutMarketing, w.optOut(who), "an older choice comes too late")
		w.chose(true, start.Add(20*time.Minute))
		require.Equal(t, chat.OptOutNone, w.optOut(who))
		w.chose(false, start.Add(15*time.Minute))
		require.Equal(t, chat.OptOutNone, w.optOut(who), "between two that are known")

		w.customer(ana, "SAIR")
		w.pass(time.Minute)
		w.chose(true, w.now())
		require.Equal(t, chat.OptOutAll, w.optOut(who), "allowing marketing does not undo SAIR")
		w.pass(time.Minute)
		w.customer(ana, "VOLTAR")
		require.Equal(t, chat.OptOutNone, w.optOut(who))
		w.chose(false, start.Add(30*time.Minute))
		require.Equal(t, chat.OptOutNone, w.optOut(who), "a refusal from before VOLTAR comes too late")
		w.chose(false, w.now().Add(time.Hour))
		require.Equal(t, chat.OptOutMarketing, w.optOut(who))
		require.Empty(t, w.notifications())
	})
}

// What was chosen in WhatsApp during SAIR is kept: VOLTAR lifts only what the person's words set.
func TestWhatWasChosenInWhatsAppOutlivesTheWords(t *testing.T) {
	eachWorld(t, func(w *world) {
		who := w.customer(ana, "oi")
		w.pass(time.Minute)
		w.customer(ana, "SAIR")
		w.pass(time.Minute)
		w.chose(false, w.now())
		require.Equal(t, chat.OptOutAll, w.optOut(who))
		w.pass(time.Minute)
		w.customer(ana, "VOLTAR")
		require.Equal(t, chat.OptOutMarketing, w.optOut(who))
		require.Contains(t, w.lastSaid(who), "menos promoções")
		w.pass(time.Minute)
		w.chose(true, w.now())
		require.Equal(t, chat.OptOutNone, w.optOut(who))
	})
}

// The tenant's confirmation speaks of everything, so it answers no refusal of promotions; and each refusal in words is
// confirmed once, also where the team had noted one before.
func TestAConfirmationFitsWhatWasRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, err := w.store.ChangeTenant(t.Context(), w.tenant.ID, func(tenant *chat.Tenant) error {
			tenant.Settings.OptOutReply = "Você não receberá mais nenhuma mensagem."
			return nil
		})
		require.NoError(t, err)
		who := w.customer(ana, "Parar promoções")
		require.Contains(t, w.lastSaid(who), "promoções")
		w.pass(time.Minute)
		_, err = w.store.Edit(t.Context(), desk.Ref{TenantID: w.tenant.ID, ContactID: who.ContactID}, func(_ context.Context, d *desk.Desk) error {
			contact := d.Contact
			contact.OptOut, contact.OptOutAt = chat.OptOutAll, w.now()
			d.SaveContact(contact)
			return nil
		})
		require.NoError(t, err)
		w.pass(time.Minute)
		w.customer(ana, "SAIR")
		require.Equal(t, "Você não receberá mais nenhuma mensagem.", w.lastSaid(who))
		count := len(w.ourTexts(who))
		w.pass(time.Minute)
		w.customer(ana, "SAIR")
		require.Len(t, w.ourTexts(who), count, "once")
	})
}

// ourTexts are our texts to a contact, in order.
func (w *world) ourTexts(accepted desk.Accepted) (texts []string) {
	w.t.Helper()
	messages, err := w.store.Messages(w.t.Context(), w.tenant.ID, chat.MessageFilter{ConversationID: accepted.ConversationID, Page: chat.Page{Limit: 100}})
	require.NoError(w.t, err)
	slices.SortFunc(messages, func(a, b chat.Message) int { return strings.Compare(a.ID, b.ID) })
	for _, one := range messages {
		if one.Direction == chat.Outbound {
			texts = append(texts, one.Content.Text)
		}
	}
	return texts
}

func (w *world) lastSaid(accepted desk.Accepted) string {
	w.t.Helper()
	texts := w.ourTexts(accepted)
	require.NotEmpty(w.t, texts)
	return texts[len(texts)-1]
}

// A reaction, an edit, a revocation and a system notice are no words: no flow starts, no window opens, no follow-up is answered.
func TestWhatIsNoWordStartsNothing(t *testing.T) {
	for _, kind := range []chat.ContentType{chat.Reaction, chat.Edit, chat.Revoke, chat.System} {
		t.Run(string(kind), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.flow(`{"name":"resposta","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"s"},
					{"id":"s","type":"send_message","with":{"text":"Sou o robô"},"next":"f"},{"id":"f","type":"end"}]}`)
				who := w.enrol(ana, w.model(twoMessages))
				before := len(w.pending())
				w.arrive(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: kind, Text: "👍"}}})
				require.Empty(t, w.provider.sent)
				require.Len(t, w.pending(), before)
				conversation, err := w.store.Conversation(w.t.Context(), w.tenant.ID, chat.Ref{ID: who.ConversationID})
				require.NoError(t, err)
				require.True(t, conversation.CustomerAt.IsZero(), "the window stays closed")
			})
		})
	}
}
