package typebot

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Word is a text of an export. A tool that wrote a number or anything else in its place costs the flow nothing: the value counts as it
// is written, and Odd says that it is none.
type Word struct {
	Text string
	Odd  bool
}

// UnmarshalJSON takes whatever stands there.
func (w *Word) UnmarshalJSON(raw []byte) error {
	*w = Word{}
	if json.Unmarshal(raw, &w.Text) != nil {
		w.Text, w.Odd = shorten(strings.Join(strings.Fields(string(raw)), " "), shownWord), true
	}
	return nil
}

// shownWord is how much of an odd value is shown.
const shownWord = 40

// oddWords tells of texts that are none: first the flow's own, then group by group.
func (l *linter) oddWords() {
	if l.export.Name.Odd {
		l.out.Findings = append(l.out.Findings, LintFinding{Kind: FindOddValue, Text: oddly("O nome do fluxo (\"name\")", l.export.Name)})
	}
	for g, group := range l.export.Groups {
		l.group, l.block = g, wholeGroup
		l.oddIn("title", group.Title)
		l.oddIn("id", group.ID)
		for b, block := range group.Blocks {
			l.block = b
			l.oddIn("id", block.ID)
			l.oddIn("type", block.Type)
			l.oddIn("outgoingEdgeId", block.Edge)
		}
	}
}

// wholeGroup stands in a block's place where the group itself is meant.
const wholeGroup = -1

func (l *linter) oddIn(field string, word Word) {
	if word.Odd {
		l.find(FindOddValue, false, strings.TrimSuffix(oddly("o valor de \""+field+"\"", word), "."))
	}
}

func oddly(what string, word Word) string {
	return fmt.Sprintf("%s não é um texto, e sim %s; o resto do fluxo foi lido assim mesmo.", what, word.Text)
}
