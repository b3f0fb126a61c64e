package typebot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"retoma/internal/fault"
)

// notAnExport begins what is said of a file that is none.
const notAnExport = "não é um fluxo exportado do Typebot: "

// broken says in words, with line and column (both from 1, in characters), where the JSON of an export cannot be read. base is
// where the part that was being read begins in the whole file.
func broken(whole []byte, base int, err error) *fault.Error {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(whole)) == 0:
		return fault.Field("export", "%so arquivo está vazio", notAnExport)
	case errors.As(err, &syntax):
		// The offset lies behind the character that was not expected.
		at := min(max(base+int(syntax.Offset)-1, 0), len(whole))
		if strings.HasPrefix(syntax.Error(), "unexpected end") {
			at = len(bytes.TrimRight(whole, " \t\r\n"))
			return fault.Field("export", "%s%s, o JSON termina antes da hora", notAnExport, place(whole, at))
		}
		return fault.Field("export", "%s%s, o JSON não pode ser lido a partir de %s", notAnExport, place(whole, at), character(whole[at:]))
	case errors.As(err, &wrongType):
		at := startOfValue(whole, min(max(base+int(wrongType.Offset), 0), len(whole)))
		if wrongType.Field == "" {
			return fault.Field("export", "%s%s, esperava um objeto", notAnExport, place(whole, at))
		}
		return fault.Field("export", "%s%s, o valor de %q é do tipo errado", notAnExport, place(whole, at), wrongType.Field)
	}
	return fault.Field("export", "%so JSON não pode ser lido", notAnExport)
}

// place counts lines and characters up to an offset.
func place(whole []byte, offset int) string {
	before := whole[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("linha %d, coluna %d", line, column)
}

func character(rest []byte) string {
	if len(rest) == 0 {
		return "seu fim"
	}
	found, _ := utf8.DecodeRune(rest)
	return fmt.Sprintf("%q", string(found))
}

// startOfValue goes back from the end of a text or number, or from behind an opening bracket, to where it begins.
func startOfValue(whole []byte, end int) int {
	switch {
	case end == 0:
		return 0
	case whole[end-1] == '{' || whole[end-1] == '[':
		return end - 1
	case whole[end-1] == '"':
		for at := end - 2; at >= 0; at-- {
			if whole[at] == '"' && (at == 0 || whole[at-1] != '\\') {
				return at
			}
		}
		return end - 1
	}
	at := end
	for at > 0 && !bytes.ContainsRune([]byte(" \t\r\n:,[{"), rune(whole[at-1])) {
		at--
	}
	return at
}
