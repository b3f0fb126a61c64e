package web

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// claims are what a token must say (api.md, Conventions).
type claims struct {
	TenantID string    `json:"tenant_id"`
	Role     chat.Role `json:"role"`
	jwt.RegisteredClaims
}

// tokenReader verifies JWTs.
type tokenReader struct {
	readers []verifier
}

// verifier is one way to verify: fixed algorithms and where the key is.
type verifier struct {
	parser *jwt.Parser
	key    jwt.Keyfunc
}

// newTokenReader prepares what is configured. The algorithms of each way are fixed, so that a token can neither choose
// "none" nor use a public key as a secret.
func newTokenReader(ctx context.Context, c Config) (tokenReader, error) {
	var reader tokenReader
	demanded := []jwt.ParserOption{jwt.WithExpirationRequired(), jwt.WithTimeFunc(c.Now)}
	if c.JWTIssuer != "" {
		demanded = append(demanded, jwt.WithIssuer(c.JWTIssuer))
	}
	if c.JWTAudience != "" {
		demanded = append(demanded, jwt.WithAudience(c.JWTAudience))
	}
	add := func(key jwt.Keyfunc, algorithms ...string) {
		parser := jwt.NewParser(slices.Concat(demanded, []jwt.ParserOption{jwt.WithValidMethods(algorithms)})...)
		reader.readers = append(reader.readers, verifier{parser: parser, key: key})
	}
	if secret := c.JWTSecret; secret != "" {
		add(func(*jwt.Token) (any, error) { return []byte(secret), nil }, "HS256")
	}
	if c.JWKSURL != "" {
		keys, err := keyfunc.NewDefaultCtx(ctx, []string{c.JWKSURL})
		if err != nil {
			return reader, fmt.Errorf("RETOMA_JWKS_URL: %w", err)
		}
		add(keys.Keyfunc, "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
	}
	return reader, nil
}

// read verifies a token and gives the caller it names. Every failure is fault.Unauthorized.
func (t tokenReader) read(token string) (Caller, error) {
	if len(t.readers) == 0 {
		return Caller{}, fault.New(fault.Unauthorized, "esta instalação só aceita chaves de API")
	}
	var failed error
	for _, way := range t.readers {
		var said claims
		_, err := way.parser.ParseWithClaims(token, &said, way.key)
		if err == nil {
			return said.caller()
		}
		failed = errors.Join(failed, err)
	}
	if errors.Is(failed, jwt.ErrTokenExpired) {
		return Caller{}, fault.Wrap(fault.Unauthorized, failed, "o token venceu: peça outro")
	}
	return Caller{}, fault.Wrap(fault.Unauthorized, failed, "token inválido")
}

func (c claims) caller() (Caller, error) {
	if c.TenantID == "" {
		return Caller{}, fault.New(fault.Unauthorized, "o token não tem tenant_id")
	}
	if rank(c.Role) < 0 {
		return Caller{}, fault.New(fault.Unauthorized, "o token não tem role, ou uma desconhecida: use admin, operator ou viewer")
	}
	return Caller{TenantID: c.TenantID, Role: c.Role}, nil
}
