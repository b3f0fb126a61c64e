package sandbox

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePageWorksUnderAnyPrefix(t *testing.T) {
	w := newWorld(t)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", http.StripPrefix("/sandbox", w.sandbox.Handler()))
	mux.Handle("/sandbox", http.StripPrefix("/sandbox", w.sandbox.Handler()))
	server := httptest.NewServer(mux)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for path, kind := range map[string]string{"/sandbox?x=1": "text/html", "/sandbox/": "text/html", "/sandbox/app.js": "text/javascript", "/sandbox/faults.js": "text/javascript", "/sandbox/style.css": "text/css",
		"/sandbox/icon.svg": "image/svg", "/sandbox/api/phones": "application/json"} {
		response, err := client.Get(server.URL + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, 200, response.StatusCode, path)
		require.Contains(t, response.Header.Get("Content-Type"), kind, path)
		if path == "/sandbox?x=1" {
			require.Equal(t, "/sandbox/", response.Request.URL.Path, "sent to the prefix with a slash")
			require.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'self'")
		}
	}
}

func TestThePageLoadsNothingForeignAndNothingInline(t *testing.T) {
	raw, err := fs.ReadFile(pageFiles, "web/index.html")
	require.NoError(t, err)
	html := string(raw)
	require.NotRegexp(t, `(?i)(src|href)="(https?:|//|/)`, html)
	require.NotRegexp(t, `(?i)<style|\sstyle=|\son[a-z]+=|<script>`, html)
	scripts, err := fs.Glob(pageFiles, "web/*.js")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, name := range scripts {
		script, err := fs.ReadFile(pageFiles, name)
		require.NoError(t, err)
		require.NotRegexp(t, `innerHTML|outerHTML|insertAdjacentHTML|document\.write`, string(script), "%s: texts of customers never become markup", name)
		require.NotRegexp(t, `fetch\("(/|http)|from "(https?:|/)`, string(script), name)
	}
}

func TestThePageTakesOnlyReading(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 405, w.call("POST", "/", "", "").status)
	require.Equal(t, 404, w.call("GET", "/nothing.js", "", "").status)
}
