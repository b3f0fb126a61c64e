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

// readID reads the id of a model, a queue, an agent ... in any form people and platforms give it: 1, 1.0, "1", " 1 ", a UUID,
// a name. It gives "" for the forms that mean none: 0, "0", null and false.
func readID(key string, value json.RawMessage) (string, *mistake) {
	switch value[0] {
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return "", badID(key, "não pode ser lido")
		}
		return idFromText(key, text)
	case 'n', 'f': // null, false
		return "", nil
	case 't':
		return "", badID(key, "é true, que não diz qual")
	case '{', '[':
		return "", badID(key, "é uma lista ou um objeto, e não um só id")
	}
	return idFromNumber(key, string(value))
}

// idFromNumber reads a JSON number.
func idFromNumber(key, number string) (string, *mistake) {
	if isDigits(number) {
		return wholeNumber(key, number)
	}
	value, err := strconv.ParseFloat(number, 64)
	const exact = 1 << 53 // above it, a fraction would have been lost unseen
	if err != nil || value >= exact || value != math.Trunc(value) || strings.HasPrefix(number, "-") {
		return "", badID(key, "não é um número inteiro a partir de 0: "+shorten(number, 30))
	}
	return wholeNumber(key, strconv.FormatFloat(value, 'f', 0, 64))
}

// wholeNumber brings digits into their one form; "" for zero.
func wholeNumber(key, digits string) (string, *mistake) {
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > mostDigits {
		return "", badID(key, "é um número grande demais")
	}
	return digits, nil
}

// idFromText reads an id given as a string. The marks around it are what bold and italics leave in a text.
func idFromText(key, text string) (string, *mistake) {
	text = strings.TrimFunc(text, func(r rune) bool { return invisible(r) || (isMark(r) && r != '[') })
	whole := text
	for _, zeros := range []string{".0", ".00"} { // not ".000": 1.000 is a thousand in Portuguese
		if before, found := strings.CutSuffix(text, zeros); found && isDigits(before) {
			whole = before
		}
	}
	switch {
	case isDigits(whole):
		return wholeNumber(key, whole)
	case looksNumeric(text):
		return "", badID(key, "não é um número inteiro a partir de 0: "+shorten(text, 30))
	case strings.Contains(text, "{{") || strings.Contains(text, "}}"):
		return "", literalVariable(key)
	case utf8.RuneCountInString(text) > longestName:
		return "", badID(key, "é longo demais para um nome")
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", badID(key, "tem quebras de linha ou caracteres de controle")
	}
	return idFromWord(key, text)
}

// idFromWord tells names from the words that programs write for "nothing".
func idFromWord(key, text string) (string, *mistake) {
	switch strings.ToLower(text) {
	case "", "null", "undefined", "nan", "none":
		return "", emptyValue(key)
	case "false":
		return "", nil
	case "true":
		return "", badID(key, "é true, que não diz qual")
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
