package notify

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// answerLimit is how much of an answer is read, in bytes: enough for a service's own error code.
const answerLimit = 4 << 10

// carrier takes messages over the network.
type carrier struct {
	client *http.Client
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	roots  *x509.CertPool // whom TLS trusts; nil: the system's
}

// newCarrier makes a carrier behind a guard; a given client goes its own way.
func newCarrier(g *guard, given *http.Client) *carrier {
	client := http.Client{Transport: guardedTransport(g)}
	if given != nil {
		client = *given
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	return &carrier{client: &client, dial: g.dial}
}

// guardedTransport has no proxy, because the guard would judge the proxy's address instead of the target's, and keeps no
// connections, because notifications are rare.
func guardedTransport(g *guard) *http.Transport {
	return &http.Transport{
		DialContext:            g.dial,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    targetLimit,
		ResponseHeaderTimeout:  targetLimit,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// post sends a JSON body and gives the beginning of the answer of a 2xx status; anything else is a problem.
func (c *carrier) post(ctx context.Context, address string, header http.Header, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, badSetting
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "retoma")
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, answerLimit)) // the status has decided; a cut answer changes nothing
	if status := response.StatusCode; status >= 300 && status < 400 {
		return nil, problem(fmt.Sprintf("respondeu HTTP %d: redirecionamentos não são seguidos", status))
	} else if status < 200 || status > 299 {
		return nil, problem(fmt.Sprintf("respondeu HTTP %d", status))
	}
	return answer, nil
}

// postJSON sends a value as JSON.
func (c *carrier) postJSON(ctx context.Context, address string, header http.Header, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, problem("a notificação não pode ser escrita em JSON")
	}
	return c.post(ctx, address, header, body)
}
