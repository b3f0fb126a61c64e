package typebot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTwoWaysToWriteACommandHaveOneSource(t *testing.T) {
	same := [][]string{
		{`#{"followupId":"1"}`, `#{ "followupId" : 1 }`, `# {'follow-up': '01',}`, `#{"FOLLOWUP":1.0,"vars":null}`},
		{`#{"followupId":"0"}`, `#{"followup":false}`, `#{"followupId":null}`, `#{"followupId":0.0}`},
		{`#{"queueId":5,"followupId":"1"}`, `#{"followupid":1,"queueid":5}`},
		{`#{"note":{"b":1,"a":[1, 2]}}`, `#{ "note": { "a": [1,2], "b": 1 } }`},
	}
	for _, ways := range same {
		want := Read(ways[0]).Commands[0].Source
		for _, way := range ways[1:] {
			require.Equal(t, want, Read(way).Commands[0].Source, way)
		}
	}
	require.Equal(t, `{"followupId":"1"}`, Read(`#{"followup":1}`).Commands[0].Source)
	require.Equal(t, `{"queueId":"5"}`, Read(`#{"fila":5.0}`).Commands[0].Source)
	require.NotEqual(t, Read(`#{"foo":5}`).Commands[0].Source, Read(`#{"foo":"5"}`).Commands[0].Source, "a key that nobody knows keeps its value")
}

func TestVarsStayWithTheFollowUpAndKeepTheirValues(t *testing.T) {
	got := Read(`#{"followupId":"1","vars":{"nome":"Ana <3","cpf":12345678901234567890},"delay":5,"foo":5}`)
	require.Empty(t, got.Refused)
	require.Len(t, got.Commands, 1)
	command := got.Commands[0]
	require.JSONEq(t, `"Ana <3"`, string(command.FollowUp.Vars["nome"]))
	require.Equal(t, `12345678901234567890`, string(command.FollowUp.Vars["cpf"]))
	require.Len(t, command.Unknown, 1)
	require.Equal(t, `5`, string(command.Unknown["foo"]))
	require.Equal(t, `{"delay":"PT300S","followupId":"1","vars":{"cpf":12345678901234567890,"nome":"Ana <3"}}`, strings.Replace(command.Source, `,"foo":5`, "", 1))
	require.Equal(t, 5*time.Minute, command.FollowUp.Delay)
	require.Nil(t, Read(`#{"followupId":"1","vars":{}}`).Commands[0].FollowUp.Vars)
	require.Contains(t, Read(`#{"vars":{"a":1}}`).Commands[0].Unknown, "vars")
}

func TestReasonsNameTheKeyAndSayWhatToDo(t *testing.T) {
	tests := []struct{ bubble, key, advice string }{
		{`#{ "queueId":  }`, `"queueId"`, "Preencha-a antes deste balão"},
		{`#{ "followupId": {{modelo}} }`, `"followupId"`, "Confira se ela existe no fluxo"},
		{`#{"followupId": abc}`, `"followupId"`, "entre aspas duplas retas"},
		{`#{"followupId":1.5}`, `1.5`, "Use o número, o UUID ou o nome do modelo"},
		{`#{"followupId":"1","followup":"2"}`, `"followupId"`, "Deixe só uma"},
		{`Oi #{"followupId":"1"}`, "texto para o cliente", "balão só dele"},
		{`#{"queueId":`, "falta fechar", `#{ "followupId": "1" }`},
		{`#{queueId 1}`, `«1}»`, "Escreva como em"},
	}
	for _, test := range tests {
		refused := Read(test.bubble).Refused
		require.Len(t, refused, 1, test.bubble)
		require.Contains(t, refused[0].Reason, test.key, test.bubble)
		require.Contains(t, refused[0].Reason, test.advice, test.bubble)
	}
}

func TestARefusalShowsWhatWasCut(t *testing.T) {
	require.Equal(t, "#{\"a\" 1}", Read("#\u200b {\"a\" 1} Olá").Refused[0].Source)
	long := Read(`#{"a" "` + strings.Repeat("á", 1000) + `"}`).Refused[0].Source
	require.Len(t, []rune(long), shownSource+1)
	require.True(t, strings.HasSuffix(long, "…"))
}

func TestLimits(t *testing.T) {
	deep := func(levels int) string {
		return "#" + strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels)
	}
	require.Len(t, Read(deep(MaxDepth)).Commands, 1)
	require.Equal(t, HintTooDeep, Read(deep(MaxDepth + 1)).Refused[0].Hint)
	require.Equal(t, HintTooDeep, Read(strings.ReplaceAll(deep(MaxDepth+1), `"`, `“`)).Refused[0].Hint)
	require.Equal(t, HintTooDeep, Read(`#{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}").Refused[0].Hint)

	require.Equal(t, HintTooDeep, Read("#{'a':" + strings.Repeat("[", 20_000)).Refused[0].Hint)

	named := func(characters int) Reading { return Read(`#{"followup":"` + strings.Repeat("é", characters) + `"}`) }
	require.Len(t, named(longestName).Commands, 1)
	require.Equal(t, HintBadID, named(longestName + 1).Refused[0].Hint)

	const command = "#{\"followupId\":1}\n"
	got := Read(strings.Repeat(command, MaxCommands))
	require.Len(t, got.Commands, MaxCommands)
	require.Empty(t, got.Refused)
	got = Rules{Around: true}.Read(strings.Repeat(command, MaxCommands+1) + "Olá")
	require.Len(t, got.Commands, MaxCommands)
	require.Equal(t, HintTooMany, got.Refused[0].Hint)
	require.Empty(t, got.Text)

	prose := strings.Repeat("a", MaxText)
	require.Equal(t, prose+"bc", Read(prose+"bc").Text, "length matters only where there are commands")
	got = Read("Olá\n" + command + prose)
	require.Equal(t, "Olá", got.Text)
	require.Empty(t, got.Commands)
	require.Equal(t, HintTooLong, got.Refused[0].Hint)
}

func TestBytesThatAreNotTextAreReplaced(t *testing.T) {
	require.Equal(t, "a\uFFFDb", Read("a\xffb").Text)
	got := Read("#{\"followup\":\"a\xffb\"}")
	require.Equal(t, "a\uFFFDb", got.Commands[0].FollowUp.Model)
}

func ExampleRead() {
	reading := Read("#{ \"followupId\": \"1\" }")
	fmt.Println(reading.Commands[0].FollowUp.Model)
	reading = Rules{Around: true}.Read("Obrigado, já volto!\n#{ \"followupId\": \"0\" }")
	fmt.Println(reading.Text)
	fmt.Println(reading.Commands[0].FollowUp.Remove)
	// Output:
	// 1
	// Obrigado, já volto!
	// true
}
