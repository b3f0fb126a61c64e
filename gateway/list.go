package gateway

import (
	"time"

	"retoma/internal/chat"
)

const (
	defaultLimit = 50
	maxLimit     = 200
	// openLimit is the default of lists for which followups-api.md names no limit.
	openLimit = 1000
)

// Paging is what every list takes.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"itens por página; 50 se não for dado"`
	Cursor string `query:"cursor" maxLength:"64" doc:"nextCursor da página anterior"`
}

func (p Paging) page() chat.Page {
	if p.Limit == 0 {
		p.Limit = defaultLimit
	}
	return chat.Page{Limit: p.Limit, Cursor: p.Cursor}
}

// listed answers a page: the cursor goes on behind its last row, if the page is full.
func listed[R, V any](rows []R, page chat.Page, view func(R) V, id func(R) string) *Answer[[]V] {
	answer := &Answer[[]V]{Status: 200, Body: Success[[]V]{Success: true, Data: viewed(rows, view)}}
	if len(rows) > 0 && len(rows) == page.Limit {
		answer.Body.NextCursor = id(rows[len(rows)-1])
	}
	return answer
}

// viewed shows every row; an empty list is a list, not null.
func viewed[R, V any](rows []R, view func(R) V) []V {
	views := make([]V, len(rows))
	for i, row := range rows {
		views[i] = view(row)
	}
	return views
}

// when shows an instant: RFC 3339 in UTC, absent if there is none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}

// pageOf cuts a page out of a whole list that is in order of id.
func pageOf[R any](all []R, page chat.Page, id func(R) string) (part []R, next string) {
	for _, row := range all {
		if page.Cursor != "" && id(row) <= page.Cursor {
			continue
		}
		if len(part) == page.Limit {
			return part, id(part[len(part)-1])
		}
		part = append(part, row)
	}
	return part, ""
}
