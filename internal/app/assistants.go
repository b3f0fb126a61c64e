package app

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"retoma/actions"
	"retoma/internal/ai"
	"retoma/internal/fault"
	"retoma/internal/notify"
)

// assistants are those who write messages in this installation. Addresses that tenants name are called behind the guard
// against private networks; the operator's own is called as it is.
func (p *Parts) assistants(c Config) actions.Assistants {
	return actions.Assistants{
		Store: p.Store, Writer: ai.Writer{Client: ai.NewClient(ai.Options{Tenants: guarded(c), Operator: direct()}), Used: p.countAI},
		Installation: ai.Endpoint{BaseURL: strings.TrimSpace(c.AIBaseURL), APIKey: strings.TrimSpace(c.AIAPIKey), Model: strings.TrimSpace(c.AIModel)},
		Now:          time.Now,
	}
}

// idleServices is how many connections to one AI service are kept open.
const idleServices = 64

func direct() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = idleServices
	return transport
}

// guarded goes through no proxy: it would connect in our place, where nobody judges the address.
func guarded(c Config) *http.Transport {
	dial := notify.Dialer(c.AllowPrivate, !c.Production())
	transport := direct()
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		if notify.Refused(err) {
			return nil, fault.Wrap(fault.AIUnconfigured, err, "o endereço do serviço de IA fica em uma rede interna e não pode ser chamado: peça ao operador para liberá-lo em RETOMA_ALLOW_PRIVATE")
		}
		return connection, err
	}
	return transport
}
