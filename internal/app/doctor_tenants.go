package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"retoma/flows"
	"retoma/internal/catalog"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/doctor"
	"retoma/internal/provider"
)

// channelPatience is how long a provider may take to say what is wrong with one number.
const channelPatience = 8 * time.Second

// channelsMost is how many numbers the providers are asked about.
const channelsMost = 50

// lookAtTenants looks at channels, as we and as their providers see them, and at the templates that active documents need.
func (e examination) lookAtTenants(ctx context.Context, f *doctor.Facts) {
	tenants, err := e.store.Tenants(ctx)
	if err != nil {
		f.DatabaseProblem = err.Error()
		return
	}
	asked := 0
	for _, tenant := range tenants {
		setup, err := e.store.Setup(ctx, tenant.ID)
		if err != nil {
			continue // credentials that cannot be read are told of by themselves
		}
		for _, channel := range setup.Channels {
			seen := doctor.Channel{Tenant: tenant.Name, Name: channel.Name, Paused: !channel.PausedAt.IsZero(), Offline: !channel.Online, OfflineReason: channel.OfflineReason}
			if asked < channelsMost {
				asked++
				seen.Said = e.askProvider(ctx, channel)
			}
			if seen.Paused || seen.Offline || len(seen.Said) > 0 {
				f.Channels = append(f.Channels, seen)
			}
		}
		f.Templates = append(f.Templates, missingTemplates(tenant, setup)...)
	}
	slices.SortFunc(f.Channels, func(a, b doctor.Channel) int { return strings.Compare(a.Tenant+a.Name, b.Tenant+b.Name) })
}

// askProvider asks what the channel's provider finds wrong with it, the same as POST /api/channels/{id}/check.
func (e examination) askProvider(ctx context.Context, channel chat.Channel) []doctor.Said {
	checker, can := providers(e.config)[channel.Provider].(provider.Checker)
	if !can {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, channelPatience)
	defer cancel()
	callback := ""
	if e.config.PublicURL != "" {
		callback = strings.TrimRight(e.config.PublicURL, "/") + "/webhooks/" + channel.Provider + "/" + channel.Token
	}
	findings, err := checker.Check(ctx, channel, callback)
	var said []doctor.Said
	if err != nil {
		said = append(said, doctor.Said{Problem: "o provedor não respondeu a tempo", Remedy: "Tente de novo em alguns minutos."})
	}
	for _, one := range findings {
		if !one.OK {
			said = append(said, doctor.Said{Problem: one.Message, Remedy: one.Remedy})
		}
	}
	return said
}

// missingTemplates are those that an active document needs and that none of its channels may send.
func missingTemplates(tenant chat.Tenant, setup *desk.Setup) []doctor.Template {
	compiler := catalog.New(1, describedActions())
	var missing []doctor.Template
	for _, document := range setup.Flows {
		if !document.Active {
			continue
		}
		flow, err := compiler.Compile(document)
		if err != nil {
			continue // it starts nothing, and the log says so
		}
		for _, name := range templatesIn(flow.Definition()) {
			if status, usable := templateStatus(setup, document.ChannelID, name); !usable {
				missing = append(missing, doctor.Template{Tenant: tenant.Name, Document: document.Name, Name: name, Status: status})
			}
		}
	}
	slices.SortFunc(missing, func(a, b doctor.Template) int { return strings.Compare(a.Document+a.Name, b.Document+b.Name) })
	return missing
}

// templatesIn are the names of the templates that a definition's steps name, wherever they stand in them.
func templatesIn(definition flows.Definition) []string {
	raw, err := json.Marshal(definition)
	if err != nil {
		return nil
	}
	var whole any
	if json.Unmarshal(raw, &whole) != nil {
		return nil
	}
	var names []string
	var walk func(value any)
	walk = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, one := range value {
				walk(one)
			}
		case map[string]any:
			for key, one := range value {
				if template, is := one.(map[string]any); is && key == "template" {
					if name, is := template["name"].(string); is && name != "" && !strings.Contains(name, "{{") {
						names = append(names, name)
					}
				}
				walk(one)
			}
		}
	}
	walk(whole)
	slices.Sort(names)
	return slices.Compact(names)
}

// templateStatus is the provider's word for a template; usable tells that a channel of the document may send it.
func templateStatus(setup *desk.Setup, channelID, name string) (status string, usable bool) {
	for id, templates := range setup.Templates {
		if channelID != "" && id != channelID {
			continue
		}
		for key, template := range templates {
			if key.Name != name {
				continue
			}
			if template.Status == "APPROVED" {
				return template.Status, true
			}
			status = template.Status
		}
	}
	return status, false
}
