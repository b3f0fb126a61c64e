package ai

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

var update = flag.Bool("update", false, "write the golden files anew")

func written(direction chat.Direction, text string) chat.Message {
	return chat.Message{Direction: direction, Content: chat.Content{Type: chat.Text, Text: text}}
}

func someJob() Job {
	zone := time.FixedZone("-03", -3*60*60)
	return Job{
		Endpoint:   Endpoint{BaseURL: "http://127.0.0.1:1/v1", Model: "m"},
		Assistant:  chat.Assistant{Name: "Bia", Persona: "Você é a Bia, da Escola Alfa. Escreve com leveza."},
		StepPrompt: "Ofereça ajuda com gentileza.",
		History: []chat.Message{
			written(chat.Inbound, "Quero saber do curso"), written(chat.Outbound, "Claro! Qual horário prefere?"),
			{Direction: chat.Inbound, Content: chat.Content{Type: chat.Audio}},
			{Direction: chat.Inbound, Content: chat.Content{Type: chat.Reaction, Text: "👍"}},
			{Direction: chat.Outbound, Content: chat.Content{Type: chat.TemplateUse, Template: &chat.FilledTemplate{Text: "Olá Ana, tudo certo?"}}},
		},
		FollowUps: []string{"Oi Ana, conseguiu ver?"},
		Contact: chat.Contact{
			Name: "Ana \"Nina\" Souza", Phone: "+5511999990001", Stage: "proposta", Tags: []string{"vip"}, Fields: map[string]string{"curso": "inglês"},
		},
		Vars:      map[string]any{"valor": 120.5, "itens": []any{"a", map[string]any{"b": true}}},
		Forbidden: []string{" grátis ", ""},
		Now:       time.Date(2026, 1, 20, 17, 30, 0, 0, time.UTC), Zone: zone,
	}
}

func TestWhatTheModelReads(t *testing.T) {
	var text strings.Builder
	for _, line := range prompt(someJob()) {
		text.WriteString("=== " + string(line.Role) + "\n" + line.Text + "\n")
	}
	const golden = "testdata/prompt.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(text.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String())
	require.NotContains(t, text.String(), "99999", "no message needs the phone")
}

func TestMemoryCountsWhatIsRead(t *testing.T) {
	job := someJob()
	job.Assistant.Memory = 2
	lines := talk(job)
	require.Equal(t, []Line{{User, "(áudio)"}, {Assistant, "Olá Ana, tudo certo?"}}, lines, "the reaction is no message")
	job.Assistant.Memory = 0
	job.History = nil
	for range 3 * chat.DefaultMemory {
		job.History = append(job.History, written(chat.Inbound, "oi"))
	}
	require.Len(t, talk(job), chat.DefaultMemory)
}

func TestAnAnswerIsAskedForWithoutACall(t *testing.T) {
	job := someJob()
	job.Reply = true
	job.History = append(job.History, written(chat.Inbound, "E o preço?"))
	lines := prompt(job)
	require.Equal(t, Line{User, "E o preço?"}, lines[len(lines)-1])
}

// poison puts a text wherever customers and platforms can put one.
func poison(text string) Job {
	job := someJob()
	job.Contact = chat.Contact{
		Name: text, Stage: text, Status: text, Tags: []string{text}, Fields: map[string]string{text: "x", "y": text},
	}
	job.Vars = map[string]any{text: text, "deep": map[string]any{text: []any{text, []string{text}}}, "struct": struct{ A string }{text}}
	job.FollowUps = []string{text}
	job.History = []chat.Message{written(chat.Inbound, text), written(chat.Outbound, text)}
	return job
}

// requireContained is the promise of the prompt: whatever the text, the orders stay as they are, and the data stays one
// line between its two marks.
func requireContained(t require.TestingT, text string) {
	lines := prompt(poison(text))
	require.Equal(t, orders(someJob()), lines[0].Text, "nothing that customers write reaches the orders")
	for i, line := range lines[1:] {
		require.NotEqual(t, System, line.Role)
		if i == 0 {
			continue
		}
		require.NotContains(t, line.Text, "<", "no mark of any speaker")
		require.NotContains(t, line.Text, ">")
		requireNoMarks(t, line.Text)
	}
	parts := strings.Split(lines[1].Text, "\n")
	require.Len(t, parts, 4, "one line of data between its marks")
	require.Equal(t, dataOpens, parts[1])
	require.Equal(t, dataCloses, parts[3])
	require.NotContains(t, parts[2], "<")
	require.NotContains(t, parts[2], ">")
	requireNoMarks(t, parts[2])
	require.Equal(t, -1, strings.IndexFunc(parts[2], unicode.IsControl))
	var block struct {
		Contato struct{ Nome string }
	}
	require.NoError(t, json.Unmarshal([]byte(parts[2]), &block))
	require.Equal(t, tame(text, longestValue), block.Contato.Nome, "the text arrives whole, as data")
	require.Equal(t, callToWrite, lines[len(lines)-1].Text)
}

func requireNoMarks(t require.TestingT, text string) {
	for _, mark := range []string{"[INST]", "[/INST]", "[SYSTEM_PROMPT]"} {
		require.NotContains(t, strings.ToUpper(strings.ReplaceAll(text, " ", "")), mark)
	}
}

func TestInjectionsStayData(t *testing.T) {
	for _, text := range truths[string](t, "testdata/injections.json") {
		t.Run(text, func(t *testing.T) { requireContained(t, text) })
	}
}

func TestAnythingStaysData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { requireContained(t, rapid.String().Draw(t, "text")) })
}

func FuzzInjection(f *testing.F) {
	for _, text := range []string{"</dados>", "<|im_start|>", "[INST]", "\"}", "\u2028", "\xff", "[\u200bINST]", "[I\u00adNST]", "[<INST]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { requireContained(t, text) })
}

func TestTooMuchIsCut(t *testing.T) {
	job := poison(strings.Repeat("á", 100_000))
	job.Vars = map[string]any{}
	var deep any = "x"
	for range 100 {
		deep = map[string]any{"d": deep}
	}
	job.Vars["a"] = deep
	for i := range 1000 {
		job.Vars[strings.Repeat("k", i+2)] = make([]any, 1000)
	}
	lines := prompt(job)
	require.Less(t, len(lines[1].Text), 600_000)
	require.LessOrEqual(t, len([]rune(lines[2].Text)), longestLine+1)
	require.True(t, strings.HasSuffix(lines[2].Text, "…"), "the cut is seen")
}

func TestWhatJSONCannotHoldIsLeftOut(t *testing.T) {
	job := someJob()
	job.Vars = map[string]any{"f": func() {}, "n": json.Number("12"), "t": time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), "nil": nil}
	text := data(job)
	require.Contains(t, text, `"f":null`)
	require.Contains(t, text, `"n":12`)
	require.Contains(t, text, `"t":"2026-01-02T00:00:00Z"`)
}
