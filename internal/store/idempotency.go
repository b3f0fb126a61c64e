package store

import (
	"context"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// answerLease is how long a request may take to be answered. Whoever has not answered by then has died; the same request
// may be made again.
const answerLease = time.Minute

// RememberRequest notes an idempotency key. When it was used in the last 24 hours it gives the first answer, or
// fault.Conflict for another request or one that is still being answered.
func (s *Store) RememberRequest(ctx context.Context, tenantID, key, request string) (*chat.Answer, error) {
	var earlier *chat.Answer
	err := s.write(ctx, "idempotency", func(tx transaction) error {
		earlier = nil
		var work batch
		var affected int64
		now := s.now()
		work.exec("DELETE FROM idempotency WHERE tenant_id = $1 AND key = $2 AND created_at < $3", tenantID, key, millis(now.Add(-24*time.Hour)))
		work.exec("DELETE FROM idempotency WHERE tenant_id = $1 AND key = $2 AND status = 0 AND created_at < $3", tenantID, key, millis(now.Add(-answerLease)))
		work.count(&affected, `INSERT INTO idempotency (tenant_id, key, request, status, answer, created_at) VALUES ($1, $2, $3, 0, '', $4)
			ON CONFLICT DO NOTHING`, tenantID, key, request, millis(now))
		if err := tx.run(ctx, &work); err != nil || affected == 1 {
			return err
		}
		var err error
		earlier, err = s.earlierAnswer(ctx, tx, tenantID, key, request)
		return err
	})
	return earlier, err
}

func (s *Store) earlierAnswer(ctx context.Context, tx transaction, tenantID, key, request string) (*chat.Answer, error) {
	var read batch
	var first string
	answer := &chat.Answer{}
	read.query(func(row scanner) error { return row.Scan(&first, &answer.Status, &answer.Body) },
		"SELECT request, status, answer FROM idempotency WHERE tenant_id = $1 AND key = $2", tenantID, key)
	if err := tx.run(ctx, &read); err != nil {
		return nil, err
	}
	if first != request {
		return nil, fault.New(fault.Conflict, "esta Idempotency-Key já foi usada com outro conteúdo")
	}
	if strings.HasPrefix(answer.Body, lockedForm) {
		plain, err := s.vault.unlock(answer.Body, key)
		if err != nil {
			return nil, err
		}
		answer.Body = plain
	}
	if answer.Status == 0 {
		return nil, fault.New(fault.Conflict, "o primeiro pedido com esta Idempotency-Key ainda não terminou; tente de novo em instantes")
	}
	return answer, nil
}

// RememberAnswer keeps the answer of a request with an idempotency key; status 0 forgets the key, so that a request
// that changed nothing may be repeated. It is encrypted, because some answers hold a secret that is shown only once.
func (s *Store) RememberAnswer(ctx context.Context, tenantID, key string, answer chat.Answer) error {
	var work batch
	if answer.Status == 0 {
		work.exec("DELETE FROM idempotency WHERE tenant_id = $1 AND key = $2 AND status = 0", tenantID, key)
	} else {
		locked, err := s.vault.lock(answer.Body, key)
		if err != nil {
			return err
		}
		keepAnswer(&work, tenantID, key, chat.Answer{Status: answer.Status, Body: locked})
	}
	return s.writeBatch(ctx, "idempotency", &work)
}

// ForgetRequest frees a key whatever was kept for it: its request was refused, or what it asked for failed for good.
func (s *Store) ForgetRequest(ctx context.Context, tenantID, key string) error {
	var work batch
	work.exec("DELETE FROM idempotency WHERE tenant_id = $1 AND key = $2", tenantID, key)
	return s.writeBatch(ctx, "idempotency", &work)
}

func keepAnswer(work *batch, tenantID, key string, answer chat.Answer) {
	work.exec("UPDATE idempotency SET status = $3, answer = $4 WHERE tenant_id = $1 AND key = $2", tenantID, key, answer.Status, text(answer.Body))
}

// ForgetAnswers removes idempotency keys that are older than a day.
func (s *Store) ForgetAnswers(ctx context.Context) error {
	var work batch
	work.exec("DELETE FROM idempotency WHERE created_at < $1", millis(s.now().Add(-24*time.Hour)))
	return s.writeBatch(ctx, "idempotency", &work)
}
