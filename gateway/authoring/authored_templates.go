package authoring

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"retoma/actions"
	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// maxTemplateName is what Meta allows.
const maxTemplateName = 512

var (
	templateName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	// templateLanguage is a language with its region or script, such as pt_BR, fil or zh_Hans_CN.
	templateLanguage = regexp.MustCompile(`^[a-z]{2,3}(_[A-Za-z0-9]{2,8}){0,3}$`)
)

// templateUse is a template as an authored document names it.
type templateUse struct {
	// path is of the message or step, nameAt and languageAt are of the members.
	path, nameAt, name, languageAt, language string
	variables                                flows.Variables
	// channels are those on which it may be sent; none if its channel was removed.
	channels []chat.Channel
}

// problems are those of a name or a language that no provider can have.
func (u templateUse) problems() flows.Problems {
	var problems flows.Problems
	if length := utf8.RuneCountInString(u.name); length > maxTemplateName {
		problems = append(problems, fault.Field(u.nameAt, "no máximo %d caracteres, tem %d", maxTemplateName, length))
	} else if u.name != "" && !templateName.MatchString(u.name) {
		problems = append(problems, fault.Field(u.nameAt, "nome de template inválido: use só letras sem acento, números, _ . e -"))
	}
	if u.language != "" && !templateLanguage.MatchString(u.language) {
		problems = append(problems, fault.Field(u.languageAt, "idioma inválido: use a forma pt_BR"))
	}
	return problems
}

// checkTemplates refuses templates that cannot exist: flows.Problems with the author's paths.
func checkTemplates(uses []templateUse) error {
	var problems flows.Problems
	for _, use := range uses {
		problems = append(problems, use.problems()...)
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// templateWarnings warns of templates that none of their channels has now, though they may be approved before they are
// due, and of variables that do not fit.
func (h *Handlers) templateWarnings(ctx context.Context, uses []templateUse) ([]string, error) {
	var warnings []string
	known := map[string][]chat.Template{}
	for _, use := range uses {
		if use.name == "" || len(use.channels) == 0 {
			continue
		}
		for _, channel := range use.channels {
			if _, read := known[channel.ID]; read {
				continue
			}
			found, err := h.Store.Templates(ctx, channel.TenantID, channel.ID)
			if err != nil {
				return nil, err
			}
			known[channel.ID] = found
		}
		missing, misfit := use.fits(known)
		switch {
		case missing:
			warnings = append(warnings, fmt.Sprintf("%s: o template %q ainda não existe no canal; sincronize os templates ou confira o nome e o idioma", use.path, use.name))
		case misfit != "":
			warnings = append(warnings, use.path+": "+misfit)
		}
	}
	return warnings, nil
}

// fits looks for the template as it will be looked for when it is sent, among those that are known by channel. missing
// tells that none of its channels has it; misfit says what is wrong with its variables where one has it.
func (u templateUse) fits(known map[string][]chat.Template) (missing bool, misfit string) {
	missing = true
	language := u.language
	if language == "" {
		language = flows.DefaultLanguage
	}
	for _, channel := range u.channels {
		for _, template := range known[channel.ID] {
			if template.Name != u.name || template.Language != language {
				continue
			}
			missing = false
			if misfit == "" {
				misfit = misfitOf(template, u.variables)
			}
		}
	}
	return missing, misfit
}

// misfitOf tells what is wrong with the number or the names of a template's variables, whatever their values will be.
func misfitOf(template chat.Template, variables flows.Variables) string {
	if err := actions.MatchVariables(template, slices.Collect(maps.Keys(variables.Named)), len(variables.List)); err != nil {
		return fault.Of(err).Message
	}
	return ""
}

// templateOf is the template of a message or step of a model or a rule, if it has one; at is the template's own path.
func templateOf(path, at string, template *followup.ModelTemplate, channels []chat.Channel) []templateUse {
	if template == nil {
		return nil
	}
	return []templateUse{{
		path: path, nameAt: at + ".name", name: template.Name, languageAt: at + ".language", language: template.Language,
		variables: template.Variables, channels: channels,
	}}
}

// templatesOfModel are those that a model names.
func templatesOfModel(model followup.Model, channels []chat.Channel) []templateUse {
	var uses []templateUse
	for i, message := range model.Messages {
		path := fmt.Sprintf("messages[%d]", i)
		uses = append(uses, templateOf(path, path+".template", message.Template, channels)...)
	}
	return uses
}

// templatesOfConfig are those that a configuration names; channels are the tenant's.
func templatesOfConfig(config followup.Config, channels []chat.Channel) []templateUse {
	var uses []templateUse
	add := func(path string, step followup.ConfigStep, walked []chat.Channel) {
		uses = append(uses, templateUse{
			path: path, nameAt: path + ".template_name", name: step.TemplateName, languageAt: path + ".template_language", language: step.TemplateLanguage,
			variables: flows.Variables{List: step.TemplateParams}, channels: walked,
		})
	}
	for i, step := range config.Steps {
		add(fmt.Sprintf("steps[%d]", i), step, channels)
	}
	for entry, official := range config.OfficialSteps {
		var own []chat.Channel
		if place := channelAmong(channels, official.ChannelID); place >= 0 {
			own = channels[place : place+1]
		}
		for i, step := range official.Steps {
			add(fmt.Sprintf("official_steps[%d].steps[%d]", entry, i), step, own)
		}
	}
	return uses
}
