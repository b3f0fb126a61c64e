package store

import (
	"context"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Setup reads a tenant's whole set-up. It is read anew when the tenant's revision has moved.
func (s *Store) Setup(ctx context.Context, tenantID string) (*desk.Setup, error) {
	setup := &desk.Setup{
		Channels: map[string]chat.Channel{}, Templates: map[string]map[desk.TemplateKey]chat.Template{}, Flows: map[string]flows.Document{},
		Assistants: map[string]chat.Assistant{},
	}
	var work batch
	var found bool
	work.query(func(row scanner) (err error) {
		found = true
		setup.Tenant, err = s.scanTenant(row)
		return err
	}, "SELECT "+tenantColumns+" FROM tenants WHERE id = $1", tenantID)
	work.query(func(row scanner) error {
		channel, err := s.scanChannel(row)
		setup.Channels[channel.ID] = channel
		return err
	}, "SELECT "+channelColumns+" FROM channels WHERE tenant_id = $1 AND deleted_at = 0", tenantID)
	work.query(func(row scanner) error {
		template, err := scanTemplate(row)
		keepTemplate(setup, template)
		return err
	}, "SELECT "+templateColumns+" FROM templates WHERE tenant_id = $1", tenantID)
	work.query(func(row scanner) error {
		document, err := scanDocument(row)
		setup.Flows[document.ID] = document
		return err
	}, "SELECT "+documentColumns+" FROM documents WHERE tenant_id = $1 AND deleted_at = 0", tenantID)
	s.readAssistants(&work, tenantID, func(a chat.Assistant) { setup.Assistants[a.ID] = a })
	if err := s.database.read(ctx, &work); err != nil {
		return nil, err
	}
	return setup, orNotFound(found, nil, "Empresa não encontrada")
}

func keepTemplate(setup *desk.Setup, template chat.Template) {
	byKey := setup.Templates[template.ChannelID]
	if byKey == nil {
		byKey = map[desk.TemplateKey]chat.Template{}
		setup.Templates[template.ChannelID] = byKey
	}
	byKey[desk.TemplateKey{Name: template.Name, Language: template.Language}] = template
}
