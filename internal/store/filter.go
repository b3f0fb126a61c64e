package store

import (
	"fmt"
	"strings"

	"retoma/internal/chat"
)

// filter builds a WHERE from what a caller gave. Values are always arguments, never text.
type filter struct {
	conditions []string
	args       []any
}

func newFilter(column string, value any) *filter {
	f := &filter{}
	f.equal(column, value)
	return f
}

// add adds a condition; %s (or %[1]s) stands for the argument's place.
func (f *filter) add(condition string, value any) {
	f.args = append(f.args, value)
	f.conditions = append(f.conditions, fmt.Sprintf(condition, place(len(f.args))))
}

// argument adds an argument without a condition and gives its place.
func (f *filter) argument(value any) string {
	f.args = append(f.args, value)
	return place(len(f.args))
}

// place is where an argument stands, counted from 1.
func place(number int) string { return fmt.Sprintf("$%d", number) }

func (f *filter) equal(column string, value any) { f.add(column+" = %s", value) }

// among demands one of a list, which must not be empty.
func (f *filter) among(column string, values []string) { f.list(column+" IN", values) }

// amongNot demands none of a list, which must not be empty.
func (f *filter) amongNot(column string, values []string) { f.list(column+" NOT IN", values) }

func (f *filter) list(condition string, values []string) {
	places := make([]string, len(values))
	for i, value := range values {
		f.args = append(f.args, value)
		places[i] = place(len(f.args))
	}
	f.conditions = append(f.conditions, condition+" ("+strings.Join(places, ", ")+")")
}

// page goes on after the cursor, for lists that are ordered newest first.
func (f *filter) page(column string, page chat.Page) {
	if page.Cursor != "" {
		f.add(column+" < %s", page.Cursor)
	}
}

func (f *filter) limit(page chat.Page) string {
	f.args = append(f.args, page.Limit)
	return fmt.Sprintf(" LIMIT $%d", len(f.args))
}

func (f *filter) text() string { return strings.Join(f.conditions, " AND ") }

// refWhere is the condition for a reference as second argument.
func refWhere(ref chat.Ref) (where string, key any) {
	if ref.ID != "" {
		return "id = $2", ref.ID
	}
	return "number = $2", ref.Number
}
