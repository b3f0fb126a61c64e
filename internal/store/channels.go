package store

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const channelColumns = `id, tenant_id, name, provider, phone, account, token, config, secrets, online, offline_reason, paused_at, allow_list,
	per_second, pair_seconds, timezone, on_unconfirmed, created_at, deleted_at, quality, number_status, tier, throughput, verified_name, name_status,
	checked_at, synced_at, sync_due_at, heard_at, forged, limits, restricted_until, restricted_answers, restricted_reason, evidence_minutes`

func (s *Store) scanChannel(row scanner) (chat.Channel, error) {
	var c chat.Channel
	var config, secrets, allowList, limits string
	var pausedAt, createdAt, deletedAt, checkedAt, syncedAt, syncDueAt, heardAt, restrictedUntil int64
	err := row.Scan(&c.ID, &c.TenantID, &c.Name, &c.Provider, &c.Phone, &c.Account, &c.Token, &config, &secrets, &c.Online, &c.OfflineReason,
		&pausedAt, &allowList, &c.PerSecond, &c.PairSeconds, &c.Timezone, &c.OnUnconfirmed, &createdAt, &deletedAt,
		&c.Number.Quality, &c.Number.Status, &c.Number.Tier, &c.Number.Throughput, &c.Number.VerifiedName, &c.Number.NameStatus,
		&checkedAt, &syncedAt, &syncDueAt, &heardAt, &c.Forged, &limits, &restrictedUntil, &c.Restriction.AnswersAllowed, &c.Restriction.Reason,
		&c.EvidenceMinutes)
	if err != nil {
		return c, err
	}
	c.PausedAt, c.CreatedAt, c.DeletedAt = instant(pausedAt), instant(createdAt), instant(deletedAt)
	c.Number.CheckedAt, c.SyncedAt, c.SyncDueAt, c.HeardAt = instant(checkedAt), instant(syncedAt), instant(syncDueAt), instant(heardAt)
	c.Restriction.Until = instant(restrictedUntil)
	if err := decode(config, &c.Config); err != nil {
		return c, err
	}
	if err := decode(allowList, &c.AllowList); err != nil {
		return c, err
	}
	if err := decode(limits, &c.Limits); err != nil {
		return c, err
	}
	plain, err := s.vault.unlock(secrets, c.ID)
	if err != nil {
		return c, err
	}
	err = decode(plain, &c.Secrets)
	return c, err
}

// channelValues are the columns after id and tenant, in their order.
func (s *Store) channelValues(c chat.Channel) ([]any, error) {
	config, err := encoded(c.Config)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(c.Secrets)
	if err != nil {
		return nil, err
	}
	secrets, err := s.vault.lock(string(plain), c.ID)
	if err != nil {
		return nil, err
	}
	allowList, err := encoded(c.AllowList)
	if err != nil {
		return nil, err
	}
	limits, err := encodedOrEmpty(c.Sound().Limits)
	if err != nil {
		return nil, err
	}
	return []any{c.ID, c.TenantID, text(c.Name), c.Provider, c.Phone, text(c.Account), c.Token, text(config), secrets, c.Online, text(c.OfflineReason),
		millis(c.PausedAt), text(allowList), c.PerSecond, c.PairSeconds, c.Timezone, string(c.OnUnconfirmed),
		text(c.Number.Quality), text(c.Number.Status), text(c.Number.Tier), c.Number.Throughput, text(c.Number.VerifiedName), text(c.Number.NameStatus),
		millis(c.Number.CheckedAt), text(limits), int(c.EvidenceAfter() / time.Minute)}, nil
}

// CreateChannel makes a channel, now unless it says when. An account that the tenant already has is fault.Conflict.
func (s *Store) CreateChannel(ctx context.Context, c chat.Channel) error {
	values, err := s.channelValues(c)
	if err != nil {
		return err
	}
	err = s.configure(ctx, "create channel", c.TenantID, func(tx transaction) error {
		var work batch
		work.exec(`INSERT INTO channels (id, tenant_id, name, provider, phone, account, token, config, secrets, online, offline_reason, paused_at,
			allow_list, per_second, pair_seconds, timezone, on_unconfirmed, quality, number_status, tier, throughput, verified_name, name_status, checked_at,
			limits, evidence_minutes, created_at, deleted_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, 0)`,
			append(values, s.madeAt(c.CreatedAt))...)
		return tx.run(ctx, &work)
	})
	if err != nil && s.database.duplicate(err) {
		return fault.New(fault.Conflict, "este número já está cadastrado")
	}
	return err
}

// Channel finds a channel that is not deleted.
func (s *Store) Channel(ctx context.Context, tenantID, id string) (chat.Channel, error) {
	var channel chat.Channel
	found, err := s.one(ctx, func(row scanner) (err error) {
		channel, err = s.scanChannel(row)
		return err
	}, "SELECT "+channelColumns+" FROM channels WHERE tenant_id = $1 AND id = $2 AND deleted_at = 0", tenantID, id)
	return channel, orNotFound(found, err, "Canal não encontrado")
}

// ChannelByToken finds a channel by the secret part of its webhook's path. Webhooks that come together share the look, each
// of which begins after they came; so the channel's maps are not the caller's to change.
func (s *Store) ChannelByToken(ctx context.Context, token string) (chat.Channel, error) {
	return s.channels.ask(ctx, token, func(ctx context.Context) (chat.Channel, error) { return s.channelByToken(ctx, token) })
}

func (s *Store) channelByToken(ctx context.Context, token string) (chat.Channel, error) {
	var channel chat.Channel
	found, err := s.one(ctx, func(row scanner) (err error) {
		channel, err = s.scanChannel(row)
		return err
	}, "SELECT "+channelColumns+" FROM channels WHERE token = $1 AND deleted_at = 0", token)
	return channel, orNotFound(found, err, "Canal não encontrado")
}

// Channels lists a tenant's channels, oldest first.
func (s *Store) Channels(ctx context.Context, tenantID string) ([]chat.Channel, error) {
	var channels []chat.Channel
	err := s.list(ctx, func(row scanner) error {
		channel, err := s.scanChannel(row)
		channels = append(channels, channel)
		return err
	}, "SELECT "+channelColumns+" FROM channels WHERE tenant_id = $1 AND deleted_at = 0 ORDER BY id", tenantID)
	return channels, err
}

// ChangeChannel changes a channel (also pause, resume, online state, the number's state, deletion); what the channel hears and
// when its templates were read have writers of their own. When it returns, every claim that did
// not see the change has committed.
func (s *Store) ChangeChannel(ctx context.Context, tenantID, id string, change func(*chat.Channel) error) (chat.Channel, error) {
	var changed chat.Channel
	err := s.configure(ctx, "change channel", tenantID, func(tx transaction) error {
		var read, work batch
		var found bool
		read.query(func(row scanner) (err error) {
			found = true
			changed, err = s.scanChannel(row)
			return err
		}, "SELECT "+channelColumns+" FROM channels WHERE tenant_id = $1 AND id = $2 AND deleted_at = 0", tenantID, id)
		if err := orNotFound(true, tx.run(ctx, &read), ""); err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, "Canal não encontrado")
		}
		before := changed
		before.Config = maps.Clone(changed.Config)
		if err := change(&changed); err != nil {
			return err
		}
		values, err := s.channelValues(changed)
		if err != nil {
			return err
		}
		work.exec(`UPDATE channels SET name = $3, provider = $4, phone = $5, account = $6, token = $7, config = $8, secrets = $9, online = $10,
			offline_reason = $11, paused_at = $12, allow_list = $13, per_second = $14, pair_seconds = $15, timezone = $16, on_unconfirmed = $17,
			quality = $18, number_status = $19, tier = $20, throughput = $21, verified_name = $22, name_status = $23, checked_at = $24,
			limits = $25, evidence_minutes = $26, deleted_at = $27 WHERE id = $1 AND tenant_id = $2`, append(values, millis(changed.DeletedAt))...)
		if changed.MorePeopleThan(before) {
			s.lookAgain(&work, tenantID, id)
		}
		if !sameAccount(before, changed) {
			forgetUploads(&work, tenantID, id)
		}
		return tx.run(ctx, &work)
	})
	if err != nil && s.database.duplicate(err) {
		return changed, fault.New(fault.Conflict, "este número já está cadastrado")
	}
	return changed, err
}
