package store

import "context"

// waitingRow is a row of the outbox and when its message was asked for.
type waitingRow struct {
	id        string
	position  int64
	createdAt int64
}

// joinOutbox makes one line of two: each contact's messages keep their order, and between the two goes first what was asked
// for first.
func (m *merge) joinOutbox(ctx context.Context, work *batch) error {
	var lines [2][]waitingRow
	var read batch
	for i, contactID := range []string{m.stays.ID, m.goes.ID} {
		read.query(func(row scanner) error {
			var one waitingRow
			err := row.Scan(&one.id, &one.position, &one.createdAt)
			lines[i] = append(lines[i], one)
			return err
		}, `SELECT o.id, o.position, m.created_at FROM outbox o JOIN messages m ON m.id = o.id WHERE o.contact_id = $1
			ORDER BY o.position, o.id`, contactID)
	}
	if err := m.tx.run(ctx, &read); err != nil {
		return err
	}
	if len(lines[1]) == 0 {
		return nil
	}
	for i, row := range oneLine(lines[0], lines[1]) {
		if position := int64(i + 1); row.position != position {
			work.exec("UPDATE outbox SET position = $2 WHERE id = $1", row.id, position)
		}
	}
	return nil
}

func oneLine(mine, theirs []waitingRow) []waitingRow {
	line := make([]waitingRow, 0, len(mine)+len(theirs))
	for len(mine) > 0 && len(theirs) > 0 {
		if theirs[0].createdAt < mine[0].createdAt {
			line, theirs = append(line, theirs[0]), theirs[1:]
			continue
		}
		line, mine = append(line, mine[0]), mine[1:]
	}
	return append(append(line, mine...), theirs...)
}
