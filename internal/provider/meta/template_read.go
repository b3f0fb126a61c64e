package meta

import (
	"cmp"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

// readTemplates reads a page; an item without name or language cannot be sent or shown and is left out.
func readTemplates(data gjson.Result) []chat.Template {
	var templates []chat.Template
	each(data, func(_ string, item gjson.Result) {
		if !item.IsObject() {
			return
		}
		if template := readTemplate(item); template.Name != "" && template.Language != "" {
			templates = append(templates, template)
		}
	})
	return templates
}

func readTemplate(item gjson.Result) chat.Template {
	var template chat.Template
	each(item, func(key string, member gjson.Result) {
		switch key {
		case "id":
			template.ExternalID = idOf(member)
		case "name":
			template.Name = idOf(member)
		case "language":
			template.Language = languageCode(textOf(member))
		case "category":
			template.Category = strings.ToUpper(idOf(member))
		case "status":
			template.Status = strings.ToUpper(idOf(member))
		case "parameter_format":
			template.Named = strings.EqualFold(idOf(member), "NAMED")
		case "quality_score":
			template.Quality = strings.ToUpper(firstText(textOf(member.Get("score")), textOf(member)))
		case "rejected_reason":
			if reason := textOf(member); !strings.EqualFold(reason, "NONE") {
				template.Reason = reason
			}
		case "components":
			template.Components = storable(member)
			each(member, func(_ string, component gjson.Result) { readComponent(&template, component) })
		}
	})
	return template
}

func readComponent(template *chat.Template, component gjson.Result) {
	if !component.IsObject() {
		return
	}
	switch kind := strings.ToUpper(textOf(component.Get("type"))); kind {
	case "FOOTER":
		template.FooterText = textOf(component.Get("text"))
	case "LIMITED_TIME_OFFER":
		offer := component.Get("limited_time_offer")
		template.Offer = &chat.TemplateOffer{Text: textOf(offer.Get("text")), Expires: offer.Get("has_expiration").Bool()}
	case "CAROUSEL":
		each(component.Get("cards"), func(_ string, card gjson.Result) {
			var part chat.TemplatePart
			each(card.Get("components"), func(_ string, inner gjson.Result) {
				template.Beyond = cmp.Or(template.Beyond, readPart(&part, inner))
			})
			template.Cards = append(template.Cards, part)
		})
	default:
		main := template.Main()
		template.Beyond = cmp.Or(template.Beyond, readPart(&main, component))
		template.HeaderType, template.HeaderText, template.BodyText, template.Buttons = main.HeaderType, main.HeaderText, main.BodyText, main.Buttons
	}
}

// readPart reads a header, a body or buttons; what it cannot fill is named.
func readPart(part *chat.TemplatePart, component gjson.Result) (beyond string) {
	text := textOf(component.Get("text"))
	switch kind := strings.ToUpper(textOf(component.Get("type"))); kind {
	case "HEADER":
		part.HeaderType = firstText(strings.ToUpper(textOf(component.Get("format"))), "TEXT")
		part.HeaderText = text
		switch part.HeaderType {
		case "TEXT", "IMAGE", "VIDEO", "GIF", "DOCUMENT", "LOCATION":
			return ""
		}
		return "um cabeçalho do tipo " + part.HeaderType
	case "BODY":
		part.BodyText = text
	case "BUTTONS":
		each(component.Get("buttons"), func(_ string, button gjson.Result) {
			read := readTemplateButton(button)
			part.Buttons = append(part.Buttons, read)
			beyond = cmp.Or(beyond, unfillable(read.Type))
		})
	default:
		return "uma parte do tipo " + firstText(kind, "desconhecido")
	}
	return beyond
}

func readTemplateButton(button gjson.Result) chat.TemplateButton {
	return chat.TemplateButton{
		Type: strings.ToUpper(textOf(button.Get("type"))), Text: textOf(button.Get("text")), URL: textOf(button.Get("url")),
		Phone: textOf(button.Get("phone_number")),
	}
}

// unfillable names a kind of button that takes what retoma cannot give; the others are filled, or take nothing.
func unfillable(kind string) string {
	switch kind {
	case "QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "OTP", "FLOW", "CATALOG", "MPM", "VOICE_CALL":
		return ""
	}
	return "um botão do tipo " + firstText(kind, "desconhecido")
}

// storable is a value as it was written, or, where that holds what a database refuses, anew with clean texts.
func storable(value gjson.Result) json.RawMessage {
	if utf8.ValidString(value.Raw) && !strings.Contains(value.Raw, `\u0000`) {
		return json.RawMessage(value.Raw)
	}
	written, err := json.Marshal(plain(value))
	if err != nil {
		return nil
	}
	return written
}
