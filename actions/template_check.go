package actions

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// The limits of filled templates, in characters (providers.md section 1.2; error 132005 and 132018 of the provider).
const (
	maxFilledBody   = 1024
	maxCardBody     = 160
	maxOfferBody    = 600
	maxFilledHeader = 60
	maxAuthCode     = 15
	maxCoupon       = 20
	maxOfferCoupon  = 15
	maxPayload      = 256
	maxSuffix       = 2000
)

// CheckFilled compares a filled template with its definition, by the provider's own rules (providers.md section 1.2): the
// counts match, no text value is empty or holds a line break, a tab or more than four spaces in a row, nothing is too long,
// and every file has an address. What is wrong is fault.TemplateParams naming the variable; a template that nobody here can
// fill is fault.TemplateNotFound.
func CheckFilled(t chat.Template, filled chat.FilledTemplate) *fault.Error {
	if t.Beyond != "" {
		return beyond(t)
	}
	all := VariablesOf(t)
	if len(filled.Cards) != len(t.Cards) {
		return fault.New(fault.TemplateParams, "o template %q tem %d cartões, e vieram %d", t.Name, len(t.Cards), len(filled.Cards))
	}
	if problem := checkPart(t, t.Main(), filled.Main(), all, 0); problem != nil {
		return problem
	}
	for i, card := range t.Cards {
		if problem := checkPart(t, card, filled.Cards[i], all, i+1); problem != nil {
			return problem
		}
	}
	if expires := t.Offer != nil && t.Offer.Expires; expires == filled.OfferEnds.IsZero() {
		return bad(t, "offer", "é o fim da oferta: só este tipo de template tem, e nele é obrigatória")
	}
	return nil
}

func checkPart(t chat.Template, part chat.TemplatePart, filled chat.FilledPart, all []Variable, card int) *fault.Error {
	if problem := checkCounts(t, part, filled, all, card); problem != nil {
		return problem
	}
	header, body := filled.Header, filled.Body
	for _, variable := range all {
		if variable.card != card {
			continue
		}
		wrong := ""
		switch variable.Part {
		case "header":
			wrong, header = checkHeader(header[0], variable), header[1:]
		case "body":
			wrong, body = checkText(body[0].Text), body[1:]
			if t.Category == "AUTHENTICATION" && wrong == "" {
				wrong = checkLength(filled.Body[0].Text, maxAuthCode)
			}
		case "button":
			wrong = checkButton(t, filled.Buttons, variable)
		}
		if wrong != "" {
			return bad(t, variable.Name, "%s", wrong)
		}
	}
	return checkWhole(t, part, filled, card)
}

// checkCounts compares how many values there are with how many are needed; a value that is not needed would shift the rest.
func checkCounts(t chat.Template, part chat.TemplatePart, filled chat.FilledPart, all []Variable, card int) *fault.Error {
	wanted := map[string]int{}
	for _, variable := range all {
		if variable.card == card && !variable.Optional {
			wanted[variable.Part]++
		}
	}
	for _, button := range part.Buttons {
		if repeatsCode(t, button) && wanted["body"] > 0 {
			wanted["button"]++
		}
	}
	for _, one := range []struct {
		part string
		have int
	}{{"header", len(filled.Header)}, {"body", len(filled.Body)}, {"button", required(filled.Buttons)}} {
		if one.have != wanted[one.part] {
			return fault.New(fault.TemplateParams, "o template %q precisa de %d valores em %s, e tem %d", t.Name, wanted[one.part], one.part, one.have)
		}
	}
	return nil
}

// required counts the buttons that must be filled.
func required(buttons []chat.ButtonParameter) int {
	count := 0
	for _, button := range buttons {
		switch button.SubType {
		case "url", "copy_code", "mpm":
			count++
		}
	}
	return count
}

func checkHeader(parameter chat.Parameter, variable Variable) string {
	switch variable.Kind {
	case KindText:
		return checkText(parameter.Text)
	case KindLocation:
		if parameter.Place == nil {
			return "precisa de um lugar"
		}
		return ""
	}
	switch {
	case parameter.Media == nil || parameter.Media.ID+parameter.Media.MediaID+parameter.Media.Link == "":
		return "precisa de um anexo"
	case parameter.Type != chat.ContentType(variable.Kind):
		return "precisa de um anexo do tipo " + string(variable.Kind)
	case parameter.Media.ID+parameter.Media.MediaID == "" && !chat.IsWebLink(parameter.Media.Link):
		return "precisa de um endereço que comece com http:// ou https://"
	}
	if ending := chat.LinkContradicts(parameter.Type, parameter.Media.Link); ending != "" {
		return "precisa de um anexo do tipo " + string(variable.Kind) + ", e este endereço termina em " + ending
	}
	return ""
}

func checkButton(t chat.Template, buttons []chat.ButtonParameter, variable Variable) string {
	for _, button := range buttons {
		if button.Index != variable.button {
			continue
		}
		switch variable.Kind {
		case KindSuffix:
			return either(checkText(button.Text), checkLength(button.Text, maxSuffix))
		case KindPayload:
			return either(checkText(button.Text), checkLength(button.Text, maxPayload))
		case KindCode:
			return either(checkText(button.Text), checkLength(button.Text, longestCoupon(t)))
		case KindProducts:
			if !variable.Optional {
				return checkShelf(button.Shelf)
			}
		}
		return ""
	}
	if variable.Optional {
		return ""
	}
	return "não tem valor"
}

// longestCoupon is what a code may measure, which in a limited-time offer is less than elsewhere.
func longestCoupon(t chat.Template) int {
	if t.Offer != nil {
		return maxOfferCoupon
	}
	return maxCoupon
}

// checkShelf wants what a choice of products must have: the products, and the one whose picture stands above them.
func checkShelf(shelf *chat.Shelf) string {
	switch {
	case shelf == nil || len(shelf.Sections) == 0:
		return "precisa de pelo menos uma seção de produtos"
	case strings.TrimSpace(shelf.Thumbnail) == "":
		return `precisa do produto cuja foto aparece na mensagem ("thumbnail")`
	}
	for _, section := range shelf.Sections {
		if utf8.RuneCountInString(section.Title) > maxShelfTitle {
			return "tem uma seção de título longo demais: no máximo " + strconv.Itoa(maxShelfTitle) + " caracteres"
		}
	}
	return ""
}

// longestBody is what a filled body may measure: less in cards and limited-time offers.
func longestBody(t chat.Template, card int) int {
	switch {
	case card > 0:
		return maxCardBody
	case t.Offer != nil:
		return maxOfferBody
	}
	return maxFilledBody
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// checkWhole checks what several values are together.
func checkWhole(t chat.Template, part chat.TemplatePart, filled chat.FilledPart, card int) *fault.Error {
	most := longestBody(t, card)
	if length := utf8.RuneCountInString(substitute(part.BodyText, t.Named, filled.Body)); length > most {
		where := "o corpo"
		if card > 0 {
			where = "o texto do cartão " + strconv.Itoa(card)
		}
		return fault.New(fault.TemplateParams, "%s do template %q preenchido tem %d caracteres; o máximo é %d", where, t.Name, length, most)
	}
	if part.HeaderType != "TEXT" {
		return nil
	}
	if length := utf8.RuneCountInString(substitute(part.HeaderText, t.Named, filled.Header)); length > maxFilledHeader {
		return fault.New(fault.TemplateParams, "o cabeçalho do template %q preenchido tem %d caracteres; o máximo é %d", t.Name, length, maxFilledHeader)
	}
	return nil
}

func checkText(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "está vazia"
	case strings.ContainsAny(text, "\n\r\t"):
		return "tem quebra de linha ou tabulação, que o WhatsApp não aceita em variáveis"
	case strings.Contains(text, "     "):
		return "tem mais de quatro espaços seguidos, que o WhatsApp não aceita em variáveis"
	}
	return ""
}

func checkLength(text string, most int) string {
	if utf8.RuneCountInString(text) > most {
		return "é longa demais: no máximo " + strconv.Itoa(most) + " caracteres"
	}
	return ""
}
