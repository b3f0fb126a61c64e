package sandbox

import (
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"path"
)

//go:embed web
var pageFiles embed.FS

// pagePolicy lets the page load nothing foreign but the pictures, sounds and videos that messages link to.
const pagePolicy = "default-src 'self'; img-src 'self' data: http: https:; media-src 'self' http: https:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"

// servePage serves the phone in the browser. All its addresses are relative, so that it works under any prefix.
func servePage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	header := w.Header()
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-cache")
	files, err := fs.Sub(pageFiles, "web")
	if err != nil {
		http.Error(w, "page missing", http.StatusInternalServerError)
		return
	}
	http.FileServerFS(files).ServeHTTP(w, r)
}

// bareToSlash sends a request for the bare prefix ("/sandbox") to the prefix with a slash, without which the page's relative
// addresses would miss. The address is relative to what the client asked for: this handler does not know its prefix.
func bareToSlash(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "" {
			next.ServeHTTP(w, r)
			return
		}
		asked, err := url.ParseRequestURI(r.RequestURI)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		location := url.URL{Path: "./" + path.Base(asked.Path) + "/", RawQuery: asked.RawQuery}
		w.Header().Set("Location", location.String())
		w.WriteHeader(http.StatusPermanentRedirect)
	})
}
