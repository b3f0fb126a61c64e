package typebot

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"

	"retoma/internal/fault"
)

// Bubble is one message as Typebot's chat API gives it. Only bubbles of type "text" hold words;
// image, video, audio and embed bubbles never hold commands.
type Bubble struct {
	// ID is the id of the block in the flow. It repeats when the flow loops.
	ID string `json:"id"`
	// Type is text, image, video, audio, embed or custom-embed.
	Type string `json:"type"`
	// Content is {"type":"richText","richText":[...]} or {"type":"markdown","markdown":"..."} for a text bubble.
	Content json.RawMessage `json:"content"`
}

const (
	// longestContent is the largest content that is read, in bytes. Rich text is many times as long as its text.
	longestContent = 1 << 20
	// deepestNode is how deep rich text may be nested. A list inside a list takes two levels.
	deepestNode = 32
)

// content is a text bubble's content in the forms of all versions of the chat API.
type content struct {
	RichText  any    `json:"richText"`
	Markdown  string `json:"markdown"`
	PlainText string `json:"plainText"` // versions before rich text
	HTML      string `json:"html"`      // of those, where nothing else came with it
}

// Text gives the words of the bubble: the text of the leaves, blocks joined by "\n"; marks, link addresses and wrappers
// are ignored, and nodes of unknown shape give what text they hold. Markdown comes back as it is. A bubble that is not
// text gives "". Errors: [fault.TooLarge] for content over 1 MiB, [fault.Invalid] for content that is not JSON or nested
// deeper than 32 levels.
func (b Bubble) Text() (string, error) {
	if b.Type != "text" && b.Type != "" {
		return "", nil
	}
	raw := bytes.TrimSpace(b.Content)
	if len(raw) == 0 {
		return "", nil
	}
	if len(raw) > longestContent {
		return "", &fault.Error{Code: fault.TooLarge, Field: "content", Message: "o balão passa de 1 MiB"}
	}
	if raw[0] == '"' || raw[0] == '[' { // a bare string or bare rich text
		raw = append(append([]byte(`{"richText":`), raw...), '}')
	}
	var found content
	if err := json.Unmarshal(raw, &found); err != nil {
		return "", &fault.Error{Code: fault.Invalid, Field: "content", Message: "o conteúdo do balão não pode ser lido", Cause: err}
	}
	if found.RichText == nil {
		if found.Markdown != "" {
			return found.Markdown, nil
		}
		if found.PlainText == "" && found.HTML != "" {
			return wordsOfHTML(found.HTML), nil
		}
		return found.PlainText, nil
	}
	return leafText(found.RichText)
}

// ReadBubble finds the commands in a bubble; see [Read]. Errors are those of [Bubble.Text]; then nothing of the bubble
// may be shown to the customer, because nobody knows what it holds.
func ReadBubble(b Bubble) (Reading, error) { return Rules{}.ReadBubble(b) }

// wordsOfHTML are the words of a bubble of the first versions: a block or a break begins a new line.
func wordsOfHTML(written string) string {
	lines := regexp.MustCompile(`(?i)</(?:div|p|li)>|<br\s*/?>`).ReplaceAllString(written, "\n")
	return strings.TrimSpace(html.UnescapeString(regexp.MustCompile(`<[^<>]*>`).ReplaceAllString(lines, "")))
}
