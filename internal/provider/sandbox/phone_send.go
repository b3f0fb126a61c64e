package sandbox

import (
	"encoding/base64"
	"encoding/json"

	"retoma/internal/fault"
)

// incomingFile fills a message with a file.
func incomingFile(e *entry, in Incoming, extra *wireExtra) error {
	e.Type, e.Text = in.Type, orText(in.Caption, in.Text)
	e.Media = &Media{Link: in.Link, Caption: e.Text, FileName: in.FileName, MimeType: orText(in.MimeType, mimeType(in.Type, in.Link))}
	switch {
	case len(in.Data) > 0:
		extra.file = &ownedFile{data: in.Data}
	case in.Sample:
		extra.file = &ownedFile{data: sampleFile(in.Type)}
		e.Media.MimeType = sampleType(in.Type)
	case in.Link == "":
		return fault.Required("link")
	case !absoluteLink(in.Link):
		return fault.Field("link", "deve ser um endereço http ou https completo")
	}
	if extra.file != nil {
		e.Media.Size, e.Media.Link = len(extra.file.data), ""
	}
	return nil
}

// incomingOther fills a message that is neither a tap nor a file.
func incomingOther(e *entry, in Incoming, extra *wireExtra) error {
	for _, raw := range []struct {
		field   string
		value   json.RawMessage
		longest int
	}{{"contacts", in.Contacts, longestText}, {"order", in.Order, longestText}, {"referral", in.Referral, longestText}} {
		if len(raw.value) > raw.longest {
			return fault.Field(raw.field, "no máximo %d bytes", raw.longest)
		}
	}
	switch {
	case in.Location != nil:
		e.Type, e.Location, e.Text = "location", in.Location, orText(in.Location.Name, in.Location.Address)
	case len(in.Contacts) > 0:
		e.Type, e.Contacts = "contacts", in.Contacts
	case len(in.Order) > 0:
		e.Type, extra.order = "order", in.Order
	case in.Type != "" && in.Type != "text":
		return fault.Field("type", "deve ser text, image, document, audio, video ou sticker")
	case in.Text == "":
		return fault.Required("text")
	}
	return nil
}

// incomingReaction puts the customer's emoji on a message of this phone.
func (s *Server) incomingReaction(e *entry, p *phone, in Incoming, extra *wireExtra) error {
	on := s.book.byID[in.ReactTo]
	if on == nil || p == nil || on.phone != p {
		return fault.Field("reactTo", "mensagem não encontrada neste telefone")
	}
	on.react(FromCustomer, in.Emoji)
	e.Type, e.Text, e.ReplyTo, e.PhoneNumberID = "reaction", in.Emoji, "", on.PhoneNumberID
	extra.reaction = &webhookReaction{MessageID: on.ID, Emoji: in.Emoji}
	return nil
}

// samples are the smallest files of each kind that are whole: a picture of one dot, a page without a word.
var samples = map[string]struct{ mimeType, base64 string }{
	"image":   {"image/png", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="},
	"sticker": {"image/webp", "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"},
	"audio":   {"audio/ogg; codecs=opus", "T2dnUwACAAAAAAAAAAAAAAAAAAAAAAAAAAABE09wdXNIZWFkAQE4AYC7AAAAAAA="},
	"video":   {"video/mp4", "AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAAAIZnJlZQ=="},
	"document": {"application/pdf", "JVBERi0xLjEKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBvYmo8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PmVuZG9iagoz" +
		"IDAgb2JqPDwvVHlwZS9QYWdlL1BhcmVudCAyIDAgUi9NZWRpYUJveFswIDAgOTAgOTBdPj5lbmRvYmoKdHJhaWxlcjw8L1Jvb3QgMSAwIFI+PgolJUVPRgo="},
}

func sampleFile(kind string) []byte {
	data, _ := base64.StdEncoding.DecodeString(samples[kind].base64) // a test holds them to be readable
	return data
}

func sampleType(kind string) string { return samples[kind].mimeType }
