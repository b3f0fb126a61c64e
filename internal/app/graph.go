package app

import (
	"context"
	"net"

	"retoma/internal/fault"
	"retoma/internal/notify"
	"retoma/internal/provider/meta"
)

// graphOptions are how Meta's API is called. Its address is a channel's config.baseUrl, which a tenant writes: in production it
// is judged like every other that tenants name. In development it is not, because the simulated WhatsApp may be anywhere.
func graphOptions(c Config) meta.Options {
	options := meta.Options{MediaTransport: fileServers(c), Production: c.Production()}
	if c.Production() {
		options.Dial = graphDial(c)
	}
	return options
}

// graphDial refuses private networks when a socket is about to connect. The number is then offline until it can be asked again.
func graphDial(c Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	dial := notify.Dialer(c.AllowPrivate, false)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		if notify.Refused(err) {
			failure := fault.Wrap(fault.SenderOffline, err, "o endereço da API (config.baseUrl) fica em uma rede interna e não pode ser chamado")
			failure.Remedy = "corrija config.baseUrl do canal, ou peça ao operador para liberar o endereço em RETOMA_ALLOW_PRIVATE."
			failure.Reach = fault.Reach{Scope: fault.ScopeNumber, Lift: fault.LiftProbe}
			return nil, failure
		}
		return connection, err
	}
}
