package typebot

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// looksLikeCommand is the promise in other words than the code's: "#", things nobody sees and marks, "{".
// Spaces, separators, control and format characters, variation selectors, and characters that Unicode says to ignore.
func looksLikeCommand(text string) bool {
	return regexp.MustCompile(`#[\s\p{Z}\p{Cc}\p{Cf}\x{85}\x{fe00}-\x{fe0f}\x{34f}\x{115f}\x{1160}\x{3164}\x{ffa0}\x{2800}*_~\x60\\]*\{`).MatchString(text)
}

// anyText puts together texts from the pieces that matter, so that broken, nested and glued commands are common.
func anyText(t *rapid.T) string {
	piece := rapid.SampledFrom([]string{
		"#", "{", "}", "#{", `"`, "'", "“", "”", ":", ",", "[", "]", "(", ")", "](", "*", "_", "`", "\\", "\n", "\r", " ", "\t",
		"\u200b", "\ufeff", "\u00a0", "\ufe0f", "\u3164", "\u2800", "a", "1", "Olá", `"followupId"`, `#{"followupId":"1"}`, `{"tagId":1}`,
		`#{ "queueId":  }`, "[#{\"tagId\":1}](#{\"tagId\":1})", "\xff", "🏭",
	})
	return strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "pieces"), "")
}

func TestNothingThatLooksLikeACommandReachesTheCustomer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { requireSafe(t, anyText(t)) })
}

// requireSafe checks what holds for every text whatsoever.
func requireSafe(t require.TestingT, text string) {
	got := Read(text)
	require.False(t, looksLikeCommand(got.Text), "%q left %q", text, got.Text)
	require.True(t, utf8.ValidString(got.Text))
	valid := strings.ToValidUTF8(text, "\uFFFD")
	if Rules.firstSuspect(Rules{}, valid) < 0 {
		require.False(t, looksLikeCommand(valid), "%q", text)
		require.Equal(t, Reading{Text: valid}, got)
		return
	}
	if !looksLikeCommand(valid) && len(got.Commands)+len(got.Refused) == 0 {
		require.Equal(t, strings.TrimSpace(valid), got.Text)
		return
	}
	require.NotZero(t, len(got.Commands)+len(got.Refused), "%q was cut without a word", text)
	again := Read(got.Text)
	require.Empty(t, again.Commands, "reading what is left finds nothing more")
	require.False(t, got.Text != "" && len(got.Commands) > 0, "no command acts in a bubble that the customer reads")
	for _, command := range got.Commands {
		require.True(t, json.Valid([]byte(command.Source)), command.Source)
		require.NotEmpty(t, command.Names)
		if command.FollowUp != nil {
			require.Equal(t, command.FollowUp.Remove, command.FollowUp.Model == "")
		}
	}
	for _, refusal := range got.Refused {
		require.NotEmpty(t, refusal.Reason)
		require.NotEmpty(t, refusal.Hint)
		require.True(t, strings.HasPrefix(refusal.Source, "#"), refusal.Source)
	}
}

// tokens draws a valid command as the parts between which blanks and line breaks may stand, and the model it enrols in.
func tokens(t *rapid.T) (parts []string, model string) {
	model = strconv.Itoa(rapid.IntRange(1, 1e9).Draw(t, "model"))
	value := rapid.SampledFrom([]string{`"%s"`, `%s`, `%s.0`, `" %s "`, `"%s.0"`, `"0%s"`}).Draw(t, "form")
	key := rapid.SampledFrom([]string{"followupId", "followup", "followUpId", "follow-up", "FOLLOWUP_ID"}).Draw(t, "key")
	parts = []string{"#", "{", `"` + key + `"`, ":", fmt.Sprintf(value, model)}
	if rapid.Bool().Draw(t, "more") {
		parts = append(parts, ",", `"queueId"`, ":", `"5"`)
	}
	return append(parts, "}"), model
}

func TestWrappingNeverChangesWhatIsRecognised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, model := tokens(t)
		want := Read(strings.Join(parts, ""))
		require.Len(t, want.Commands, 1)
		require.Equal(t, model, want.Commands[0].FollowUp.Model)
		require.Empty(t, want.Text)

		bubble := dressed(t, parts)
		got, err := ReadBubble(bubble)
		require.NoError(t, err)
		require.Equal(t, want, got, "%s", bubble.Content)
	})
}

// dressed makes a rich-text bubble of a command as editors do: paragraphs and blanks between the parts, the text broken
// into marked leaves, links, variables in wrappers, lists around all of it, invisible characters at the edges.
func dressed(t *rapid.T, parts []string) Bubble {
	edge := rapid.SampledFrom([]string{"", "", " ", "\u200b", "\ufeff", "\u00a0", "\n"})
	var paragraphs []any
	line := edge.Draw(t, "before")
	for at, part := range parts {
		line += part
		if at < len(parts)-1 && rapid.IntRange(0, 4).Draw(t, "newParagraph") == 0 {
			paragraphs = append(paragraphs, paragraph(t, line))
			line = ""
		} else {
			line += edge.Draw(t, "between")
		}
	}
	root := paragraphs
	root = append(root, paragraph(t, line))
	switch rapid.SampledFrom([]string{"plain", "list", "variable", "empty paragraph behind"}).Draw(t, "around") {
	case "list":
		root = []any{element("ul", element("li", root...))}
	case "variable":
		root = []any{element("variable", root...)}
	case "empty paragraph behind":
		root = append(root, element("p", map[string]any{"text": ""}))
	}
	return Bubble{ID: "b", Type: "text", Content: encode(map[string]any{"type": "richText", "richText": root})}
}

func element(kind string, children ...any) map[string]any {
	return map[string]any{"type": kind, "children": children}
}

// paragraph breaks a line into leaves and wraps some of them.
func paragraph(t *rapid.T, line string) any {
	var children []any
	for rest := []rune(line); len(rest) > 0; {
		length := rapid.IntRange(1, len(rest)).Draw(t, "leaf")
		leaf := map[string]any{"text": string(rest[:length])}
		rest = rest[length:]
		switch rapid.SampledFrom([]string{"leaf", "bold", "a", "inline-variable"}).Draw(t, "wrap") {
		case "leaf":
			children = append(children, leaf)
		case "bold":
			leaf["bold"], leaf["italic"] = true, true
			children = append(children, leaf)
		case "a":
			link := element("a", leaf)
			link["url"] = line
			children = append(children, map[string]any{"text": ""}, link)
		case "inline-variable":
			children = append(children, element("inline-variable", element("p", leaf)))
		}
	}
	return element("p", children...)
}

func TestCommandsOnLinesOfTheirOwnLeaveTheOtherLinesAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines, words, models []string
		for count := rapid.IntRange(1, 12).Draw(t, "lines"); count > 0; count-- {
			if rapid.Bool().Draw(t, "isCommand") {
				parts, model := tokens(t)
				lines = append(lines, strings.Join(parts, ""))
				models = append(models, model)
			} else {
				word := rapid.StringMatching(`[a-zé#!?][a-zé0-9 #:.,]{0,12}[a-z}]`).Draw(t, "text")
				lines, words = append(lines, word), append(words, word)
			}
		}
		got := Rules{Around: true}.Read(strings.Join(lines, "\n"))
		require.Equal(t, strings.Join(words, "\n"), got.Text)
		require.Empty(t, got.Refused)
		require.Len(t, got.Commands, len(models))
		for at, model := range models {
			require.Equal(t, model, got.Commands[at].FollowUp.Model)
		}
	})
}

func TestAnIdIsTheSameAsNumberAndAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Range(0, 999_999_999_999_999_999).Draw(t, "id")
		number := Read(fmt.Sprintf(`#{"followupId":%d}`, id))
		text := Read(fmt.Sprintf(`#{"followupId":"%d"}`, id))
		require.Equal(t, number, text)
		want := FollowUpCommand{Model: strconv.FormatInt(id, 10)}
		if id == 0 {
			want = FollowUpCommand{Remove: true}
		}
		require.Equal(t, want, *number.Commands[0].FollowUp)
	})
}

func TestANameComesBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		middle := rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.P, unicode.Zs), 0, 50, -1)
		name := "x" + middle.Filter(func(name string) bool { // "{{x}}" is a variable that Typebot did not replace
			return !strings.Contains(name, "{{") && !strings.Contains(name, "}}")
		}).Draw(t, "name") + "x"
		got := Read("#" + string(encode(map[string]string{"followup": name})))
		require.Len(t, got.Commands, 1, "%v", got.Refused)
		require.Equal(t, name, got.Commands[0].FollowUp.Model)
		again := Read("#" + got.Commands[0].Source)
		require.Equal(t, got, again, "the normalised form reads as the same command")
	})
}

func TestTheTolerantPassAgreesWithTheDecoderOnPlainJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := string(encode(value(t, 3)))
		repaired, length, wrong := repair(body)
		require.Nil(t, wrong, "%s", body)
		require.Equal(t, len(body), length)
		require.JSONEq(t, body, repaired)
	})
}

// value draws a JSON object; its texts have no curly quotes, which the tolerant pass may read as delimiters.
func value(t *rapid.T, depth int) map[string]any {
	text := rapid.StringOf(rapid.RuneFrom([]rune("ab{}[]:,\\\"'\n\u200b<é😀")))
	found := map[string]any{}
	for count := rapid.IntRange(0, 3).Draw(t, "keys"); count > 0; count-- {
		key := text.Draw(t, "key")
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			found[key] = text.Draw(t, "text")
		case 1:
			found[key] = rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
		case 2:
			found[key] = rapid.SampledFrom([]any{true, false, nil, 0, -1}).Draw(t, "word")
		case 3:
			found[key] = []any{text.Draw(t, "item"), 1}
		default:
			if depth > 0 {
				found[key] = value(t, depth-1)
			}
		}
	}
	return found
}
