package gateway_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
)

// keyServer publishes keys as an identity provider does.
type keyServer struct {
	*httptest.Server
	keys  atomic.Pointer[[]object]
	asked atomic.Int64
}

func newKeyServer(t *testing.T) *keyServer {
	t.Helper()
	s := &keyServer{}
	s.publish()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		if err := json.NewEncoder(w).Encode(object{"keys": *s.keys.Load()}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *keyServer) publish(keys ...object) { s.keys.Store(&keys) }

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

func published(kid, algorithm string, key *rsa.PrivateKey) object {
	return object{"kty": "RSA", "kid": kid, "alg": algorithm, "use": "sig", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}
}

// signedBy makes a token with a header and claims of somebody's choice.
func signedBy(t *testing.T, method jwt.SigningMethod, key any, kid string, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != "" {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

// A token says with which algorithm and key it is to be verified. Nothing of that is believed.
func TestTokensThatChooseTheirOwnAlgorithmAreRefused(t *testing.T) {
	server, private, stranger := newKeyServer(t), newRSA(t), newRSA(t)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	server.publish(published("one", "RS256", private))
	h := newHouse(t, func(o *gateway.Options) { o.JWKSURL = server.URL })
	claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
		made := jwt.MapClaims{"tenant_id": h.Ours.ID, "role": "admin", "exp": gatewaytest.Start.Add(time.Hour).Unix()}
		if change != nil {
			change(made)
		}
		return made
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	good := signedBy(t, jwt.SigningMethodRS256, private, "one", claims(nil))
	h.Done(200, "GET", "/api/keys", good, nil)
	h.Done(200, "GET", "/api/keys", h.Token(nil), nil)
	parts := func(token string) []byte { return []byte(token)[:len(token)-6] }
	for name, token := range map[string]string{
		"alg none":                      signedBy(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "one", claims(nil)),
		"alg none of the secret's":      signedBy(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", claims(nil)),
		"the public key as a secret":    signedBy(t, jwt.SigningMethodHS256, public, "one", claims(nil)),
		"the same in DER":               signedBy(t, jwt.SigningMethodHS256, der, "one", claims(nil)),
		"the modulus as a secret":       signedBy(t, jwt.SigningMethodHS256, private.N.Bytes(), "one", claims(nil)),
		"an empty secret":               signedBy(t, jwt.SigningMethodHS256, []byte{}, "", claims(nil)),
		"the secret by a longer hash":   signedBy(t, jwt.SigningMethodHS512, []byte(gatewaytest.JWTSecret), "", claims(nil)),
		"another algorithm of its key":  signedBy(t, jwt.SigningMethodPS256, private, "one", claims(nil)),
		"a stranger's key":              signedBy(t, jwt.SigningMethodRS256, stranger, "one", claims(nil)),
		"a curve under the key's name":  signedBy(t, jwt.SigningMethodES256, curve, "one", claims(nil)),
		"a key that nobody has":         signedBy(t, jwt.SigningMethodRS256, stranger, "two", claims(nil)),
		"no key's name":                 signedBy(t, jwt.SigningMethodRS256, stranger, "", claims(nil)),
		"expired":                       signedBy(t, jwt.SigningMethodRS256, private, "one", claims(func(c jwt.MapClaims) { c["exp"] = gatewaytest.Start.Add(-time.Second).Unix() })),
		"without an expiry":             signedBy(t, jwt.SigningMethodRS256, private, "one", claims(func(c jwt.MapClaims) { delete(c, "exp") })),
		"not yet valid":                 signedBy(t, jwt.SigningMethodRS256, private, "one", claims(func(c jwt.MapClaims) { c["nbf"] = gatewaytest.Start.Add(time.Minute).Unix() })),
		"an expiry that is no number":   signedBy(t, jwt.SigningMethodRS256, private, "one", claims(func(c jwt.MapClaims) { c["exp"] = "soon" })),
		"a signature that was cut":      string(parts(good)),
		"a tenant that is no text":      signedBy(t, jwt.SigningMethodRS256, private, "one", claims(func(c jwt.MapClaims) { c["tenant_id"] = []string{h.Ours.ID} })),
		"the installation's own tenant": signedBy(t, jwt.SigningMethodRS256, private, "one", claims(func(c jwt.MapClaims) { c["tenant_id"] = "" })),
	} {
		found := h.Refused(401, "", "GET", "/api/keys", token, nil)
		require.Equal(t, "unauthorized", found.Body["code"], name)
	}
	require.NotContains(t, h.Log.String(), "eyJ", "no token is in the log")
}

// The key of an installation is changed by publishing the new one beside the old one, and taking the old one away later.
func TestANewPublicKeyIsFoundWhenATokenNamesIt(t *testing.T) {
	server, former, newer := newKeyServer(t), newRSA(t), newRSA(t)
	server.publish(published("former", "RS256", former))
	h := newHouse(t, func(o *gateway.Options) { o.JWKSURL, o.JWTSecret = server.URL, "" })
	claims := jwt.MapClaims{"tenant_id": h.Ours.ID, "role": "viewer", "exp": gatewaytest.Start.Add(time.Hour).Unix()}
	h.Done(200, "GET", "/api/channels", signedBy(t, jwt.SigningMethodRS256, former, "former", claims), nil)
	server.publish(published("newer", "RS256", newer))
	h.Done(200, "GET", "/api/channels", signedBy(t, jwt.SigningMethodRS256, newer, "newer", claims), nil)
	h.Refused(401, "", "GET", "/api/channels", signedBy(t, jwt.SigningMethodRS256, former, "former", claims), nil)
	asked := server.asked.Load()
	for range 20 {
		h.Refused(401, "", "GET", "/api/channels", signedBy(t, jwt.SigningMethodRS256, newer, chat.NewID(), claims), nil)
	}
	require.LessOrEqual(t, server.asked.Load(), asked+1, "names that somebody makes up do not make us ask for each")
}

// Where one identity provider serves many products, a token for another one is not for us.
func TestTokensOfAnotherIssuerOrForAnotherAudienceAreRefused(t *testing.T) {
	server, private := newKeyServer(t), newRSA(t)
	server.publish(published("one", "RS256", private))
	h := newHouse(t, func(o *gateway.Options) {
		o.JWKSURL, o.JWTIssuer, o.JWTAudience = server.URL, "https://id.example", "retoma"
	})
	for name, c := range map[string]struct {
		issuer, audience any
		accepted         bool
	}{
		"ours":                   {"https://id.example", "retoma", true},
		"ours among others":      {"https://id.example", []string{"crm", "retoma"}, true},
		"a foreign issuer":       {"https://evil.example", "retoma", false},
		"an issuer that begins":  {"https://id.example.evil", "retoma", false},
		"no issuer":              {nil, "retoma", false},
		"for another product":    {"https://id.example", "crm", false},
		"for nobody":             {"https://id.example", nil, false},
		"an empty audience":      {"https://id.example", []string{}, false},
		"an audience in capital": {"https://id.example", "Retoma", false},
	} {
		claims := jwt.MapClaims{"tenant_id": h.Ours.ID, "role": "viewer", "exp": gatewaytest.Start.Add(time.Hour).Unix()}
		if c.issuer != nil {
			claims["iss"] = c.issuer
		}
		if c.audience != nil {
			claims["aud"] = c.audience
		}
		for _, token := range []string{
			signedBy(t, jwt.SigningMethodRS256, private, "one", claims), signedBy(t, jwt.SigningMethodHS256, []byte(gatewaytest.JWTSecret), "", claims),
		} {
			require.Equal(t, map[bool]int{true: 200, false: 401}[c.accepted], h.Call("GET", "/api/channels", token, nil).Status, name)
		}
	}
}

// Keys are looked up at each request, so that another process that revoked one is heard at once; and the database holds no key.
func TestAKeyRevokedByAnotherProcessEndsAtOnce(t *testing.T) {
	h := newHouse(t)
	other := h.With(h.Store)
	made := h.Done(201, "POST", "/api/keys", h.Ours.Admin, object{"name": "n8n", "role": "operator"})
	key := made.Text("key")
	other.Done(200, "GET", "/api/contacts", key, nil)
	for table, rows := range h.Dump() {
		for _, row := range rows {
			require.NotContains(t, row, key[len("rtm_"):], table)
			require.NotContains(t, row, h.Ours.Admin[len("rtm_"):], table)
		}
	}
	h.Done(200, "DELETE", "/api/keys/"+made.Text("id"), h.Ours.Admin, nil)
	other.Refused(401, "revogada", "GET", "/api/contacts", key, nil)
}
