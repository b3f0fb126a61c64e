// Package gateway is the HTTP surface: who is calling, what do they say, is it allowed and well formed; then it is
// written down, whoever has work is woken, and the caller is answered. Each family of endpoints is a package of its own below
// this one, which puts them together.
// It must not know how anything is stored, scheduled or sent: each family declares the few methods it needs, and decides
// nothing that a flow or a policy decides.
// Start reading at routes.go, the table of everything there is; web/rest.go shows how an endpoint becomes a route.
package gateway
