package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Card is one card of a carousel as the customer sees it.
type Card struct {
	HeaderFormat string   `json:"headerFormat"`
	Text         string   `json:"text,omitempty"`
	Media        *Media   `json:"media,omitempty"`
	Buttons      []Button `json:"buttons,omitempty"`
}

// OfferView is a limited-time offer as the customer sees it. Ends is when it is over; zero if the message does not say.
type OfferView struct {
	Text string    `json:"text"`
	Ends time.Time `json:"ends,omitzero"`
}

// sendCard fills one card of a carousel.
type sendCard struct {
	Index      json.RawMessage `json:"card_index"`
	Components []sendComponent `json:"components"`
}

func (c sendCard) position() (int, bool) { return indexOf(c.Index) }

// indexOf reads a position that is a number or a text.
func indexOf(raw json.RawMessage) (int, bool) {
	index, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	return index, err == nil && index >= 0
}

// fillOffer wants the end of an offer exactly where the template tells it.
func (c *compiledTemplate) fillOffer(component *sendComponent) (*OfferView, *graphError) {
	expires := c.offer != nil && c.offer.Expires
	switch {
	case c.offer == nil && component != nil:
		return nil, refuse(132018, "limited_time_offer: the template has no limited-time offer")
	case c.offer == nil:
		return nil, nil
	case !expires && component != nil && len(component.Parameters) > 0:
		return nil, refuse(132018, "limited_time_offer: the template has no expiration and takes no parameter")
	case !expires:
		return &OfferView{Text: c.offer.Text}, nil
	case component == nil || len(component.Parameters) == 0:
		return nil, refuse(132018, "limited_time_offer: the template has an expiration and requires expiration_time_ms")
	case len(component.Parameters) > 1:
		return nil, refuse(132000, "limited_time_offer: number of params (%d) does not match the expected number of params (1)", len(component.Parameters))
	}
	parameter := component.Parameters[0]
	if parameter.Type != "limited_time_offer" || parameter.Offer == nil || parameter.Offer.Ends <= 0 {
		return nil, refuse(132012, "limited_time_offer: Format mismatch, expected a limited_time_offer with expiration_time_ms, a UNIX timestamp in milliseconds")
	}
	return &OfferView{Text: c.offer.Text, Ends: time.UnixMilli(parameter.Offer.Ends).UTC()}, nil
}

// fillCards wants every card of the template once, in any order, each with what it needs.
func (c *compiledTemplate) fillCards(component *sendComponent, limits fillLimits) ([]Card, *graphError) {
	switch {
	case len(c.cards) == 0 && component != nil:
		return nil, refuse(132018, "carousel: the template has no carousel")
	case len(c.cards) == 0:
		return nil, nil
	case component == nil:
		return nil, refuse(132000, "carousel: number of cards (0) does not match the expected number of cards (%d)", len(c.cards))
	case len(component.Cards) != len(c.cards):
		return nil, refuse(132000, "carousel: number of cards (%d) does not match the expected number of cards (%d)", len(component.Cards), len(c.cards))
	}
	cards, seen := make([]Card, len(c.cards)), make([]bool, len(c.cards))
	for _, sent := range component.Cards {
		index, ok := sent.position()
		switch {
		case !ok || index >= len(c.cards):
			return nil, refuse(132018, "carousel: the template has no card at card_index %s", orText(string(sent.Index), "null"))
		case seen[index]:
			return nil, refuse(132018, "carousel: card at card_index %d is given twice", index)
		}
		seen[index] = true
		part, refused := c.cards[index].fill(sortComponents(sent.Components), limits)
		if refused != nil {
			refused.details = "carousel: Card at index " + strconv.Itoa(index) + ": " + refused.details
			return nil, refused
		}
		cards[index] = Card{HeaderFormat: c.cards[index].headerFormat, Text: part.body, Media: part.media, Buttons: part.buttons}
	}
	return cards, nil
}

// checkCards takes in cards only what a template without offer or carousel has.
func (c *sendComponent) checkCards(place string) *graphError {
	for i := range c.Cards {
		for j := range c.Cards[i].Components {
			inner := &c.Cards[i].Components[j]
			if inner.Type = strings.ToLower(inner.Type); inner.Type != "header" && inner.Type != "body" && inner.Type != "button" {
				return refuse(100, "Param %s['cards'][%d]['components'][%d]['type'] must be one of {HEADER, BODY, BUTTON} - got %q.", place, i, j, inner.Type)
			}
			if len(inner.Cards) > 0 {
				return refuse(100, "Unexpected key \"cards\" on param %s['cards'][%d]['components'][%d].", place, i, j)
			}
		}
	}
	return nil
}
