package meta

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

type templateOut struct {
	Name       string         `json:"name"`
	Language   languageOut    `json:"language"`
	Components []componentOut `json:"components,omitempty"`
}

type languageOut struct {
	Code string `json:"code"`
}

// componentOut is one filled part of a template. A part without variables is omitted (providers.md section 1.2).
type componentOut struct {
	Type       string            `json:"type"`
	SubType    string            `json:"sub_type,omitempty"`
	Index      string            `json:"index,omitempty"`
	Parameters []parameterOut    `json:"parameters,omitempty"`
	Cards      []templateCardOut `json:"cards,omitempty"`
}

type templateCardOut struct {
	Index      int            `json:"card_index"`
	Components []componentOut `json:"components"`
}

// fillTemplate makes the template object: header, body, offer, buttons and cards. messageID is the token of flows that were
// given none.
func fillTemplate(messageID string, template chat.FilledTemplate) (*templateOut, error) {
	if template.Name == "" || template.Language == "" {
		return nil, fault.New(fault.TemplateNotFound, "modelo sem nome ou sem idioma")
	}
	out := &templateOut{Name: template.Name, Language: languageOut{Code: languageCode(template.Language)}}
	main := template.Main()
	buttons := main.Buttons
	main.Buttons = nil
	components, err := fillPart("template.", messageID, main)
	if err != nil {
		return nil, err
	}
	if !template.OfferEnds.IsZero() {
		offer := parameterOut{Type: "limited_time_offer", Offer: &offerOut{Ends: template.OfferEnds.UnixMilli()}}
		components = append(components, componentOut{Type: "limited_time_offer", Parameters: []parameterOut{offer}})
	}
	filled, err := fillPart("template.", messageID, chat.FilledPart{Buttons: buttons})
	if err != nil {
		return nil, err
	}
	out.Components = slices.Concat(components, filled)
	if err := out.carousel(messageID, template.Cards); err != nil {
		return nil, err
	}
	return out, nil
}

func (out *templateOut) carousel(messageID string, cards []chat.FilledPart) error {
	if len(cards) == 0 {
		return nil
	}
	carousel := componentOut{Type: "carousel"}
	for i, card := range cards {
		components, err := fillPart("template.cards["+strconv.Itoa(i)+"].", messageID, card)
		if err != nil {
			return err
		}
		carousel.Cards = append(carousel.Cards, templateCardOut{Index: i, Components: components})
	}
	out.Components = append(out.Components, carousel)
	return nil
}

func fillPart(path, messageID string, part chat.FilledPart) ([]componentOut, error) {
	var components []componentOut
	for _, one := range []struct {
		name       string
		parameters []chat.Parameter
	}{{"header", part.Header}, {"body", part.Body}} {
		if len(one.parameters) == 0 {
			continue
		}
		component := componentOut{Type: one.name}
		for i, parameter := range one.parameters {
			filled, err := fillParameter(path+one.name+"["+strconv.Itoa(i)+"]", one.name, parameter)
			if err != nil {
				return nil, err
			}
			component.Parameters = append(component.Parameters, filled)
		}
		components = append(components, component)
	}
	for _, button := range part.Buttons {
		component, err := fillButton(path+"buttons["+strconv.Itoa(button.Index)+"]", messageID, button)
		if err != nil {
			return nil, err
		}
		components = append(components, component)
	}
	return components, nil
}

func fillButton(field, messageID string, button chat.ButtonParameter) (componentOut, error) {
	out := componentOut{Type: "button", SubType: button.SubType, Index: strconv.Itoa(button.Index)}
	text := button.Text
	switch button.SubType {
	case "url", "quick_reply", "copy_code":
		var err error
		if text, err = parameterText(field, text); err != nil {
			return componentOut{}, err
		}
	}
	switch button.SubType {
	case "url":
		out.Parameters = []parameterOut{{Type: "text", Text: text}}
	case "quick_reply":
		out.Parameters = []parameterOut{{Type: "payload", Payload: text}}
	case "copy_code":
		out.Parameters = []parameterOut{{Type: "coupon_code", CouponCode: text}}
	case "flow":
		out.Parameters = []parameterOut{{Type: "action", Action: &actionOut{Token: cmp.Or(clean(text), messageID), Data: button.Data}}}
	case "catalog", "mpm":
		if button.Shelf == nil {
			return componentOut{}, badParameter(field, "botão de catálogo sem produtos")
		}
		out.Parameters = []parameterOut{{Type: "action", Action: shelfOf(*button.Shelf)}}
	default:
		return componentOut{}, badParameter(field, "botão do tipo "+button.SubType+" não leva variável")
	}
	return out, nil
}

// parameterText refuses what Meta would refuse with 132018 (or an older 100 or 132012), naming the variable.
func parameterText(field, text string) (string, error) {
	text = clean(text)
	switch {
	case strings.TrimSpace(text) == "":
		return "", badParameter(field, "variável vazia")
	case strings.ContainsAny(text, "\n\r\t"):
		return "", badParameter(field, "variável com quebra de linha ou tabulação")
	case strings.Contains(text, "     "):
		return "", badParameter(field, "variável com mais de 4 espaços seguidos")
	}
	return text, nil
}

func badParameter(field, what string) error {
	return &fault.Error{Code: fault.TemplateParams, Field: field, Message: what, Detail: field + ": refused before sending"}
}
