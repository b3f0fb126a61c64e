package typebot

import (
	"regexp"
	"strings"
)

// textForm is the form of some Whaticket forks: a line of #queue=5, #user=1, #tag=7 and #close, with blanks where people
// put them.
var textForm = regexp.MustCompile(`(?i)^\s*(?:#\s*(?:(?:queue|fila|user|usuario|tag|etiqueta)\s*=\s*"?[\p{L}\p{N}_-]{1,60}"?|close)[\s,;]*)+$`)

// firstTextForm gives the offset of the first line of text forms; -1 if there is none.
func firstTextForm(text string) int {
	if !strings.Contains(text, "#") {
		return -1
	}
	for at := 0; ; {
		line, _, more := strings.Cut(text[at:], "\n")
		if strings.Contains(line, "#") && textForm.MatchString(visibleOnly(line)) {
			return at
		}
		if !more {
			return -1
		}
		at += len(line) + 1
	}
}

// visibleOnly turns invisible characters into blanks, and takes away the marks around a line.
func visibleOnly(line string) string {
	line = strings.Map(func(r rune) rune {
		if invisible(r) {
			return ' '
		}
		return r
	}, line)
	return strings.TrimFunc(line, func(r rune) bool { return r == ' ' || isMark(r) && r != '[' || r == '\\' })
}

// form is one text form, as written and as an object.
type form struct {
	text  string
	means object
}

// textForms are the commands of a line, if it holds nothing else.
func textForms(line string) ([]form, bool) {
	line = visibleOnly(line)
	if !strings.Contains(line, "#") || !textForm.MatchString(line) {
		return nil, false
	}
	var found []form
	for _, part := range strings.Split(line, "#")[1:] {
		key, value, named := strings.Cut(part, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		if !named {
			key = strings.Trim(key, " ,;")
			found = append(found, form{"#" + key, textObject(key, "true")})
			continue
		}
		value = strings.Trim(value, " \t,;\"")
		found = append(found, form{"#" + key + "=" + value, textObject(key, value)})
	}
	return found, true
}
