package desk

import (
	"retoma/flows"
	"retoma/internal/chat"
)

// Setup is what a tenant has configured, at one revision: it changes rarely and is read for every unit of work.
type Setup struct {
	Tenant    chat.Tenant
	Channels  map[string]chat.Channel
	Templates map[string]map[TemplateKey]chat.Template // by channel
	// Flows are the newest versions of every document that is not deleted, active or not.
	Flows map[string]flows.Document
	// Assistants are those that are not deleted, by id.
	Assistants map[string]chat.Assistant
}

// TemplateKey is how a template is known on its channel.
type TemplateKey struct{ Name, Language string }

// Template finds a template on a channel; an empty language finds the only one there is.
func (s *Setup) Template(channelID, name, language string) (chat.Template, bool) {
	byKey := s.Templates[channelID]
	if language != "" {
		found, yes := byKey[TemplateKey{name, language}]
		return found, yes
	}
	if found, yes := byKey[TemplateKey{name, "pt_BR"}]; yes {
		return found, true
	}
	var only chat.Template
	count := 0
	for key, template := range byKey {
		if key.Name == name {
			only = template
			count++
		}
	}
	return only, count == 1
}
