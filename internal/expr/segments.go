package expr

import "strings"

// segment is a piece of a template: fixed text, or a hole to be filled.
type segment struct {
	// text is what stands there; in a hole, the expression between the braces.
	text string
	hole bool
	// offset is where the segment begins in the source, in bytes.
	offset int
}

// split cuts a template at its holes. A "{{" always opens a hole and must be closed, so no fixed text holds one:
// that is why nothing of the template itself can reach a customer unfilled.
func split(source string) ([]segment, error) {
	var segments []segment
	offset, trim := 0, false
	for offset < len(source) {
		open := strings.Index(source[offset:], "{{")
		text := source[offset:]
		if open >= 0 {
			text = source[offset : offset+open]
		}
		if tag := strings.Index(text, "{%"); tag >= 0 {
			return nil, templateError(positionAt(source, offset+tag), "comandos {%% %%} não são aceitos; use só {{ valores }}")
		}
		start := offset
		offset += len(text)
		trimAfter := open >= 0 && strings.HasPrefix(source[offset:], "{{-")
		if text = trimText(text, trim, trimAfter); text != "" {
			if trimAfter && strings.HasSuffix(text, "{") {
				return nil, templateError(positionAt(source, offset), "tire o \"{\" que vem antes de {{-")
			}
			segments = append(segments, segment{text: text, offset: start})
		}
		if open < 0 {
			break
		}
		hole, length, err := cutHole(source, offset)
		if err != nil {
			return nil, err
		}
		trim = strings.HasSuffix(source[:offset+length], "-}}")
		segments = append(segments, hole)
		offset += length
	}
	return segments, nil
}

// trimText takes off the white space beside "-}}" and "{{-", as Liquid does.
func trimText(text string, left, right bool) string {
	const space = " \t\r\n"
	if left {
		text = strings.TrimLeft(text, space)
	}
	if right {
		text = strings.TrimRight(text, space)
	}
	return text
}

// cutHole reads the hole that begins at offset, and says how long it is with its braces.
func cutHole(source string, offset int) (segment, int, error) {
	quote, steps := byte(0), 0
	for i := offset + 2; i < len(source); i++ {
		character := source[i]
		if quote == 0 && (character == '.' || character == '[') {
			steps++
		}
		switch {
		case i-offset > maxHoleBytes || steps > maxHoleSteps:
			return segment{}, 0, templateError(positionAt(source, offset), "{{ }} é longo demais")
		case quote == 0 && strings.HasPrefix(source[i:], "}}"):
			expression := insideHole(source[offset+2 : i])
			if expression == "" {
				return segment{}, 0, templateError(positionAt(source, offset), "{{ }} está vazio")
			}
			return segment{text: expression, hole: true, offset: offset}, i + 2 - offset, nil
		case strings.IndexByte("{}", character) >= 0:
			return segment{}, 0, templateError(positionAt(source, i), "não use \"%c\" dentro de {{ }}", character)
		case quote == 0 && strings.IndexByte("();%", character) >= 0:
			return segment{}, 0, templateError(positionAt(source, i), "não use \"%c\" dentro de {{ }}", character)
		case quote == 0 && (character == '"' || character == '\''):
			quote = character
		case character == quote:
			quote = 0
		}
	}
	if quote != 0 {
		return segment{}, 0, templateError(positionAt(source, offset), "aspas abertas e não fechadas depois de \"{{\"")
	}
	return segment{}, 0, templateError(positionAt(source, offset), "\"{{\" sem \"}}\"")
}

// insideHole gives the expression between the braces, without the dashes that trim.
func insideHole(text string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "-"), "-"))
}
