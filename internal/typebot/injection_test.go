package typebot

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// echoing is a bubble as an author writes it, with what the author commands in it: «a», «b» and «c» are the contact's answers.
type echoing struct {
	bubble string
	// commands is how many the author wrote; names are what they do, models the ones they enrol in. An answer that is the
	// whole value of a key is the author's choice.
	commands int
	names    []string
	models   []string
}

var echoes = []echoing{
	{bubble: `«a»`},
	{bubble: `«a»«b»`},
	{bubble: `«b»«a»«c»`},
	{bubble: "«a»\n«b»"},
	{bubble: `Olá «a», qual seria sua dúvida?`},
	{bubble: "Você disse:\n«a»\n\nCerto?"},
	{bubble: `#«a»`},
	{bubble: `#{«a»}`},
	{bubble: `#{ "«a»": "«b»" }`, commands: 1, names: nil},
	{bubble: `#{"note":"«a»"}`, commands: 1, names: []string{"note"}},
	{bubble: `#{"note":"«a»«b»","crmId":"3"}`, commands: 1, names: []string{"crmId", "note"}},
	{bubble: `#{"AddiInfo":{"description":"cpf","information":"«a»"}}`, commands: 1, names: []string{"AddiInfo"}},
	{bubble: `#{"followupId":"1","vars":{"nome":"«a»","idade":"«b»"}}`, commands: 1, names: []string{"followupId"}, models: []string{"1"}},
	{bubble: `#{"followupId":"1","vars":{"nome":"«b»«a»"},"reason":"«c»"}`, commands: 1, names: []string{"followupId"}, models: []string{"1"}},
	{bubble: `#{"tagId":"«a»"}`, commands: 1, names: []string{"tagId"}},
	{bubble: `#{ "queueId": «a» }`, commands: 1, names: []string{"queueId"}},
	{bubble: "«a»\n#{\"followupId\":\"1\"}", commands: 1, names: []string{"followupId"}, models: []string{"1"}},
	{bubble: "#{\"followupId\":\"1\"}«a»#{\"tagId\":\"2\"}", commands: 2, names: []string{"followupId", "tagId"}, models: []string{"1"}},
}

// fill puts answers into a bubble.
func (e echoing) fill(answers [3]string) string {
	return strings.NewReplacer("«a»", answers[0], "«b»", answers[1], "«c»", answers[2]).Replace(e.bubble)
}

// shownAsMarkdown is what Typebot makes of a variable's value: CommonMark, of which only the words are kept.
func shownAsMarkdown(text string) string {
	lines := strings.Split(html.UnescapeString(text), "\n")
	for i, line := range lines {
		line = regexp.MustCompile(`^ {0,3}(?:[-+*>]|\d{1,9}[.)]|#{1,6})(?: +|$)`).ReplaceAllString(line, "")
		line = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(line, "$1")
		line = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`).ReplaceAllString(line, "")
		line = regexp.MustCompile(`\\([[:punct:]])`).ReplaceAllString(line, "$1")
		lines[i] = strings.TrimSpace(regexp.MustCompile("\\*\\*|__|~~|`|\\*|\\b_|_\\b").ReplaceAllString(line, ""))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// answer draws what a contact writes: words, and whatever may become a command or a part of one.
func answer(t *rapid.T, name string) string {
	piece := rapid.SampledFrom([]string{
		"oi", "1", "9", "sim", " ", "\n", "\n1. ", "- ", "#", "{", "}", "#{", `"`, "'", "“", ":", ",", `":"`, `","`, `"}`, `\`, "*", "_", "`", "](x)", "[", "<b>", ":)",
		"followup", "Id", "followupId", `"followupId"`, `"followupId":"9"`, `followupId: 9`, `#{"followupId":"9"}`, `","followupId":"9`, `"},"followupId":"9`,
		`"optOut":true`, `#{"optOut":"true"}`, `x","optOut":"1`, `#queue=9`, "#close", "\n#tag=9", `\u0066ollowupId`, `&quot;`, `&#35;{`, `fol*low*upId`, "\u200b",
		`{"action":"clearTags"}`, `"queueId"`, `queueId=9`, `#{'resp':9}`, `#{ fila : "9" }`,
	})
	return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, name), "")
}

func TestWhateverACustomerWritesIsNeverCarriedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := [3]string{answer(t, "a"), answer(t, "b"), answer(t, "c")}
		requireHarmless(t, rapid.SampledFrom(echoes).Draw(t, "bubble"), said, rapid.Bool().Draw(t, "markdown"), rapid.Bool().Draw(t, "around"))
	})
}

// requireHarmless echoes answers in a bubble and checks that only what its author wrote is carried out.
func requireHarmless(t require.TestingT, e echoing, said [3]string, markdown, textAround bool) {
	shown := said
	if markdown {
		for i := range shown {
			shown[i] = shownAsMarkdown(shown[i])
		}
	}
	rules := Rules{Around: textAround, Heard: NewHeard(said[0], said[1], said[2])}
	bubble := e.fill(shown)
	got := rules.Read(bubble)
	require.False(t, looksLikeCommand(got.Text), "%q left %q", bubble, got.Text)
	if len(got.Commands) > e.commands {
		require.Failf(t, "a customer commands", "%q in %q: %v", said, bubble, sources(got))
	}
	for _, command := range got.Commands {
		for _, name := range command.Names {
			if e.names != nil || known(name) {
				require.Contains(t, e.names, name, "%q in %q: %s", said, bubble, command.Source)
			}
		}
		if command.FollowUp != nil && e.models != nil {
			require.Contains(t, e.models, command.FollowUp.Model, "%q in %q", said, bubble)
		}
	}
}

func sources(reading Reading) []string {
	var all []string
	for _, command := range reading.Commands {
		all = append(all, command.Source)
	}
	return all
}

func FuzzNothingThatACustomerWroteCommands(f *testing.F) {
	for i, said := range [][3]string{
		{`#{"followupId":"9"}`, "", ""}, {`x","followupId":"9`, "", ""}, {`#{"follow`, `upId":"9"}`, ""}, {`"},"optOut":"1`, `":)`, "sim"},
		{"#close", "#queue=1", "1"}, {`&#35;{&quot;followupId&quot;:9}`, "", ""}, {`#{"\u0066ollowupId":"9"}`, "", ""}, {"#{", `"tagId":7`, "}"},
	} {
		f.Add(uint8(i), said[0], said[1], said[2], i%2 == 0, true)
	}
	f.Fuzz(func(t *testing.T, bubble uint8, a, b, c string, markdown, textAround bool) {
		if strings.ContainsAny(a+b+c, "«»") {
			return
		}
		requireHarmless(t, echoes[int(bubble)%len(echoes)], [3]string{a, b, c}, markdown, textAround)
	})
}

func TestWhatAnAuthorWroteIsNotRefusedForWordsThatACustomerHappenedToWrite(t *testing.T) {
	tests := []struct {
		bubble string
		heard  []string
	}{
		{`#{ "followupId": "1" }`, []string{"1"}},
		{`#{ "followupId": "1" }`, []string{"o followup", "1", ":)", ":", "{}", `"`}},
		{`#{ "followupId": "1" }`, []string{"followupId: 12"}},
		{`#{ "followupId": "1" }`, []string{`#{ "followupId": "9" }`}},
		{`#{ "followup": "carrinho" }`, []string{"o carrinho", "follow up"}},
		{`#{ "status": "quente" }`, []string{"status: pedido 12", "quente"}},
		{`#{ "tagId": "verão" }`, []string{"hashtag: praia", "verão"}},
		{`#{"followupId":"1","vars":{"nome":"Ana","cpf":"123"}}`, []string{"Ana", "nome: Ana", `"nome":"Ana"`, "123"}},
		{`#{"AddiInfo":{"description":"plano","information":"ouro"}}`, []string{"plano: ouro", "ouro"}},
		{`#{"note":"x"}`, []string{"a", "b", "n", "o", "t", "e", ":("}},
	}
	for _, test := range tests {
		got := Rules{Heard: NewHeard(test.heard...)}.Read(test.bubble)
		require.Len(t, got.Commands, 1, "%s after %q: %v", test.bubble, test.heard, got.Refused)
	}
}

func TestAHostileCustomerCostsLittle(t *testing.T) {
	texts := make([]string, 60)
	for i := range texts {
		texts[i] = strings.Repeat([]string{`#{"a":`, "a", "a\n", `a","a":"`}[i%4], 4000/(3+i)) + strings.Repeat("<", i)
	}
	got := Rules{Around: true, Heard: NewHeard(texts...)}.Read(strings.Join(slices.Repeat([]string{`#{"followupId":"1"}`}, MaxCommands), "\n"))
	require.Len(t, got.Commands, MaxCommands)
}
