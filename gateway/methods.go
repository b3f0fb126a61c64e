package gateway

import (
	"net/http"

	"retoma/internal/chat"
)

// The methods, short enough for a table.
const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// The roles, short enough for a table.
const (
	viewer   = chat.RoleViewer
	operator = chat.RoleOperator
	admin    = chat.RoleAdmin
)
