package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

const maxBody = 3 << 20

var graphVersion = regexp.MustCompile(`^v\d{1,3}\.\d{1,2}$`)

// serveGraph is Meta's side: every answer has Meta's shape, refusals too.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.learnBase(r)
	s.mu.Unlock()
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/graph/"), "/"), "/")
	if len(parts) == 2 && parts[0] == "media" {
		s.serveDownload(w, r, parts[1])
		return
	}
	if len(parts) < 2 || len(parts) > 3 || !graphVersion.MatchString(parts[0]) {
		s.refuseGraph(w, &graphError{code: 2500, status: http.StatusBadRequest, bare: true, title: "Unknown path components: /" + strings.Join(parts, "/")})
		return
	}
	id, edge := parts[1], ""
	if len(parts) == 3 {
		edge = parts[2]
	}
	if s.sick(w, r, id) {
		return
	}
	if id == "debug_token" && edge == "" && r.Method == http.MethodGet {
		s.serveDebugToken(w, r)
		return
	}
	b, refused := s.authorize(r, id)
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	if refused := b.checkScope(edge); refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	s.routeGraph(w, r, b, id, edge)
}

func (s *Server) routeGraph(w http.ResponseWriter, r *http.Request, b *Business, id, edge string) {
	number := id == b.PhoneNumberID
	switch {
	case r.Method == http.MethodPost && number && edge == "messages":
		s.postGraphMessage(w, r, b)
	case r.Method == http.MethodPost && number && edge == "media":
		s.postMedia(w, r, b)
	case r.Method == http.MethodGet && edge == "":
		s.getNode(w, r, b, id)
	case r.Method == http.MethodDelete && edge == "" && !number && id != b.WabaID:
		s.serveFile(w, r, b, id)
	case r.Method == http.MethodPost && edge == "unpause":
		s.unpauseTemplate(w, b, id)
	case r.Method == http.MethodGet && !number && edge == "message_templates":
		s.getTemplates(w, r, b)
	case r.Method == http.MethodGet && !number && edge == "phone_numbers":
		s.getNumbers(w, r, b)
	case !number && edge == "subscribed_apps":
		s.serveSubscription(w, r, b)
	default:
		s.refuseGraph(w, missingObject(strings.ToLower(r.Method), id))
	}
}

// sick applies what happens before anything is looked at: outage and latency. It is true if the request ended here.
func (s *Server) sick(w http.ResponseWriter, r *http.Request, id string) bool {
	s.mu.Lock()
	faults := s.faults.of(id).clone()
	s.mu.Unlock()
	s.pause(r, time.Duration(faults.LatencyMs)*time.Millisecond)
	switch faults.Outage {
	case Unavailable:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>")
		return true
	case Cut:
		cutConnection(w)
		return true
	}
	return false
}

// pause waits, but no longer than the client or the server lives.
func (s *Server) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.closed:
	}
}

// cutConnection closes the connection without an answer.
func cutConnection(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
		return
	}
	panic(http.ErrAbortHandler)
}

// authorize finds the business that an id of a number, an account or a file belongs to and checks that the token may see it.
func (s *Server) authorize(r *http.Request, id string) (*Business, *graphError) {
	token := bearer(r)
	if token == "" {
		return nil, noToken()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	file := s.registry.businesses[s.files.owner(id, now)]
	var expired *graphError
	valid := false
	for _, number := range s.registry.order {
		b := s.registry.businesses[number]
		if b.AccessToken != token {
			continue
		}
		if refused := b.checkToken(now); refused != nil {
			expired = refused
			continue
		}
		valid = true
		if b.PhoneNumberID == id || b.WabaID == id || (file != nil && file.WabaID == b.WabaID) || s.registry.accounts[b.WabaID].templateByID(id) != nil {
			found := *b
			return &found, nil
		}
	}
	switch {
	case valid:
	case expired != nil:
		return nil, expired
	default:
		return nil, refuse(190, "")
	}
	return nil, missingObject(strings.ToLower(r.Method), id)
}

func (s *Server) refuseGraph(w http.ResponseWriter, refused *graphError) {
	s.mu.Lock()
	trace := s.ids.trace()
	s.mu.Unlock()
	writeGraph(w, refused.status, refused.body(trace))
}

func writeGraph(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // a client that went away cannot be told
}
