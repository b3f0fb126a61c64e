package typebot

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// longestName is the longest name of a model that a command may hold, in characters.
	longestName = 200
	// mostDigits keeps numbers within 63 bits.
	mostDigits = 18
)

// readModel reads a model's id in any form people and platforms give it: 1, 1.0, "1", " 1 ", a UUID, a name.
// It gives "" for the forms that mean remove: 0, "0", null and false.
func readModel(value json.RawMessage) (string, *mistake) {
	switch value[0] {
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return "", badID("não pode ser lido")
		}
		return modelFromText(text)
	case 'n', 'f': // null, false
		return "", nil
	case 't':
		return "", badID("é true, que não diz qual modelo")
	case '{', '[':
		return "", badID("é uma lista ou um objeto, e não um só id")
	}
	return modelFromNumber(string(value))
}

// modelFromNumber reads a JSON number.
func modelFromNumber(number string) (string, *mistake) {
	if isDigits(number) {
		return wholeNumber(number)
	}
	value, err := strconv.ParseFloat(number, 64)
	const exact = 1 << 53 // above it, a fraction would have been lost unseen
	if err != nil || value >= exact || value != math.Trunc(value) || strings.HasPrefix(number, "-") {
		return "", badID("não é um número inteiro a partir de 0: " + shorten(number, 30))
	}
	return wholeNumber(strconv.FormatFloat(value, 'f', 0, 64))
}

// wholeNumber brings digits into their one form; "" for zero.
func wholeNumber(digits string) (string, *mistake) {
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > mostDigits {
		return "", badID("é um número grande demais")
	}
	return digits, nil
}

// modelFromText reads an id given as a string. The marks around it are what bold and italics leave in a text.
func modelFromText(text string) (string, *mistake) {
	text = strings.TrimFunc(text, func(r rune) bool { return invisible(r) || (isMark(r) && r != '[') })
	whole := text
	for _, zeros := range []string{".0", ".00"} { // not ".000": 1.000 is a thousand in Portuguese
		if before, found := strings.CutSuffix(text, zeros); found && isDigits(before) {
			whole = before
		}
	}
	switch {
	case isDigits(whole):
		return wholeNumber(whole)
	case looksNumeric(text):
		return "", badID("não é um número inteiro a partir de 0: " + shorten(text, 30))
	case strings.Contains(text, "{{") || strings.Contains(text, "}}"):
		return "", literalVariable(keyFollowUp)
	case utf8.RuneCountInString(text) > longestName:
		return "", badID("é longo demais para o nome de um modelo")
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", badID("tem quebras de linha ou caracteres de controle")
	}
	return modelFromWord(text)
}

// modelFromWord tells names from the words that programs write for "nothing".
func modelFromWord(text string) (string, *mistake) {
	switch strings.ToLower(text) {
	case "", "null", "undefined", "nan", "none":
		return "", emptyValue(keyFollowUp)
	case "false":
		return "", nil
	case "true":
		return "", badID("é true, que não diz qual modelo")
	}
	return text, nil
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// looksNumeric tells a signed or fractional number, in either decimal notation.
func looksNumeric(text string) bool {
	return strings.ContainsAny(text, "0123456789") && strings.Trim(text, "0123456789+-.,") == "" &&
		strings.LastIndexAny(text, "+-") <= 0
}
