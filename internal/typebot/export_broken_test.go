package typebot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestAFileThatIsNoExportSaysWhereItBreaks(t *testing.T) {
	for _, c := range []struct{ name, file, says string }{
		{"nothing", " \n", "o arquivo está vazio"},
		{"a comma missing", "{\n  \"name\": \"Loja\"\n  \"groups\": []\n}", `linha 3, coluna 3, o JSON não pode ser lido a partir de "\""`},
		{"a comma too many", "{\"groups\": [\n1,\n]}", `linha 3, coluna 1, o JSON não pode ser lido a partir de "]"`},
		{"columns are characters", `{"name": "Loja é aqui" x`, `linha 1, coluna 24, o JSON não pode ser lido a partir de "x"`},
		{"cut off", "{\"groups\": [\n  {\"id\": \"g\"", "linha 2, coluna 13, o JSON termina antes da hora"},
		{"a page", "<!doctype html>", `linha 1, coluna 1, o JSON não pode ser lido a partir de "<"`},
		{"a list", "[1]", "linha 1, coluna 1, esperava um objeto"},
		{"a text in a list's place", "{\n \"groups\": \"nenhum\"}", `linha 2, coluna 12, o valor de "groups" é do tipo errado`},
		{"a number in a group's place", `{"groups": [12345]}`, `linha 1, coluna 13, o valor de "groups" é do tipo errado`},
		{"a mistake within an answer of the API", "{\"typebot\":\n {\"groups\": 7}}", `linha 2, coluna 13, o valor de "groups" é do tipo errado`},
		{"no groups", `{}`, "não há grupos"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := LintExport([]byte(c.file), LintOptions{})
			require.True(t, fault.Is(err, fault.Invalid))
			require.Equal(t, "não é um fluxo exportado do Typebot: "+c.says, fault.Of(err).Message)
			require.NoError(t, fault.Of(err).Cause, "nobody is shown the decoder's own words")
		})
	}
	_, err := LintExport([]byte("\ufeff"+`{"groups":[{"id":"g"}]}`), LintOptions{})
	require.NoError(t, err, "a mark at the beginning, as some editors write it, is no mistake")
}

func FuzzBrokenExports(f *testing.F) {
	for _, seed := range []string{"", "{", `{"groups": 1}`, "[\n", `{"typebot":{"groups":"a\"b"}}`, "{\"a\":\xff}", "\ufeff{"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		if _, err := LintExport([]byte(file), LintOptions{}); err != nil {
			require.True(t, strings.HasPrefix(fault.Of(err).Message, notAnExport), "%v", err)
		}
	})
}

// One odd title costs nobody the rest of the flow: it is named, and everything else is looked at.
func TestAnOddTextIsNamedAndTheRestIsRead(t *testing.T) {
	file := `{"name":7,"groups":[
		{"id":"g1","title":12345,"blocks":[{"id":{"a":1},"type":"text","content":{"html":"<div>#{&quot;followupId&quot;:&quot;9&quot;}</div>"}}]},
		{"id":"g2","title":"Fim","blocks":[{"id":"b","type":null,"outgoingEdgeId":[1]}]}]}`
	found, err := LintExport([]byte(file), LintOptions{Models: []string{"1"}})
	require.NoError(t, err)
	var texts []string
	for _, finding := range found.Findings {
		texts = append(texts, finding.Text)
	}
	require.Equal(t, []string{
		`O nome do fluxo ("name") não é um texto, e sim 7; o resto do fluxo foi lido assim mesmo.`,
		`No grupo "12345": o valor de "title" não é um texto, e sim 12345; o resto do fluxo foi lido assim mesmo.`,
		`No grupo "12345", bloco 1: o valor de "id" não é um texto, e sim {"a":1}; o resto do fluxo foi lido assim mesmo.`,
		`No grupo "Fim", bloco 1: o valor de "outgoingEdgeId" não é um texto, e sim [1]; o resto do fluxo foi lido assim mesmo.`,
		`No grupo "12345", bloco 1: não existe o modelo de follow-up "9".`,
	}, texts)
	require.Equal(t, 1, found.Problems, "the others are remarks")
	require.Len(t, found.Commands, 1)
}
