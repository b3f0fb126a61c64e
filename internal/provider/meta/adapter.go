package meta

import (
	"net/http"
	"time"

	"retoma/internal/provider"
)

// Name is how channels name this adapter.
const Name = "meta"

// The limits of one exchange with the provider, unless Options say otherwise.
const (
	defaultSendTimeout = 20 * time.Second
	defaultReadTimeout = 30 * time.Second
	defaultUserAgent   = "retoma"
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
	// MediaTransport fetches customers' files, which lie at addresses that others write; it is where private networks can be
	// guarded. The adapter's own by default.
	MediaTransport http.RoundTripper
	// ReadTimeout bounds one read-only request, such as a page of templates; 30 s by default.
	ReadTimeout time.Duration
}

// Adapter is the Cloud API as a provider.Provider. It is safe for concurrent use.
type Adapter struct {
	client      *http.Client
	media       *http.Client
	userAgent   string
	sendTimeout time.Duration
	readTimeout time.Duration
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
		client:      newClient(o.HTTPClient),
		media:       newMediaClient(o),
		userAgent:   o.UserAgent,
		sendTimeout: o.SendTimeout,
		readTimeout: o.ReadTimeout,
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
	return adapter
}

// Name is "meta".
func (a *Adapter) Name() string { return Name }

// HasWindow is true: free-form messages need a customer's message within 24 hours (providers.md section 1.5).
func (a *Adapter) HasWindow() bool { return true }

// newClient copies a client, or makes one, that never follows redirects.
func newClient(given *http.Client) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	}
	if client.Transport == nil {
		client.Transport = newTransport()
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}
