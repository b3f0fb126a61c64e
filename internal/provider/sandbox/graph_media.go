package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// longestUpload is the largest file of any kind, and room for the form around it.
	longestUpload = 100*megabyte + 1<<16
	// fileURLLife is how long a file's address works (providers.md 1.3).
	fileURLLife = 5 * time.Minute
)

// postMedia is POST /{phone-number-id}/media: a form with messaging_product, type and file.
func (s *Server) postMedia(w http.ResponseWriter, r *http.Request, b *Business) {
	file, refused := readUpload(w, r)
	if refused == nil {
		refused = checkUpload(file)
	}
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	s.mu.Lock()
	if s.struck(faultUploadFails, b.PhoneNumberID, "") {
		refused = refuse(131053, "")
	} else {
		file.phoneNumberID, file.uploaded, file.at = b.PhoneNumberID, true, s.now()
		file.media.ID = s.ids.media()
		s.files.put(file)
	}
	s.mu.Unlock()
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	writeGraph(w, http.StatusOK, map[string]string{"id": file.media.ID})
}

func readUpload(w http.ResponseWriter, r *http.Request) (*ownedFile, *graphError) {
	r.Body = http.MaxBytesReader(w, r.Body, longestUpload)
	if err := r.ParseMultipartForm(8 * megabyte); err != nil { //nolint:gosec // the body is bounded above
		return nil, refuse(100, "The request body is not a readable multipart form.")
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	if r.FormValue("messaging_product") != "whatsapp" {
		return nil, refuse(100, "The parameter messaging_product is required.")
	}
	part, header, err := r.FormFile("file")
	if err != nil {
		return nil, refuse(100, "The parameter file is required.")
	}
	defer func() { _ = part.Close() }()
	data, err := io.ReadAll(part)
	if err != nil {
		return nil, refuse(100, "The parameter file could not be read.")
	}
	// Meta goes by the type of the file's own part; the field "type" stands in where the part names none.
	kind := header.Header.Get("Content-Type")
	if kind == "" || kind == "application/octet-stream" {
		kind = orText(r.FormValue("type"), kind)
	}
	return &ownedFile{data: data, media: Media{MimeType: kind, FileName: header.Filename, Size: len(data)}}, nil
}

func checkUpload(file *ownedFile) *graphError {
	kind := kindOfType(file.media.MimeType)
	if kind == "" {
		return refuse(100, "Param file must be a file with one of the following types: %s. Received file of type '%s'.", allTypes(), file.media.MimeType)
	}
	if len(file.data) == 0 {
		return refuse(100, "Param file must not be empty.")
	}
	return checkFile(kind, file.media.MimeType, len(file.data))
}

func allTypes() string {
	var types []string
	for _, kind := range []string{"audio", "document", "image", "sticker", "video"} {
		types = append(types, mediaRules[kind].types...)
	}
	return strings.Join(types, ", ")
}

type fileNode struct {
	MessagingProduct string `json:"messaging_product"`
	URL              string `json:"url"`
	MimeType         string `json:"mime_type"`
	SHA256           string `json:"sha256,omitempty"`
	Size             int    `json:"file_size,omitempty"`
	ID               string `json:"id"`
}

// serveFile is GET and DELETE /{media-id}. A customer's file that is only a link is fetched at that link; all others have an
// address of this server that asks for the token and works for five minutes.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, b *Business, id string) {
	s.mu.Lock()
	file := s.files.find(id, s.now())
	var node fileNode
	if file != nil {
		node = fileNode{MessagingProduct: "whatsapp", ID: id, URL: s.fileURL(file), MimeType: file.media.MimeType, SHA256: file.sha256, Size: len(file.data)}
		if r.Method == http.MethodDelete {
			s.files.drop(id)
		}
	}
	s.mu.Unlock()
	switch {
	case file == nil || (r.URL.Query().Get("phone_number_id") != "" && r.URL.Query().Get("phone_number_id") != b.PhoneNumberID):
		s.refuseGraph(w, missingObject(strings.ToLower(r.Method), id))
	case r.Method == http.MethodDelete:
		writeGraph(w, http.StatusOK, map[string]bool{"success": true})
	default:
		writeGraph(w, http.StatusOK, node)
	}
}

// fileURL makes the address of a file, good for five minutes from now. The caller holds the lock.
func (s *Server) fileURL(file *ownedFile) string {
	if file.data == nil || s.base == "" {
		return file.media.Link // without an address of our own, as before the first request, there is none to give
	}
	until := strconv.FormatInt(s.now().Add(fileURLLife).Unix(), 10)
	return s.base + "/media/" + file.media.ID + "?ext=" + until + "&hash=" + s.fileHash(file.media.ID, until)
}

func (s *Server) fileHash(id, until string) string {
	mac := hmac.New(sha256.New, strconv.AppendUint(nil, s.ids.seed, 36))
	mac.Write([]byte(id + "|" + until))
	return hex.EncodeToString(mac.Sum(nil))[:40]
}

// serveDownload is the address that [Server.fileURL] makes. It answers as the real one: a page, not JSON.
func (s *Server) serveDownload(w http.ResponseWriter, r *http.Request, id string) {
	query := r.URL.Query()
	s.mu.Lock()
	now := s.now()
	file := s.files.find(id, now)
	until, err := strconv.ParseInt(query.Get("ext"), 10, 64)
	signed := err == nil && hmac.Equal([]byte(query.Get("hash")), []byte(s.fileHash(id, query.Get("ext"))))
	allowed := file != nil && s.mayFetch(bearer(r), file)
	var ended arguments
	var expired, corrupt bool
	if allowed && signed {
		if ended, expired = s.strikes(faultMediaExpired, file.phoneNumberID, ""); !expired {
			corrupt = s.struck(faultMediaCorrupt, file.phoneNumberID, "")
		}
	}
	s.mu.Unlock()
	switch {
	case expired:
		http.Error(w, "URL signature expired", ended.whole("status"))
	case bearer(r) == "" || (file != nil && !allowed):
		http.Error(w, "Authentication error", http.StatusUnauthorized)
	case !signed || file == nil:
		http.Error(w, "Bad URL hash", http.StatusForbidden)
	case !now.Before(time.Unix(until, 0)):
		http.Error(w, "URL signature expired", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", file.media.MimeType)
		w.Header().Set("Content-Length", strconv.Itoa(len(file.data)))
		_, _ = w.Write(spoiled(file.data, corrupt)) // a client that went away cannot be told
	}
}

// spoiled is the file, or one of the same length that its hash does not fit.
func spoiled(data []byte, corrupt bool) []byte {
	if !corrupt || len(data) == 0 {
		return data
	}
	other := slices.Clone(data)
	other[len(other)/2] ^= 0xff
	return other
}

// mayFetch tells whether a token belongs to the account that a file was sent to or uploaded for.
func (s *Server) mayFetch(token string, file *ownedFile) bool {
	owner := s.registry.businesses[file.phoneNumberID]
	if owner == nil {
		return false
	}
	for _, b := range s.registry.businesses {
		if b.WabaID == owner.WabaID && b.AccessToken == token {
			return true
		}
	}
	return false
}

// bearer is the token of a request: of its header, or of the query as Meta takes it, too.
func bearer(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	return r.URL.Query().Get("access_token")
}

// learnBase remembers under which address clients reach the graph, for the addresses of files. The caller holds the lock.
func (s *Server) learnBase(r *http.Request) {
	if s.options.BaseURL != "" {
		return
	}
	asked, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		asked = r.URL
	}
	prefix, rest, found := strings.Cut(asked.Path, "/graph/")
	if !found || rest == "" {
		return
	}
	base := url.URL{Scheme: "http", Host: r.Host, Path: prefix + "/graph"}
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		base.Scheme = "https"
	}
	s.base = base.String()
}
