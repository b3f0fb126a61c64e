package followup

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"retoma/flows"
	"retoma/internal/expr"
	"retoma/internal/fault"
)

// triggerTypes and units are the choices, in the order of followups-api.md.
func triggerTypes() []TriggerType {
	return []TriggerType{NoResponse, StageEntered, TagAdded, DealCreated, Custom}
}

func (u TriggerUnit) length() time.Duration {
	switch u {
	case Minutes:
		return time.Minute
	case Hours:
		return time.Hour
	case Days:
		return 24 * time.Hour
	}
	return 0
}

// Wait is how long an attempt waits; 0 for a rule that does not validate.
func (r Rule) Wait() time.Duration {
	unit := r.TriggerUnit.length()
	if unit == 0 || r.TriggerValue == nil {
		return 0
	}
	wait, _ := r.TriggerValue.times(unit)
	return wait
}

// Validate finds every mistake that can be told without compiling texts: flows.Problems, in the order of the document,
// with the document's own paths.
func (r Rule) Validate() error {
	var problems flows.Problems
	report := func(path, format string, args ...any) {
		problems = append(problems, fault.Field(path, format, args...))
	}
	if strings.TrimSpace(r.Name) == "" {
		problems = append(problems, fault.Required("name"))
	}
	if length := utf8.RuneCountInString(r.Name); length > maxName {
		report("name", "no máximo %d caracteres, tem %d", maxName, length)
	}
	problems = append(problems, r.triggerProblems()...)
	problems = append(problems, r.contentProblems()...)
	if attempts := r.Attempts(); attempts < 1 || attempts > maxAttempts {
		report("maxAttempts", "deve ser um número inteiro de 1 a %d", maxAttempts)
	}
	problems = append(problems, r.conditionProblems()...)
	if len(problems) == 0 {
		return nil
	}
	return problems
}

func (r Rule) triggerProblems() flows.Problems {
	var problems flows.Problems
	switch {
	case r.TriggerType == "":
		problems = append(problems, fault.Required("triggerType"))
	case !slices.Contains(triggerTypes(), r.TriggerType):
		problems = append(problems, fault.Field("triggerType", "use NO_RESPONSE, STAGE_ENTERED, TAG_ADDED, DEAL_CREATED ou CUSTOM"))
	}
	unit := r.TriggerUnit.length()
	if r.TriggerValue == nil || *r.TriggerValue == "" {
		problems = append(problems, fault.Required("triggerValue"))
	} else if _, problem := r.TriggerValue.times(max(unit, time.Minute)); problem != "" {
		problems = append(problems, fault.Field("triggerValue", "%s", problem))
	}
	switch {
	case r.TriggerUnit == "":
		problems = append(problems, fault.Required("triggerUnit"))
	case unit == 0:
		problems = append(problems, fault.Field("triggerUnit", "use minutes, hours ou days"))
	}
	return problems
}

func (r Rule) contentProblems() flows.Problems {
	var problems flows.Problems
	blank := strings.TrimSpace(r.Message) == ""
	if blank && (r.Message != "" || r.Attachment == nil && r.Template == nil) {
		problems = append(problems, fault.Required("message"))
	}
	most := flows.MaxText
	if r.Attachment != nil {
		most = flows.MaxCaption
	}
	if length := utf8.RuneCountInString(r.Message); length > most {
		problems = append(problems, fault.Field("message", "no máximo %d caracteres, tem %d", most, length))
	}
	if r.Attachment != nil {
		problems = append(problems, r.Attachment.problems("attachment", r.Message)...)
	}
	if r.Template != nil && strings.TrimSpace(r.Template.Name) == "" {
		problems = append(problems, fault.Required("template.name"))
	}
	return problems
}

const (
	// maxNames bounds a list of tags or stages, maxNameText each of them in characters.
	maxNames    = 50
	maxNameText = 200
)

func (r Rule) conditionProblems() flows.Problems {
	conditions := r.conditions()
	var problems flows.Problems
	problems = append(problems, nameProblems("conditions.excludeTags", conditions.ExcludeTags)...)
	problems = append(problems, nameProblems("conditions.includeTags", conditions.IncludeTags)...)
	problems = append(problems, nameProblems("conditions.includeFunnelStages", conditions.IncludeFunnelStages)...)
	if conditions.Event != "" && r.TriggerType != Custom {
		problems = append(problems, fault.Field("conditions.event", "só vale com triggerType CUSTOM"))
	}
	if strings.TrimSpace(conditions.Expr) != "" {
		if _, err := expr.CompileCondition(conditions.Expr); err != nil {
			problems = append(problems, fault.Field("conditions.expr", "%s", fault.Of(err).Message))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	// Each of them is sound; together they may be too much.
	for _, whole := range []string{r.startIf(), not(conditions.whoFits())} {
		if whole == "" {
			continue
		}
		if _, err := expr.CompileCondition(whole); err != nil {
			return flows.Problems{fault.Field("conditions", "são longas demais juntas: encurte as listas ou expr")}
		}
	}
	return nil
}

func nameProblems(at string, names []string) flows.Problems {
	if len(names) > maxNames {
		return flows.Problems{fault.Field(at, "nomes demais: %d, no máximo %d", len(names), maxNames)}
	}
	var problems flows.Problems
	for i, name := range names {
		path := fmt.Sprintf("%s[%d]", at, i)
		if strings.TrimSpace(name) == "" {
			problems = append(problems, fault.Required(path))
		}
		if length := utf8.RuneCountInString(name); length > maxNameText {
			problems = append(problems, fault.Field(path, "no máximo %d caracteres, tem %d", maxNameText, length))
		}
	}
	return problems
}

// keptInWindow is how long after the window's end a due time may lie that keepInWindow still moves inside it.
const keptInWindow = 2 * time.Hour

// Warnings tells what may be meant but will not work: attempts that surely need a template and have none. hasWindow says
// whether a channel that the rule looks at has the 24 h window (Meta, Gupshup, Twilio).
func (r Rule) Warnings(hasWindow bool) []string {
	if !hasWindow || r.Template != nil {
		return nil
	}
	limit := 24 * time.Hour
	if r.KeepInWindow {
		limit += keptInWindow
	}
	for attempt := 1; attempt <= r.Attempts(); attempt++ {
		if time.Duration(attempt)*r.Wait() < limit {
			continue
		}
		return []string{fmt.Sprintf("tentativa %d em diante: sai 24 h ou mais depois do gatilho e não tem template; "+
			"se o cliente não escrever antes, a janela estará fechada e ela falhará", attempt)}
	}
	return nil
}
