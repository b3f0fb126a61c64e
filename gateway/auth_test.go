package gateway_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
)

func TestNobodyComesInWithoutGoodCredentials(t *testing.T) {
	h := newHouse(t)
	none := func(claims jwt.MapClaims) string {
		text, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
		require.NoError(t, err)
		return text
	}
	other := func(method jwt.SigningMethod, secret string) string {
		text, err := jwt.NewWithClaims(method, jwt.MapClaims{"tenant_id": h.ours.id, "role": "admin", "exp": start.Add(time.Hour).Unix()}).SignedString([]byte(secret))
		require.NoError(t, err)
		return text
	}
	tests := map[string]string{
		"nothing":             "",
		"not a bearer":        "Basic YTpi",
		"an empty bearer":     "Bearer ",
		"no JWT":              "Bearer abc",
		"another secret":      "Bearer " + other(jwt.SigningMethodHS256, "another"),
		"another algorithm":   "Bearer " + other(jwt.SigningMethodHS512, jwtSecret),
		"alg none":            "Bearer " + none(jwt.MapClaims{"tenant_id": h.ours.id, "role": "admin", "exp": start.Add(time.Hour).Unix()}),
		"expired":             "Bearer " + h.token(func(c jwt.MapClaims) { c["exp"] = start.Add(-time.Minute).Unix() }),
		"without an expiry":   "Bearer " + h.token(func(c jwt.MapClaims) { delete(c, "exp") }),
		"not yet valid":       "Bearer " + h.token(func(c jwt.MapClaims) { c["nbf"] = start.Add(time.Hour).Unix() }),
		"without a tenant":    "Bearer " + h.token(func(c jwt.MapClaims) { delete(c, "tenant_id") }),
		"without a role":      "Bearer " + h.token(func(c jwt.MapClaims) { delete(c, "role") }),
		"with a strange role": "Bearer " + h.token(func(c jwt.MapClaims) { c["role"] = "root" }),
		"an unknown key":      "Bearer rtm_0000",
	}
	for name, header := range tests {
		t.Run(name, func(t *testing.T) {
			var found answer
			if header == "" {
				found = h.refused(401, "", "GET", "/api/channels", "", nil)
			} else {
				found = h.refused(401, "", "GET", "/api/channels", "", nil, "Authorization", header)
			}
			require.Equal(t, "unauthorized", found.body["code"])
			require.Equal(t, "Bearer", found.header.Get("WWW-Authenticate"))
		})
	}
	require.NotContains(t, h.log.String(), "eyJ", "a token is in the log")
	require.NotContains(t, h.log.String(), "rtm_", "a key is in the log")
}

func TestEveryWayInWorks(t *testing.T) {
	h := newHouse(t)
	h.done(200, "GET", "/api/channels", h.token(nil), nil)
	h.done(200, "GET", "/api/channels", h.ours.viewer, nil)
	h.done(200, "GET", "/api/channels", "", nil, "Authorization", "bearer "+h.ours.viewer)
}

func TestRolesAndScopes(t *testing.T) {
	h := newHouse(t)
	limited := h.key(h.ours.id, chat.RoleAdmin, "followups:read", "models:write")
	tests := []struct {
		key, method, path string
		status            int
	}{
		{h.ours.viewer, "GET", "/api/followups/pending", 200},
		{h.ours.viewer, "POST", "/api/events", 403},
		{h.ours.viewer, "POST", "/api/followup-models", 403},
		{h.ours.operator, "POST", "/api/pause", 403},
		{h.ours.operator, "GET", "/api/keys", 403},
		{h.ours.admin, "GET", "/api/keys", 200},
		{h.ours.admin, "GET", "/api/tenants", 403},
		{limited, "GET", "/api/followups/pending", 200},
		{limited, "POST", "/api/followups/cancel/" + chat.NewID(), 403},
		{limited, "GET", "/api/followup-models", 200}, // writing includes reading
		{limited, "GET", "/api/contacts", 403},
		{limited, "POST", "/updatefollowup", 403},
		{h.token(func(c jwt.MapClaims) { c["role"] = "viewer" }), "POST", "/api/pause", 403},
		{h.token(func(c jwt.MapClaims) { c["role"] = "operator" }), "POST", "/api/pause", 403},
		{h.token(nil), "POST", "/api/pause", 200},
	}
	for _, test := range tests {
		found := h.call(test.method, test.path, test.key, nil)
		require.Equal(t, test.status, found.status, "%s %s: %s", test.method, test.path, found.raw)
	}
}

func TestARevokedKeyEndsAtOnce(t *testing.T) {
	h := newHouse(t)
	made := h.done(201, "POST", "/api/keys", h.ours.admin, object{"name": "n8n", "role": "operator"})
	text := made.text("key")
	require.Regexp(t, `^rtm_[0-9a-f]{64}$`, text)
	h.done(200, "GET", "/api/contacts", text, nil)
	require.NotContains(t, h.done(200, "GET", "/api/keys", h.ours.admin, nil).raw, text, "the key is shown once")
	h.done(200, "DELETE", "/api/keys/"+made.text("id"), h.ours.admin, nil)
	h.refused(401, "revogada", "GET", "/api/contacts", text, nil)
	h.refused(404, "", "DELETE", "/api/keys/"+made.text("id"), h.ours.admin, nil)
}

func TestAKeyGivesNoMoreThanItHas(t *testing.T) {
	h := newHouse(t)
	limited := h.key(h.ours.id, chat.RoleAdmin, "keys:write", "followups:read")
	h.refused(403, "escopos", "POST", "/api/keys", limited, object{"name": "a", "role": "admin"})
	h.refused(403, "contacts:write", "POST", "/api/keys", limited, object{"name": "a", "role": "admin", "scopes": []string{"contacts:write"}})
	h.done(201, "POST", "/api/keys", limited, object{"name": "a", "role": "admin", "scopes": []string{"followups:read"}})
	h.refused(400, "scopes[0]", "POST", "/api/keys", h.ours.admin, object{"name": "a", "role": "admin", "scopes": []string{"all"}})
}

func TestOnlyTheInstallationsOperatorMakesTenants(t *testing.T) {
	h := newHouse(t)
	installer := h.keyOf(chat.APIKey{Role: chat.RoleAdmin, Installer: true})
	h.refused(403, "empresa", "GET", "/api/contacts", installer, nil)
	made := h.done(201, "POST", "/api/tenants", installer, object{"name": "Nova"})
	require.Equal(t, "America/Sao_Paulo", made.text("timezone"))
	key := h.done(201, "POST", "/api/tenants/"+made.text("id")+"/keys", installer, object{"name": "primeira", "role": "admin"}).text("key")
	require.Empty(t, h.done(200, "GET", "/api/channels", key, nil).list())
	require.Len(t, h.done(200, "GET", "/api/tenants/"+made.text("id")+"/keys", installer, nil).list(), 1)
	require.Len(t, h.done(200, "GET", "/api/tenants", installer, nil).list(), 3)
	h.refused(404, "Empresa", "POST", "/api/tenants/"+chat.NewID()+"/keys", installer, object{"name": "x", "role": "admin"})
	h.refused(400, "fuso", "POST", "/api/tenants", installer, object{"name": "Nova", "timezone": "Marte"})
}

func TestATokenOfATenantThatDoesNotExistWritesNothing(t *testing.T) {
	h := newHouse(t)
	token := h.token(func(c jwt.MapClaims) { c["tenant_id"] = chat.NewID() })
	require.Empty(t, h.done(200, "GET", "/api/channels", token, nil).list())
	h.refused(404, "Canal", "GET", "/api/channels/"+h.ours.channel.ID, token, nil)
	before := h.dump()
	h.refused(404, "Empresa", "POST", "/api/contacts", token, object{"number": "+5511999990001"})
	h.refused(404, "Empresa", "POST", "/api/events", token, object{"event": "x", "number": "+5511999990001"})
	require.Equal(t, before, h.dump())
}

func TestPublicKeysAreFetched(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	set, err := json.Marshal(object{"keys": []object{{
		"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig",
		"n": base64.RawURLEncoding.EncodeToString(private.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(private.E)).Bytes()),
	}}})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set) }))
	t.Cleanup(server.Close)
	h := newHouse(t, func(o *gateway.Options) { o.JWKSURL, o.JWTSecret = server.URL, "" })

	claims := jwt.MapClaims{"tenant_id": h.ours.id, "role": "viewer", "exp": start.Add(time.Hour).Unix()}
	made := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	made.Header["kid"] = "one"
	signed, err := made.SignedString(private)
	require.NoError(t, err)
	h.done(200, "GET", "/api/channels", signed, nil)

	// The public key must not do as a shared secret.
	forged := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	forged.Header["kid"] = "one"
	text, err := forged.SignedString(private.N.Bytes())
	require.NoError(t, err)
	h.refused(401, "inválido", "GET", "/api/channels", text, nil)
	h.refused(401, "inválido", "GET", "/api/channels", h.token(nil), nil)
}
