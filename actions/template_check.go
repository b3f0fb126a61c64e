package actions

import (
	"slices"
	"strings"
	"unicode/utf8"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// maxFilledBody is the longest body after filling, in characters (error 132005 of the provider).
const maxFilledBody = 1024

// CheckFilled compares a filled template with its definition, by the provider's own rules (providers.md section 1.2):
// the counts match, no text value is empty or holds a line break, a tab or more than four spaces in a row, and the body is
// not too long. What is wrong is fault.TemplateParams.
func CheckFilled(t chat.Template, filled chat.FilledTemplate) *fault.Error {
	needed, given := VariablesOf(t), valuesOf(filled)
	for _, part := range []string{"header", "body", "button"} {
		if want, have := count(needed, part), len(given[part]); want != have {
			return fault.New(fault.TemplateParams, "o template %q precisa de %d valores em %s, e tem %d", t.Name, want, part, have)
		}
	}
	for i, parameter := range slices.Concat(given["header"], given["body"], given["button"]) {
		if problem := checkValue(parameter); problem != "" {
			return fault.New(fault.TemplateParams, "a variável %q do template %q %s", needed[i].Name, t.Name, problem)
		}
	}
	if length := bodyLength(t, filled.Body); length > maxFilledBody {
		return fault.New(fault.TemplateParams, "o corpo do template %q preenchido tem %d caracteres; o máximo é %d", t.Name, length, maxFilledBody)
	}
	return nil
}

func count(needed []Variable, part string) int {
	found := 0
	for _, variable := range needed {
		if variable.Part == part {
			found++
		}
	}
	return found
}

// valuesOf gives what fills each part; of the buttons only links have variables.
func valuesOf(filled chat.FilledTemplate) map[string][]chat.Parameter {
	var links []chat.Parameter
	for _, button := range filled.Buttons {
		if button.SubType == "url" {
			links = append(links, chat.Parameter{Text: button.Text})
		}
	}
	return map[string][]chat.Parameter{"header": filled.Header, "body": filled.Body, "button": links}
}

func checkValue(parameter chat.Parameter) string {
	if parameter.Media != nil {
		return ""
	}
	switch {
	case strings.TrimSpace(parameter.Text) == "":
		return "está vazia"
	case strings.ContainsAny(parameter.Text, "\n\r\t"):
		return "tem quebra de linha ou tabulação, que o WhatsApp não aceita em variáveis"
	case strings.Contains(parameter.Text, "     "):
		return "tem mais de quatro espaços seguidos, que o WhatsApp não aceita em variáveis"
	}
	return ""
}

func bodyLength(t chat.Template, body []chat.Parameter) int {
	values := map[string]string{}
	for i, name := range placeholders(t.BodyText, t.Named) {
		values[name] = body[i].Text
	}
	return utf8.RuneCountInString(substitute(t.BodyText, "", values))
}
