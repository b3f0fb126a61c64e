package meta

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// dialTimeout bounds the making of one connection, name look-up included.
const dialTimeout = 5 * time.Second

// maxAnswer is how much of an answer is read.
const maxAnswer = 1 << 20

// newTransport makes a transport that keeps enough connections for a busy channel and drops idle ones early,
// because a provider that closes an idle connection first can swallow a message.
func newTransport(o Options) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	dial, proxy := dialer.DialContext, http.ProxyFromEnvironment
	if o.Dial != nil {
		dial, proxy = inTime(o.Dial), toMetaOnly(http.ProxyFromEnvironment)
	}
	return &http.Transport{
		Proxy:                 proxy,
		DialContext:           dial,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   128,
		IdleConnTimeout:       45 * time.Second,
		TLSHandshakeTimeout:   5 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// answer is what the provider said.
type answer struct {
	status int
	header http.Header
	body   []byte
	// cut tells that the body ended before its end, or was too long.
	cut bool
}

// breakdown is an exchange that brought no answer.
type breakdown struct {
	cause error
	// written tells that something may have reached the provider: nobody knows what became of it.
	written bool
	// stale tells that a kept connection was gone before anything was written on it: the request may be repeated.
	stale bool
}

// exchange does one request. A request that met a kept connection that the provider had closed is repeated once:
// nothing was written, and Go's transport does not repeat a POST in that case by itself.
func (a *Adapter) exchange(ctx context.Context, build func(context.Context) (*http.Request, error)) (answer, *breakdown) {
	got, broken := a.attempt(ctx, build)
	if broken != nil && broken.stale && ctx.Err() == nil {
		return a.attempt(ctx, build)
	}
	return got, broken
}

func (a *Adapter) attempt(ctx context.Context, build func(context.Context) (*http.Request, error)) (answer, *breakdown) {
	var seen progress
	request, err := build(httptrace.WithClientTrace(ctx, seen.trace()))
	if err != nil {
		return answer{}, &breakdown{cause: err}
	}
	if err := a.checkScheme(request); err != nil {
		return answer{}, &breakdown{cause: err}
	}
	response, err := a.client.Do(request)
	if err != nil {
		return answer{}, seen.breakdown(err, ctx.Err() != nil)
	}
	defer func() { _ = response.Body.Close() }()
	got := answer{status: response.StatusCode, header: response.Header}
	got.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(got.body) > maxAnswer {
		got.body, got.cut = got.body[:min(len(got.body), maxAnswer)], true
	}
	return got, nil
}

// progress is how far a request came. The transport reports from its own goroutines, even late ones.
type progress struct {
	connected, reused, wrote, answered atomic.Bool
}

// trace watches a request. The transport repeats a request by itself only when it knows that the provider did not
// take it, so each new search for a connection starts afresh.
func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			p.connected.Store(false)
			p.reused.Store(false)
			p.wrote.Store(false)
		},
		GotConn: func(info httptrace.GotConnInfo) {
			p.reused.Store(info.Reused)
			p.connected.Store(true)
		},
		WroteHeaders:         func() { p.wrote.Store(true) },
		GotFirstResponseByte: func() { p.answered.Store(true) },
	}
}

// breakdown judges an error. DNS, dial and TLS errors come before there is a connection, so nothing was written.
// Headers count as written once they are in the connection's buffer; and with a connection and a context that ended,
// they may be on their way at this very moment.
func (p *progress) breakdown(err error, ended bool) *breakdown {
	written := p.connected.Load() && (p.wrote.Load() || ended) || p.answered.Load()
	stale := p.reused.Load() && !p.answered.Load() && isClosedIdle(err)
	return &breakdown{cause: err, written: written && !stale, stale: stale || (p.reused.Load() && !written)}
}

// isClosedIdle recognises the transport's error for a kept connection that the provider closed while no request was
// on it. The transport finds this before it counts the request as begun, so not one byte of it was sent; the error
// has no exported name, therefore its text is compared (a test meets the real one).
func isClosedIdle(err error) bool {
	return err != nil && strings.HasSuffix(err.Error(), "http: server closed idle connection")
}
