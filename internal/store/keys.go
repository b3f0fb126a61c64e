package store

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const keyColumns = `id, tenant_id, name, hash, role, scopes, installer, created_at, revoked_at`

func scanKey(row scanner) (chat.APIKey, error) {
	var k chat.APIKey
	var scopes string
	var createdAt, revokedAt int64
	if err := row.Scan(&k.ID, &k.TenantID, &k.Name, &k.Hash, &k.Role, &scopes, &k.Installer, &createdAt, &revokedAt); err != nil {
		return k, err
	}
	k.CreatedAt, k.RevokedAt = instant(createdAt), instant(revokedAt)
	err := decode(scopes, &k.Scopes)
	return k, err
}

// CreateAPIKey stores a key's hash; it was made now unless it says when. A hash that exists is fault.Conflict.
func (s *Store) CreateAPIKey(ctx context.Context, k chat.APIKey) error {
	if k.Scopes == nil {
		k.Scopes = []string{}
	}
	scopes, err := encoded(k.Scopes)
	if err != nil {
		return err
	}
	var work batch
	work.exec(`INSERT INTO api_keys (id, tenant_id, name, hash, role, scopes, installer, created_at, revoked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`, k.ID, k.TenantID, text(k.Name), k.Hash, string(k.Role), text(scopes), k.Installer, s.madeAt(k.CreatedAt))
	err = s.writeBatch(ctx, "create key", &work)
	if err != nil && s.database.duplicate(err) {
		return fault.New(fault.Conflict, "essa chave já existe")
	}
	return err
}

// APIKey finds a key that is not revoked by its hash.
func (s *Store) APIKey(ctx context.Context, hash string) (chat.APIKey, error) {
	var key chat.APIKey
	found, err := s.one(ctx, func(row scanner) (err error) {
		key, err = scanKey(row)
		return err
	}, "SELECT "+keyColumns+" FROM api_keys WHERE hash = $1 AND revoked_at = 0", hash)
	return key, orNotFound(found, err, "chave desconhecida ou revogada")
}

// APIKeys lists a tenant's keys, without their hashes' meaning to anybody.
func (s *Store) APIKeys(ctx context.Context, tenantID string) ([]chat.APIKey, error) {
	var keys []chat.APIKey
	err := s.list(ctx, func(row scanner) error {
		key, err := scanKey(row)
		keys = append(keys, key)
		return err
	}, "SELECT "+keyColumns+" FROM api_keys WHERE tenant_id = $1 ORDER BY id", tenantID)
	return keys, err
}

// RevokeAPIKey ends a key at once.
func (s *Store) RevokeAPIKey(ctx context.Context, tenantID, id string) error {
	return s.affectOne(ctx, "revoke key", "Chave não encontrada",
		"UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at = 0", tenantID, id, millis(s.now()))
}
