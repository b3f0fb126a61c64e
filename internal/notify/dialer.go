package notify

import (
	"context"
	"errors"
	"net"
)

// Dialer connects to addresses that tenants name, for others who call them, and refuses those of private networks at the
// moment of connecting. Allowed are hosts and networks that may be called although private; loopback allows the
// machine itself.
func Dialer(allowed []string, loopback bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	g, _ := newGuard(allowed, loopback)
	return g.dial
}

// Refused tells that a connection failed because the address is in a private network.
func Refused(err error) bool { return errors.Is(err, addressRefused) }
