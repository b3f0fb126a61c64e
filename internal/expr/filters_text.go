package expr

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// onFilteredText makes a filter from text to text.
func onFilteredText(change func(string) string) func(filterInput) (any, error) {
	return func(input filterInput) (any, error) {
		text, err := textOf(input.data)
		if err != nil {
			return nil, err
		}
		return change(text), nil
	}
}

// capitalize makes the first letter upper case and the others lower case.
func capitalize(text string) string {
	letters := []rune(strings.ToLower(text))
	if len(letters) > 0 {
		letters[0] = unicode.ToTitle(letters[0])
	}
	return string(letters)
}

// firstName is the first word of a person's name.
func firstName(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// formatPhone writes E.164 digits, with or without "+", as people read them: +55 11 99999-9999. What is not a possible
// number stays as it is: some channels know people by other ids.
func formatPhone(digits string) string {
	const longest = 20
	if len(digits) > longest {
		return digits
	}
	number, err := phonenumbers.Parse("+"+strings.TrimPrefix(strings.TrimSpace(digits), "+"), "")
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return digits
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// truncate cuts a text to so many characters (50), the ellipsis ("...") included.
func truncate(input filterInput) (any, error) {
	text, err := textOf(input.data)
	if err != nil {
		return nil, err
	}
	length, ellipsis := 50, "..."
	if len(input.given) > 0 {
		length = int(min(max(input.given[0].(float64), 0), maxFilterBytes))
	}
	if len(input.given) > 1 {
		ellipsis = input.given[1].(string)
	}
	letters := []rune(text)
	if len(letters) <= length {
		return text, nil
	}
	kept := max(length-len([]rune(ellipsis)), 0)
	return string(letters[:kept]) + ellipsis, nil
}

// replace puts one text in the place of each occurrence of another; the result is bounded before it is made.
func replace(input filterInput) (any, error) {
	text, err := textOf(input.data)
	if err != nil {
		return nil, err
	}
	old, replacement := input.given[0].(string), input.given[1].(string)
	if old == "" {
		return nil, mistake("o texto a trocar está vazio")
	}
	if len(text)+strings.Count(text, old)*(len(replacement)-len(old)) > maxFilterBytes {
		return nil, mistake("o texto trocado passa de %d bytes", maxFilterBytes)
	}
	return strings.ReplaceAll(text, old, replacement), nil
}

// toJSON writes any value as JSON, up to maxRenderedBytes.
func toJSON(input filterInput) (any, error) {
	// The meter walks the value first, so that a huge one is refused before a huge text is made.
	if err := (&meter{left: maxRenderedBytes}).chargeDeep(input.data); err != nil {
		return nil, mistake("o valor é grande demais")
	}
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(input.data); err != nil {
		return nil, mistake("o valor não pode ser escrito em JSON")
	}
	if encoded.Len() > maxRenderedBytes {
		return nil, mistake("o valor é grande demais")
	}
	return strings.TrimSuffix(encoded.String(), "\n"), nil
}
