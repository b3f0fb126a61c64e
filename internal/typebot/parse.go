package typebot

import (
	"strings"
	"unicode/utf8"
)

// parse reads the JSON object at the beginning of body, which starts with "{". It gives the object, or what is wrong with
// it, and in both cases how much of body belongs to it. First the plain JSON decoder, then one tolerant pass.
func parse(body string) (object, int, *mistake) {
	end := balancedEnd(body)
	if end > 0 {
		found, wrong := decode(blanked(body[:end]))
		if wrong == nil || wrong.hint != HintInvalidJSON {
			return found, end, wrong
		}
	}
	repaired, length, wrong := repair(body)
	if wrong == nil {
		found, wrong := decode(repaired)
		return found, length, wrong
	}
	if end < 0 {
		end = nextCommandLine(body)
	}
	return nil, end, wrong
}

// balancedEnd gives the offset behind the brace that closes the one at the beginning, by the rules of plain JSON;
// -1 if none does.
func balancedEnd(body string) int {
	depth, quoted := 0, false
	for at := 0; at < len(body); at++ {
		switch char := body[at]; {
		case quoted && char == '\\':
			at++
		case char == '"':
			quoted = !quoted
		case quoted:
		case char == '{' || char == '[':
			depth++
		case char == '}' || char == ']':
			depth--
			if depth == 0 {
				return at + 1
			}
		}
	}
	return -1
}

// blanked turns invisible characters outside strings (U+00A0, U+200B, U+FEFF ...) into spaces. Inside strings they are content.
func blanked(body string) string {
	var out strings.Builder
	out.Grow(len(body))
	quoted := false
	for at := 0; at < len(body); {
		r, size := utf8.DecodeRuneInString(body[at:])
		if quoted && r == '\\' && at+1 < len(body) {
			out.WriteByte('\\')
			at++
			_, size = utf8.DecodeRuneInString(body[at:])
		} else if r == '"' {
			quoted = !quoted
		}
		if !quoted && invisible(r) {
			out.WriteByte(' ')
		} else {
			out.WriteString(body[at : at+size])
		}
		at += size
	}
	return out.String()
}

// nextCommandLine gives the offset of the first later line that begins like a command, or the end of body.
// An object that is never closed reaches that far, so that one broken command does not take a good one with it.
func nextCommandLine(body string) int {
	for at := 0; ; {
		next := strings.IndexByte(body[at:], '\n')
		if next < 0 {
			return len(body)
		}
		at += next + 1
		visible := at
		for visible < len(body) && body[visible] != '\n' {
			r, size := utf8.DecodeRuneInString(body[visible:])
			if !invisible(r) && !isMark(r) {
				break
			}
			visible += size
		}
		if visible < len(body) && body[visible] == '#' {
			if brace := skipBetween(body, visible+1); brace < len(body) && body[brace] == '{' {
				return at
			}
		}
	}
}
