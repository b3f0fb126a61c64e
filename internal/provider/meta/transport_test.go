package meta

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

// errClosedIdle has the text of the transport's own error; TestAKeptConnectionThatTheProviderClosed meets the real one.
var errClosedIdle = errors.New("http: server closed idle connection")

// wire is a transport that plays how far a request came before it broke.
type wire struct {
	calls  int
	reused bool
	steps  string // c connected, w headers written, a first byte of an answer
	err    error
}

func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	w.calls++
	trace := httptrace.ContextClientTrace(request.Context())
	trace.GetConn("host:443")
	for _, step := range w.steps {
		switch step {
		case 'c':
			trace.GotConn(httptrace.GotConnInfo{Reused: w.reused})
		case 'w':
			trace.WroteHeaders()
		case 'a':
			trace.GotFirstResponseByte()
		}
	}
	return nil, w.err
}

func TestABreakIsAnAnswerOnlyIfNothingWasWritten(t *testing.T) {
	lookUp := &net.DNSError{Err: "no such host", Name: "graph.facebook.com", IsNotFound: true}
	reset := errors.New("connection reset by peer")
	for _, c := range []struct {
		name  string
		wire  wire
		code  fault.Code
		calls int
	}{
		{"DNS", wire{err: lookUp}, fault.ProviderDown, 1},
		{"dial", wire{err: errors.New("connection refused")}, fault.ProviderDown, 1},
		{"fresh connection, nothing written", wire{steps: "c", err: reset}, fault.ProviderDown, 1},
		{"fresh connection, headers written", wire{steps: "cw", err: reset}, fault.Unconfirmed, 1},
		{"fresh connection, half an answer", wire{steps: "cwa", err: io.ErrUnexpectedEOF}, fault.Unconfirmed, 1},
		{"kept connection, nothing written", wire{steps: "c", reused: true, err: reset}, fault.ProviderDown, 2},
		{"kept connection, written", wire{steps: "cw", reused: true, err: reset}, fault.Unconfirmed, 1},
		{"kept connection, closed while idle", wire{steps: "c", reused: true, err: errClosedIdle}, fault.ProviderDown, 2},
		{"kept connection, closed while idle, buffered", wire{steps: "cw", reused: true, err: errClosedIdle}, fault.ProviderDown, 2},
		{"kept connection, half an answer", wire{steps: "cwa", reused: true, err: errClosedIdle}, fault.Unconfirmed, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			adapter := New(Options{HTTPClient: &http.Client{Transport: &c.wire}})
			_, err := adapter.Send(t.Context(), channelAt("http://provider.test"), greeting())
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.calls, c.wire.calls)
		})
	}
}

// watched tells when the client's transport has closed a connection.
type watched struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (w *watched) Close() error {
	w.once.Do(func() { close(w.closed) })
	return w.Conn.Close()
}

// keeper is a provider that closes idle connections at the worst moment: when the client has just picked one.
type keeper struct {
	server   *httptest.Server
	accepted atomic.Int64
	mu       sync.Mutex
	newest   net.Conn
	client   *watched
}

func newKeeper(t *testing.T) *keeper {
	k := &keeper{}
	k.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && len(body) > 0 {
			k.accepted.Add(1)
		}
		_, _ = io.WriteString(w, acceptance)
	}))
	k.server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			k.mu.Lock()
			k.newest = conn
			k.mu.Unlock()
		}
	}
	k.server.Start()
	t.Cleanup(k.server.Close)
	return k
}

func (k *keeper) newClient() *http.Client {
	transport := newTransport(Options{})
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.client = &watched{Conn: conn, closed: make(chan struct{})}
		return k.client, nil
	}
	return &http.Client{Transport: transport}
}

// drop closes the kept connection on the provider's side and waits until the client's transport has noticed. The messages go one
// after another, so the kept connection is the newest.
func (k *keeper) drop(info httptrace.GotConnInfo) {
	if !info.Reused {
		return
	}
	k.mu.Lock()
	kept, client := k.newest, k.client
	k.mu.Unlock()
	_ = kept.Close()
	<-client.closed
}

func TestAKeptConnectionThatTheProviderClosed(t *testing.T) {
	k := newKeeper(t)
	client := k.newClient()
	adapter := New(Options{HTTPClient: client})
	const sends = 50
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: k.drop})
	for range sends {
		_, err := adapter.Send(ctx, channelAt(k.server.URL), greeting())
		require.NoError(t, err)
	}
	require.Equal(t, int64(sends), k.accepted.Load(), "every message once")

	// Without our repetition Go's transport reports the error that isClosedIdle knows.
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, k.server.URL, strings.NewReader("{}"))
	require.NoError(t, err)
	_, err = client.Do(request)
	require.True(t, isClosedIdle(err), "the transport's words have changed: %v", err)
}

func TestCutsAndSilenceLeaveAMessageInDoubt(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	for name, handler := range map[string]http.HandlerFunc{
		"cut before the answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut within the headers": func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Ty")
		},
		"cut within the body": func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"+acceptance)
		},
		"not HTTP": func(w http.ResponseWriter, _ *http.Request) { hijack(w, "hello\r\n\r\n") },
		"an endless body": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, acceptance+strings.Repeat(" ", maxAnswer))
		},
		"silence": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-r.Context().Done():
			case <-over:
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			adapter := New(Options{SendTimeout: 300 * time.Millisecond})
			_, err := adapter.Send(t.Context(), channelAt(server.URL), greeting())
			require.Equal(t, fault.Unconfirmed, fault.CodeOf(err), "%v", err)
		})
	}
}

func TestHTTP2CutsLeaveAMessageInDoubtToo(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Error("not HTTP/2")
		}
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "cut") {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, acceptance)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	adapter := New(Options{HTTPClient: server.Client()})
	_, err := adapter.Send(t.Context(), channelAt(server.URL), greeting())
	require.NoError(t, err)
	message := greeting()
	message.Content.Text = "cut"
	_, err = adapter.Send(t.Context(), channelAt(server.URL), message)
	require.Equal(t, fault.Unconfirmed, fault.CodeOf(err), "%v", err)
}

// hijack writes raw bytes as the answer and closes the connection.
func hijack(w http.ResponseWriter, raw string) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = buffered.WriteString(raw)
	_ = buffered.Flush()
	_ = conn.Close()
}

func TestAnEndlessRefusalIsStillARefusal(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, strings.Repeat(" ", 2*maxAnswer))
	}))
	defer server.Close()
	_, err := New(Options{}).Send(t.Context(), channelAt(server.URL), greeting())
	require.Equal(t, fault.ProviderRejected, fault.CodeOf(err))
}

func TestWhatFailsBeforeAConnectionIsAnAnswer(t *testing.T) {
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	address := plain.URL
	plain.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name, base string
		ctx        context.Context
	}{
		{"a certificate that is not trusted", untrusted.URL, t.Context()},
		{"nobody listens", address, t.Context()},
		{"the caller has given up already", untrusted.URL, ended},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(Options{}).Send(c.ctx, channelAt(c.base), greeting())
			require.Equal(t, fault.ProviderDown, fault.CodeOf(err), "%v", err)
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, status))
		given := &http.Client{}
		_, err := New(Options{HTTPClient: given}).Send(t.Context(), channelAt(server.URL), greeting())
		server.Close()
		require.Equal(t, fault.ProviderRejected, fault.CodeOf(err))
		require.Nil(t, given.CheckRedirect, "the caller's client stays as it was")
	}
}
