package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// cardButtons are the buttons that a carousel's card takes, and offerButtons those of a limited-time offer.
var (
	cardButtons  = []string{"QUICK_REPLY", "URL", "PHONE_NUMBER"}
	offerButtons = []string{"COPY_CODE", "URL"}
)

const mostCardButtons = 2

// part is the component of a kind; nil if there is none.
func (r *templateRequest) part(kind string) *TemplateComponent {
	i := slices.IndexFunc(r.Components, func(c TemplateComponent) bool { return c.Type == kind })
	if i < 0 {
		return nil
	}
	return &r.Components[i]
}

// checkKind checks what the parts of a carousel, a limited-time offer, a one-time code and a catalogue may be together.
func (r *templateRequest) checkKind() *graphError {
	var buttons []TemplateButton
	if c := r.part("BUTTONS"); c != nil {
		buttons = c.Buttons
	}
	switch {
	case r.part("CAROUSEL") != nil:
		return r.checkCarousel()
	case r.part("LIMITED_TIME_OFFER") != nil:
		return r.checkOfferParts(buttons)
	case r.Category == "AUTHENTICATION":
		return r.checkCodeParts(buttons)
	case slices.ContainsFunc(buttons, func(b TemplateButton) bool { return b.Type == "OTP" }):
		return refuse(100, "Param buttons: a button of type OTP is only for the category AUTHENTICATION.")
	case slices.ContainsFunc(buttons, func(b TemplateButton) bool { return b.Type == "CATALOG" }) && r.part("HEADER") != nil:
		return refuse(100, "Param components: a template with a CATALOG button takes no HEADER.")
	}
	return nil
}

// checkCarousel takes a body and the cards (Meta's page "Media card carousel templates").
func (r *templateRequest) checkCarousel() *graphError {
	if r.Category != "MARKETING" {
		return refuse(100, "Param components: a CAROUSEL is only for the category MARKETING.")
	}
	for _, c := range r.Components {
		if c.Type != "CAROUSEL" && c.Type != "BODY" {
			return refuse(100, "Param components: a template with a CAROUSEL takes no %s.", c.Type)
		}
	}
	return nil
}

func (r *templateRequest) checkCards(cards []TemplateCard, index int) *graphError {
	if len(cards) < fewestCarouselCards || len(cards) > mostCarouselCards {
		return refuse(100, "Param components[%d]['cards'] must have from %d to %d items.", index, fewestCarouselCards, mostCarouselCards)
	}
	parts := make([]compiledPart, len(cards))
	for i := range cards {
		place := fmt.Sprintf("components[%d]['cards'][%d]", index, i)
		if refused := r.checkCard(cards[i].Components, place); refused != nil {
			return refused
		}
		for _, component := range cards[i].Components {
			if parts[i].take(component) != nil {
				return refuse(100, "Param %s could not be read.", place)
			}
		}
		if !parts[i].like(parts[0]) {
			return refuse(100, "Param %s: all cards must have the same components, in the same order.", place)
		}
	}
	return nil
}

func (r *templateRequest) checkCard(components []TemplateComponent, place string) *graphError {
	seen := map[string]bool{}
	for i := range components {
		c := &components[i]
		c.Type = strings.ToUpper(c.Type)
		if seen[c.Type] {
			return refuse(100, "Param %s['components'] has %s twice.", place, c.Type)
		}
		seen[c.Type] = true
		var refused *graphError
		switch c.Type {
		case "HEADER":
			refused = r.checkHeader(c)
			if refused == nil && c.Format != "IMAGE" && c.Format != "VIDEO" {
				refused = refuseTemplate(subcodeHeader, "Message header format is incorrect", "A card's header must be of format IMAGE or VIDEO.")
			}
		case "BODY":
			if refused = r.checkBodyText(c); refused == nil {
				refused = longest("card's body", c.Text, longestCardBody)
			}
		case "BUTTONS":
			refused = checkCardButtons(c.Buttons, place)
		default:
			refused = refuse(100, "Param %s['components'][%d]['type'] must be one of {HEADER, BODY, BUTTONS} - got %q.", place, i, c.Type)
		}
		if refused != nil {
			return refused
		}
	}
	if !seen["HEADER"] {
		return refuse(100, "The parameter %s needs a component of type HEADER.", place)
	}
	return nil
}

func checkCardButtons(buttons []TemplateButton, place string) *graphError {
	if len(buttons) > mostCardButtons {
		return refuse(100, "Param %s['components'] must have at most %d buttons.", place, mostCardButtons)
	}
	if refused := checkButtons(buttons); refused != nil {
		return refused
	}
	return onlyButtons(buttons, cardButtons, "a card")
}

func onlyButtons(buttons []TemplateButton, allowed []string, what string) *graphError {
	for i, b := range buttons {
		if !slices.Contains(allowed, b.Type) {
			return refuse(100, "Param buttons[%d]: %s takes only buttons of type {%s} - got %q.", i, what, strings.Join(allowed, ", "), b.Type)
		}
	}
	return nil
}

func checkOffer(offer *TemplateOffer) *graphError {
	if offer == nil || strings.TrimSpace(offer.Text) == "" {
		return refuse(100, "The parameter limited_time_offer['text'] is required.")
	}
	return longest("limited-time offer", offer.Text, longestOfferText)
}

// checkOfferParts holds a limited-time offer to Meta's page "Limited-time offer templates".
func (r *templateRequest) checkOfferParts(buttons []TemplateButton) *graphError {
	header, coupon := r.part("HEADER"), slices.IndexFunc(buttons, func(b TemplateButton) bool { return b.Type == "COPY_CODE" })
	switch {
	case r.Category != "MARKETING":
		return refuse(100, "Param components: a LIMITED_TIME_OFFER is only for the category MARKETING.")
	case r.part("FOOTER") != nil:
		return refuse(100, "Param components: a template with a LIMITED_TIME_OFFER takes no FOOTER.")
	case header != nil && header.Format != "IMAGE" && header.Format != "VIDEO":
		return refuseTemplate(subcodeHeader, "Message header format is incorrect", "The header of a limited-time offer must be of format IMAGE or VIDEO.")
	case coupon > 0:
		return refuse(100, "Param buttons[%d]: the COPY_CODE button must be the first.", coupon)
	case coupon < 0 && r.part("LIMITED_TIME_OFFER").Offer.Expires:
		return refuse(100, "Param buttons: a limited-time offer with an expiration needs a COPY_CODE button.")
	}
	if coupon == 0 {
		if refused := checkCoupon(&buttons[0], 0, longestOfferCode); refused != nil {
			return refused
		}
	}
	if refused := onlyButtons(buttons, offerButtons, "a limited-time offer"); refused != nil {
		return refused
	}
	return longest("body", r.part("BODY").Text, longestOfferBody)
}

// checkCodeParts holds the template of a one-time code to its fixed form (Meta's page "Authentication templates").
func (r *templateRequest) checkCodeParts(buttons []TemplateButton) *graphError {
	switch {
	case r.part("HEADER") != nil:
		return refuse(100, "Param components: a template of category AUTHENTICATION takes no HEADER.")
	case len(buttons) != 1 || buttons[0].Type != "OTP":
		return refuse(100, "Param buttons: a template of category AUTHENTICATION needs one button of type OTP and no other.")
	}
	return nil
}

func checkCodeFooter(c *TemplateComponent) *graphError {
	if c.Text != "" || c.CodeMinutes < 1 || c.CodeMinutes > 90 {
		return refuseTemplate(subcodeFooter, "Message footer format is incorrect", "The footer of an authentication template has no text but code_expiration_minutes, from 1 to 90.")
	}
	return nil
}
