package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
)

// templateSend is a template as a sender asks for it, not yet compared with the template's definition.
type templateSend struct {
	Name     string `json:"name"`
	Language struct {
		Code   string `json:"code"`
		Policy string `json:"policy"`
	} `json:"language"`
	Components []sendComponent `json:"components"`
	Namespace  string          `json:"namespace"`
}

// sendComponent is one of header, body or button with its parameters.
type sendComponent struct {
	Type       string          `json:"type"`
	SubType    string          `json:"sub_type"`
	Index      json.RawMessage `json:"index"`
	Parameters []sendParameter `json:"parameters"`
	Cards      []sendCard      `json:"cards"`
}

type sendParameter struct {
	Type       string       `json:"type"`
	Name       *string      `json:"parameter_name"`
	Text       string       `json:"text"`
	Payload    string       `json:"payload"`
	CouponCode string       `json:"coupon_code"`
	Image      *mediaObject `json:"image"`
	Video      *mediaObject `json:"video"`
	Document   *mediaObject `json:"document"`
	Currency   *struct {
		Fallback string `json:"fallback_value"`
		Code     string `json:"code"`
		Amount   int64  `json:"amount_1000"`
	} `json:"currency"`
	DateTime *struct {
		Fallback string `json:"fallback_value"`
	} `json:"date_time"`
	Location json.RawMessage `json:"location"`
	Action   *sendAction     `json:"action"`
	Offer    *struct {
		Ends int64 `json:"expiration_time_ms"`
	} `json:"limited_time_offer"`
}

// sendAction fills a button that opens a form or a catalogue.
type sendAction struct {
	FlowToken string          `json:"flow_token"`
	FlowData  json.RawMessage `json:"flow_action_data"`
	Thumbnail string          `json:"thumbnail_product_retailer_id"`
	Sections  []sendSection   `json:"sections"`
}

// sendSection is a group of products of a catalogue.
type sendSection struct {
	Title    string `json:"title"`
	Products []struct {
		ID string `json:"product_retailer_id"`
	} `json:"product_items"`
}

func (o *outgoing) decodeTemplate(raw json.RawMessage) *graphError {
	var send templateSend
	if refused := decodeObject("template", raw, &send); refused != nil {
		return refused
	}
	if send.Name == "" {
		return refuse(100, "The parameter template['name'] is required.")
	}
	if send.Language.Code == "" {
		return refuse(100, "The parameter template['language']['code'] is required.")
	}
	for i := range send.Components {
		c := &send.Components[i]
		c.Type = strings.ToLower(c.Type)
		place := fmt.Sprintf("template['components'][%d]", i)
		switch c.Type {
		case "header", "body", "button", "limited_time_offer", "carousel":
		default:
			return refuse(100, "Param %s['type'] must be one of {HEADER, BODY, BUTTON, LIMITED_TIME_OFFER, CAROUSEL} - got %q.", place, c.Type)
		}
		if len(c.Cards) > 0 && c.Type != "carousel" {
			return refuse(100, "Unexpected key \"cards\" on param %s.", place)
		}
		if refused := c.checkCards(place); refused != nil {
			return refused
		}
	}
	o.template = &send
	return nil
}

// value is the text a body or header parameter puts into the template; ok is false for kinds that cannot stand in a text.
func (p sendParameter) value() (text string, ok bool) {
	switch {
	case p.Type == "text":
		return p.Text, true
	case p.Type == "currency" && p.Currency != nil:
		return p.Currency.Fallback, true
	case p.Type == "date_time" && p.DateTime != nil:
		return p.DateTime.Fallback, true
	}
	return "", false
}

// file is the media parameter of the kind IMAGE, VIDEO or DOCUMENT.
func (p sendParameter) file(format string) *mediaObject {
	switch {
	case format == "IMAGE" && p.Type == "image":
		return p.Image
	case format == "VIDEO" && p.Type == "video":
		return p.Video
	case format == "DOCUMENT" && p.Type == "document":
		return p.Document
	}
	return nil
}

// position reads an index, which Meta takes as a number or a string.
func (c sendComponent) position() (int, bool) { return indexOf(c.Index) }
