package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"retoma/gateway/web"
	"retoma/internal/chat"
)

// lower are the roles that are less than one.
func lower(role chat.Role) []chat.Role {
	all := []chat.Role{chat.RoleViewer, chat.RoleOperator, chat.RoleAdmin}
	return all[:slices.Index(all, role)]
}

// Every route, with everybody who must not call it: refused before anything is looked at, and nothing is changed.
func TestEveryRouteRefusesWhoeverIsLess(t *testing.T) {
	h := newHouse(t)
	own := h.furnish(h.Ours)
	bodies := own.bodies(h.Ours.Channel)
	keys := map[chat.Role]string{chat.RoleViewer: h.Ours.Viewer, chat.RoleOperator: h.Ours.Operator}
	tokens := map[chat.Role]string{}
	for role := range keys {
		tokens[role] = h.Token(func(c jwt.MapClaims) { c["role"] = string(role) })
	}
	installer := h.KeyOf(chat.APIKey{Role: chat.RoleAdmin, Installer: true})
	scoped := map[string]string{}
	for _, scope := range web.Scopes() {
		family, right, _ := strings.Cut(scope, ":")
		others := slices.DeleteFunc(web.Scopes(), func(other string) bool {
			return strings.HasPrefix(other, family+":") && (right == "read" || other == scope)
		})
		scoped[scope] = h.Key(h.Ours.ID, chat.RoleAdmin, others...)
	}
	revoked := h.Done(201, "POST", "/api/keys", h.Ours.Admin, object{"name": "old", "role": "admin"})
	h.Done(200, "DELETE", "/api/keys/"+revoked.Text("id"), h.Ours.Admin, nil)
	before, walked := h.Dump(), 0
	for _, route := range h.G.Routes() {
		if route.Access.Kind != web.AccessKey {
			continue
		}
		walked++
		name := route.Method + " " + route.Path
		path := own.pathOf(route, h.Ours.Channel)
		if route.Access.Installer {
			path = strings.ReplaceAll(route.Path, "{id}", own.tenant)
		}
		call := func(status int, who string) {
			t.Helper()
			found := h.Refused(status, "", route.Method, path, who, bodies[name])
			require.Contains(t, []any{"unauthorized", "forbidden"}, found.Body["code"], "%s: %s", name, found.Raw)
		}
		for _, nobody := range []string{"", "abc", "rtm_" + strings.Repeat("0", 64), revoked.Text("key"), h.Token(func(c jwt.MapClaims) { c["role"] = "root" })} {
			call(401, nobody)
		}
		for _, role := range lower(route.Access.Role) {
			call(403, keys[role])
			if !route.Access.Installer {
				call(403, tokens[role])
			}
		}
		if route.Access.Installer {
			call(403, h.Ours.Admin)
			call(403, h.Token(nil))
		} else {
			call(403, installer)
		}
		require.Contains(t, web.Scopes(), route.Access.Scope, "%s: no key can be given this scope, and so none can be kept to it", name)
		call(403, scoped[route.Access.Scope])
	}
	require.Greater(t, walked, 100)
	require.Equal(t, before, h.Dump())
}

// installer is a key of the installation's operator.
func (h *house) installer() string {
	return h.KeyOf(chat.APIKey{Role: chat.RoleAdmin, Installer: true})
}
