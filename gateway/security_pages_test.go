package gateway_test

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/web"
	"retoma/internal/provider/sandbox"
)

// Everything that a browser shows of ours: it loads and runs nothing that did not come from here as a file of its own, no other
// site can put a frame around it, and nothing is guessed of its type.
func TestEveryPageKeepsForeignScriptsOut(t *testing.T) {
	phones := sandbox.New(sandbox.Options{Clock: time.Now})
	t.Cleanup(phones.Close)
	h := newHouse(t, func(o *gateway.Options) { o.Sandbox = phones.Handler() })
	pages, scripts := 0, 0
	seen := map[string]bool{}
	var look func(address string)
	look = func(address string) {
		if seen[address] {
			return
		}
		seen[address] = true
		found := h.Call("GET", address, "", nil)
		if found.Status != 200 {
			return
		}
		require.Equal(t, "nosniff", found.Header.Get("X-Content-Type-Options"), address)
		switch kind := found.Header.Get("Content-Type"); {
		case strings.HasPrefix(kind, "text/html"):
			pages++
			requireSafePage(t, address, found)
			for _, reference := range references(found.Raw) {
				look(resolve(address, reference))
			}
		case strings.Contains(kind, "javascript"):
			scripts++
			require.NotRegexp(t, `innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(["'`+"`"+`]`, found.Raw, address)
			require.NotRegexp(t, `(?m)^\s*(import|export)[^\n]*["'](https?:)?//|importScripts|\.src\s*=\s*["'](https?:)?//`, found.Raw, address)
			for _, one := range regexp.MustCompile(`(?m)(?:from|import)\s*\(?["']([^"']+)["']`).FindAllStringSubmatch(found.Raw, -1) {
				require.True(t, strings.HasPrefix(one[1], "./"), "%s takes %s", address, one[1])
				look(resolve(address, one[1]))
			}
		}
	}
	for _, route := range h.G.Routes() {
		if route.Access.Kind == web.AccessPublic && (route.Method == web.Get || route.Hidden) {
			look(route.Path)
			look(route.Path + "/")
		}
	}
	require.GreaterOrEqual(t, pages, 3, "the front page, the documentation, the phones")
	require.Greater(t, scripts, 5)
}

func requireSafePage(t *testing.T, address string, found answer) {
	t.Helper()
	policy := map[string]string{}
	for directive := range strings.SplitSeq(found.Header.Get("Content-Security-Policy"), ";") {
		name, sources, _ := strings.Cut(strings.TrimSpace(directive), " ")
		policy[name] = sources
	}
	scripts, has := policy["script-src"]
	if !has {
		scripts = policy["default-src"]
	}
	require.Contains(t, []string{"'none'", "'self'"}, scripts, address)
	require.Contains(t, []string{"'none'", "'self'"}, policy["default-src"], address)
	require.Contains(t, []string{"'none'", "'self'"}, policy["frame-ancestors"], address)
	require.Equal(t, "'none'", policy["base-uri"], address)
	require.Contains(t, []string{"'none'", "'self'"}, policy["form-action"], address)
	require.Equal(t, "no-referrer", found.Header.Get("Referrer-Policy"), address)
	require.NotRegexp(t, `(?i)<script(\s[^>]*)?>\s*[^<\s]`, found.Raw, "%s has a script in the page", address)
	require.NotRegexp(t, `(?i)\son[a-z]+\s*=\s*["']|javascript:`, found.Raw, address)
	for _, reference := range references(found.Raw) {
		require.NotRegexp(t, `^(https?:)?//`, reference, address)
	}
}

// references are what a page loads: scripts, styles, pictures, frames.
func references(page string) []string {
	var found []string
	for _, one := range regexp.MustCompile(`(?i)<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*?\b(?:src|href|data)\s*=\s*["']([^"']*)["']`).FindAllStringSubmatch(page, -1) {
		found = append(found, one[1])
	}
	return found
}

func resolve(from, reference string) string {
	base, err := url.Parse(from)
	if err != nil {
		return reference
	}
	if strings.HasPrefix(reference, "/") {
		return reference
	}
	return path.Join(path.Dir(base.Path), reference)
}

// What is given back of a request is never taken for a page.
func TestWhatIsGivenBackIsNoPage(t *testing.T) {
	h := newHouse(t)
	challenge := h.Call("GET", "/webhooks/meta/"+h.Ours.Channel.Token+"?hub.mode=subscribe&hub.verify_token=verify&hub.challenge=%3Cscript%3E", "", nil)
	require.Equal(t, 200, challenge.Status)
	require.Equal(t, "<script>", challenge.Raw)
	require.True(t, strings.HasPrefix(challenge.Header.Get("Content-Type"), "text/plain"), challenge.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", challenge.Header.Get("X-Content-Type-Options"))
	require.Equal(t, 400, h.Upload(h.Ours, "text/html", "<html><script>alert(1)</script></html>").Status)
	kept := h.Upload(h.Ours, "text/plain", "oi")
	require.Equal(t, 201, kept.Status, kept.Raw)
	file := h.Call("GET", "/api/media/"+kept.Text("id"), h.Ours.Viewer, nil)
	require.True(t, strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment"))
	require.Equal(t, "default-src 'none'; sandbox", file.Header.Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", file.Header.Get("X-Content-Type-Options"))
	h.Refused(404, "", "GET", "/%3Cscript%3Ealert(1)%3C/script%3E", "", nil)
}
