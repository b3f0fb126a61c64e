package meta

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"retoma/internal/chat"
)

// isMediaHost tells whether a file may be fetched from an address, with the channel's token: Meta's own file servers by
// HTTPS on the usual port, and the server that the channel's API is at, in the way that the channel calls it.
func isMediaHost(channel chat.Channel, target *url.URL) bool {
	if target.User != nil || target.Host == "" {
		return false
	}
	if base, err := url.Parse(baseURL(channel)); err == nil && strings.EqualFold(target.Host, base.Host) && target.Scheme == base.Scheme {
		return true
	}
	host := strings.ToLower(target.Hostname())
	if target.Scheme != "https" || (target.Port() != "" && target.Port() != "443") {
		return false
	}
	return host == "lookaside.fbsbx.com" || strings.HasSuffix(host, ".fbcdn.net")
}

// newMediaClient makes the client that fetches files. Redirects are looked at one by one, and the whole has no time limit
// of its own: a file may be large, and the caller's context ends it.
func newMediaClient(o Options) *http.Client {
	if o.MediaTransport != nil {
		return &http.Client{Transport: o.MediaTransport, CheckRedirect: noRedirect}
	}
	if o.HTTPClient != nil {
		return newClient(o)
	}
	transport := newTransport(o)
	transport.ResponseHeaderTimeout = 30 * time.Second
	transport.DisableCompression = true
	return &http.Client{Transport: transport, CheckRedirect: noRedirect}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
