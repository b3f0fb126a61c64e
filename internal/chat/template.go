package chat

import (
	"encoding/json"
	"strconv"
	"time"
)

// Template is a provider-approved message with variables, known by name and language on one channel.
type Template struct {
	ID        string
	TenantID  string
	ChannelID string
	// ExternalID is the provider's id of the template.
	ExternalID string
	Name       string
	Language   string // such as "pt_BR"
	Category   string // MARKETING, UTILITY, AUTHENTICATION
	Status     string // APPROVED, PAUSED, REJECTED, ...
	Quality    string // GREEN, YELLOW, RED, UNKNOWN, or empty
	Reason     string // why it was refused, paused or switched off, in the provider's words
	// HeldUntil is until when the template rests because the provider refused it with its code HeldNumber; HeldAt is since when.
	HeldUntil  time.Time
	HeldAt     time.Time
	HeldNumber string
	// Named tells whether variables have names; else they are {{1}}, {{2}}, ...
	Named      bool
	HeaderType string // "", TEXT, IMAGE, VIDEO, GIF, DOCUMENT, LOCATION
	HeaderText string
	BodyText   string
	FooterText string
	Buttons    []TemplateButton
	// Cards are those of a carousel, which all have the same parts.
	Cards []TemplatePart
	// Offer is a limited-time offer's; nil for other templates.
	Offer *TemplateOffer
	// Beyond names a part that retoma cannot fill; a template that has one can be seen and not sent.
	Beyond string
	// Components are the template's parts in the provider's own words.
	Components json.RawMessage
	SyncedAt   time.Time
	// UsableSince is when a synchronisation first found it approved: the provider may need some minutes from there.
	UsableSince time.Time
}

// TemplatePart is what a template and each card of a carousel have.
type TemplatePart struct {
	HeaderType string           `json:"headerType,omitempty"`
	HeaderText string           `json:"headerText,omitempty"`
	BodyText   string           `json:"bodyText,omitempty"`
	Buttons    []TemplateButton `json:"buttons,omitempty"`
}

// Main is the template without its cards.
func (t Template) Main() TemplatePart {
	return TemplatePart{HeaderType: t.HeaderType, HeaderText: t.HeaderText, BodyText: t.BodyText, Buttons: t.Buttons}
}

// TemplateOffer is what a limited-time offer says.
type TemplateOffer struct {
	Text string `json:"text"`
	// Expires tells that the message says until when the offer holds.
	Expires bool `json:"expires,omitempty"`
}

// TemplateButton is one button of a template.
type TemplateButton struct {
	Type  string `json:"type"` // QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, OTP, FLOW, CATALOG, MPM, ...
	Text  string `json:"text"`
	URL   string `json:"url,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// FilledTemplate is a template with every variable filled, ready for the provider.
type FilledTemplate struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Category string `json:"category,omitempty"`
	// Text is what the customer will read.
	Text string `json:"text,omitempty"`
	// ProblemCode (a fault.Code) and Problem say why the template could not be filled when it was asked for; empty: it was.
	ProblemCode string `json:"problemCode,omitempty"`
	Problem     string `json:"problem,omitempty"`

	Header  []Parameter       `json:"header,omitempty"`
	Body    []Parameter       `json:"body,omitempty"`
	Buttons []ButtonParameter `json:"buttons,omitempty"`
	// Cards are those of a carousel, in order.
	Cards []FilledPart `json:"cards,omitempty"`
	// OfferEnds is when a limited-time offer ends; zero if the template does not say it.
	OfferEnds time.Time `json:"offerEnds,omitzero"`
}

// FilledPart is a filled [TemplatePart].
type FilledPart struct {
	Header  []Parameter       `json:"header,omitempty"`
	Body    []Parameter       `json:"body,omitempty"`
	Buttons []ButtonParameter `json:"buttons,omitempty"`
}

// Parameter is one filled variable: a text, or what stands in its place. Name is empty for positional templates. Media and
// Place are only for headers; a currency or date has Text too, for phones that cannot show it their own way.
type Parameter struct {
	Name  string      `json:"name,omitempty"`
	Text  string      `json:"text,omitempty"`
	Type  ContentType `json:"type,omitempty"` // of Media; empty: text
	Media *Media      `json:"media,omitempty"`
	Place *Place      `json:"place,omitempty"`
	Money *Money      `json:"money,omitempty"`
	// Date tells that Text is a date or a time.
	Date bool `json:"date,omitempty"`
}

// Money is an amount in thousandths of the currency's unit, such as 10500 of BRL for R$ 10,50.
type Money struct {
	Currency   string `json:"currency"`
	Thousandth int64  `json:"thousandth"`
}

// ButtonParameter fills one button.
type ButtonParameter struct {
	Index   int    `json:"index"`   // zero-based position among all buttons
	SubType string `json:"subType"` // "url", "quick_reply", "copy_code", "flow", "catalog", "mpm"
	// Text is a link's suffix, a payload, a code, or a flow's token (empty: our message's id).
	Text string `json:"text,omitempty"`
	// Data is what a flow's first screen is shown with.
	Data map[string]any `json:"data,omitempty"`
	// Shelf is what a catalogue's button shows.
	Shelf *Shelf `json:"shelf,omitempty"`
}

// Shelf is a choice of products, by the shop's own ids.
type Shelf struct {
	Thumbnail string         `json:"thumbnail,omitempty"`
	Sections  []ShelfSection `json:"sections,omitempty"`
}

// ShelfSection is a group of products.
type ShelfSection struct {
	Title    string   `json:"title"`
	Products []string `json:"products"`
}

// Main is the template without its cards.
func (t FilledTemplate) Main() FilledPart {
	return FilledPart{Header: t.Header, Body: t.Body, Buttons: t.Buttons}
}

// HeaderOf finds the header that a file stands in: the name by which callers give it ("header", "card.0.header") and what it takes.
func (t FilledTemplate) HeaderOf(file *Media) (name string, takes ContentType, found bool) {
	for i, part := range append([]FilledPart{t.Main()}, t.Cards...) {
		for _, parameter := range part.Header {
			if parameter.Media != file || file == nil {
				continue
			}
			if i == 0 {
				return "header", parameter.Type, true
			}
			return "card." + strconv.Itoa(i-1) + ".header", parameter.Type, true
		}
	}
	return "", "", false
}

func (t FilledTemplate) files() []*Media {
	var files []*Media
	for _, part := range append([]FilledPart{t.Main()}, t.Cards...) {
		for _, parameter := range part.Header {
			if parameter.Media != nil {
				files = append(files, parameter.Media)
			}
		}
	}
	return files
}
