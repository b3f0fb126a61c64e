package chaos

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"retoma/internal/processes"
)

// messageRow is a message as retoma shows it.
type messageRow struct {
	ID         string     `json:"id"`
	ContactID  string     `json:"contactId"`
	Direction  string     `json:"direction"`
	Origin     string     `json:"origin"`
	Status     string     `json:"status"`
	Text       string     `json:"text"`
	ProviderID string     `json:"providerId"`
	FollowUpID string     `json:"followupId"`
	ErrorCode  string     `json:"errorCode"`
	Error      string     `json:"error"`
	CreatedAt  time.Time  `json:"createdAt"`
	At         *time.Time `json:"at"`
	Mailbox    int64      `json:"mailbox"`
}

// contactRow is a contact as retoma shows it.
type contactRow struct {
	ID    string `json:"id"`
	Phone string `json:"phone"`
}

// audit reads what retoma says of itself: for telling stories, for the mailbox numbers, and to find what it forgot. What should have been
// sent is not asked.
func (w *World) audit(ctx context.Context, e *Evidence) error {
	contacts, err := processes.All[contactRow](ctx, w.api, "/api/contacts?limit=200")
	if err != nil {
		return err
	}
	phones := map[string]string{}
	for _, contact := range contacts {
		phones[contact.ID] = digitsOf(contact.Phone)
	}
	messages, err := processes.All[messageRow](ctx, w.api, "/api/messages?limit=200")
	if err != nil {
		return err
	}
	e.Kept = map[string][]messageRow{}
	for _, message := range messages {
		phone := phones[message.ContactID]
		e.Kept[phone] = append(e.Kept[phone], message)
	}
	return nil
}

// explained is everything that retoma can tell of a message and its follow-up.
func (w *World) explained(ctx context.Context, message, followUp string) []json.RawMessage {
	var told []json.RawMessage
	for _, path := range []string{"/api/messages/" + message, "/api/followups/" + followUp + "/explain"} {
		if path == "/api/messages/" || path == "/api/followups//explain" {
			continue
		}
		if _, raw, err := w.api.Once(ctx, http.MethodGet, path, "", nil); err == nil {
			told = append(told, raw)
		}
	}
	return told
}

// claimedAt is when a message's claim committed, by its decision log.
func (w *World) claimedAt(ctx context.Context, message string) time.Time {
	var told struct {
		Data struct {
			Log []struct {
				At    time.Time `json:"at"`
				Check string    `json:"check"`
			} `json:"log"`
		} `json:"data"`
	}
	var at time.Time
	if w.api.Insist(ctx, http.MethodGet, "/api/messages/"+message, "", nil, &told) != nil {
		return at
	}
	for _, entry := range told.Data.Log {
		if entry.Check == "fence" {
			at = entry.At
		}
	}
	return at
}
