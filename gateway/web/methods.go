package web

import (
	"net/http"

	"retoma/internal/chat"
)

// The methods, short enough for a table.
const (
	Get    = http.MethodGet
	Post   = http.MethodPost
	Put    = http.MethodPut
	Patch  = http.MethodPatch
	Remove = http.MethodDelete
)

// The roles, short enough for a table.
const (
	Viewer   = chat.RoleViewer
	Operator = chat.RoleOperator
	Admin    = chat.RoleAdmin
)
