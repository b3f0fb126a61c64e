package followup

import (
	"fmt"
	"slices"
	"time"

	"retoma/flows"
	"retoma/internal/calendar"
)

// Config is how an assistant follows up, as its author writes it (assistant-followup.md, "Follow-up Config Model").
type Config struct {
	AssistantID string `json:"assistant_id"`
	// TriggerStatusIDs are the statuses that start the run when a contact comes into one of them; a status outside the
	// list ends it.
	TriggerStatusIDs []string `json:"trigger_status_ids"`
	// Steps are walked first, on every channel.
	Steps []ConfigStep `json:"steps"`
	// OfficialSteps are walked after them, each entry on its own channel.
	OfficialSteps []OfficialSteps `json:"official_steps"`
	// IsActive is true unless it is said otherwise.
	IsActive *bool `json:"is_active,omitempty"`
	// KeepInWindow moves a step that would come up to two hours after the 24 h window closes inside it.
	KeepInWindow bool `json:"keep_in_window,omitempty"`
	// KeepInWindowAlias is KeepInWindow as rules spell it; ParseConfig takes it over.
	KeepInWindowAlias *bool `json:"keepInWindow,omitempty"`
}

// ConfigStep is one message of a config.
type ConfigStep struct {
	// Interval is an ISO 8601 duration of at least 30 minutes: from the step before, the first from the status change.
	Interval string `json:"interval"`
	// Prompt tells the assistant what to write, with {{variables}}.
	Prompt string `json:"prompt,omitempty"`
	// Fallback is sent if the assistant wrote nothing usable.
	Fallback string `json:"fallback,omitempty"`
	// TemplateName is the channel's approved template: sent from 24 h on, and below when the window is closed.
	TemplateName string `json:"template_name,omitempty"`
	// TemplateLanguage is pt_BR if it is not given.
	TemplateLanguage string `json:"template_language,omitempty"`
	// TemplateParams are the values of the template's variables in order, with {{LEAD_NAME}} and its like.
	TemplateParams []string `json:"template_params,omitempty"`
}

// OfficialSteps are the steps of one official channel.
type OfficialSteps struct {
	ChannelID string `json:"channel_id"`
	// ChannelName and AppID are the author's notes on the channel.
	ChannelName string       `json:"channel_name,omitempty"`
	AppID       string       `json:"app_id,omitempty"`
	Steps       []ConfigStep `json:"steps"`
}

// ParseConfig reads a config's JSON. The error is flows.Problems: a value of the wrong kind, or every unknown field.
// It does not validate.
func ParseConfig(body []byte) (Config, error) {
	var config Config
	err := flows.DecodeStrict("", body, &config)
	if config.KeepInWindowAlias != nil {
		config.KeepInWindow, config.KeepInWindowAlias = *config.KeepInWindowAlias, nil
	}
	return config, err
}

// Active tells whether status changes start anything and steps leave.
func (c Config) Active() bool { return c.IsActive == nil || *c.IsActive }

// templateFrom is the interval from which only a template reaches a customer on an official channel.
const templateFrom = 24 * time.Hour

// wait is the step's interval; 0 for one that does not validate.
func (s ConfigStep) wait() time.Duration {
	length, err := calendar.ParseInterval(s.Interval)
	if err != nil {
		return 0
	}
	return length
}

// template is the step's own, with the variables of assistant-followup.md put into retoma's words; nil if it has none.
func (s ConfigStep) template() *ModelTemplate {
	if s.TemplateName == "" {
		return nil
	}
	template := &ModelTemplate{Name: s.TemplateName, Language: s.TemplateLanguage}
	if template.Language == "" {
		template.Language = flows.DefaultLanguage
	}
	if len(s.TemplateParams) > 0 {
		template.Variables.List = make([]string, len(s.TemplateParams))
	}
	for i, param := range s.TemplateParams {
		template.Variables.List[i], _ = leadVariables(param)
	}
	return template
}

// firstTemplate is the template of the channel that stands in where a step has none; nil if the channel has none.
func (o OfficialSteps) firstTemplate() *ModelTemplate {
	for _, step := range o.Steps {
		if template := step.template(); template != nil {
			return template
		}
	}
	return nil
}

// firstTemplated is the place of the step that firstTemplate is of; 0 if there is none.
func (o OfficialSteps) firstTemplated() int {
	return max(0, slices.IndexFunc(o.Steps, func(s ConfigStep) bool { return s.TemplateName != "" }))
}

func stepPath(i int) string { return fmt.Sprintf("steps[%d]", i) }

func officialPath(entry, i int) string { return fmt.Sprintf("official_steps[%d].steps[%d]", entry, i) }
