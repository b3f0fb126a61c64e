package strain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// providerTakes is how long the provider takes for a message.
const providerTakes = 50 * time.Millisecond

// provider is a WhatsApp that takes every message, and its time.
type provider struct {
	url    string
	server *http.Server
	count  atomic.Int64
	mutex  sync.Mutex
	sends  map[string][]time.Time // by account: when each began
}

func startProvider(ctx context.Context) (*provider, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{url: "http://" + listener.Addr().String(), sends: map[string][]time.Time{}}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}()
	return p, nil
}

func (p *provider) close() { _ = p.server.Close() }

// ServeHTTP answers as Meta's graph does.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	_, _ = io.Copy(io.Discard, r.Body)
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	w.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodPost || parts[len(parts)-1] != "messages" {
		_, _ = io.WriteString(w, `{"data":[]}`)
		return
	}
	p.mutex.Lock()
	p.sends[parts[len(parts)-2]] = append(p.sends[parts[len(parts)-2]], began)
	p.mutex.Unlock()
	time.Sleep(providerTakes)
	_, _ = fmt.Fprintf(w, `{"messaging_product":"whatsapp","messages":[{"id":"wamid.out.%d"}]}`, p.count.Add(1))
}

func (p *provider) of(account string) []time.Time {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]time.Time{}, p.sends[account]...)
}
