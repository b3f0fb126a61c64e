package typebot

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`#{ "followupId": "1" }`, "Olá\n#\u200b{'followup': “1”,}\nOi", `##{"a":1}{"b":2}`, "[#{\"queueId\":1}](#{\"queueId\":1})",
		"#{\"queueId\":\n#{\"followupId\":1}", `#{"a":{"b":["\u00e7\ud83d\ude00",1e3,null]}}`, "#️⃣ #sair # Título", `**\#{a:1}}, #{`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { requireSafe(t, text) })
}

func FuzzBubbleText(f *testing.F) {
	for _, seed := range []string{
		`{"type":"richText","richText":[{"type":"p","children":[{"text":"Oi"},{"type":"a","url":"x","children":[{"text":"y"}]}]}]}`,
		`{"type":"markdown","markdown":"**Oi**"}`, `[{"children":[1,null,"a",[{"text":{"text":2}}]]}]`, `"Oi"`, `null`, `{"richText":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		bubble := Bubble{Type: "text", Content: json.RawMessage(content)}
		text, err := bubble.Text()
		if err != nil {
			require.Empty(t, text)
			return
		}
		require.True(t, utf8.ValidString(text))
		reading, err := ReadBubble(bubble)
		require.NoError(t, err)
		require.False(t, looksLikeCommand(reading.Text))
	})
}
