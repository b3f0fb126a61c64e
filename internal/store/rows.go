package store

import (
	"fmt"
	"regexp"
	"strings"
)

// table is many rows for one statement, which knows them as v: "UPDATE t SET a = v.a FROM {v} WHERE t.id = v.id", or
// "SELECT v.n, t.a FROM {v,} t WHERE t.id = v.id". PostgreSQL takes all rows at once; SQLite, for which a statement costs no round trip, takes one after another.
type table struct {
	names []string
	types []string
	rows  [][]any
}

// newTable makes an empty table of columns such as "id text".
func newTable(columns ...string) *table {
	t := &table{names: make([]string, 0, len(columns)), types: make([]string, 0, len(columns))}
	for _, column := range columns {
		name, kind, _ := strings.Cut(column, " ")
		t.names, t.types = append(t.names, name), append(t.types, kind)
	}
	return t
}

// add appends a row: strings, int64s (ints are turned into them) and bools, as the columns' types say.
func (t *table) add(cells ...any) {
	for i, cell := range cells {
		if number, is := cell.(int); is {
			cells[i] = int64(number)
		}
	}
	t.rows = append(t.rows, cells)
}

// with adds a statement for a table's rows, if there are any.
func (b *batch) with(t *table, text string) {
	if len(t.rows) > 0 {
		b.statements = append(b.statements, statement{text: text, table: t})
	}
}

// read adds a statement that gives rows for a table's rows, if there are any.
func (b *batch) read(t *table, each func(row scanner) error, text string) {
	if len(t.rows) > 0 {
		b.statements = append(b.statements, statement{text: text, table: t, each: each})
	}
}

// insert adds a statement that inserts the table's rows under their names; more may say what to do on a conflict.
func (b *batch) insert(t *table, into, more string) {
	b.with(t, "INSERT INTO "+into+" ("+strings.Join(t.names, ", ")+") SELECT v."+strings.Join(t.names, ", v.")+" FROM {v} WHERE TRUE "+more)
}

// insertAll is insert for rows none of which is there before; once it has run, missing tells how many were all the same.
func (b *batch) insertAll(t *table, into string) (missing func() int) {
	inserted := 0
	b.read(t, func(row scanner) error {
		inserted++
		var one int
		return row.Scan(&one)
	}, "INSERT INTO "+into+" ("+strings.Join(t.names, ", ")+") SELECT v."+strings.Join(t.names, ", v.")+" FROM {v} WHERE TRUE ON CONFLICT DO NOTHING RETURNING 1")
	return func() int { return len(t.rows) - inserted }
}

// source is the table as PostgreSQL's unnest takes it: an array for each column.
func (t *table) source() string {
	var text strings.Builder
	text.WriteString("unnest(")
	for i, kind := range t.types {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "$%d::%s[]", i+1, kind)
	}
	return text.String() + ") AS v(" + strings.Join(t.names, ", ") + ")"
}

// arguments are the arrays that source names.
func (t *table) arguments() []any {
	args := make([]any, len(t.names))
	for i := range args {
		args[i] = cells{t, i}
	}
	return args
}

var (
	cellName = regexp.MustCompile(`\bv\.\w+`)
	fromRows = regexp.MustCompile(`\s+FROM \{v\}`)
)

// single turns the text into one for a single row, whose cells are its arguments.
func (t *table) single(text string) string {
	numbers := map[string]string{}
	for i, name := range t.names {
		numbers["v."+name] = fmt.Sprintf("$%d", i+1)
	}
	text = strings.ReplaceAll(text, "{v,} ", "")
	return cellName.ReplaceAllStringFunc(fromRows.ReplaceAllString(text, ""), func(cell string) string { return numbers[cell] })
}
