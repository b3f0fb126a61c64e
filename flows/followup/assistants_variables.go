package followup

import (
	"regexp"
	"strconv"
	"strings"

	"retoma/flows"
	"retoma/internal/fault"
)

// leadHole is a variable of assistant-followup.md, such as {{LEAD_NAME}}, with whatever filters follow it.
var leadHole = regexp.MustCompile(`\{\{(-?\s*)((?:LEAD|COMPANY)_[^{}|]*?)(\s*(?:\||-?\}\}))`)

// plainKey is a key that can be written behind a dot.
var plainKey = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// leadVariables puts {{LEAD_NAME}}, {{LEAD_FIRSTNAME}}, {{LEAD_NUMBER}}, {{COMPANY_NAME}} and {{LEAD_FIELD_<KEY>}} into
// retoma's own words; everything else stays as it is. unknown is the first name of theirs that does not exist, or "".
func leadVariables(text string) (translated, unknown string) {
	translated = leadHole.ReplaceAllStringFunc(text, func(hole string) string {
		found := leadHole.FindStringSubmatch(hole)
		own := leadVariable(found[2])
		if own == "" {
			if unknown == "" {
				unknown = found[2]
			}
			return hole
		}
		return "{{" + found[1] + own + found[3]
	})
	return translated, unknown
}

// leadVariable is retoma's word for one name; "" if there is none.
func leadVariable(name string) string {
	switch name {
	case "LEAD_NAME":
		return "contact.name"
	case "LEAD_FIRSTNAME":
		return "contact.first_name"
	case "LEAD_NUMBER":
		return `contact.phone | replace: "+", ""`
	case "COMPANY_NAME":
		return "channel.company"
	}
	key, isField := strings.CutPrefix(name, "LEAD_FIELD_")
	key = strings.ToUpper(key)
	switch {
	case !isField || key == "" || strings.ContainsAny(key, "\"\\\n\r"):
		return ""
	case plainKey.MatchString(key):
		return "contact.lead_fields." + key
	}
	return "contact.lead_fields[" + strconv.Quote(key) + "]"
}

// leadProblems tells of the first variable in a text that does not exist.
func leadProblems(at, text string) flows.Problems {
	_, unknown := leadVariables(text)
	if unknown == "" {
		return nil
	}
	return flows.Problems{fault.Field(at, "variável desconhecida: {{%s}}; use LEAD_NAME, LEAD_FIRSTNAME, LEAD_NUMBER, COMPANY_NAME ou LEAD_FIELD_<CAMPO>", unknown)}
}
