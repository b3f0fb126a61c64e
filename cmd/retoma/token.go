package main

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

type token struct {
	Tenant string        `arg:"" help:"The tenant's id."`
	Role   string        `help:"admin, operator or viewer." enum:"admin,operator,viewer" default:"admin"`
	For    time.Duration `help:"How long it is valid." default:"24h"`
	Secret string        `help:"The secret that the gateway verifies with." env:"RETOMA_JWT_SECRET" required:""`

	Issuer   string `help:"The iss that the gateway demands." env:"RETOMA_JWT_ISSUER"`
	Audience string `help:"The aud that the gateway demands." env:"RETOMA_JWT_AUDIENCE"`
}

func (t token) Run(to streams) error {
	claims := jwt.MapClaims{"tenant_id": t.Tenant, "role": t.Role, "iat": time.Now().Unix(), "exp": time.Now().Add(t.For).Unix()}
	if t.Issuer != "" {
		claims["iss"] = t.Issuer
	}
	if t.Audience != "" {
		claims["aud"] = t.Audience
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(t.Secret))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(to.out, signed)
	return err
}
