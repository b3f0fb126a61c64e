package sandbox

import (
	"net/http"
	"strings"
)

// serveFileToPage is GET api/files/{id}: a file as the customer's phone shows it, without the token that the Graph API wants.
// Only what a browser shows as a picture, a film or a sound comes with its own type; the rest is a download.
func (s *Server) serveFileToPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	file := s.files.find(r.PathValue("id"), s.now())
	s.mu.Unlock()
	if file == nil || file.data == nil {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	if isShown(file.media.MimeType) {
		header.Set("Content-Type", file.media.MimeType)
	}
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write(file.data) // whoever hung up needs no answer
}

func isShown(mimeType string) bool {
	kind, _, _ := strings.Cut(mimeType, "/")
	return (kind == "image" && !strings.Contains(mimeType, "svg")) || kind == "video" || kind == "audio"
}
