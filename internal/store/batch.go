package store

// rows is what a statement gives back, on either database.
type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

// scanner reads one row.
type scanner interface{ Scan(into ...any) error }

// statement is one SQL statement of a batch.
type statement struct {
	text string
	args []any
	// each is called for every row; nil for statements whose rows nobody wants.
	each func(row scanner) error
	// affected receives how many rows were written; nil if nobody asks.
	affected *int64
	// table is what the text calls v; nil for statements without one, which have args.
	table *table
}

// batch is a list of statements that travel together: one round trip on PostgreSQL.
// Statements of one batch see what earlier ones of it wrote, but cannot use their results.
type batch struct{ statements []statement }

func (b *batch) query(each func(row scanner) error, text string, args ...any) {
	b.statements = append(b.statements, statement{text: text, args: args, each: each})
}

func (b *batch) exec(text string, args ...any) {
	b.statements = append(b.statements, statement{text: text, args: args})
}

func (b *batch) count(affected *int64, text string, args ...any) {
	b.statements = append(b.statements, statement{text: text, args: args, affected: affected})
}

func (b *batch) empty() bool { return len(b.statements) == 0 }

// consume hands a statement's rows to its reader.
func (s statement) consume(result rows) error {
	for result.Next() {
		if s.each == nil {
			continue
		}
		if err := s.each(result); err != nil {
			return err
		}
	}
	return result.Err()
}
