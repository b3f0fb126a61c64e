package meta

import (
	"context"
	"net"
	"net/http"
	"time"

	"retoma/internal/provider"
)

// Name is how channels name this adapter.
const Name = "meta"

// The limits of one exchange with the provider, unless Options say otherwise.
const (
	defaultSendTimeout  = 20 * time.Second
	defaultReadTimeout  = 30 * time.Second
	defaultCheckTimeout = 8 * time.Second
	defaultUserAgent    = "retoma"
)

// Options are what an Adapter may be given; the zero value works.
type Options struct {
	// HTTPClient replaces the adapter's own client. Its redirect policy is not used: redirects are never followed,
	// because they would carry a message a second time.
	HTTPClient *http.Client
	// UserAgent is sent with every request; "retoma" by default.
	UserAgent string
	// SendTimeout bounds one send, connection included; 20 s by default. The caller's context may be shorter.
	SendTimeout time.Duration
	// Dial connects to the API, whose address a channel may name; it is where private networks can be guarded, at the moment of
	// connecting. A [fault.Error] that it gives is the error of the request. A proxy of the environment is then used for
	// Meta's own address only, because it would connect in our place. The adapter's own by default.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Production refuses an address of the API without https, on which everybody could read the token.
	Production bool
	// MediaTransport fetches customers' files, which lie at addresses that others write; it is where private networks can be
	// guarded. The adapter's own by default.
	MediaTransport http.RoundTripper
	// ReadTimeout bounds one read-only request, such as a page of templates; 30 s by default.
	ReadTimeout time.Duration
	// CheckTimeout bounds each question of a check; 8 s by default.
	CheckTimeout time.Duration
}

// Adapter is the Cloud API as a provider.Provider. It is safe for concurrent use.
type Adapter struct {
	client       *http.Client
	media        *http.Client
	production   bool
	userAgent    string
	sendTimeout  time.Duration
	readTimeout  time.Duration
	checkTimeout time.Duration
}

var (
	_ provider.Provider       = (*Adapter)(nil)
	_ provider.TemplateSource = (*Adapter)(nil)
	_ provider.Challenger     = (*Adapter)(nil)
	_ provider.Checker        = (*Adapter)(nil)
	_ provider.ConfigChecker  = (*Adapter)(nil)
	_ provider.WindowKeeper   = (*Adapter)(nil)
	_ provider.MediaUploader  = (*Adapter)(nil)
	_ provider.MediaFetcher   = (*Adapter)(nil)
	_ provider.Reader         = (*Adapter)(nil)
	_ provider.NumberSource   = (*Adapter)(nil)
	_ provider.Repairer       = (*Adapter)(nil)
)

// New makes an adapter.
func New(o Options) *Adapter {
	adapter := &Adapter{
		client:       newClient(o),
		media:        newMediaClient(o),
		production:   o.Production,
		userAgent:    o.UserAgent,
		sendTimeout:  o.SendTimeout,
		readTimeout:  o.ReadTimeout,
		checkTimeout: o.CheckTimeout,
	}
	if adapter.userAgent == "" {
		adapter.userAgent = defaultUserAgent
	}
	if adapter.sendTimeout <= 0 {
		adapter.sendTimeout = defaultSendTimeout
	}
	if adapter.readTimeout <= 0 {
		adapter.readTimeout = defaultReadTimeout
	}
	if adapter.checkTimeout <= 0 {
		adapter.checkTimeout = defaultCheckTimeout
	}
	return adapter
}

// Name is "meta".
func (a *Adapter) Name() string { return Name }

// HasWindow is true: free-form messages need a customer's message within 24 hours (providers.md section 1.5).
func (a *Adapter) HasWindow() bool { return true }

// newClient copies a client, or makes one, that never follows redirects.
func newClient(o Options) *http.Client {
	client := &http.Client{}
	if o.HTTPClient != nil {
		*client = *o.HTTPClient
	}
	if client.Transport == nil {
		client.Transport = newTransport(o)
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}
