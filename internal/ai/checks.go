package ai

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"retoma/internal/chat"
)

// LongestText is how many characters a message may have (whatsapp-automation.md).
const LongestText = 4096

// rejection is why a text may not be sent; text goes on after "não pode ser enviada:" and to the model.
type rejection struct {
	check string
	text  string
}

// The names of the checks, as decision logs show them.
const (
	checkFiltered  = "filtered"
	checkBlank     = "blank"
	checkLength    = "length"
	checkUnfilled  = "unfilled"
	checkForbidden = "forbidden"
	checkRepeated  = "repeated"
)

// judge checks an answer; nil lets it through.
func judge(job Job, answer completion, text string) *rejection {
	switch {
	case answer.refusal != "" && text == "" || answer.filtered:
		return &rejection{checkFiltered, "o modelo se recusou a escrevê-la"}
	case isBlank(text):
		return &rejection{checkBlank, "está vazia"}
	case utf8.RuneCountInString(text) > LongestText:
		return &rejection{checkLength, fmt.Sprintf("passa de %d caracteres", LongestText)}
	case answer.cut:
		return &rejection{checkLength, "foi cortada no meio; escreva uma mais curta"}
	}
	if gap := unfilled(text); gap != "" {
		return &rejection{checkUnfilled, fmt.Sprintf("tem a lacuna %q sem preencher", gap)}
	}
	if !job.Reply && chat.CommandMark(text) != "" {
		return &rejection{checkUnfilled, "tem um comando (#{...}), que o cliente leria"}
	}
	if word := forbidden(text, job.Forbidden); word != "" {
		return &rejection{checkForbidden, fmt.Sprintf("usa %q, que a empresa proíbe", word)}
	}
	if last := len(job.FollowUps) - 1; !job.Reply && last >= 0 && Similarity(text, job.FollowUps[last]) >= TooSimilar {
		return &rejection{checkRepeated, "é quase igual ao último follow-up"}
	}
	return nil
}

// isBlank tells that nobody would see anything.
func isBlank(text string) bool {
	return strings.IndexFunc(text, func(character rune) bool {
		return unicode.IsGraphic(character) && !unicode.IsSpace(character) && !unicode.Is(unicode.Cf, character) && !isFiller(character)
	}) < 0
}

// isFiller tells letters and marks that show nothing: the Hangul fillers, the Braille blank and variation selectors.
func isFiller(character rune) bool {
	switch character {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800':
		return true
	}
	return unicode.Is(unicode.Variation_Selector, character) || character == '\u034F'
}

// gap is something in a brace, brackets or angles; which of those are gaps is told by what stands inside.
var gap = regexp.MustCompile(`\{[^{}\n]{1,60}\}|\[[^\[\]\n]{1,60}\]\(?|<[^<>\n]{1,60}>`)

// gapWords are what models and authors write in a gap, after an optional article or "seu", "your".
var gapWords = regexp.MustCompile(`^((seu|sua|o|a|do|da|your|the|insira|inserir|insert|coloque|digite) )*` +
	`(nome|name|primeiro nome|first name|sobrenome|last name|cliente|customer|lead|empresa|company|produto|product|servico|service|data|date|horario|hora|time|` +
	`link|url|valor|preco|price|telefone|phone|email|e mail|cidade|city|atendente|vendedor|assistente|contato|contact)` +
	`( (do|da|de|of|the|o|a|cliente|customer|lead|empresa|company|produto|product|atendente|vendedor|assistente|aqui|here|completo|reuniao|contato))*$`)

// unfilled finds a gap that was left open: anything with {{ or }}, and {word}, [word] or <word> where the word is one of
// those that name a gap. Other brackets are left alone ("[risos]", "[1]"), and so are links ("[site](https://...)").
func unfilled(text string) string {
	for _, mark := range []string{"{{", "}}"} {
		if strings.Contains(text, mark) {
			return mark
		}
	}
	for _, found := range gap.FindAllString(text, -1) {
		if strings.HasSuffix(found, "(") {
			continue
		}
		if gapWords.MatchString(fold(found)) {
			return found
		}
	}
	return ""
}
