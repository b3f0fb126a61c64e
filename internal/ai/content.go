package ai

import (
	"encoding/json"
	"strings"
)

// part is one piece of an answer that a service sends as a list: text, a refusal, or something that is no message
// (reasoning, images, sound).
type part struct {
	Type    string  `json:"type"`
	Text    *string `json:"text"`
	Refusal *string `json:"refusal"`
}

// content takes the text from a message's content as it came: a text, or a list of parts of which those with text are
// joined. Anything else is nothing that a customer may read; known is false.
func content(raw string) (text, refusal string, known bool) {
	raw = strings.TrimSpace(raw)
	if raw == "" || raw == "null" {
		return "", "", true
	}
	if json.Unmarshal([]byte(raw), &text) == nil {
		return text, "", true
	}
	var parts []part
	if json.Unmarshal([]byte(raw), &parts) != nil {
		return "", "", false
	}
	known = len(parts) == 0 // as good as no text
	var said, refused strings.Builder
	for _, one := range parts {
		switch {
		case one.Type == "text" && one.Text != nil:
			known = true
			said.WriteString(*one.Text)
		case one.Type == "refusal" && one.Refusal != nil:
			known = true
			refused.WriteString(*one.Refusal)
		}
	}
	return said.String(), refused.String(), known
}
