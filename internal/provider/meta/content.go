package meta

import (
	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

// content reads what a message says, by its type (providers.md section 1.6). A type whose object is missing, and a
// type that this version does not know, become chat.Unsupported with everything that came under Data.
func (m *message) content() chat.Content {
	kind := m.kind
	if kind == "voice" {
		kind = "audio" // the legacy name
	}
	body := m.take(m.kind)
	switch kind {
	case "contacts":
		if body.IsArray() {
			return chat.Content{Type: chat.Contacts, Data: map[string]any{"contacts": list(body)}}
		}
	case "request_welcome":
		// The customer opened the chat and said nothing.
		return chat.Content{Type: chat.System, Data: map[string]any{"type": kind}}
	default:
		if body.IsObject() {
			if read := readerOf(kind); read != nil {
				return read(m, body)
			}
		}
	}
	return m.unsupported(body)
}

// readerOf gives the reader of a message type's object; nil for types that are not known.
func readerOf(kind string) func(*message, gjson.Result) chat.Content {
	switch kind {
	case "text":
		return readText
	case "image", "video", "audio", "document", "sticker":
		return readMedia
	case "button":
		return readButton
	case "interactive":
		return readInteractive
	case "location":
		return func(_ *message, body gjson.Result) chat.Content {
			return chat.Content{Type: chat.Location, Data: object(body)}
		}
	case "order":
		return func(_ *message, body gjson.Result) chat.Content {
			return chat.Content{Type: chat.Order, Text: textOf(body.Get("text")), Data: object(body)}
		}
	case "reaction":
		return readReaction
	case "system":
		return readSystem
	case "edit":
		return readEdit
	case "revoke":
		return func(_ *message, body gjson.Result) chat.Content {
			return chat.Content{Type: chat.Revoke, Data: object(body)}
		}
	}
	return nil
}

func readText(_ *message, body gjson.Result) chat.Content {
	content := chat.Content{Type: chat.Text}
	each(body, func(key string, member gjson.Result) {
		if key == "body" {
			content.Text = textOf(member)
			return
		}
		put(&content.Data, clean(key), plain(member))
	})
	return content
}

func readMedia(m *message, body gjson.Result) chat.Content {
	media := &chat.Media{Voice: m.kind == "voice"}
	content := chat.Content{Type: chat.ContentType(m.kind), Media: media}
	if m.kind == "voice" {
		content.Type = chat.Audio
	}
	each(body, func(key string, member gjson.Result) {
		switch key {
		case "id":
			media.ID = idOf(member)
		case "mime_type":
			media.MIME = textOf(member)
		case "sha256":
			media.SHA256 = textOf(member)
		case "filename":
			media.FileName = textOf(member)
		case "url", "link":
			media.Link = textOf(member)
		case "voice":
			media.Voice = media.Voice || member.Type == gjson.True
		case "animated":
			media.Animated = member.Type == gjson.True
		case "caption":
			content.Text = textOf(member)
		default:
			put(&content.Data, clean(key), plain(member))
		}
	})
	return content
}

// readButton reads the quick reply of a template. Its payload may be null; the text always says what was tapped.
func readButton(_ *message, body gjson.Result) chat.Content {
	return chat.Content{Type: chat.Button, Text: textOf(body.Get("text")), Choice: textOf(body.Get("payload"))}
}

// readReaction reads an emoji on a message; an empty or absent emoji takes the reaction back.
func readReaction(_ *message, body gjson.Result) chat.Content {
	data := object(body)
	emoji := textOf(body.Get("emoji"))
	data["removed"] = emoji == ""
	return chat.Content{Type: chat.Reaction, Text: emoji, Data: data}
}

// readSystem reads a notice about the customer. For user_changed_number Data "wa_id" is the new number and the
// message's sender the old one.
func readSystem(m *message, body gjson.Result) chat.Content {
	data := object(body)
	if old, named := data["new_wa_id"]; named && data["wa_id"] == nil {
		data["wa_id"] = old
	}
	if identity := m.take("identity"); identity.IsObject() {
		data["identity"] = object(identity)
	}
	return chat.Content{Type: chat.System, Text: textOf(body.Get("body")), Data: data}
}

// readEdit reads a corrected message: Text is the new text or caption, Data names the original.
func readEdit(_ *message, body gjson.Result) chat.Content {
	inner := openMessage(body.Get("message"))
	return chat.Content{Type: chat.Edit, Text: inner.content().Text, Data: object(body)}
}

// unsupported keeps a message that cannot be understood: its type, its errors, any text, and the object it had.
func (m *message) unsupported(body gjson.Result) chat.Content {
	m.unread = true
	data := map[string]any{"type": m.kind}
	if body.Exists() && m.kind != "" {
		data[m.kind] = plain(body)
	}
	if m.errors.Exists() {
		data["errors"] = plain(m.errors)
	}
	text := ""
	if m.kind != "text" {
		text = textOf(m.take("text").Get("body"))
	}
	return chat.Content{Type: chat.Unsupported, Text: text, Data: data}
}
