package typebot

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
)

// unicodeEscape reads "uXXXX", or two of them that stand for one character; length 0 if it is not one.
func unicodeEscape(text string) (char rune, length int) {
	const width = len("uXXXX")
	first, ok := hexUnit(text)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, width
	}
	if len(text) > width && text[width] == '\\' {
		if second, ok := hexUnit(text[width+1:]); ok {
			return utf16.DecodeRune(first, second), 2*width + 1
		}
	}
	return '\uFFFD', width
}

// hexUnit reads "u" and four hexadecimal digits.
func hexUnit(text string) (rune, bool) {
	const width = len("uXXXX")
	if len(text) < width || text[0] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(text[1:width], 16, 16)
	return rune(unit), err == nil
}

// encode writes a value as JSON without blanks and without HTML escapes; the keys of maps are sorted.
// It is used for values that came out of a JSON decoder or are strings, which always can be written.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return []byte("null")
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}
