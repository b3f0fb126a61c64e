package play_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/fault"
	"retoma/internal/play"
)

const examples = "../../examples"

// document reads what an example plays.
func document(t *testing.T, folder string) []byte {
	for _, name := range []string{"flow.json", "model.json", "rule.json", "config.json"} {
		if body, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
			return body
		}
	}
	t.Fatalf("%s has no document", folder)
	return nil
}

// TestEveryExamplePlaysAsItPromises walks the examples; platforms holds those of other programs, sandbox the scenarios of the simulated WhatsApp, prometheus rules for operators.
func TestEveryExamplePlaysAsItPromises(t *testing.T) {
	entries, err := os.ReadDir(examples)
	require.NoError(t, err)
	played := 0
	for _, entry := range entries {
		if !entry.IsDir() || slices.Contains([]string{"platforms", "sandbox", "prometheus"}, entry.Name()) {
			continue
		}
		played++
		t.Run(entry.Name(), func(t *testing.T) {
			folder := filepath.Join(examples, entry.Name())
			conversation, err := os.ReadFile(filepath.Join(folder, "conversation.json"))
			require.NoError(t, err)
			require.Contains(t, string(conversation), `"expect"`, "an example says what it promises")
			readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
			require.NoError(t, err)
			require.Equal(t, 5, strings.Count(strings.TrimSpace(string(readme)), "\n")+1, "five lines")
			var out bytes.Buffer
			require.NoError(t, play.Check(bytes.NewReader(document(t, folder)), &out), out.String())
			require.NoError(t, play.Folder(os.DirFS(folder), &out), out.String())
		})
	}
	require.GreaterOrEqual(t, played, 2)
}

func TestTheTimelineOfAModelReadsLikeAStory(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, play.Folder(os.DirFS(filepath.Join(examples, "quote-model")), &out))
	golden, err := os.ReadFile("testdata/quote-model.txt")
	require.NoError(t, err)
	require.Equal(t, string(golden), out.String())
}

const greeting = `{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "message.received"}, "next": "s"},
	{"id": "s", "type": "send_message", "with": {"text": "Olá!"}}]}`

func TestWhatDoesNotComeTrueIsNamed(t *testing.T) {
	for expect, said := range map[string]string{
		`[]`: "a mais:    2025-07-10 09:00 send: Olá!",
		`[{"at": "2025-07-10 09:00", "send": "Oi!"}]`:                                               "esperado:  2025-07-10 09:00 send: Oi!",
		`[{"at": "2025-07-10 09:01", "send": "Olá!"}]`:                                              "esperado:  2025-07-10 09:01 send: Olá!",
		`[{"at": "2025-07-10 09:00", "send": "Olá!"}, {"at": "2025-07-11 09:00", "send": "Olá!"}]`:  "faltou:    2025-07-11 09:00 send: Olá!",
		`[{"at": "2025-07-10 09:00", "send": "Olá!"}, {"at": "2025-07-10 09:00", "end": "broken"}]`: "aconteceu: 2025-07-10 09:00 end: finished",
		`[{"at": "2025-07-10 09:00"}]`:                                                              "expect[0]",
	} {
		conversation := `{"start": "2025-07-10 09:00", "steps": [{"customer": "oi"}], "expect": ` + expect + `}`
		err := play.Play([]byte(greeting), []byte(conversation), &bytes.Buffer{})
		require.ErrorContains(t, err, said)
	}
}

func TestMistakesInAConversationAreNamed(t *testing.T) {
	for conversation, field := range map[string]string{
		`{}`:                "start",
		`{"start": "hoje"}`: "start",
		`{"start": "2025-07-10 09:00", "zone": "Marte"}`:                                      "zone",
		`{"start": "2025-07-10 09:00", "steps": [{}]}`:                                        "steps[0]",
		`{"start": "2025-07-10 09:00", "steps": [{"customer": "a", "human": true}]}`:          "steps[0]",
		`{"start": "2025-07-10 09:00", "steps": [{"at": "+2x", "customer": "a"}]}`:            "steps[0].at",
		`{"start": "2025-07-10 09:00", "steps": [{"at": "2025-07-09 09:00", "enrol": true}]}`: "steps[0].at",
		`{"start": "2025-07-10 09:00", "steps": [{"result": "perhaps"}]}`:                     "steps[0].result",
		`{"start": "2025-07-10 09:00", "hours": {"from": "08:00"}}`:                           "hours.to",
		`{"start": "2025-07-10 09:00", "until": "nunca"}`:                                     "until",
		`{"start": "2025-07-10 09:00", "step": []}`:                                           "step",
		`{"start": "2025-07-10 09:00", "steps": [{"agent": "a", "api": "b"}]}`:                "steps[0]",
		`{"start": "2025-07-10 09:00", "steps": [{"event": "message.sent"}]}`:                 "steps[0].event",
		`{"start": "2025-07-10 09:00", "steps": [{"assistant": "oi", "after": "logo"}]}`:      "steps[0].assistant",
	} {
		err := play.Play([]byte(greeting), []byte(conversation), &bytes.Buffer{})
		require.Equal(t, field, fault.Of(err).Field, conversation)
	}
}

func TestCheckTellsEveryMistake(t *testing.T) {
	var out bytes.Buffer
	err := play.Check(strings.NewReader(`{"name": "a", "nodes": [{"id": "x", "type": "delay", "with": {}}]}`), &out)
	var problems flows.Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 2)
	require.Contains(t, out.String(), "nodes[0].with: diga quanto esperar")
	require.Contains(t, out.String(), "falta um nó do tipo trigger")

	out.Reset()
	require.NoError(t, play.Check(strings.NewReader(`{"name": "Modelo", "channelId": "c", "messages": [{"text": "oi", "offset": 1440}]}`), &out))
	require.Contains(t, out.String(), "Modelo: certo, 2 nós")
	require.Contains(t, out.String(), "aviso: mensagem 1")

	out.Reset()
	rule := `{"name": "Regra", "triggerType": "DEAL_CREATED", "triggerValue": 1, "triggerUnit": "days", "message": "oi"}`
	require.NoError(t, play.Check(strings.NewReader(rule), &out))
	require.Contains(t, out.String(), "Regra: certo, 2 nós")
	require.Contains(t, out.String(), "aviso: tentativa 1 em diante")

	out.Reset()
	config := `{"assistant_id": "a", "trigger_status_ids": ["s"], "steps": [{"interval": "PT1M", "prompt": "oi"}]}`
	require.Error(t, play.Check(strings.NewReader(config), &out))
	require.Contains(t, out.String(), "steps[0].interval: no mínimo 30 minutos")
}

func TestAFolderNeedsBothFiles(t *testing.T) {
	require.ErrorContains(t, play.Folder(fstest.MapFS{}, &bytes.Buffer{}), "flow.json, model.json, rule.json ou config.json")
	require.ErrorContains(t, play.Folder(fstest.MapFS{"model.json": {}}, &bytes.Buffer{}), "conversation.json")
}

func TestAnEndlessFlowIsCutShort(t *testing.T) {
	loop := `{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "d"}, {"id": "d", "type": "delay", "with": {"minutes": 1}, "next": "d"}]}`
	conversation := `{"start": "2025-07-10 09:00", "steps": [{"enrol": true}]}`
	require.ErrorContains(t, play.Play([]byte(loop), []byte(conversation), &bytes.Buffer{}), "10000 momentos")
	ended := `{"start": "2025-07-10 09:00", "until": "2025-07-10 10:00", "steps": [{"enrol": true}]}`
	var out bytes.Buffer
	require.NoError(t, play.Play([]byte(loop), []byte(ended), &out))
	require.Contains(t, out.String(), "o roteiro termina aqui")
}

func FuzzPlay(f *testing.F) {
	f.Add([]byte(greeting), []byte(`{"start": "2025-07-10 09:00", "until": "2025-07-11 09:00", "steps": [{"customer": "oi"}, {"at": "+1d", "human": true}], "expect": []}`))
	f.Add([]byte(greeting), []byte(`{"start": "2025-07-10 09:00", "steps": [{"at": "10:00", "result": "failed:131026", "after": "+2h"}]}`))
	f.Add([]byte(noResponse), []byte(`{"start": "2025-07-10 09:00", "steps": [{"customer": "oi"}, {"agent": "b"}, {"at": "+5m", "api": "c"}, {"undelivered": true}]}`))
	f.Add([]byte(written("")), []byte(`{"start": "2025-07-10 09:00", "company": "x", "steps": [{"assistant": "oi", "after": "+1m"}, {"status": "novo"}, {"tag": "a"}, {"stage": "b"}]}`))
	f.Fuzz(func(t *testing.T, definition, conversation []byte) {
		err := play.Play(definition, conversation, &bytes.Buffer{})
		if err != nil {
			require.NotEmpty(t, err.Error())
		}
	})
}
