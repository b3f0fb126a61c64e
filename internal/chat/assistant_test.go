package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

func TestCapsOfADay(t *testing.T) {
	for _, c := range []struct {
		name      string
		assistant chat.Assistant
		today     chat.AIUsage
		reached   bool
	}{
		{"no cap", chat.Assistant{}, chat.AIUsage{InputTokens: 1 << 60, SpendMicros: 1 << 60}, false},
		{"one token is left", chat.Assistant{DailyTokens: 100}, chat.AIUsage{InputTokens: 60, OutputTokens: 39}, false},
		{"none is left", chat.Assistant{DailyTokens: 100}, chat.AIUsage{InputTokens: 60, OutputTokens: 40}, true},
		{"money is left", chat.Assistant{DailySpend: 1.5}, chat.AIUsage{SpendMicros: 1_499_999}, false},
		{"no money is left", chat.Assistant{DailySpend: 1.5}, chat.AIUsage{SpendMicros: 1_500_000}, true},
		{"either cap counts", chat.Assistant{DailyTokens: 10, DailySpend: 100}, chat.AIUsage{InputTokens: 10}, true},
	} {
		err := c.assistant.CheckLimit(c.today)
		require.Equal(t, c.reached, fault.Is(err, fault.AILimit), "%s: %v", c.name, err)
	}
}

func TestCostAndUsageAddUp(t *testing.T) {
	require.Equal(t, int64(1_000_000), chat.Assistant{InputPrice: 1}.Cost(1_000_000, 5), "a million tokens cost the price")
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.Int64Range(0, 1<<40)
		assistant := chat.Assistant{InputPrice: rapid.Float64Range(0, 1000).Draw(t, "in"), OutputPrice: rapid.Float64Range(0, 1000).Draw(t, "out")}
		a := chat.AIUsage{Calls: count.Draw(t, "calls"), InputTokens: count.Draw(t, "read"), OutputTokens: count.Draw(t, "written")}
		require.GreaterOrEqual(t, assistant.Cost(a.InputTokens, a.OutputTokens), int64(0))
		require.Equal(t, a, a.Plus(chat.AIUsage{}))
		require.Equal(t, 2*a.Tokens(), a.Plus(a).Tokens())
	})
}

func TestAddressesOfServices(t *testing.T) {
	for _, good := range []string{"https://api.openai.com/v1", "http://127.0.0.1:11434/v1", "http://[::1]:8080", "https://ia.exemplo/"} {
		require.True(t, chat.IsServiceAddress(good), good)
	}
	for _, bad := range []string{
		"", "ia.exemplo/v1", "/v1", "https://", "https:///v1", "http://:80", "ftp://x", "javascript:alert(1)", "https://u@x", "https://u:p@x",
		"https://x/?", "https://x/?a=b", "https://x/#", "https://x/#a", "https://x y", "https://x\n", "http://[::1", "https://%zz",
	} {
		require.False(t, chat.IsServiceAddress(bad), bad)
	}
	require.True(t, chat.SameAddress("https://x/v1/", " https://x/v1"))
	require.False(t, chat.SameAddress("https://x/v1", "https://x/v2"))
	require.False(t, chat.SameAddress("", ""), "nothing is no address")
}
