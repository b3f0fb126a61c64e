package chat

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"retoma/internal/fault"
)

// Place is a point on the map, in degrees.
type Place struct {
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180"`
	Name      string  `json:"name,omitempty" maxLength:"1000"`
	Address   string  `json:"address,omitempty" maxLength:"1000"`
}

const maxPlaceText = 1000

// Check refuses what is on no map; field is the place's path in the caller's document, and the error a fault.Invalid.
func (p Place) Check(field string) error {
	switch {
	case math.IsNaN(p.Latitude) || math.Abs(p.Latitude) > 90:
		return fault.Field(field+".latitude", "de -90 a 90 graus")
	case math.IsNaN(p.Longitude) || math.Abs(p.Longitude) > 180:
		return fault.Field(field+".longitude", "de -180 a 180 graus")
	}
	return first(text(field+".name", p.Name, 0, maxPlaceText), text(field+".address", p.Address, 0, maxPlaceText))
}

// ContentOf makes a message's content, with the text that stands for it.
func (p Place) ContentOf() Content {
	return Content{Type: Location, Text: p.shown(), Place: &p}
}

func (p Place) shown() string {
	return lines("📍 "+strings.TrimSpace(p.Name), p.Address, fmt.Sprintf("%g, %g", p.Latitude, p.Longitude))
}

// Emoji is a reaction to a message of the customer; empty takes it back.
type Emoji struct {
	Emoji string `json:"emoji"`
	// MessageID is our id of the message, and ExternalID the provider's.
	MessageID  string `json:"messageId,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
}

// maxEmoji is above the longest emoji: a family with skin colours, in code points.
const maxEmoji = 16

// Check refuses what is no single emoji; field is its path in the caller's document, and the error a fault.Invalid.
func (e Emoji) Check(field string) error {
	if e.Emoji == "" {
		return nil
	}
	sign := false
	for _, r := range e.Emoji {
		if unicode.IsLetter(r) || unicode.IsSpace(r) {
			return fault.Field(field, "esperava um emoji, como 👍, ou vazio para retirar a reação")
		}
		sign = sign || r > unicode.MaxLatin1
	}
	if !sign || utf8.RuneCountInString(e.Emoji) > maxEmoji {
		return fault.Field(field, "esperava um emoji, como 👍, ou vazio para retirar a reação")
	}
	return nil
}

// ContentOf makes a message's content.
func (e Emoji) ContentOf() Content { return Content{Type: Reaction, Text: e.Emoji, Emoji: &e} }
