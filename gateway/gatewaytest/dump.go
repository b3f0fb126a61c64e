package gatewaytest

import (
	"retoma/internal/store/storetest"
)

// Dump is every row of every table, as text.
func (h *House) Dump() map[string][]string {
	h.T.Helper()
	return storetest.Dump(h.T, h.Path)
}

// SimpleFlow is a flow that begins with an event and ends.
func SimpleFlow() Object {
	return Object{"name": "Boas-vindas", "nodes": []Object{
		{"id": "inicio", "type": "trigger", "with": Object{"event": "call.completed"}, "next": "fim"},
		{"id": "fim", "type": "end"},
	}}
}
