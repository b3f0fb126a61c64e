package followup

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/expr"
	"retoma/internal/fault"
)

// The limits of assistant-followup.md, "Rules", and some sensible ones beside them.
const (
	maxConfigSteps = 3
	minInterval    = 30 * time.Minute
	maxStatuses    = 50
	maxChannels    = 50
	maxPrompt      = 8000
	maxParams      = 20
	maxParam       = 1024
	// What Meta allows.
	maxTemplateName = 512
	maxLanguage     = 20
)

// Validate finds every mistake that can be told without compiling texts: flows.Problems, in the order of the document,
// with paths such as official_steps[1].steps[0].template_name.
func (c Config) Validate() error {
	var problems flows.Problems
	if strings.TrimSpace(c.AssistantID) == "" {
		problems = append(problems, fault.Required("assistant_id"))
	}
	problems = append(problems, c.statusProblems()...)
	if len(c.Steps) > maxConfigSteps {
		problems = append(problems, fault.Field("steps", "no máximo %d passos, tem %d", maxConfigSteps, len(c.Steps)))
	} else {
		for i, step := range c.Steps {
			problems = append(problems, step.problems(stepPath(i))...)
		}
	}
	problems = append(problems, c.officialProblems()...)
	if len(problems) == 0 {
		return nil
	}
	return problems
}

func (c Config) statusProblems() flows.Problems {
	const at = "trigger_status_ids"
	if len(c.TriggerStatusIDs) == 0 {
		return flows.Problems{fault.Required(at)}
	}
	problems := nameProblems(at, c.TriggerStatusIDs)
	for i, status := range c.TriggerStatusIDs {
		for _, earlier := range c.TriggerStatusIDs[:min(i, maxStatuses)] {
			if earlier == status && status != "" {
				problems = append(problems, fault.Field(fmt.Sprintf("%s[%d]", at, i), "status repetido"))
				break
			}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	if _, err := expr.CompileCondition(not(c.statusFits("contact.status"))); err != nil {
		return flows.Problems{fault.Field(at, "a lista é longa demais")}
	}
	return nil
}

func (c Config) officialProblems() flows.Problems {
	if len(c.OfficialSteps) > maxChannels {
		return flows.Problems{fault.Field("official_steps", "canais demais: %d, no máximo %d", len(c.OfficialSteps), maxChannels)}
	}
	var problems flows.Problems
	hasStep := len(c.Steps) > 0
	for i, entry := range c.OfficialSteps {
		hasStep = hasStep || len(entry.Steps) > 0
		problems = append(problems, c.entryProblems(i)...)
	}
	if !hasStep {
		problems = append(flows.Problems{fault.Required("steps")}, problems...)
	}
	return problems
}

// channelID is what may stand in the id of a node.
var channelID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

func (c Config) entryProblems(place int) flows.Problems {
	entry, at := c.OfficialSteps[place], fmt.Sprintf("official_steps[%d]", place)
	var problems flows.Problems
	switch {
	case strings.TrimSpace(entry.ChannelID) == "":
		problems = append(problems, fault.Required(at+".channel_id"))
	case !channelID.MatchString(entry.ChannelID):
		problems = append(problems, fault.Field(at+".channel_id", "canal não encontrado"))
	default:
		for _, earlier := range c.OfficialSteps[:place] {
			if strings.EqualFold(earlier.ChannelID, entry.ChannelID) {
				problems = append(problems, fault.Field(at+".channel_id", "canal repetido"))
				break
			}
		}
	}
	problems = append(problems, tooLong(at+".channel_name", entry.ChannelName, maxName)...)
	problems = append(problems, tooLong(at+".app_id", entry.AppID, maxName)...)
	if count := len(c.Steps) + len(entry.Steps); len(c.Steps) <= maxConfigSteps && count > maxConfigSteps {
		return append(problems, fault.Field(at+".steps", "no máximo %d passos neste canal, com os de steps são %d", maxConfigSteps, count))
	}
	for i, step := range entry.Steps[:min(len(entry.Steps), maxConfigSteps)] {
		problems = append(problems, step.problems(officialPath(place, i))...)
	}
	return problems
}

func (s ConfigStep) problems(at string) flows.Problems {
	var problems flows.Problems
	report := func(field, format string, args ...any) {
		problems = append(problems, fault.Field(at+field, format, args...))
	}
	length, err := calendar.ParseInterval(s.Interval)
	switch {
	case s.Interval == "":
		problems = append(problems, fault.Required(at+".interval"))
	case err != nil:
		report(".interval", "%s", fault.Of(err).Message)
	case length < minInterval:
		report(".interval", "no mínimo 30 minutos (PT30M)")
	case length > longestWait:
		report(".interval", "no máximo um ano (P365D)")
	}
	prompted, templated := strings.TrimSpace(s.Prompt) != "", strings.TrimSpace(s.TemplateName) != ""
	if !prompted && !templated && length < templateFrom {
		problems = append(problems, fault.Required(at+".prompt"))
	}
	problems = append(problems, s.textProblems(at, prompted)...)
	switch {
	case templated:
	case length >= templateFrom:
		problems = append(problems, fault.Required(at+".template_name"))
	case s.TemplateName != "" || s.TemplateLanguage != "" || len(s.TemplateParams) > 0:
		problems = append(problems, fault.Required(at+".template_name"))
	}
	return append(problems, s.paramProblems(at)...)
}

func (s ConfigStep) textProblems(at string, prompted bool) flows.Problems {
	var problems flows.Problems
	problems = append(problems, leadProblems(at+".prompt", s.Prompt)...)
	problems = append(problems, tooLong(at+".prompt", s.Prompt, maxPrompt)...)
	if s.Fallback != "" && !prompted {
		problems = append(problems, fault.Field(at+".fallback", "acompanha prompt, que falta"))
	}
	problems = append(problems, leadProblems(at+".fallback", s.Fallback)...)
	problems = append(problems, tooLong(at+".fallback", s.Fallback, flows.MaxText)...)
	problems = append(problems, tooLong(at+".template_name", s.TemplateName, maxTemplateName)...)
	return append(problems, tooLong(at+".template_language", s.TemplateLanguage, maxLanguage)...)
}

func tooLong(at, text string, most int) flows.Problems {
	if length := utf8.RuneCountInString(text); length > most {
		return flows.Problems{fault.Field(at, "no máximo %d caracteres, tem %d", most, length)}
	}
	return nil
}

func (s ConfigStep) paramProblems(at string) flows.Problems {
	at += ".template_params"
	if len(s.TemplateParams) > maxParams {
		return flows.Problems{fault.Field(at, "parâmetros demais: %d, no máximo %d", len(s.TemplateParams), maxParams)}
	}
	var problems flows.Problems
	for i, param := range s.TemplateParams {
		path := fmt.Sprintf("%s[%d]", at, i)
		if strings.TrimSpace(param) == "" {
			problems = append(problems, fault.Required(path))
		}
		problems = append(problems, leadProblems(path, param)...)
		problems = append(problems, tooLong(path, param, maxParam)...)
	}
	return problems
}

// Warnings tells what may be meant but will not work: steps that come due 24 h or more after the status change without a
// template for a channel that has the 24 h window. windowed are the tenant's channels that have it.
func (c Config) Warnings(windowed []chat.Channel) []string {
	limit := templateFrom
	if c.KeepInWindow {
		limit += keptInWindow
	}
	var warnings []string
	for _, channel := range windowed {
		entry := c.entryOf(channel.ID)
		var total time.Duration
		for i, step := range append(slices.Clone(c.Steps), entry.Steps...) {
			total += step.wait()
			if total < limit || step.TemplateName != "" || entry.firstTemplate() != nil {
				continue
			}
			warnings = append(warnings, fmt.Sprintf("passo %d no canal %q: sai 24 h ou mais depois da mudança de status e o canal não tem template; "+
				"se o cliente não escrever antes, a janela estará fechada e ele falhará", i+1, channel.Name))
		}
	}
	return warnings
}

// entryOf is the channel's entry; an empty one if it has none.
func (c Config) entryOf(channelID string) OfficialSteps {
	for _, entry := range c.OfficialSteps {
		if entry.ChannelID == channelID {
			return entry
		}
	}
	return OfficialSteps{}
}
