package gateway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
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

// The secret of a webhook's path is the credential of Typebot's block: who may only read is not shown it, wherever they look.
func TestWhoOnlyReadsIsShownNoCredential(t *testing.T) {
	h := newHouse(t)
	own := h.furnish(h.Ours)
	readers := []string{
		h.Ours.Viewer, h.Token(func(c jwt.MapClaims) { c["role"] = "viewer" }), h.Key(h.Ours.ID, chat.RoleAdmin, "channels:read", "contacts:write"),
	}
	for _, path := range []string{"/api/channels", "/api/channels/", "/api/senders", "/api/senders/"} {
		if strings.HasSuffix(path, "/") {
			path += h.Ours.Channel.ID
		}
		for _, key := range readers {
			require.NotContains(t, h.Done(200, "GET", path, key, nil).Raw, h.Ours.Channel.Token, path)
		}
		require.Contains(t, h.Done(200, "GET", path, h.Ours.Operator, nil).Raw, "/typebot/webhook/"+h.Ours.Channel.Token, path)
	}
	for _, route := range h.G.Routes() {
		if route.Method == web.Get && route.Access.Kind == web.AccessKey && !route.Access.Installer && !route.Hidden {
			found := h.Call("GET", own.pathOf(route, h.Ours.Channel), h.Ours.Viewer, nil)
			for _, hidden := range []string{h.Ours.Channel.Token, gatewaytest.AppSecret, h.Ours.Channel.Secrets["accessToken"], h.Ours.Admin} {
				require.NotContains(t, found.Raw, hidden, route.Path)
			}
		}
	}
}

// Every queue is everybody's: who looks at them sees work of all companies, and could delete it.
func TestOnlyTheOperatorLooksAtTheQueues(t *testing.T) {
	h := newHouse(t, func(o *gateway.Options) {
		o.Queues = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
	for _, path := range []string{"/queues", "/queues/api/queues"} {
		for _, key := range []string{h.Ours.Viewer, h.Ours.Admin, h.Token(nil)} {
			h.Refused(403, "operador", "GET", path, key, nil)
			h.Refused(403, "operador", "DELETE", path, key, nil)
		}
		h.Refused(401, "", "GET", path, "", nil)
		require.Equal(t, http.StatusTeapot, h.Call("GET", path, h.installer(), nil).Status)
	}
}

// installer is a key of the installation's operator.
func (h *house) installer() string {
	return h.KeyOf(chat.APIKey{Role: chat.RoleAdmin, Installer: true})
}
