package actions

import (
	"strings"

	"retoma/internal/chat"
)

// preview is the text as the customer will read it: header, body, footer, and each card of a carousel.
func preview(t chat.Template, filled chat.FilledTemplate) string {
	parts := textsOf(t, t.Main(), filled.Main())
	if t.Offer != nil && t.Offer.Text != "" {
		parts = append([]string{t.Offer.Text}, parts...)
	}
	if t.FooterText != "" {
		parts = append(parts, t.FooterText)
	}
	for i, card := range t.Cards {
		if i < len(filled.Cards) {
			parts = append(parts, "• "+strings.Join(textsOf(t, card, filled.Cards[i]), "\n"))
		}
	}
	return strings.Join(parts, "\n\n")
}

func textsOf(t chat.Template, part chat.TemplatePart, filled chat.FilledPart) []string {
	var texts []string
	if part.HeaderType == "TEXT" && part.HeaderText != "" {
		texts = append(texts, substitute(part.HeaderText, t.Named, filled.Header))
	}
	return append(texts, substitute(part.BodyText, t.Named, filled.Body))
}

// substitute puts values in the place of a text's variables.
func substitute(text string, named bool, parameters []chat.Parameter) string {
	values := map[string]string{}
	for i, name := range placeholders(text, named) {
		if i < len(parameters) {
			values[name] = parameters[i].Text
		}
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		return values[placeholder.FindStringSubmatch(found)[1]]
	})
}
