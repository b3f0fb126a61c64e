package sandbox

import "net/http"

// files remembers what customers sent, so that GET /{media-id} can tell where it is. It has no lock of its own.
type files struct {
	byID  map[string]ownedFile
	order []string
}

type ownedFile struct {
	phoneNumberID string
	media         Media
}

// mostFiles bounds the memory; the oldest are forgotten, as Meta forgets files after 30 days.
const mostFiles = 10_000

func newFiles() *files { return &files{byID: map[string]ownedFile{}} }

func (f *files) put(phoneNumberID string, media Media) {
	f.byID[media.ID] = ownedFile{phoneNumberID: phoneNumberID, media: media}
	f.order = append(f.order, media.ID)
	if len(f.order) > mostFiles {
		delete(f.byID, f.order[0])
		f.order = f.order[1:]
	}
}

func (f *files) owner(id string) string { return f.byID[id].phoneNumberID }

// getFile answers GET /{media-id}. The url is the customer's own link: it needs no token and does not expire.
func (s *Server) getFile(w http.ResponseWriter, id string) {
	s.mu.Lock()
	file := s.files.byID[id].media
	s.mu.Unlock()
	writeGraph(w, http.StatusOK, map[string]string{"messaging_product": "whatsapp", "id": id, "url": file.Link, "mime_type": file.MimeType})
}
