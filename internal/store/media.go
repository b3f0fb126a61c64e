package store

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const fileColumns = `media.id, media.tenant_id, media.channel_id, media.message_id, media.kind, media.state, media.mime, media.size, media.sha256,
	media.file_name, media.source, media.problem, media.attempts, media.tries, media.due_at, media.created_at, media.kept_at`

func scanFile(row scanner) (chat.File, error) {
	var f chat.File
	var source string
	var dueAt, createdAt, keptAt int64
	if err := row.Scan(&f.ID, &f.TenantID, &f.ChannelID, &f.MessageID, &f.Kind, &f.State, &f.MIME, &f.Size, &f.SHA256,
		&f.FileName, &source, &f.Problem, &f.Attempts, &f.Tries, &dueAt, &createdAt, &keptAt); err != nil {
		return f, err
	}
	f.DueAt, f.CreatedAt, f.KeptAt = instant(dueAt), instant(createdAt), instant(keptAt)
	return f, decode(source, &f.Source)
}

func insertFile(work *batch, f chat.File) error {
	source, err := encoded(f.Source)
	if err != nil {
		return err
	}
	work.exec(`INSERT INTO media (id, tenant_id, channel_id, message_id, kind, state, mime, size, sha256, file_name, source, problem, attempts, tries,
		due_at, created_at, kept_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 0, 0, $12, $13, $14) ON CONFLICT DO NOTHING`,
		f.ID, f.TenantID, f.ChannelID, f.MessageID, string(f.Kind), string(f.State), text(f.MIME), f.Size, f.SHA256, text(f.FileName), text(source),
		millis(f.DueAt), millis(f.CreatedAt), millis(f.KeptAt))
	return nil
}

// notRevoked leaves out the files of messages that their writers deleted.
const notRevoked = "NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = media.message_id AND m.revoked_at > 0)"

const fileNotFound = "Arquivo não encontrado"

// KeepFile writes an upload down, or finds the one of the same tenant with the same bytes and kind.
func (s *Store) KeepFile(ctx context.Context, file chat.File) (chat.File, error) {
	var kept chat.File
	err := s.write(ctx, "keep file", func(tx transaction) error {
		kept = chat.File{}
		var work batch
		if err := insertFile(&work, file); err != nil {
			return err
		}
		keepBlob(&work, file.TenantID, file.SHA256, millis(s.now()))
		work.query(func(row scanner) (err error) {
			kept, err = scanFile(row)
			return err
		}, "SELECT "+fileColumns+" FROM media WHERE tenant_id = $1 AND sha256 = $2 AND kind = $3 AND message_id = ''", file.TenantID, file.SHA256, string(file.Kind))
		return tx.run(ctx, &work)
	})
	return kept, err
}

// File finds a file of a tenant.
func (s *Store) File(ctx context.Context, tenantID, id string) (chat.File, error) {
	var file chat.File
	found, err := s.one(ctx, func(row scanner) (err error) {
		file, err = scanFile(row)
		return err
	}, "SELECT "+fileColumns+" FROM media WHERE tenant_id = $1 AND id = $2 AND "+notRevoked, tenantID, id)
	return file, orNotFound(found, err, fileNotFound)
}

// Files lists a tenant's files, newest first.
func (s *Store) Files(ctx context.Context, tenantID string, filter chat.FileFilter) ([]chat.File, error) {
	where := newFilter("media.tenant_id", tenantID)
	if filter.State != "" {
		where.equal("media.state", string(filter.State))
	}
	where.conditions = append(where.conditions, notRevoked)
	where.page("media.id", filter.Page)
	limit := where.limit(filter.Page)
	var files []chat.File
	err := s.list(ctx, func(row scanner) error {
		file, err := scanFile(row)
		files = append(files, file)
		return err
	}, "SELECT "+fileColumns+" FROM media WHERE "+where.text()+" ORDER BY media.id DESC"+limit, where.args...)
	return files, err
}

// DeleteFile forgets a file; its bytes go once nothing else of the tenant has the same. fault.Conflict: a message that
// waits to be sent, or something that an author wrote, needs it.
func (s *Store) DeleteFile(ctx context.Context, tenantID, id string) error {
	return s.write(ctx, "delete file", func(tx transaction) error {
		var file chat.File
		var messages, documents int64
		var look batch
		look.query(func(row scanner) (err error) {
			file, err = scanFile(row)
			return err
		}, "SELECT "+fileColumns+" FROM media WHERE tenant_id = $1 AND id = $2", tenantID, id)
		named := "%" + id + "%"
		look.query(func(row scanner) error { return row.Scan(&messages) }, `SELECT COUNT(*) FROM outbox JOIN messages m ON m.id = outbox.id
			WHERE outbox.tenant_id = $1 AND (m.content LIKE $2 OR m.fallback LIKE $2)`, tenantID, named)
		look.query(func(row scanner) error { return row.Scan(&documents) },
			"SELECT COUNT(*) FROM documents WHERE tenant_id = $1 AND deleted_at = 0 AND body LIKE $2", tenantID, named)
		if err := tx.run(ctx, &look); err != nil {
			return err
		}
		switch {
		case file.ID == "":
			return fault.New(fault.NotFound, fileNotFound)
		case messages > 0:
			return fault.New(fault.Conflict, "há mensagens esperando para serem enviadas com este arquivo: cancele-as ou espere")
		case documents > 0:
			return fault.New(fault.Conflict, "um modelo, uma regra ou um fluxo usa este arquivo: troque o anexo antes")
		}
		return tx.run(ctx, s.forgetFile(file))
	})
}

func (s *Store) forgetFile(file chat.File) *batch {
	work := &batch{}
	work.exec("DELETE FROM media_uploads WHERE media_id = $1 AND tenant_id = $2", file.ID, file.TenantID)
	work.exec("DELETE FROM media WHERE id = $1 AND tenant_id = $2", file.ID, file.TenantID)
	work.exec(`UPDATE blobs SET state = 'loose', used_at = $3 WHERE tenant_id = $1 AND sha256 = $2 AND state = 'kept'
		AND NOT EXISTS (SELECT 1 FROM media WHERE media.tenant_id = blobs.tenant_id AND media.sha256 = blobs.sha256)`,
		file.TenantID, file.SHA256, millis(s.now()))
	return work
}
