package typebot

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Lint is what is right and wrong with the commands of an exported flow.
type Lint struct {
	Name     string        `json:"name"`
	Commands []LintCommand `json:"commands"`
	Findings []LintFinding `json:"findings"`
	// Problems counts the findings that have to be seen to; the others are remarks.
	Problems int `json:"problems"`
}

// LintCommand is a command bubble, with where it stands.
type LintCommand struct {
	Group   string `json:"group"`
	Block   int    `json:"block" doc:"posição no grupo, a partir de 1"`
	BlockID string `json:"blockId"`
	Command string `json:"command"`
}

// LintFinding is one sentence about a bubble.
type LintFinding struct {
	Kind    LintKind `json:"kind"`
	Problem bool     `json:"problem" doc:"false: apenas um aviso"`
	Group   string   `json:"group"`
	Block   int      `json:"block" doc:"posição no grupo, a partir de 1; 0 é o grupo inteiro"`
	BlockID string   `json:"blockId"`
	// Text says in Portuguese what is wrong, where, and what to do.
	Text string `json:"text"`
}

// LintKind names one kind of finding.
type LintKind string

// The kinds of findings.
const (
	FindRefused    LintKind = "refused"           // the command would be refused, as it stands
	FindAround     LintKind = "around"            // text for the customer in the same bubble
	FindQuotes     LintKind = "smart_quotes"      // curly quotes or no-break spaces
	FindUnquoted   LintKind = "unquoted_variable" // {{x}} without quotes around it
	FindInjection  LintKind = "injection"         // {{x}} inside a command
	FindLink       LintKind = "link"              // the editor made a link of it
	FindMarks      LintKind = "marks"             // bold, italic, underlined
	FindUnknownKey LintKind = "unknown_key"       // a key that nobody acts on
	FindUnknownID  LintKind = "unknown_model"     // no such follow-up model
	FindOrder      LintKind = "http_order"        // an HTTP request that runs before the command
	FindFollowed   LintKind = "followed"          // bubbles behind the command
	FindOddValue   LintKind = "odd_value"         // something else in the place of a text, such as a title
)

// LintOptions are what is known beside the flow.
type LintOptions struct {
	// Rules are the bot's: its secret, its allowed commands, text around.
	Rules Rules
	// Models are ids, numbers and names of the follow-up models that exist; nil: not known, and not checked.
	Models []string
}

// LintExport looks at every text bubble of an exported flow, without running it. Errors: [fault.Invalid] for what is no export.
func LintExport(raw []byte, options LintOptions) (Lint, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // editors on Windows begin files with it
	export, err := readExport(raw)
	if err != nil {
		return Lint{}, err
	}
	l := &linter{options: options, export: export, out: Lint{Name: export.Name.Text, Commands: []LintCommand{}, Findings: []LintFinding{}}}
	l.oddWords()
	for g, group := range export.Groups {
		for b, block := range group.Blocks {
			if block.Type.Text == "text" {
				l.bubble(g, b)
			}
		}
	}
	for _, finding := range l.out.Findings {
		if finding.Problem {
			l.out.Problems++
		}
	}
	return l.out, nil
}

// linter looks at one bubble after the other.
type linter struct {
	options LintOptions
	export  Export
	out     Lint
	// group and block are where it stands.
	group, block int
}

// variable is a place in a bubble that Typebot fills in.
var variable = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

func (l *linter) bubble(group, block int) {
	l.group, l.block = group, block
	bubble := Bubble{Type: "text", Content: l.here().Content}
	text, err := bubble.Text()
	if err != nil {
		l.find(FindRefused, true, "o conteúdo do balão não pode ser lido")
		return
	}
	rules := l.options.Rules
	rules.Around = true
	// With a digit in place of every variable, a command reads as it will when they are set.
	reading := rules.Read(variable.ReplaceAllString(text, "1"))
	if len(reading.Commands)+len(reading.Refused) == 0 {
		return
	}
	l.readings(text, reading)
	l.writing(text)
	l.form(bubble)
	l.order()
}

// readings says what the commands are and which would be refused.
func (l *linter) readings(text string, reading Reading) {
	for _, command := range reading.Commands {
		l.command(asWritten(text, "#"+command.Source))
		for _, key := range command.Names {
			if !known(key) {
				l.find(FindUnknownKey, true, fmt.Sprintf("ninguém conhece a chave \"%s\": confira a grafia. O comando será passado adiante como veio", shorten(key, 60)))
			}
		}
		l.model(text, command)
	}
	for _, refusal := range reading.Refused {
		l.command(asWritten(text, refusal.Source))
		l.find(FindRefused, true, strings.TrimSuffix(refusal.Reason, "."))
	}
	if strings.TrimSpace(reading.Text) != "" && !l.options.Rules.Around && len(reading.Commands) > 0 {
		l.find(FindAround, true, "o balão tem texto para o cliente além do comando, e por isso o comando não será executado; coloque-o em um balão só dele")
	}
}

// model looks for the follow-up model that a command names. A variable's value is not known here.
func (l *linter) model(text string, command Command) {
	wanted := command.FollowUp
	if wanted == nil || wanted.Remove || l.options.Models == nil {
		return
	}
	if variable.MatchString(text) && wanted.Model == "1" {
		return
	}
	exists := slices.ContainsFunc(l.options.Models, func(model string) bool { return strings.EqualFold(strings.TrimSpace(model), wanted.Model) })
	if !exists {
		l.find(FindUnknownID, true, fmt.Sprintf("não existe o modelo de follow-up \"%s\"", shorten(wanted.Model, 60)))
	}
}

// writing looks at how a command is written: its quotes and its variables.
func (l *linter) writing(text string) {
	if strings.ContainsAny(text, "“”„‟‘’‚‛«»＂\u00a0\u202f") {
		l.find(FindQuotes, true, "há aspas curvas ou espaços especiais, que vêm de texto colado: escreva o comando com aspas retas")
	}
	for _, place := range variable.FindAllStringSubmatchIndex(text, -1) {
		name := text[place[2]:place[3]]
		if !insideCommand(text[:place[0]]) {
			continue
		}
		if !quotedBefore(text[:place[0]]) {
			l.find(FindUnquoted, true, fmt.Sprintf("a variável {{%s}} está sem aspas: se ficar vazia, o comando não será executado; escreva \"{{%s}}\"", name, name))
		}
		l.find(FindInjection, true, fmt.Sprintf("a variável {{%s}} está dentro do comando: se o cliente a preencher, poderá mudar o comando; "+
			"use um valor fixo, ou leve o valor pelo nome do campo, como em {\"vars\": [\"nome\"]}", name))
	}
}

// asWritten shows a command of a bubble with variables as its author wrote it: the reading knows no names.
func asWritten(text, source string) string {
	if !variable.MatchString(text) {
		return source
	}
	return shorten(strings.TrimSpace(text[max(0, firstLookalike(text)):]), shownSource)
}

// insideCommand tells whether a place stands in a command that begins before it.
func insideCommand(before string) bool {
	at := firstLookalike(before)
	if at < 0 {
		return false
	}
	rest := variable.ReplaceAllString(before[at:], "")
	if last := strings.LastIndex(rest, "#"); last >= 0 && firstLookalike(rest[last:]) == 0 {
		rest = rest[last:]
	}
	return strings.Count(rest, "{") > strings.Count(rest, "}")
}

// quotedBefore tells whether a place stands inside quotes.
func quotedBefore(before string) bool {
	quotes := strings.Count(before, `"`) - strings.Count(before, `\"`)
	return quotes%2 == 1 || strings.LastIndexAny(before, "“‘'") > strings.LastIndexAny(before, ":,{")
}

// form looks at what the editor made of the text.
func (l *linter) form(bubble Bubble) {
	links, marks := formOf(bubble.Content)
	if links {
		l.find(FindLink, true, "o editor transformou o comando em um link: selecione o texto e remova o link")
	}
	if marks {
		l.find(FindMarks, true, "há negrito, itálico ou sublinhado no balão do comando: remova a formatação")
	}
}

// order looks at what follows the command in its turn.
func (l *linter) order() {
	shown := 0
	for _, block := range l.export.behind(l.group, l.block) {
		switch {
		case block.callsHTTP():
			l.find(FindOrder, true, "um bloco HTTP Request vem depois do comando na mesma rodada e roda antes dele: ponha uma pergunta entre os dois, ou um #{\"action\": \"ping\"} com uma entrada de texto")
			return
		case block.shows():
			shown++
		}
	}
	if shown > 0 {
		l.find(FindFollowed, false, "há balões depois do comando na mesma rodada: aqui eles são enviados, mas outras plataformas os perdem")
	}
}

func (l *linter) here() ExportBlock {
	if l.block == wholeGroup {
		return ExportBlock{}
	}
	return l.export.Groups[l.group].Blocks[l.block]
}

func (l *linter) title() string {
	group := l.export.Groups[l.group]
	if strings.TrimSpace(group.Title.Text) == "" {
		return group.ID.Text
	}
	return group.Title.Text
}

func (l *linter) command(text string) {
	l.out.Commands = append(l.out.Commands, LintCommand{Group: l.title(), Block: l.block + 1, BlockID: l.here().ID.Text, Command: text})
}

// find notes a finding once for each bubble.
func (l *linter) find(kind LintKind, problem bool, sentence string) {
	text := fmt.Sprintf("No grupo \"%s\", bloco %d: %s.", l.title(), l.block+1, sentence)
	if l.block == wholeGroup {
		text = fmt.Sprintf("No grupo \"%s\": %s.", l.title(), sentence)
	}
	for _, before := range l.out.Findings {
		if before.Text == text && before.BlockID == l.here().ID.Text {
			return
		}
	}
	l.out.Findings = append(l.out.Findings, LintFinding{Kind: kind, Problem: problem, Group: l.title(), Block: l.block + 1, BlockID: l.here().ID.Text, Text: text})
}
