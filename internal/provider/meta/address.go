package meta

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"retoma/internal/fault"
)

// inTime bounds the making of a connection.
func inTime(dial func(ctx context.Context, network, address string) (net.Conn, error)) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		return dial(ctx, network, address)
	}
}

// toMetaOnly uses a proxy for Meta's own address only: to an address that a channel names it would connect in our place, where
// nobody judges it.
func toMetaOnly(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(request *http.Request) (*url.URL, error) {
		if request.URL.Scheme+"://"+strings.ToLower(request.URL.Host) != DefaultBaseURL {
			return nil, nil
		}
		return proxy(request)
	}
}

// checkScheme keeps the token from an open line, also on channels that are older than the rule.
func (a *Adapter) checkScheme(request *http.Request) error {
	if !a.production || request.URL.Scheme == "https" {
		return nil
	}
	failure := fault.New(fault.SenderOffline, "o endereço da API (config.baseUrl) não usa https e não pode ser chamado em produção")
	failure.Remedy = "corrija config.baseUrl do canal: deve começar com https://."
	failure.Reach = fault.Reach{Scope: fault.ScopeNumber, Lift: fault.LiftProbe}
	if request.Body != nil {
		return errors.Join(failure, request.Body.Close())
	}
	return failure
}

// ownFault finds an error of our own among those of the network, such as a guard's about a private address: it says more than
// that there was no connection.
func ownFault(cause error) (*fault.Error, bool) {
	var own *fault.Error
	is := errors.As(cause, &own)
	return own, is
}
