package sandbox

import (
	"strings"
	"unicode/utf8"
)

// TemplateView is a template as the customer sees it, with its variables filled.
type TemplateView struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Category string `json:"category"`
	// HeaderFormat is TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION; the file or place stands in the message.
	HeaderFormat string `json:"headerFormat,omitempty"`
	Header       string `json:"header,omitempty"`
	Body         string `json:"body"`
	Footer       string `json:"footer,omitempty"`
	// Offer is a limited-time offer's.
	Offer *OfferView `json:"offer,omitempty"`
}

// filled is a template whose parameters were all right.
type filled struct {
	filledPart
	view  TemplateView
	cards []Card
}

// filledPart is a template without its frame, or one card of its carousel.
type filledPart struct {
	header, body string
	media        *Media
	// location is that of the header.
	location *Location
	buttons  []Button
}

// fillLimits are the lengths of values that depend on the kind of template, in characters.
type fillLimits struct {
	body, coupon int
	// value bounds every value of the body; 0 does not.
	value int
}

// limits are what the values of a template and of its cards may measure (providers.md 1.2; Meta's pages on authentication,
// coupon, limited-time offer and carousel templates).
func (c *compiledTemplate) limits() (main, card fillLimits) {
	main = fillLimits{body: longestBody, coupon: longestCoupon}
	if c.offer != nil {
		main.body, main.coupon = longestOfferBody, longestOfferCode
	}
	if c.Category == "AUTHENTICATION" {
		main.value = longestOneTimeCode
	}
	return main, fillLimits{body: longestCardBody, coupon: longestCoupon}
}

// sentParts are the components of a send, by what they fill.
type sentParts struct {
	header, body, offer, carousel *sendComponent
	buttons                       []sendComponent
}

func sortComponents(sent []sendComponent) sentParts {
	var parts sentParts
	for i := range sent {
		component := &sent[i]
		switch component.Type {
		case "header":
			parts.header = component
		case "body":
			parts.body = component
		case "limited_time_offer":
			parts.offer = component
		case "carousel":
			parts.carousel = component
		default:
			parts.buttons = append(parts.buttons, *component)
		}
	}
	return parts
}

// fill checks a send against the template's definition and puts the parameters in (providers.md 1.2, 132000 to 132018).
func (c *compiledTemplate) fill(send *templateSend) (*filled, *graphError) {
	parts := sortComponents(send.Components)
	main, card := c.limits()
	part, refused := c.compiledPart.fill(parts, main)
	if refused != nil {
		return nil, refused
	}
	out := &filled{filledPart: *part, view: TemplateView{Name: c.Name, Language: c.Language, Category: c.Category, HeaderFormat: c.headerFormat,
		Header: part.header, Body: part.body, Footer: c.footer}}
	if out.view.Offer, refused = c.fillOffer(parts.offer); refused != nil {
		return nil, refused
	}
	if out.cards, refused = c.fillCards(parts.carousel, card); refused != nil {
		return nil, refused
	}
	return out, nil
}

func (c *compiledPart) fill(parts sentParts, limits fillLimits) (*filledPart, *graphError) {
	out := &filledPart{}
	if refused := c.fillHeader(out, parts.header); refused != nil {
		return nil, refused
	}
	values, refused := c.values("body", c.bodyVars, parts.body, limits.value)
	if refused != nil {
		return nil, refused
	}
	out.body = substitute(c.body, values)
	if length := utf8.RuneCountInString(out.body); length > limits.body {
		return nil, refuse(132005, "body: translated text too long (%d characters, at most %d)", length, limits.body)
	}
	return out, c.fillButtons(out, parts.buttons, limits)
}

func (c *compiledPart) fillHeader(out *filledPart, component *sendComponent) *graphError {
	switch c.headerFormat {
	case "":
		if component != nil {
			return refuse(132018, "header: the template has no header")
		}
		return nil
	case "TEXT":
		values, refused := c.values("header", c.headerVars, component, 0)
		out.header = substitute(c.header, values)
		return refused
	case "IMAGE", "VIDEO", "DOCUMENT":
		return c.fillMedia(out, component)
	}
	return c.fillLocation(out, component)
}

func (c *compiledPart) fillLocation(out *filledPart, component *sendComponent) *graphError {
	if component == nil || len(component.Parameters) != 1 || component.Parameters[0].Type != "location" {
		return refuse(132012, "header: Format mismatch, expected %s, received UNKNOWN", c.headerFormat)
	}
	var place outgoing
	// Within a template Meta takes the numbers as texts, too; the reader of sent places does as well.
	if refused := place.decodeLocation(component.Parameters[0].Location); refused != nil {
		return refused
	}
	out.location = place.location
	return nil
}

func (c *compiledPart) fillMedia(out *filledPart, component *sendComponent) *graphError {
	if component == nil || len(component.Parameters) == 0 {
		return refuse(132012, "header: Format mismatch, expected %s, received UNKNOWN", c.headerFormat)
	}
	parameter := component.Parameters[0]
	file := parameter.file(c.headerFormat)
	if file == nil {
		return refuse(132012, "header: Format mismatch, expected %s, received %s", c.headerFormat, strings.ToUpper(orText(parameter.Type, "UNKNOWN")))
	}
	media, refused := file.media(strings.ToLower(c.headerFormat))
	out.media = media
	return refused
}
