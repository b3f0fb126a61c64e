package typebot

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFileThatBeginsWithAMarkOfItsEncodingIsRead(t *testing.T) {
	flow := `{"version":"6","name":"F","groups":[{"id":"g","title":"G","blocks":[{"id":"a","type":"text","content":{"html":"<div>#{&quot;followupId&quot;:&quot;1&quot;}</div>"}}]}]}`
	found, err := LintExport([]byte("\ufeff"+flow), LintOptions{})
	require.NoError(t, err)
	require.Len(t, found.Commands, 1, "and so is a bubble that only has HTML")
}

func TestABubbleOfHTMLIsItsWords(t *testing.T) {
	text, err := Bubble{Type: "text", Content: []byte(`{"html":"<div>Oi <b>Ana</b></div><div>#{&quot;tagId&quot;:1}</div>"}`)}.Text()
	require.NoError(t, err)
	require.Equal(t, "Oi Ana\n#{\"tagId\":1}", text)
}
