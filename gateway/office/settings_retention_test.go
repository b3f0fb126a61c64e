package office_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATenantSaysHowLongThingsAreKept(t *testing.T) {
	h := newHouse(t)
	retention := func(raw object) any { return raw["retention"] }
	defaults := object{"webhooks": 30.0, "messages": 0.0, "logs": 365.0, "files": 0.0, "memory": 0.0, "deliveries": 0.0, "notifications": 365.0}
	require.Equal(t, defaults, retention(h.Done(200, "GET", "/api/settings", h.Ours.Admin, nil).Data()))

	set := h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"retention": object{"messages": 90, "webhooks": 0, "logs": 0, "files": 10}})
	require.Equal(t, object{"webhooks": 90.0, "messages": 90.0, "logs": 0.0, "files": 10.0, "memory": 0.0, "deliveries": 0.0, "notifications": 365.0}, retention(set.Data()),
		"what came from the provider says what messages say, and is kept no longer")
	set = h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"retention": object{"messages": nil, "webhooks": nil}})
	require.Equal(t, object{"webhooks": 30.0, "messages": 0.0, "logs": 0.0, "files": 10.0, "memory": 0.0, "deliveries": 0.0, "notifications": 365.0}, retention(set.Data()),
		"null is the default again, and what is not named stays")

	for name, most := range map[string]int{"webhooks": 3650, "messages": 3650, "logs": 3650, "files": 3650, "memory": 3650, "deliveries": 30, "notifications": 3650} {
		for _, wrong := range []any{-1, most + 1, 1.5, "30"} {
			h.Refused(400, "retention."+name+":", "PUT", "/api/settings", h.Ours.Admin, object{"retention": object{name: wrong}})
		}
		h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"retention": object{name: most}})
	}
	h.Refused(400, "retention.dias", "PUT", "/api/settings", h.Ours.Admin, object{"retention": object{"dias": 3}})
	require.Equal(t, 403, h.Call("PUT", "/api/settings", h.Ours.Operator, object{"retention": object{"logs": 3}}).Status)
}
