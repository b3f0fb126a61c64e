package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

func TestMarksThatNoCustomerMayRead(t *testing.T) {
	for text, want := range map[string]string{
		`#{"followupId":"1"}`: "#{", "oi # {": "#{", "#\u200b{a": "#{", "**#**{": "#{", "{{x}}": "{{", "Oi {{ nome": "{{", "#{{x}}": "{{",
		"": "", "#promo": "", "# Título": "", "{a}": "", "a#b {": "", "}}": "", "R$ 10 #1 {x}": "",
	} {
		require.Equal(t, want, chat.Marks(text), "%q", text)
	}
	require.Empty(t, chat.CommandMark("Pedido #{{ vars.numero }}"), "a variable behind a number sign")
	require.Equal(t, "#{", chat.CommandMark("#{{ vars.numero }} #{"))
	require.Equal(t, `#"closeTicket":"1"} x`, chat.WithoutMarks(`#{"closeTicket":"1"} {{x}}`))
	require.Equal(t, "Ana", chat.WithoutMarks("Ana"))
}

func TestNothingIsLeftOfMarks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("#{}* \u200b\\ax"))).Draw(t, "text")
		require.Empty(t, chat.Marks(chat.WithoutMarks(text)))
	})
}

func TestWhatNobodyWouldSee(t *testing.T) {
	for _, text := range []string{"", " ", "\u200b", "\u2800\u200d\ufeff\n", "\u3164"} {
		require.True(t, chat.Unreadable(text), "%q", text)
	}
	for _, text := range []string{"a", ".", "👍", "👨\u200d👩"} {
		require.False(t, chat.Unreadable(text), "%q", text)
	}
}
