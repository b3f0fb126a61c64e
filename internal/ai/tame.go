package ai

import (
	"regexp"
	"strings"
	"unicode"
)

// marker finds the marks of chat templates that are written in square brackets ("[INST]", "[/INST]", "[SYSTEM_PROMPT]");
// the others are written with < and >.
var marker = regexp.MustCompile(`(?i)\[\s*/?\s*(inst|system_prompt|available_tools|tool_results|tool_calls)\s*\]`)

// tame makes somebody's text fit for a prompt: no character that separates the speakers of a prompt in any of the usual
// chat templates (<|im_start|>, </s>, <<SYS>>, [INST]) or that marks the data block, none that a reader cannot see,
// and at most so many characters. What it says stays readable: "<" becomes "‹".
func tame(text string, longest int) string {
	var plain strings.Builder
	count := 0
	for _, character := range strings.ToValidUTF8(text, "\uFFFD") {
		if count == longest {
			plain.WriteString("…")
			break
		}
		switch {
		case character == '<':
			character = '‹'
		case character == '>':
			character = '›'
		case character == '\n' || character == '\t':
		case unicode.IsControl(character):
			continue
		case unicode.Is(unicode.Cf, character) && character != zeroWidthJoiner:
			continue // invisible: directions, tags, zero-width spaces
		}
		plain.WriteRune(character)
		count++
	}
	return marker.ReplaceAllString(plain.String(), "($1)")
}

// zeroWidthJoiner holds emoji together.
const zeroWidthJoiner = '\u200D'
