package sandbox

import (
	"encoding/json"
	"strconv"
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
	Action   json.RawMessage `json:"action"`
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
		switch c.Type {
		case "header", "body", "button":
		default:
			return refuse(100, "Param template['components'][%d]['type'] must be one of {HEADER, BODY, BUTTON} - got %q.", i, c.Type)
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
func (c sendComponent) position() (int, bool) {
	index, err := strconv.Atoi(strings.Trim(string(c.Index), `"`))
	return index, err == nil && index >= 0
}
