package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

const (
	// wordsConversations is in how many of a contact's conversations its words are looked for.
	wordsConversations = 4
	// wordsRows bounds what is read of each, whoever wrote it.
	wordsRows = 200
)

// ContactWords gives what a contact wrote since a time, at most limit messages, and the contact. Somebody is named by an id or by
// a key; somebody unknown has said nothing. It takes two round trips, each bounded by an index: who it is, with the mail that no worker has read
// yet, and then the messages.
//
// Before those come the words that may command, however long ago and however much was said since: see [keepWords].
func (s *Store) ContactWords(ctx context.Context, tenantID, contactID string, key chat.Key, since time.Time, limit int) (desk.Words, error) {
	var heard desk.Words
	var conversations []string
	var unread []chat.Event
	var who batch
	const one = `(SELECT id FROM contacts WHERE tenant_id = $1 AND id = $2
		UNION SELECT contact_id FROM contact_keys WHERE tenant_id = $1 AND kind = $3 AND value = $4)`
	named := []any{tenantID, contactID, string(key.Kind), key.Value}
	who.query(func(row scanner) (err error) {
		heard.Contact, err = scanContact(row)
		return err
	}, "SELECT "+contactColumns+" FROM contacts WHERE tenant_id = $1 AND erased_at = 0 AND id IN "+one, named...)
	who.query(func(row scanner) error {
		var id string
		err := row.Scan(&id)
		conversations = append(conversations, id)
		return err
	}, "SELECT id FROM conversations WHERE tenant_id = $1 AND contact_id IN "+one+" ORDER BY customer_at DESC LIMIT $5", append(named[:4:4], wordsConversations)...)
	who.query(func(row scanner) error {
		var body string
		if err := row.Scan(&body); err != nil {
			return err
		}
		var event chat.Event
		err := decode(body, &event)
		unread = append(unread, event)
		return err
	}, "SELECT body FROM inbox WHERE contact_id IN "+one+" AND state = 'new' AND name = 'message.received' ORDER BY number DESC LIMIT $5", append(named[:4:4], limit)...)
	keptWords(&who, one, named, s.now().Add(-wordsKeptFor), func(said string) { heard.Texts = append(heard.Texts, said) }, func() { heard.TooMuch = true })
	if err := s.database.read(ctx, &who); err != nil || heard.Contact.ID == "" {
		return heard, err
	}
	said, err := s.saidIn(ctx, conversations, since)
	if err != nil {
		return heard, err
	}
	heard.Texts = append(heard.Texts, said[max(0, len(said)-limit):]...)
	for _, event := range slices.Backward(unread) {
		heard.Texts = append(heard.Texts, wordsOf(event.Message)...)
	}
	return heard, nil
}

// saidIn are the customer's words in conversations, oldest first.
func (s *Store) saidIn(ctx context.Context, conversations []string, since time.Time) ([]string, error) {
	if len(conversations) == 0 {
		return nil, nil
	}
	var said []chat.Message
	var work batch
	for _, id := range conversations {
		work.query(func(row scanner) error {
			var message chat.Message
			var content string
			var createdAt int64
			if err := row.Scan(&message.ID, &message.Direction, &content, &createdAt); err != nil {
				return err
			}
			message.CreatedAt = instant(createdAt)
			if message.Direction != chat.Inbound || message.CreatedAt.Before(since) {
				return nil
			}
			said = append(said, message)
			return decode(content, &said[len(said)-1].Content)
		}, "SELECT id, direction, content, created_at FROM messages WHERE conversation_id = $1 ORDER BY id DESC LIMIT $2", id, wordsRows)
	}
	if err := s.database.read(ctx, &work); err != nil {
		return nil, err
	}
	slices.SortFunc(said, func(a, b chat.Message) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	var words []string
	for _, message := range said {
		words = append(words, wordsOf(&chat.InboundMessage{Content: message.Content})...)
	}
	return words, nil
}

// wordsOf are the texts of a message that its writer chose.
func wordsOf(message *chat.InboundMessage) []string {
	if message == nil {
		return nil
	}
	var words []string
	for _, text := range []string{message.ProfileName, message.Content.Text, message.Content.Choice} {
		if text != "" {
			words = append(words, text)
		}
	}
	if media := message.Content.Media; media != nil && media.FileName != "" {
		words = append(words, media.FileName)
	}
	return append(words, textsIn(message.Content.Data)...)
}

// textsIn are the texts inside what a provider gave, such as the answers of a form.
func textsIn(value any) []string {
	var words []string
	switch value := value.(type) {
	case string:
		words = append(words, value)
	case []any:
		for _, item := range value {
			words = append(words, textsIn(item)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			words = append(words, textsIn(value[name])...)
		}
	}
	return words
}
