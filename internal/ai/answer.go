package ai

import (
	"regexp"
	"strings"
	"unicode"
)

// thinking is the reasoning that some models write before their answer.
var thinking = regexp.MustCompile(`(?is)^\s*<(think|thinking|reasoning)>.*?</(think|thinking|reasoning)>`)

// fenced is a whole answer in a code block.
var fenced = regexp.MustCompile("(?s)^```[A-Za-z]*\n(.*)\n```$")

// tidy takes from an answer what models put around a message, and says what it took. It never changes the message itself.
func tidy(answer string) (text string, remarks []string) {
	text = strings.ReplaceAll(strings.ReplaceAll(answer, "\r\n", "\n"), "\r", "\n")
	text = strings.Map(func(character rune) rune {
		if unicode.IsControl(character) && character != '\n' && character != '\t' || character == unicode.ReplacementChar {
			return -1
		}
		return character
	}, strings.ToValidUTF8(text, ""))
	if short := thinking.ReplaceAllString(text, ""); short != text {
		text = short
		remarks = append(remarks, "o raciocínio do modelo foi retirado da resposta")
	}
	text = strings.TrimSpace(text)
	if inside := fenced.ReplaceAllString(text, "$1"); inside != text && !strings.Contains(inside, "```") {
		text = strings.TrimSpace(inside)
		remarks = append(remarks, "a cerca de código em volta da resposta foi retirada")
	}
	if inside, quoted := unquoted(text); quoted {
		text = inside
		remarks = append(remarks, "as aspas em volta da resposta foram retiradas")
	}
	return text, remarks
}

// unquoted takes away quotes around the whole text, if there are none inside.
func unquoted(text string) (string, bool) {
	for _, pair := range [][2]string{{`"`, `"`}, {"“", "”"}, {"«", "»"}} {
		inside, opened := strings.CutPrefix(text, pair[0])
		inside, closed := strings.CutSuffix(inside, pair[1])
		if opened && closed && !strings.ContainsAny(inside, `"“”«»`) {
			return strings.TrimSpace(inside), true
		}
	}
	return text, false
}
