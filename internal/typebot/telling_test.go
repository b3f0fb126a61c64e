package typebot

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTextsThatHoldACommandOrAPartOfOneAreTold(t *testing.T) {
	for _, text := range []string{
		`#{"followupId":"1"}`, `Olá #{“optOut”:“all”}`, `x","followupId":"9`, `#{'resp':9}`, `# { optOut : all }`, `#{"opt`, `ll"}`,
		`&#35;{&quot;optOut&quot;:&quot;all&quot;}`, `\u0023\u007b`, "#queue=5", "Ana\n#close", "followupId: 9", "meu tagId = 7",
		"#", "{", "}", "ｆｏｏ {", "#\u200b{", "*#*{", "vars : x",
	} {
		require.True(t, Telling(text), "%q", text)
	}
	for _, text := range []string{"", "oi", "sim", "12:30", "https://exemplo.com/a?b=c", ":)", "Quero comprar, pode ser?", "R$ 10,00", "(11) 99999-0001", "1", "😀"} {
		require.False(t, Telling(text), "%q", text)
	}
}

func TestWhoeverWroteMoreThanCanBeComparedCommandsNothing(t *testing.T) {
	for _, heard := range []*Heard{HeardTooMuch(), NewHeard(manyLines()...)} {
		for _, bubble := range []string{`#{"followupId":"1"}`, "#close", `#{"followupId`} {
			got := Rules{Heard: heard}.Read(bubble)
			require.Empty(t, got.Commands, bubble)
			require.Len(t, got.Refused, 1, bubble)
			require.Equal(t, HintInjected, got.Refused[0].Hint, bubble)
		}
	}
}

func manyLines() []string {
	lines := make([]string, mostPieces+1)
	for i := range lines {
		lines[i] = fmt.Sprintf("linha %d", i)
	}
	return lines
}
