package store

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const assistantColumns = `id, tenant_id, name, body, api_key, created_at, updated_at, deleted_at`

// assistantBody is what is stored of an assistant beside its name and its key.
type assistantBody struct {
	Persona     string   `json:"persona,omitempty"`
	Model       string   `json:"model,omitempty"`
	BaseURL     string   `json:"baseUrl,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	Memory      int      `json:"memory,omitempty"`
	TimeLimit   int64    `json:"timeLimitMs,omitempty"`
	DailyTokens int64    `json:"dailyTokens,omitempty"`
	DailySpend  float64  `json:"dailySpend,omitempty"`
	InputPrice  float64  `json:"inputPrice,omitempty"`
	OutputPrice float64  `json:"outputPrice,omitempty"`
}

func (s *Store) scanAssistant(row scanner) (chat.Assistant, error) {
	var a chat.Assistant
	var raw, key string
	var createdAt, updatedAt, deletedAt int64
	if err := row.Scan(&a.ID, &a.TenantID, &a.Name, &raw, &key, &createdAt, &updatedAt, &deletedAt); err != nil {
		return a, err
	}
	var body assistantBody
	if err := decode(raw, &body); err != nil {
		return a, err
	}
	a.Persona, a.Model, a.BaseURL, a.Temperature, a.Memory = body.Persona, body.Model, body.BaseURL, body.Temperature, body.Memory
	a.TimeLimit = time.Duration(body.TimeLimit) * time.Millisecond
	a.DailyTokens, a.DailySpend, a.InputPrice, a.OutputPrice = body.DailyTokens, body.DailySpend, body.InputPrice, body.OutputPrice
	a.CreatedAt, a.UpdatedAt, a.DeletedAt = instant(createdAt), instant(updatedAt), instant(deletedAt)
	var err error
	a.APIKey, err = s.vault.unlock(key, a.ID)
	return a, err
}

// assistantValues are the columns up to the key, in their order.
func (s *Store) assistantValues(a chat.Assistant) ([]any, error) {
	body, err := encoded(assistantBody{
		Persona: a.Persona, Model: a.Model, BaseURL: a.BaseURL, Temperature: a.Temperature, Memory: a.Memory,
		TimeLimit: a.TimeLimit.Milliseconds(), DailyTokens: a.DailyTokens, DailySpend: a.DailySpend,
		InputPrice: a.InputPrice, OutputPrice: a.OutputPrice,
	})
	if err != nil {
		return nil, err
	}
	key, err := s.vault.lock(a.APIKey, a.ID)
	return []any{a.ID, a.TenantID, text(a.Name), text(body), key}, err
}

// CreateAssistant makes an assistant; its times are the store's.
func (s *Store) CreateAssistant(ctx context.Context, a chat.Assistant) (chat.Assistant, error) {
	values, err := s.assistantValues(a)
	if err != nil {
		return a, err
	}
	a.CreatedAt = instant(millis(s.now())) // what is answered now is what is read later
	a.UpdatedAt = a.CreatedAt
	err = s.configure(ctx, "create assistant", a.TenantID, func(tx transaction) error {
		var work batch
		work.exec(`INSERT INTO assistants (`+assistantColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $6, 0)`, append(values, millis(a.CreatedAt))...)
		return tx.run(ctx, &work)
	})
	return a, err
}

// Assistant finds an assistant that is not deleted.
func (s *Store) Assistant(ctx context.Context, tenantID, id string) (chat.Assistant, error) {
	var assistant chat.Assistant
	found, err := s.one(ctx, func(row scanner) (err error) {
		assistant, err = s.scanAssistant(row)
		return err
	}, "SELECT "+assistantColumns+" FROM assistants WHERE tenant_id = $1 AND id = $2 AND deleted_at = 0", tenantID, id)
	return assistant, orNotFound(found, err, assistantMissing)
}

const assistantMissing = "Assistente não encontrado"

// Assistants lists a tenant's assistants, oldest first.
func (s *Store) Assistants(ctx context.Context, tenantID string) ([]chat.Assistant, error) {
	var assistants []chat.Assistant
	var work batch
	s.readAssistants(&work, tenantID, func(a chat.Assistant) { assistants = append(assistants, a) })
	err := s.database.read(ctx, &work)
	return assistants, err
}

func (s *Store) readAssistants(work *batch, tenantID string, each func(chat.Assistant)) {
	work.query(func(row scanner) error {
		assistant, err := s.scanAssistant(row)
		each(assistant)
		return err
	}, "SELECT "+assistantColumns+" FROM assistants WHERE tenant_id = $1 AND deleted_at = 0 ORDER BY id", tenantID)
}

// ChangeAssistant changes an assistant; a DeletedAt deletes it. When it returns, whoever reads the tenant's set-up from
// then on sees the change.
func (s *Store) ChangeAssistant(ctx context.Context, tenantID, id string, change func(*chat.Assistant) error) (chat.Assistant, error) {
	var changed chat.Assistant
	err := s.configure(ctx, "change assistant", tenantID, func(tx transaction) error {
		var read, work batch
		var found bool
		read.query(func(row scanner) (err error) {
			found = true
			changed, err = s.scanAssistant(row)
			return err
		}, "SELECT "+assistantColumns+" FROM assistants WHERE tenant_id = $1 AND id = $2 AND deleted_at = 0", tenantID, id)
		if err := tx.run(ctx, &read); err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, "%s", assistantMissing)
		}
		if err := change(&changed); err != nil {
			return err
		}
		changed.UpdatedAt = instant(millis(s.now()))
		values, err := s.assistantValues(changed)
		if err != nil {
			return err
		}
		work.exec(`UPDATE assistants SET name = $3, body = $4, api_key = $5, updated_at = $6, deleted_at = $7 WHERE id = $1 AND tenant_id = $2`,
			append(values, millis(changed.UpdatedAt), millis(changed.DeletedAt))...)
		return tx.run(ctx, &work)
	})
	return changed, err
}
