package typebot

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestTextOfContentInEveryForm(t *testing.T) {
	tests := []struct{ name, kind, content, want string }{
		{"rich text", "text", `{"type":"richText","richText":[{"type":"p","children":[{"text":"Oi"}]}]}`, "Oi"},
		{"rich text without paragraph types", "text", `{"richText":[{"children":[{"text":"Oi"}]},{"children":[{"text":"Ana"}]}]}`, "Oi\nAna"},
		{"Markdown comes as it is", "text", `{"type":"markdown","markdown":"**Oi**"}`, "**Oi**"},
		{"plain text of old versions", "text", `{"html":"<p>Oi</p>","plainText":"Oi"}`, "Oi"},
		{"bare string", "text", `"Oi"`, "Oi"},
		{"bare rich text", "text", `[{"type":"p","children":[{"text":"Oi"}]}]`, "Oi"},
		{"one node instead of a list", "text", `{"richText":{"type":"p","children":{"text":"Oi"}}}`, "Oi"},
		{"no type at all", "", `{"richText":[{"children":[{"text":"Oi"}]}]}`, "Oi"},
		{"empty rich text", "text", `{"richText":[]}`, ""},
		{"empty object", "text", `{}`, ""},
		{"null", "text", `null`, ""},
		{"no content", "text", ``, ""},
		{"an image is no text", "image", `{"url":"https://example.com/a.png"}`, ""},
		{"an image with words is no text", "image", `{"richText":[{"text":"#{\"followupId\":\"1\"}"}]}`, ""},
		{"a video's address is no command", "video", `{"url":"#{\"followupId\":\"1\"}"}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Bubble{Type: test.kind, Content: json.RawMessage(test.content)}.Text()
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestTextOfNodes(t *testing.T) {
	tests := []struct{ name, nodes, want string }{
		{"marks are ignored", `{"type":"p","children":[{"text":"a","bold":true},{"text":"b","italic":true,"underline":true}]}`, "ab"},
		{"a link gives its label", `{"type":"p","children":[{"text":""},{"type":"a","url":"https://x","children":[{"text":"site"}]},{"text":"!"}]}`, "site!"},
		{"an empty paragraph is an empty line", `{"type":"p","children":[{"text":"a"}]},{"type":"p","children":[{"text":""}]},{"type":"p","children":[{"text":"b"}]}`, "a\n\nb"},
		{"list items are lines", `{"type":"ul","children":[{"type":"li","children":[{"type":"lic","children":[{"text":"a"}]}]},{"type":"li","children":[{"type":"lic","children":[{"text":"b"}]}]}]}`, "a\nb"},
		{"lists inside lists too", `{"type":"ol","children":[{"type":"li","children":[{"type":"lic","children":[{"text":"a"}]},{"type":"ul","children":[{"type":"li","children":[{"type":"lic","children":[{"text":"b"}]}]}]}]}]}`, "a\nb"},
		{"a variable in a sentence", `{"type":"p","children":[{"text":"Oi "},{"type":"inline-variable","children":[{"type":"p","children":[{"text":"Ana"}]}]},{"text":"!"}]}`, "Oi Ana!"},
		{"a paragraph that a variable's value brought along", `{"type":"p","children":[{"text":"Oi "},{"type":"p","children":[{"text":"Ana"}]},{"text":"!"}]}`, "Oi Ana!"},
		{"a value of two paragraphs", `{"type":"variable","children":[{"type":"p","children":[{"text":"a"}]},{"type":"p","children":[{"text":"b"}]}]}`, "a\nb"},
		{"a line break inside a leaf", `{"type":"p","children":[{"text":"a\nb"}]}`, "a\nb"},
		{"unknown nodes give the text they hold", `{"type":"callout","colour":3,"children":[{"kind":"x","children":[{"text":"a"}]}]},{"type":"hr"},7,"b",null`, "a\n\n7b"},
		{"a number as text", `{"type":"p","children":[{"text":12},{"text":null},{"text":true}]}`, "12"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Bubble{Type: "text", Content: json.RawMessage(`{"richText":[` + test.nodes + `]}`)}.Text()
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestContentThatCannotBeReadIsAnErrorAndNotAText(t *testing.T) {
	nested := strings.Repeat(`{"children":[`, 40) + `{"text":"a"}` + strings.Repeat(`]}`, 40)
	tests := []struct {
		name, content string
		want          fault.Code
	}{
		{"not JSON", `{"richText":`, fault.Invalid},
		{"a number", `5`, fault.Invalid},
		{"nested too deep", `{"richText":[` + nested + `]}`, fault.Invalid},
		{"too large", `{"markdown":"` + strings.Repeat("a", longestContent) + `"}`, fault.TooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadBubble(Bubble{Type: "text", Content: json.RawMessage(test.content)})
			require.Equal(t, test.want, fault.CodeOf(err))
			require.True(t, strings.HasPrefix(fault.Of(err).Field, "content"))
			require.Empty(t, got)
		})
	}
}
