package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"retoma/internal/chat"
)

// Rotated tells what RotateSecrets did.
type Rotated struct {
	// Looked is how many stored values with secrets were looked at.
	Looked int
	// Sealed is how many of them were under a former key and are under the newest now.
	Sealed int
	// Unreadable is how many none of the keys opens; they stay as they are.
	Unreadable int
}

// rotateStep is how many rows one transaction of RotateSecrets may change.
const rotateStep = 50

// hoard is a table that holds secrets.
type hoard struct {
	table string
	// owner and id name a row; secrets are bound to the id.
	owner, id string
	// columns hold secrets.
	columns []string
	// anew gives a column's text with what is in it under the newest key; nil is a text that is one secret.
	anew func(s *Store, value, bound string) (string, bool, error)
}

// hoards are all tables with secrets. The key's memory is the last: before everything else is done, the former key is asked for.
// TestEverySecretIsUnderTheNewestKey holds this list against what the tables hold.
func hoards() []hoard {
	return []hoard{
		{table: "channels", owner: "tenant_id", id: "id", columns: []string{"secrets"}},
		{table: "assistants", owner: "tenant_id", id: "id", columns: []string{"api_key"}},
		{table: "subscriptions", owner: "tenant_id", id: "id", columns: []string{"secret", "former_secret"}},
		{table: "tenants", owner: "id", id: "id", columns: []string{"settings"}, anew: (*Store).settingsAnew},
		{table: "idempotency", owner: "tenant_id", id: "key", columns: []string{"answer"}, anew: (*Store).answerAnew},
		{table: "erasures", owner: "tenant_id", id: "contact_id", columns: []string{"marks"}},
		{table: keyMemoryTable, owner: "name", id: "name", columns: []string{"value"}, anew: (*Store).memoryAnew},
	}
}

// keyMemoryTable is where Remember keeps things.
const keyMemoryTable = "installation"

// walk reads the next rows after a row.
func (h hoard) walk() string {
	return fmt.Sprintf("SELECT %s, %s, %s FROM %s WHERE (%s, %s) > ($1, $2) ORDER BY %s, %s LIMIT $3",
		h.owner, h.id, strings.Join(h.columns, ", "), h.table, h.owner, h.id, h.owner, h.id)
}

// write replaces the texts of a row that are still those that were read: owner, id, the new ones, the old ones.
func (h hoard) write() string {
	var set, still []string
	for i, column := range h.columns {
		set = append(set, fmt.Sprintf("%s = $%d", column, 3+i))
		still = append(still, fmt.Sprintf("%s = $%d", column, 3+len(h.columns)+i))
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s = $1 AND %s = $2 AND %s", h.table, strings.Join(set, ", "), h.owner, h.id, strings.Join(still, " AND "))
}

// RotateSecrets puts everything that a former key encrypted under the newest, in small transactions; each row is replaced only
// if nobody has written it meanwhile. It can be broken off and begun again, and several processes may do it at once. What the
// start looks at to know the key comes last: before everything else is done, the former key is still asked for.
//
// What a process with the former key writes while this runs is found the next time; nothing was left when Sealed is 0.
func (s *Store) RotateSecrets(ctx context.Context) (Rotated, error) {
	var all Rotated
	for _, table := range hoards() {
		if table.table == keyMemoryTable && all.Unreadable > 0 {
			return all, nil
		}
		for last, more := (trove{}), true; more; {
			var err error
			if last, more, err = s.rotateSome(ctx, table, last, &all); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

// trove is one row with secrets.
type trove struct {
	owner, id string
	texts     []string
}

// rotateSome does the next rows of a table.
func (s *Store) rotateSome(ctx context.Context, table hoard, after trove, all *Rotated) (last trove, more bool, err error) {
	var troves []trove
	err = s.list(ctx, func(row scanner) error {
		one := trove{texts: make([]string, len(table.columns))}
		into := []any{&one.owner, &one.id}
		for i := range one.texts {
			into = append(into, &one.texts[i])
		}
		err := row.Scan(into...)
		troves = append(troves, one)
		return err
	}, table.walk(), after.owner, after.id, rotateStep)
	if err != nil || len(troves) == 0 {
		return trove{}, false, err
	}
	changed := make([]int64, len(troves))
	var work batch
	for i, one := range troves {
		s.rotateOne(&work, table, one, &changed[i], all)
	}
	if !work.empty() {
		if err := s.writeBatch(ctx, "rotate", &work); err != nil {
			return trove{}, false, err
		}
	}
	for _, count := range changed {
		all.Sealed += int(count)
	}
	return troves[len(troves)-1], len(troves) == rotateStep, nil
}

func (s *Store) rotateOne(work *batch, table hoard, one trove, changed *int64, all *Rotated) {
	anew := table.anew
	if anew == nil {
		anew = (*Store).secretAnew
	}
	all.Looked++
	var fresh, read []any
	moved := false
	for _, value := range one.texts {
		again, changed, err := anew(s, value, one.id)
		if err != nil {
			all.Unreadable++
			return
		}
		moved = moved || changed
		fresh, read = append(fresh, again), append(read, value)
	}
	if moved {
		work.count(changed, table.write(), slices.Concat([]any{one.owner, one.id}, fresh, read)...)
	}
}

func (s *Store) secretAnew(value, bound string) (string, bool, error) {
	return s.vault.anew(value, bound)
}

// settingsAnew is a tenant's settings with every secret under the newest key.
func (s *Store) settingsAnew(value, bound string) (string, bool, error) {
	tenant, moved := chat.Tenant{ID: bound}, false
	if err := decode(value, &tenant.Settings); err != nil {
		return "", false, err
	}
	err := s.eachSecret(&tenant, func(secret, bound string) (string, error) {
		again, changed, err := s.vault.anew(secret, bound)
		moved = moved || changed
		return again, err
	})
	if err != nil || !moved {
		return value, false, err
	}
	again, err := encoded(tenant.Settings)
	return text(again), true, err
}

// answerAnew leaves alone what was kept unencrypted because there is no secret in it.
func (s *Store) answerAnew(value, bound string) (string, bool, error) {
	if !strings.HasPrefix(value, lockedForm) {
		return value, false, nil
	}
	return s.vault.anew(value, bound)
}

// memoryAnew looks at the key's memory and at the digests' key: nothing else of the installation's is a secret.
func (s *Store) memoryAnew(value, bound string) (string, bool, error) {
	if bound != keyMemory && bound != digestMemory {
		return value, false, nil
	}
	return s.vault.anew(value, bound)
}
