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
	"retoma/gateway/gatewaytest"
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
		text, err := jwt.NewWithClaims(method, jwt.MapClaims{"tenant_id": h.Ours.ID, "role": "admin", "exp": gatewaytest.Start.Add(time.Hour).Unix()}).SignedString([]byte(secret))
		require.NoError(t, err)
		return text
	}
	tests := map[string]string{
		"nothing":             "",
		"not a bearer":        "Basic YTpi",
		"an empty bearer":     "Bearer ",
		"no JWT":              "Bearer abc",
		"another secret":      "Bearer " + other(jwt.SigningMethodHS256, "another"),
		"another algorithm":   "Bearer " + other(jwt.SigningMethodHS512, gatewaytest.JWTSecret),
		"alg none":            "Bearer " + none(jwt.MapClaims{"tenant_id": h.Ours.ID, "role": "admin", "exp": gatewaytest.Start.Add(time.Hour).Unix()}),
		"expired":             "Bearer " + h.Token(func(c jwt.MapClaims) { c["exp"] = gatewaytest.Start.Add(-time.Minute).Unix() }),
		"without an expiry":   "Bearer " + h.Token(func(c jwt.MapClaims) { delete(c, "exp") }),
		"not yet valid":       "Bearer " + h.Token(func(c jwt.MapClaims) { c["nbf"] = gatewaytest.Start.Add(time.Hour).Unix() }),
		"without a tenant":    "Bearer " + h.Token(func(c jwt.MapClaims) { delete(c, "tenant_id") }),
		"without a role":      "Bearer " + h.Token(func(c jwt.MapClaims) { delete(c, "role") }),
		"with a strange role": "Bearer " + h.Token(func(c jwt.MapClaims) { c["role"] = "root" }),
		"an unknown key":      "Bearer rtm_0000",
	}
	for name, header := range tests {
		t.Run(name, func(t *testing.T) {
			var found answer
			if header == "" {
				found = h.Refused(401, "", "GET", "/api/channels", "", nil)
			} else {
				found = h.Refused(401, "", "GET", "/api/channels", "", nil, "Authorization", header)
			}
			require.Equal(t, "unauthorized", found.Body["code"])
			require.Equal(t, "Bearer", found.Header.Get("WWW-Authenticate"))
		})
	}
	require.NotContains(t, h.Log.String(), "eyJ", "a token is in the log")
	require.NotContains(t, h.Log.String(), "rtm_", "a key is in the log")
}

func TestEveryWayInWorks(t *testing.T) {
	h := newHouse(t)
	h.Done(200, "GET", "/api/channels", h.Token(nil), nil)
	h.Done(200, "GET", "/api/channels", h.Ours.Viewer, nil)
	h.Done(200, "GET", "/api/channels", "", nil, "Authorization", "bearer "+h.Ours.Viewer)
}

func TestRolesAndScopes(t *testing.T) {
	h := newHouse(t)
	limited := h.Key(h.Ours.ID, chat.RoleAdmin, "followups:read", "models:write")
	tests := []struct {
		key, method, path string
		status            int
	}{
		{h.Ours.Viewer, "GET", "/api/followups/pending", 200},
		{h.Ours.Viewer, "POST", "/api/events", 403},
		{h.Ours.Viewer, "POST", "/api/followup-models", 403},
		{h.Ours.Operator, "POST", "/api/pause", 403},
		{h.Ours.Operator, "GET", "/api/keys", 403},
		{h.Ours.Admin, "GET", "/api/keys", 200},
		{h.Ours.Admin, "GET", "/api/tenants", 403},
		{limited, "GET", "/api/followups/pending", 200},
		{limited, "POST", "/api/followups/cancel/" + chat.NewID(), 403},
		{limited, "GET", "/api/followup-models", 200}, // writing includes reading
		{limited, "GET", "/api/contacts", 403},
		{limited, "POST", "/updatefollowup", 403},
		{h.Token(func(c jwt.MapClaims) { c["role"] = "viewer" }), "POST", "/api/pause", 403},
		{h.Token(func(c jwt.MapClaims) { c["role"] = "operator" }), "POST", "/api/pause", 403},
		{h.Token(nil), "POST", "/api/pause", 200},
	}
	for _, test := range tests {
		found := h.Call(test.method, test.path, test.key, nil)
		require.Equal(t, test.status, found.Status, "%s %s: %s", test.method, test.path, found.Raw)
	}
}

func TestARevokedKeyEndsAtOnce(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/keys", h.Ours.Admin, object{"name": "n8n", "role": "operator"})
	text := made.Text("key")
	require.Regexp(t, `^rtm_[0-9a-f]{64}$`, text)
	h.Done(200, "GET", "/api/contacts", text, nil)
	require.NotContains(t, h.Done(200, "GET", "/api/keys", h.Ours.Admin, nil).Raw, text, "the key is shown once")
	h.Done(200, "DELETE", "/api/keys/"+made.Text("id"), h.Ours.Admin, nil)
	h.Refused(401, "revogada", "GET", "/api/contacts", text, nil)
	h.Refused(404, "", "DELETE", "/api/keys/"+made.Text("id"), h.Ours.Admin, nil)
}

func TestAKeyGivesNoMoreThanItHas(t *testing.T) {
	h := newHouse(t)
	limited := h.Key(h.Ours.ID, chat.RoleAdmin, "keys:write", "followups:read")
	h.Refused(403, "escopos", "POST", "/api/keys", limited, object{"name": "a", "role": "admin"})
	h.Refused(403, "contacts:write", "POST", "/api/keys", limited, object{"name": "a", "role": "admin", "scopes": []string{"contacts:write"}})
	h.Done(201, "POST", "/api/keys", limited, object{"name": "a", "role": "admin", "scopes": []string{"followups:read"}})
	h.Refused(400, "scopes[0]", "POST", "/api/keys", h.Ours.Admin, object{"name": "a", "role": "admin", "scopes": []string{"all"}})
}

func TestOnlyTheInstallationsOperatorMakesTenants(t *testing.T) {
	h := newHouse(t)
	installer := h.KeyOf(chat.APIKey{Role: chat.RoleAdmin, Installer: true})
	h.Refused(403, "empresa", "GET", "/api/contacts", installer, nil)
	made := h.Done(201, "POST", "/api/tenants", installer, object{"name": "Nova"})
	require.Equal(t, "America/Sao_Paulo", made.Text("timezone"))
	key := h.Done(201, "POST", "/api/tenants/"+made.Text("id")+"/keys", installer, object{"name": "primeira", "role": "admin"}).Text("key")
	require.Empty(t, h.Done(200, "GET", "/api/channels", key, nil).List())
	require.Len(t, h.Done(200, "GET", "/api/tenants/"+made.Text("id")+"/keys", installer, nil).List(), 1)
	require.Len(t, h.Done(200, "GET", "/api/tenants", installer, nil).List(), 3)
	h.Refused(404, "Empresa", "POST", "/api/tenants/"+chat.NewID()+"/keys", installer, object{"name": "x", "role": "admin"})
	h.Refused(400, "fuso", "POST", "/api/tenants", installer, object{"name": "Nova", "timezone": "Marte"})
}

func TestATokenOfATenantThatDoesNotExistWritesNothing(t *testing.T) {
	h := newHouse(t)
	token := h.Token(func(c jwt.MapClaims) { c["tenant_id"] = chat.NewID() })
	require.Empty(t, h.Done(200, "GET", "/api/channels", token, nil).List())
	h.Refused(404, "Canal", "GET", "/api/channels/"+h.Ours.Channel.ID, token, nil)
	before := h.Dump()
	h.Refused(404, "Empresa", "POST", "/api/contacts", token, object{"number": "+5511999990001"})
	h.Refused(404, "Empresa", "POST", "/api/events", token, object{"event": "x", "number": "+5511999990001"})
	require.Equal(t, before, h.Dump())
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

	claims := jwt.MapClaims{"tenant_id": h.Ours.ID, "role": "viewer", "exp": gatewaytest.Start.Add(time.Hour).Unix()}
	made := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	made.Header["kid"] = "one"
	signed, err := made.SignedString(private)
	require.NoError(t, err)
	h.Done(200, "GET", "/api/channels", signed, nil)

	// The public key must not do as a shared secret.
	forged := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	forged.Header["kid"] = "one"
	text, err := forged.SignedString(private.N.Bytes())
	require.NoError(t, err)
	h.Refused(401, "inválido", "GET", "/api/channels", text, nil)
	h.Refused(401, "inválido", "GET", "/api/channels", h.Token(nil), nil)
}
