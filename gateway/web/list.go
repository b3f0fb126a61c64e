package web

import (
	"retoma/internal/chat"
)

const (
	defaultLimit = 50
	MaxLimit     = 200
	// openLimit is the default of lists for which followups-api.md names no limit.
	openLimit = 1000
)

// Paging is what every list takes.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"itens por página; 50 se não for dado"`
	Cursor string `query:"cursor" maxLength:"64" doc:"nextCursor da página anterior"`
}

// Page is what was asked for.
func (p Paging) Page() chat.Page {
	if p.Limit == 0 {
		p.Limit = defaultLimit
	}
	return chat.Page{Limit: p.Limit, Cursor: p.Cursor}
}

// OpenPage is the first page of a list for which followups-api.md names no limit.
func OpenPage(limit int) chat.Page {
	if limit == 0 {
		limit = openLimit
	}
	return chat.Page{Limit: limit}
}

// Ahead asks for one row more than a page shows: whether there is one tells whether the list goes on.
func Ahead(page chat.Page) chat.Page {
	page.Limit++
	return page
}

// Listed answers a page of rows that were asked for with ahead: where there are more, the cursor goes on behind the last
// row that is shown.
func Listed[R, V any](rows []R, page chat.Page, view func(R) V, id func(R) string) *Answer[[]V] {
	shown := rows[:min(len(rows), page.Limit)]
	answer := &Answer[[]V]{Status: 200, Body: Success[[]V]{Success: true, Data: Viewed(shown, view)}}
	if len(rows) > len(shown) {
		answer.Body.NextCursor = id(shown[len(shown)-1])
	}
	return answer
}

// Viewed shows every row; an empty list is a list, not null.
func Viewed[R, V any](rows []R, view func(R) V) []V {
	views := make([]V, len(rows))
	for i, row := range rows {
		views[i] = view(row)
	}
	return views
}

// PageOf cuts a page out of a whole list that is in order of id.
func PageOf[R any](all []R, page chat.Page, id func(R) string) (part []R, next string) {
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
