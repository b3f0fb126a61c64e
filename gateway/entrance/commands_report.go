package entrance

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/typebot"
)

// maxReported is how many refusals of one request become events.
const maxReported = 20

// kindRefused is the notification about a command that was not carried out.
const kindRefused = string(chat.CommandRefused)

// report makes events of what was refused, if the contact is known: nobody is made for a mistake.
func (w *commandWork) report() {
	if w.contact.ID == "" {
		return
	}
	for place, refused := range w.out.Refused {
		if place == maxReported {
			return
		}
		w.bubble = refused.Bubble
		arrival := w.who.Arrival(w.tenantID, w.channel.ID, chat.Event{Name: chat.CommandRefused, At: w.h.Now(), Data: refused.data()})
		command := typebot.Command{Source: refused.Source}
		w.add(commandFact{arrival: arrival}, command, "refused:"+string(refused.Hint))
	}
}

func (r commandRefused) data() map[string]any {
	data := map[string]any{"command": r.Source, "reason": r.Reason, "hint": string(r.Hint), "bubble": r.Bubble}
	if r.BubbleID != "" {
		data["bubbleId"] = r.BubbleID
	}
	return data
}

// tellTeam notifies of what was refused: once a day for each mistake of a flow's author, and once a day for each contact
// whose own words came back as a command.
func (w *commandWork) tellTeam(ctx context.Context) error {
	told := map[string]bool{}
	for place, refused := range w.out.Refused {
		if place == maxReported {
			return nil
		}
		n := w.notification(refused)
		if told[n.ID] {
			continue
		}
		told[n.ID] = true
		if err := w.h.Store.Notify(ctx, n); err != nil {
			return err
		}
		w.h.Waker.Notification(n.ID)
	}
	return nil
}

func (w *commandWork) notification(refused commandRefused) desk.Notification {
	now := w.h.Now()
	n := desk.Notification{
		TenantID: w.tenantID, Kind: kindRefused, Title: "Comando recusado no fluxo", Text: refused.Reason, Data: refused.data(), At: now, DueAt: now,
	}
	about := refused.Source
	if refused.Hint == typebot.HintInjected {
		n.Title, about = "Comando escrito pelo contato recusado", w.contact.ID+w.who.Phone
	}
	if w.contact.ID != "" {
		n.Data["contactId"] = w.contact.ID
	}
	if w.channel.ID != "" {
		n.Data["channelId"] = w.channel.ID
	}
	n.ID = chat.DeriveID(externalID("refused", w.tenantID, string(refused.Hint), about), 0, now.Truncate(24*time.Hour))
	return n
}
