package store

import (
	"context"
	"encoding/json"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const documentColumns = `id, tenant_id, kind, number, key, name, channel_id, active, version, body, created_at, updated_at, deleted_at,
	activated_at`

func scanDocument(row scanner) (flows.Document, error) {
	var d flows.Document
	var body string
	var createdAt, updatedAt, deletedAt, activatedAt int64
	err := row.Scan(&d.ID, &d.TenantID, &d.Kind, &d.Number, &d.Key, &d.Name, &d.ChannelID, &d.Active, &d.Version, &body, &createdAt, &updatedAt, &deletedAt,
		&activatedAt)
	d.Body = json.RawMessage(body)
	d.CreatedAt, d.UpdatedAt, d.DeletedAt = instant(createdAt), instant(updatedAt), instant(deletedAt)
	d.ActivatedAt = instant(activatedAt)
	return d, err
}

// CreateDocument saves a new document as its version 1 and gives it the next small number of its kind.
func (s *Store) CreateDocument(ctx context.Context, d flows.Document) (flows.Document, error) {
	err := s.configure(ctx, "create document", d.TenantID, func(tx transaction) error {
		var read, work batch
		number := reserveNumbers(&read, d.TenantID, string(d.Kind), 1)
		if err := tx.run(ctx, &read); err != nil {
			return err
		}
		d.Number, d.Version = *number, 1
		d.CreatedAt = instant(millis(s.now())) // what is answered now is what is read later
		d.UpdatedAt, d.ActivatedAt = d.CreatedAt, d.CreatedAt
		now := millis(d.CreatedAt)
		work.exec(`INSERT INTO documents (`+documentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $10, 0, $10)`,
			d.ID, d.TenantID, string(d.Kind), d.Number, text(d.Key), text(d.Name), d.ChannelID, d.Active, text(string(d.Body)), now)
		keepVersion(&work, d, now)
		return tx.run(ctx, &work)
	})
	if err != nil && s.database.duplicate(err) {
		return d, fault.New(fault.Conflict, "já existe um documento com essa chave")
	}
	return d, err
}

func keepVersion(work *batch, d flows.Document, now int64) {
	work.exec("INSERT INTO document_versions (tenant_id, document_id, version, body, created_at) VALUES ($1, $2, $3, $4, $5)",
		d.TenantID, d.ID, d.Version, text(string(d.Body)), now)
}

// ChangeDocument changes a document. A changed body is a new version; runs that stand at a step named in Removed
// are woken to look at it. When it returns, every claim that did not see the change has committed; the runs of a
// document that was deactivated or deleted are then ended with StopFlow. A key that another document of its kind has is
// fault.Conflict.
func (s *Store) ChangeDocument(ctx context.Context, tenantID, id string, change func(*flows.Document) error) (flows.Document, error) {
	var changed flows.Document
	err := s.configure(ctx, "change document", tenantID, func(tx transaction) error {
		before, err := documentIn(ctx, tx, tenantID, id)
		if err != nil {
			return err
		}
		changed = before
		changed.Body = append(json.RawMessage(nil), before.Body...)
		if err := change(&changed); err != nil {
			return err
		}
		return s.writeDocument(ctx, tx, before, &changed)
	})
	if err != nil && s.database.duplicate(err) {
		return changed, fault.New(fault.Conflict, "já existe um documento com essa chave")
	}
	return changed, err
}

func documentIn(ctx context.Context, tx transaction, tenantID, id string) (flows.Document, error) {
	var read batch
	var document flows.Document
	var found bool
	read.query(func(row scanner) (err error) {
		found = true
		document, err = scanDocument(row)
		return err
	}, "SELECT "+documentColumns+" FROM documents WHERE tenant_id = $1 AND id = $2 AND deleted_at = 0", tenantID, id)
	if err := tx.run(ctx, &read); err != nil {
		return document, err
	}
	return document, orNotFound(found, nil, "Não encontrado")
}

func (s *Store) writeDocument(ctx context.Context, tx transaction, before flows.Document, changed *flows.Document) error {
	var work batch
	changed.UpdatedAt = instant(millis(s.now()))
	now := millis(changed.UpdatedAt)
	if string(before.Body) != string(changed.Body) {
		changed.Version++
		keepVersion(&work, *changed, now)
	}
	if changed.Active && !before.Active {
		changed.ActivatedAt = changed.UpdatedAt
	}
	for _, node := range changed.Removed {
		work.exec(`UPDATE runs SET refresh = 1 WHERE flow_id = $1 AND state = 'waiting' AND node = $2`, changed.ID, node)
	}
	work.exec(`UPDATE documents SET key = $2, name = $3, channel_id = $4, active = $5, version = $6, body = $7, updated_at = $8, deleted_at = $9,
		activated_at = $10 WHERE id = $1`, changed.ID, text(changed.Key), text(changed.Name), changed.ChannelID, changed.Active, changed.Version,
		text(string(changed.Body)), now, millis(changed.DeletedAt),
		millis(changed.ActivatedAt))
	return tx.run(ctx, &work)
}

// Document finds a document of a kind by id or small number.
func (s *Store) Document(ctx context.Context, tenantID string, kind flows.DocumentKind, ref chat.Ref) (flows.Document, error) {
	var document flows.Document
	where, key := refWhere(ref)
	found, err := s.one(ctx, func(row scanner) (err error) {
		document, err = scanDocument(row)
		return err
	}, "SELECT "+documentColumns+" FROM documents WHERE tenant_id = $1 AND "+where+" AND kind = $3 AND deleted_at = 0", tenantID, key, string(kind))
	return document, orNotFound(found, err, "Não encontrado")
}

// DocumentByKey finds a document of a kind by its author's own name.
func (s *Store) DocumentByKey(ctx context.Context, tenantID string, kind flows.DocumentKind, key string) (flows.Document, error) {
	var document flows.Document
	found, err := s.one(ctx, func(row scanner) (err error) {
		document, err = scanDocument(row)
		return err
	}, "SELECT "+documentColumns+" FROM documents WHERE tenant_id = $1 AND kind = $2 AND key = $3 AND deleted_at = 0", tenantID, string(kind), key)
	return document, orNotFound(found, err, "Não encontrado")
}

// Documents lists a tenant's documents of a kind, oldest first; an empty kind lists all.
func (s *Store) Documents(ctx context.Context, tenantID string, kind flows.DocumentKind) ([]flows.Document, error) {
	where := newFilter("tenant_id", tenantID)
	where.conditions = append(where.conditions, "deleted_at = 0")
	if kind != "" {
		where.equal("kind", string(kind))
	}
	var documents []flows.Document
	err := s.list(ctx, func(row scanner) error {
		document, err := scanDocument(row)
		documents = append(documents, document)
		return err
	}, "SELECT "+documentColumns+" FROM documents WHERE "+where.text()+" ORDER BY id", where.args...)
	return documents, err
}

// DocumentVersion finds a document as it was in one of its versions, deleted or not: runs keep walking what they began.
func (s *Store) DocumentVersion(ctx context.Context, tenantID, id string, version int) (flows.Document, error) {
	var document flows.Document
	found, err := s.one(ctx, func(row scanner) error {
		var body string
		var err error
		if document, err = scanDocumentWith(row, &body); err != nil {
			return err
		}
		document.Body, document.Version = json.RawMessage(body), version
		return nil
	}, `SELECT d.id, d.tenant_id, d.kind, d.number, d.key, d.name, d.channel_id, d.active, d.version, d.body, d.created_at, d.updated_at,
		d.deleted_at, d.activated_at, v.body FROM documents d JOIN document_versions v ON v.document_id = d.id
		WHERE d.tenant_id = $1 AND d.id = $2 AND v.version = $3`, tenantID, id, version)
	return document, orNotFound(found, err, "Versão não encontrada")
}

func scanDocumentWith(row scanner, more *string) (flows.Document, error) {
	return scanDocument(appended{row: row, more: []any{more}})
}

// appended reads a few more columns than its reader asks for.
type appended struct {
	row  scanner
	more []any
}

func (a appended) Scan(into ...any) error { return a.row.Scan(append(into, a.more...)...) }
