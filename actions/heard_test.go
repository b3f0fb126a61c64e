package actions

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

// line is one message as the truth file writes it: "14:05 customer: oi" or "14:05 us: olá".
func line(t *testing.T, text string) chat.Message {
	t.Helper()
	clock, rest, _ := strings.Cut(text, " ")
	who, words, told := strings.Cut(rest, ": ")
	require.True(t, told, text)
	at, err := time.Parse("15:04", clock)
	require.NoError(t, err)
	message := chat.Message{Direction: chat.Inbound, At: at, Content: chat.Content{Type: chat.Text, Text: words}}
	if who == "us" {
		message.Direction = chat.Outbound
	}
	return message
}

func lines(t *testing.T, texts []string) []chat.Message {
	t.Helper()
	var messages []chat.Message
	for _, text := range texts {
		messages = append(messages, line(t, text))
	}
	return messages
}

func told(messages []chat.Message) []string {
	texts := []string{}
	for _, message := range messages {
		who := "customer"
		if message.Direction == chat.Outbound {
			who = "us"
		}
		texts = append(texts, message.At.Format("15:04 ")+who+": "+wordsOf(message))
	}
	return texts
}

func TestWhatAnAssistantHasHeardInTwoWays(t *testing.T) {
	raw, err := os.ReadFile("testdata/reply/heard.json")
	require.NoError(t, err)
	var cases []struct {
		Name, Question, Now    string
		Memory, WhatsApp, Want []string
	}
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			now, err := time.Parse("15:04", c.Now)
			require.NoError(t, err)
			memory, whatsApp := lines(t, c.Memory), lines(t, c.WhatsApp)
			require.Equal(t, c.Want, told(heard(memory, whatsApp, c.Question, now)))
			require.Equal(t, lines(t, c.Memory), memory, "what was handed in is left as it was")
			require.Equal(t, lines(t, c.WhatsApp), whatsApp)
		})
	}
}

func TestATemplateIsHeardAsItsWords(t *testing.T) {
	at := time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)
	sent := chat.Message{Direction: chat.Outbound, CreatedAt: at, Content: chat.Content{Type: chat.TemplateUse, Template: &chat.FilledTemplate{Text: "Olá Ana"}}}
	remembered := chat.Message{Direction: chat.Outbound, At: at.Add(time.Minute), Content: chat.Content{Type: chat.Text, Text: "Olá Ana"}}
	require.Equal(t, []string{"13:00 us: Olá Ana"}, told(heard([]chat.Message{remembered}, []chat.Message{sent}, "oi", at.Add(time.Hour))),
		"one whose result nobody knows was said when it was made")
	reaction := chat.Message{Direction: chat.Inbound, At: at, Content: chat.Content{Type: chat.Reaction, Text: "oi"}}
	require.Len(t, heard(nil, []chat.Message{reaction}, "oi", at), 1, "a reaction is not the question")
}

func TestNothingHeardIsLostOrMadeUp(t *testing.T) {
	start := time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) []chat.Message {
			minutes := rapid.SliceOfN(rapid.IntRange(0, 60), 0, 8).Draw(t, name)
			slices.Sort(minutes)
			var messages []chat.Message
			for _, minute := range minutes {
				messages = append(messages, chat.Message{
					Direction: rapid.SampledFrom([]chat.Direction{chat.Inbound, chat.Outbound}).Draw(t, "side"), At: start.Add(time.Duration(minute) * time.Minute),
					Content: chat.Content{Type: chat.Text, Text: rapid.SampledFrom([]string{"sim", "não", "oi"}).Draw(t, "text")},
				})
			}
			return messages
		}
		memory, whatsApp := some("memory"), some("whatsapp")
		all := heard(memory, whatsApp, "sim", start.Add(time.Hour))
		require.True(t, slices.IsSortedFunc(all, func(a, b chat.Message) int { return a.At.Compare(b.At) }))
		require.GreaterOrEqual(t, len(all), max(len(memory), len(whatsApp)-1))
		require.LessOrEqual(t, len(all), len(memory)+len(whatsApp))
		next := 0 // the memory is there, in its order
		for _, message := range all {
			if next < len(memory) && message.Direction == memory[next].Direction && wordsOf(message) == wordsOf(memory[next]) {
				next++
			}
		}
		require.Equal(t, len(memory), next)
		require.Equal(t, told(memory), told(heard(memory, nil, "sim", start)))
	})
}
