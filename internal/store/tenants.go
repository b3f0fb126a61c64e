package store

import (
	"context"
	"slices"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const tenantColumns = `id, name, settings, revision, paused_at, created_at`

func (s *Store) scanTenant(row scanner) (chat.Tenant, error) {
	var t chat.Tenant
	var settings string
	var pausedAt, createdAt int64
	if err := row.Scan(&t.ID, &t.Name, &settings, &t.Revision, &pausedAt, &createdAt); err != nil {
		return t, err
	}
	t.PausedAt, t.CreatedAt = instant(pausedAt), instant(createdAt)
	if err := decode(settings, &t.Settings); err != nil {
		return t, err
	}
	err := s.eachSecret(&t, s.vault.unlock)
	return t, err
}

// eachSecret locks or unlocks what the settings hold of credentials: the addresses of notifications carry passwords too.
func (s *Store) eachSecret(t *chat.Tenant, turn func(value, bound string) (string, error)) error {
	notify := &t.Settings.Notify
	var err error
	if notify.WebhookSecret, err = turn(notify.WebhookSecret, t.ID); err != nil {
		return err
	}
	if t.Settings.AI.APIKey, err = turn(t.Settings.AI.APIKey, t.ID); err != nil {
		return err
	}
	if t.Settings.Typebot.Secret, err = turn(t.Settings.Typebot.Secret, t.ID); err != nil {
		return err
	}
	notify.URLs = slices.Clone(notify.URLs)
	for i := range notify.URLs {
		if notify.URLs[i], err = turn(notify.URLs[i], t.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) settingsText(t chat.Tenant) (string, error) {
	if err := s.eachSecret(&t, s.vault.lock); err != nil {
		return "", err
	}
	return encoded(t.Settings)
}

// CreateTenant makes a tenant; it was made now unless it says when.
func (s *Store) CreateTenant(ctx context.Context, t chat.Tenant) error {
	settings, err := s.settingsText(t)
	if err != nil {
		return err
	}
	var work batch
	work.exec(`INSERT INTO tenants (id, name, settings, revision, paused_at, created_at) VALUES ($1, $2, $3, 1, 0, $4)`,
		t.ID, text(t.Name), text(settings), s.madeAt(t.CreatedAt))
	return s.writeBatch(ctx, "create tenant", &work)
}

// Tenant finds a tenant.
func (s *Store) Tenant(ctx context.Context, id string) (chat.Tenant, error) {
	var tenant chat.Tenant
	found, err := s.one(ctx, func(row scanner) (err error) {
		tenant, err = s.scanTenant(row)
		return err
	}, "SELECT "+tenantColumns+" FROM tenants WHERE id = $1", id)
	return tenant, orNotFound(found, err, "Empresa não encontrada")
}

// Tenants lists every tenant of the installation, oldest first.
func (s *Store) Tenants(ctx context.Context) ([]chat.Tenant, error) {
	var tenants []chat.Tenant
	err := s.list(ctx, func(row scanner) error {
		tenant, err := s.scanTenant(row)
		tenants = append(tenants, tenant)
		return err
	}, "SELECT "+tenantColumns+" FROM tenants ORDER BY id")
	return tenants, err
}

// ChangeTenant changes name, settings or pause. When it returns, every claim that did not see the change has committed.
func (s *Store) ChangeTenant(ctx context.Context, id string, change func(*chat.Tenant) error) (chat.Tenant, error) {
	var changed chat.Tenant
	err := s.configure(ctx, "change tenant", id, func(tx transaction) error {
		var read, work batch
		read.query(func(row scanner) (err error) {
			changed, err = s.scanTenant(row)
			return err
		}, "SELECT "+tenantColumns+" FROM tenants WHERE id = $1", id)
		if err := tx.run(ctx, &read); err != nil {
			return err
		}
		if err := change(&changed); err != nil {
			return err
		}
		settings, err := s.settingsText(changed)
		if err != nil {
			return err
		}
		work.exec("UPDATE tenants SET name = $2, settings = $3, paused_at = $4 WHERE id = $1",
			id, text(changed.Name), text(settings), millis(changed.PausedAt))
		return tx.run(ctx, &work)
	})
	return changed, err
}

// configure runs a change of a tenant's set-up: alone behind the tenant's gate, with a new revision.
func (s *Store) configure(ctx context.Context, point, tenantID string, do func(tx transaction) error) error {
	return s.write(ctx, point, func(tx transaction) error {
		var work batch
		var affected int64
		s.database.gate(&work, tenantID, true)
		work.count(&affected, "UPDATE tenants SET revision = revision + 1 WHERE id = $1", tenantID)
		if err := tx.run(ctx, &work); err != nil {
			return err
		}
		if affected == 0 {
			return fault.New(fault.NotFound, "Empresa não encontrada")
		}
		return do(tx)
	})
}
