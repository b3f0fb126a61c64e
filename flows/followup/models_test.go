package followup_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/nodes"
)

func read(t *testing.T, path string) []byte {
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	return body
}

// TestModelsCompileToTheirGoldenFlows compares testdata/models/NAME.json with NAME.flow.json.
func TestModelsCompileToTheirGoldenFlows(t *testing.T) {
	files, err := filepath.Glob("testdata/models/*.flow.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 3)
	for _, golden := range files {
		source := strings.TrimSuffix(golden, ".flow.json") + ".json"
		t.Run(filepath.Base(source), func(t *testing.T) {
			model, err := followup.ParseModel(read(t, source))
			require.NoError(t, err)
			require.NoError(t, model.Validate())
			definition := model.Definition()
			encoded, err := json.Marshal(definition)
			require.NoError(t, err)
			require.JSONEq(t, string(read(t, golden)), string(encoded))
			_, err = flows.Compile(definition, flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
			require.NoError(t, err)
		})
	}
}

func TestEveryMistakeOfAModelIsNamedInItsOwnWords(t *testing.T) {
	var cases []struct {
		Name     string          `json:"name"`
		Model    json.RawMessage `json:"model"`
		Problems []string        `json:"problems"`
	}
	require.NoError(t, flows.DecodeStrict("", read(t, "testdata/problems.json"), &cases))
	for _, truth := range cases {
		t.Run(truth.Name, func(t *testing.T) {
			model, err := followup.ParseModel(truth.Model)
			if err == nil {
				err = model.Validate()
			}
			said := []string{}
			for _, problem := range flows.AsProblems(err) {
				said = append(said, problem.Field+": "+problem.Message)
			}
			require.Equal(t, truth.Problems, said)
		})
	}
}

func offset(minutes int) *int { return &minutes }

func TestLimitsOfTexts(t *testing.T) {
	model := func(message followup.ModelMessage) followup.Model {
		message.Offset = offset(0)
		return followup.Model{Name: "a", ChannelID: "c", Messages: []followup.ModelMessage{message}}
	}
	file := &followup.ModelAttachment{URL: "https://exemplo.com/a.pdf"}
	require.NoError(t, model(followup.ModelMessage{Text: strings.Repeat("é", 4096)}).Validate())
	require.ErrorContains(t, model(followup.ModelMessage{Text: strings.Repeat("é", 4097)}).Validate(), "messages[0].text")
	require.NoError(t, model(followup.ModelMessage{Text: strings.Repeat("é", 1024), Attachment: file}).Validate())
	require.ErrorContains(t, model(followup.ModelMessage{Text: strings.Repeat("é", 1025), Attachment: file}).Validate(), "1024")

	many := model(followup.ModelMessage{Text: "oi"})
	for len(many.Messages) <= 100 {
		many.Messages = append(many.Messages, many.Messages[0])
	}
	require.ErrorContains(t, many.Validate(), "no máximo 100")
}

func TestIDsAreGivenOnceAndKept(t *testing.T) {
	model := followup.Model{Messages: []followup.ModelMessage{{Text: "a"}, {ID: "meu"}, {Text: "b"}}}
	next := 0
	given := model.WithIDs(func() string {
		next++
		return "id-" + strconv.Itoa(next)
	})
	require.Equal(t, "id-1", given.Messages[0].ID)
	require.Equal(t, "meu", given.Messages[1].ID)
	require.Equal(t, "id-2", given.Messages[2].ID)
	require.Empty(t, model.Messages[0].ID, "the model itself is not changed")
}

func TestAModelIsActiveUnlessItSaysOtherwise(t *testing.T) {
	no := false
	require.True(t, followup.Model{}.Active())
	require.False(t, followup.Model{IsActive: &no}.Active())
}

func TestWarnings(t *testing.T) {
	template := &followup.ModelTemplate{Name: "retomada"}
	model := followup.Model{Messages: []followup.ModelMessage{
		{Text: "a", Offset: offset(60)}, {Text: "b", Offset: offset(1380)}, {Text: "c", Offset: offset(1), Template: template}, {Text: "d", Offset: offset(1439)},
	}}
	warnings := model.Warnings(true)
	require.Len(t, warnings, 2)
	require.Contains(t, warnings[0], "mensagem 2: sai 24 h ou mais depois da inscrição")
	require.Contains(t, warnings[1], "mensagem 4")
	require.Empty(t, model.Warnings(false), "a channel without a window needs no template")
	require.Len(t, followup.Model{}.Warnings(false), 1)
}

func TestPathsOfTheFlowBecomePathsOfTheModel(t *testing.T) {
	model := followup.Model{Messages: make([]followup.ModelMessage, 2)}
	for definition, author := range map[string]string{
		"nodes[1].with.text":                 "messages[0].text",
		"nodes[2].with.offsetMinutes":        "messages[1].offset",
		"nodes[1].with.at":                   "startTime",
		"nodes[2].with.template.variables.1": "messages[1].template.variables.1",
		"nodes[2].id":                        "messages[1].id",
		"exitIf":                             "exitIf",
		"nodes[7].with.text":                 "nodes[7].with.text",
	} {
		require.Equal(t, author, model.AuthorPath(definition))
	}
}

// TestWhatValidatesCompiles draws models: one that passes Validate never gives a flow that is refused.
func TestWhatValidatesCompiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := followup.Model{Name: "sorteado", ChannelID: "canal"}
		if rapid.Bool().Draw(t, "clock") {
			start := rapid.SampledFrom([]string{"00:00", "10:00", "23:59"}).Draw(t, "start")
			model.StartTime = &start
		}
		tag := rapid.StringMatching(`[a-zç "\\-]{0,12}`).Draw(t, "tag")
		model.Conditions = &followup.ExitConditions{Tags: []string{tag}, Stages: []string{tag}}
		for range rapid.IntRange(0, 6).Draw(t, "messages") {
			message := followup.ModelMessage{Offset: offset(rapid.IntRange(-1, 600000).Draw(t, "offset"))}
			message.Text = rapid.SampledFrom([]string{"", "oi", "oi {{contact.name}}"}).Draw(t, "text")
			if rapid.Bool().Draw(t, "file") {
				link := rapid.SampledFrom([]string{"https://exemplo.com/a.pdf", "http://exemplo.com/a.ogg", "a.pdf", ""}).Draw(t, "link")
				message.Attachment = &followup.ModelAttachment{URL: link}
			}
			model.Messages = append(model.Messages, message)
		}
		if model.Validate() != nil {
			return
		}
		_, err := flows.Compile(model.Definition(), flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
		require.NoError(t, err)
	})
}

func FuzzParseModel(f *testing.F) {
	f.Add([]byte(`{"name": "a", "channelId": "c", "startTime": "10:00", "messages": [{"text": "oi", "offset": 10}]}`))
	f.Add([]byte(`{"messages": [{"template": {"name": "a", "variables": [1]}}]}`))
	f.Add([]byte(`{"conditions": {"tags": ["\u0000\"\\"]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		model, err := followup.ParseModel(body)
		if err != nil || model.Validate() != nil {
			return
		}
		encoded, err := json.Marshal(model)
		require.NoError(t, err)
		again, err := followup.ParseModel(encoded)
		require.NoError(t, err, "what we write we can read")
		first, err := json.Marshal(model.Definition())
		require.NoError(t, err)
		second, err := json.Marshal(again.Definition())
		require.NoError(t, err)
		require.True(t, bytes.Equal(first, second))
	})
}
