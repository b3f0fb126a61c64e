package store

import (
	"context"
	"encoding/json"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

const templateColumns = `id, tenant_id, channel_id, external_id, name, language, category, status, body, synced_at, quality, reason, held_until, held_at, held_number`

// templateBody is what has no column of its own.
type templateBody struct {
	Named      bool                  `json:"named,omitempty"`
	HeaderType string                `json:"headerType,omitempty"`
	HeaderText string                `json:"headerText,omitempty"`
	BodyText   string                `json:"bodyText,omitempty"`
	FooterText string                `json:"footerText,omitempty"`
	Buttons    []chat.TemplateButton `json:"buttons,omitempty"`
	Cards      []chat.TemplatePart   `json:"cards,omitempty"`
	Offer      *chat.TemplateOffer   `json:"offer,omitempty"`
	Beyond     string                `json:"beyond,omitempty"`
	Components json.RawMessage       `json:"components,omitempty"`
	// UsableSince is in Unix milliseconds.
	UsableSince int64 `json:"usableSince,omitempty"`
}

func bodyOf(t chat.Template) templateBody {
	return templateBody{
		t.Named, t.HeaderType, t.HeaderText, t.BodyText, t.FooterText, t.Buttons, t.Cards, t.Offer, t.Beyond, t.Components, millis(t.UsableSince),
	}
}

func scanTemplate(row scanner) (chat.Template, error) {
	var t chat.Template
	var body string
	var syncedAt, heldUntil, heldAt int64
	if err := row.Scan(&t.ID, &t.TenantID, &t.ChannelID, &t.ExternalID, &t.Name, &t.Language, &t.Category, &t.Status, &body, &syncedAt,
		&t.Quality, &t.Reason, &heldUntil, &heldAt, &t.HeldNumber); err != nil {
		return t, err
	}
	t.SyncedAt, t.HeldUntil, t.HeldAt = instant(syncedAt), instant(heldUntil), instant(heldAt)
	var rest templateBody
	if err := decode(body, &rest); err != nil {
		return t, err
	}
	t.Named, t.HeaderType, t.HeaderText, t.BodyText = rest.Named, rest.HeaderType, rest.HeaderText, rest.BodyText
	t.FooterText, t.Buttons, t.Cards, t.Offer = rest.FooterText, rest.Buttons, rest.Cards, rest.Offer
	t.Beyond, t.Components, t.UsableSince = rest.Beyond, rest.Components, instant(rest.UsableSince)
	return t, nil
}

// SaveTemplates makes the channel's templates exactly these: new ones are made, known ones changed, others removed. One that
// was not approved before, or was not known, is usable since now.
func (s *Store) SaveTemplates(ctx context.Context, tenantID, channelID string, templates []chat.Template) error {
	return s.configure(ctx, "save templates", tenantID, func(tx transaction) error {
		now := s.now()
		usable, err := s.usableSince(ctx, tx, channelID)
		if err != nil {
			return err
		}
		var work batch
		for _, t := range templates {
			if t.UsableSince = usable[desk.TemplateKey{Name: t.Name, Language: t.Language}]; t.Status != approved {
				t.UsableSince = time.Time{}
			} else if t.UsableSince.IsZero() {
				t.UsableSince = now
			}
			body, err := encoded(bodyOf(t))
			if err != nil {
				return err
			}
			work.exec(`INSERT INTO templates (id, tenant_id, channel_id, external_id, name, language, category, status, body, synced_at, quality, reason)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
				ON CONFLICT (channel_id, name, language) DO UPDATE SET external_id = excluded.external_id, category = excluded.category,
				status = excluded.status, body = excluded.body, synced_at = excluded.synced_at, quality = excluded.quality, reason = excluded.reason,
				held_until = CASE WHEN excluded.status = 'APPROVED' THEN 0 ELSE templates.held_until END,
				held_number = CASE WHEN excluded.status = 'APPROVED' THEN '' ELSE templates.held_number END`,
				chat.NewID(), tenantID, channelID, text(t.ExternalID), text(t.Name), text(t.Language), text(t.Category), text(t.Status), text(body),
				millis(now), text(t.Quality), text(t.Reason))
		}
		work.exec("DELETE FROM templates WHERE channel_id = $1 AND synced_at <> $2", channelID, millis(now))
		work.exec("UPDATE channels SET synced_at = $3, sync_due_at = 0 WHERE tenant_id = $1 AND id = $2", tenantID, channelID, millis(now))
		return tx.run(ctx, &work)
	})
}

// approved is the state of a template that may be sent.
const approved = "APPROVED"

// usableSince reads since when the channel's approved templates were known as such.
func (s *Store) usableSince(ctx context.Context, tx transaction, channelID string) (map[desk.TemplateKey]time.Time, error) {
	since := map[desk.TemplateKey]time.Time{}
	var read batch
	read.query(func(row scanner) error {
		t, err := scanTemplate(row)
		if t.Status == approved {
			since[desk.TemplateKey{Name: t.Name, Language: t.Language}] = t.UsableSince
		}
		return err
	}, "SELECT "+templateColumns+" FROM templates WHERE channel_id = $1", channelID)
	return since, tx.run(ctx, &read)
}

// Templates lists a channel's templates by name; an empty channel lists the tenant's.
func (s *Store) Templates(ctx context.Context, tenantID, channelID string) ([]chat.Template, error) {
	where := newFilter("tenant_id", tenantID)
	if channelID != "" {
		where.equal("channel_id", channelID)
	}
	var templates []chat.Template
	err := s.list(ctx, func(row scanner) error {
		template, err := scanTemplate(row)
		templates = append(templates, template)
		return err
	}, "SELECT "+templateColumns+" FROM templates WHERE "+where.text()+" ORDER BY name, language, id", where.args...)
	return templates, err
}

// Template finds a template by its id.
func (s *Store) Template(ctx context.Context, tenantID, id string) (chat.Template, error) {
	var template chat.Template
	found, err := s.one(ctx, func(row scanner) (err error) {
		template, err = scanTemplate(row)
		return err
	}, "SELECT "+templateColumns+" FROM templates WHERE tenant_id = $1 AND id = $2", tenantID, id)
	return template, orNotFound(found, err, "Template não encontrado")
}
