package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"retoma/internal/fault"
)

// TemplateComponent is a HEADER (Format TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION), BODY, FOOTER, BUTTONS, LIMITED_TIME_OFFER or
// CAROUSEL.
type TemplateComponent struct {
	Type    string           `json:"type"`
	Format  string           `json:"format,omitempty"`
	Text    string           `json:"text,omitempty"`
	Buttons []TemplateButton `json:"buttons,omitempty"`
	Example json.RawMessage  `json:"example,omitempty"`
	// Offer is a LIMITED_TIME_OFFER's; Cards are those of a CAROUSEL.
	Offer *TemplateOffer `json:"limited_time_offer,omitempty"`
	Cards []TemplateCard `json:"cards,omitempty"`
	// Recommend and CodeMinutes are of the body and the footer of one-time codes.
	Recommend   bool `json:"add_security_recommendation,omitempty"`
	CodeMinutes int  `json:"code_expiration_minutes,omitempty"`
}

// TemplateOffer is what a limited-time offer says; with Expires the message tells until when it holds.
type TemplateOffer struct {
	Text    string `json:"text"`
	Expires bool   `json:"has_expiration,omitempty"`
}

// TemplateCard is one card of a carousel: a HEADER with a picture or film, and perhaps a BODY and BUTTONS.
type TemplateCard struct {
	Components []TemplateComponent `json:"components"`
}

// TemplateButton is a QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, OTP, FLOW, CATALOG, MPM or VOICE_CALL button of a template.
type TemplateButton struct {
	Type        string          `json:"type"`
	Text        string          `json:"text,omitempty"`
	URL         string          `json:"url,omitempty"`
	PhoneNumber string          `json:"phone_number,omitempty"`
	Example     json.RawMessage `json:"example,omitempty"`
	// FlowID (a number or a text), FlowName or FlowJSON (a text) say which form a FLOW button opens.
	FlowID     json.RawMessage `json:"flow_id,omitempty"`
	FlowName   string          `json:"flow_name,omitempty"`
	FlowJSON   string          `json:"flow_json,omitempty"`
	FlowAction string          `json:"flow_action,omitempty"`
	FlowScreen string          `json:"navigate_screen,omitempty"`
	Icon       string          `json:"icon,omitempty"`
	// CodeKind is an OTP button's COPY_CODE, ONE_TAP or ZERO_TAP; the apps take the code of the last two.
	CodeKind      string            `json:"otp_type,omitempty"`
	AutofillText  string            `json:"autofill_text,omitempty"`
	Apps          []TemplateCodeApp `json:"supported_apps,omitempty"`
	TermsAccepted bool              `json:"zero_tap_terms_accepted,omitempty"`
}

// TemplateCodeApp is an app that takes a one-time code by itself.
type TemplateCodeApp struct {
	Package   string `json:"package_name"`
	Signature string `json:"signature_hash"`
}

// compiledPart is what a template and each card of its carousel have.
type compiledPart struct {
	named        bool
	headerFormat string
	header       string
	headerVars   []string
	body         string
	bodyVars     []string
	buttons      []TemplateButton
}

func (c *compiledPart) take(component TemplateComponent) error {
	switch strings.ToUpper(component.Type) {
	case "HEADER":
		c.headerFormat = strings.ToUpper(orText(component.Format, "TEXT"))
		if c.headerFormat == "TEXT" {
			c.header, c.headerVars = component.Text, variables(component.Text)
		}
	case "BODY":
		c.body, c.bodyVars = component.Text, c.inOrder(variables(component.Text))
	case "BUTTONS":
		c.buttons = component.Buttons
	default:
		return fault.Field("type", "componente desconhecido: %q", component.Type)
	}
	return nil
}

// fewestCarouselCards and mostCarouselCards are how many cards a carousel has (Meta's page "Media card carousel templates").
const (
	fewestCarouselCards = 2
	mostCarouselCards   = 10
)

func (c *compiledTemplate) takeCards(cards []TemplateCard) error {
	if len(cards) < fewestCarouselCards || len(cards) > mostCarouselCards {
		return fault.Field("cards", "deve ter de %d a %d cartões", fewestCarouselCards, mostCarouselCards)
	}
	for i, card := range cards {
		part := compiledPart{named: c.named}
		place := fmt.Sprintf("cards[%d]", i)
		for j, component := range card.Components {
			if err := part.take(component); err != nil {
				return within(fmt.Sprintf("%s.components[%d]", place, j), err)
			}
		}
		if part.headerFormat != "IMAGE" && part.headerFormat != "VIDEO" {
			return fault.Field(place, "precisa de um cabeçalho com imagem ou vídeo")
		}
		c.cards = append(c.cards, part)
		if !part.like(c.cards[0]) {
			return fault.Field(place, "deve ter as mesmas partes e os mesmos tipos de botão que o primeiro cartão")
		}
	}
	return nil
}

// like tells whether two cards have the same parts: Meta wants all cards of a carousel alike.
func (c *compiledPart) like(other compiledPart) bool {
	return c.headerFormat == other.headerFormat && (c.body == "") == (other.body == "") &&
		slices.EqualFunc(c.buttons, other.buttons, func(a, b TemplateButton) bool { return strings.EqualFold(a.Type, b.Type) })
}

// inOrder sorts positional variables by number: parameters are given in the order {{1}}, {{2}}, wherever they stand in the text.
func (c *compiledPart) inOrder(names []string) []string {
	if !c.named {
		slices.SortFunc(names, func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
	}
	return names
}

// within puts a place before the field that an error names.
func within(place string, err error) error {
	bad := fault.Of(err)
	return fault.Field(place+"."+bad.Field, "%s", bad.Message)
}
