// Package gateway is the HTTP surface: who is calling, what do they say, is it allowed and well formed; then it is
// written down, whoever has work is woken, and the caller is answered.
// It must not know how anything is stored, scheduled or sent: it declares the few methods it needs, beside each family
// of endpoints, and decides nothing that a flow or a policy decides.
// Start reading at routes.go, the table of everything there is; rest.go shows how an endpoint becomes a route.
package gateway
