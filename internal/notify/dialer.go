package notify

import (
	"context"
	"errors"
	"net"
	"strings"

	"retoma/internal/fault"
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

// Explain gives the words for an error of the network that may be stored and shown: no address, token or answer in them.
func Explain(err error) string { return shown(err) }

// CheckWebhook tells whether an address can be posted to and a secret can sign, without calling anybody; an empty secret is
// not looked at. The error is a [fault.Error] of code invalid with the field "url" or "secret"; it never quotes the value.
// Only https is taken where insecure is false.
func CheckWebhook(address, secret string, insecure bool) error {
	if err := checkAddress("url", address); err != nil {
		return err
	}
	if !insecure && !strings.HasPrefix(strings.ToLower(address), "https://") {
		return fault.Field("url", "deve começar com https://")
	}
	if secret == "" {
		return nil
	}
	return checkSecret("secret", secret)
}
