package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
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
	w = s.ill(w, r, id)
	if id == "debug_token" && edge == "" && r.Method == http.MethodGet {
		s.serveDebugToken(w, r)
		return
	}
	b, refused := s.authorize(r, id)
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	if refused := s.mayCall(b, id, edge); refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	s.routeGraph(w, r, b, id, edge)
}

// mayCall refuses for want of a permission, for a token that a fault ended, and beyond the management limit.
func (s *Server) mayCall(b *Business, id, edge string) *graphError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ended := s.strikes(faultTokenExpired, b.PhoneNumberID, ""); ended {
		return endedToken(a.whole("subcode"), s.now())
	}
	if a, denied := s.strikes(faultNoPermission, b.PhoneNumberID, ""); denied {
		return refuse(a.whole("code"), "")
	}
	if refused := b.checkScope(edge); refused != nil {
		return refused
	}
	if id != b.PhoneNumberID && edge != "" {
		return s.overCalls(b)
	}
	return nil
}

// graphRoute is one thing that the graph answers: a method and an edge of a number, an account, or another object such as a file.
type graphRoute struct {
	method, object, edge string
	serve                func(http.ResponseWriter, *http.Request, *Business, string)
}

func (s *Server) graphRoutes() []graphRoute {
	// anyID leaves out the id where the business says it all.
	anyID := func(serve func(http.ResponseWriter, *http.Request, *Business)) func(http.ResponseWriter, *http.Request, *Business, string) {
		return func(w http.ResponseWriter, r *http.Request, b *Business, _ string) { serve(w, r, b) }
	}
	const number, account, other = "number", "account", "other"
	return []graphRoute{
		{http.MethodPost, number, "messages", anyID(s.postGraphMessage)},
		{http.MethodPost, number, "media", anyID(s.postMedia)},
		{http.MethodGet, number, "", s.getNode},
		{http.MethodGet, account, "", s.getNode},
		{http.MethodGet, account, "message_templates", anyID(s.getTemplates)},
		{http.MethodPost, account, "message_templates", anyID(s.postTemplate)},
		{http.MethodDelete, account, "message_templates", anyID(s.deleteTemplates)},
		{http.MethodGet, account, "phone_numbers", anyID(s.getNumbers)},
		{http.MethodGet, account, "subscribed_apps", anyID(s.serveSubscription)},
		{http.MethodPost, account, "subscribed_apps", anyID(s.serveSubscription)},
		{http.MethodDelete, account, "subscribed_apps", anyID(s.serveSubscription)},
		{http.MethodGet, other, "", s.getNode},
		{http.MethodPost, other, "", s.editTemplate},
		{http.MethodDelete, other, "", s.serveFile},
		{http.MethodPost, other, "unpause", func(w http.ResponseWriter, _ *http.Request, b *Business, id string) { s.unpauseTemplate(w, b, id) }},
	}
}

func (s *Server) routeGraph(w http.ResponseWriter, r *http.Request, b *Business, id, edge string) {
	object := "other"
	switch id {
	case b.PhoneNumberID:
		object = "number"
	case b.WabaID:
		object = "account"
	}
	for _, route := range s.graphRoutes() {
		if route.method == r.Method && route.object == object && route.edge == edge {
			route.serve(w, r, b, id)
			return
		}
	}
	s.refuseGraph(w, missingObject(strings.ToLower(r.Method), id))
}

// sick applies what happens before anything is looked at: latency, outage, "too many requests". It is true if the request ended here.
func (s *Server) sick(w http.ResponseWriter, r *http.Request, id string) bool {
	s.mu.Lock()
	slow, isSlow := s.strikes(faultLatency, id, "")
	outage, isOut := s.strikes(faultOutage, id, "")
	later, isLater := s.strikes(faultRetryAfter, id, "")
	s.mu.Unlock()
	if isSlow {
		s.pause(r, slow.millis("ms"))
	}
	switch {
	case isOut && outage.text("kind") == string(Cut):
		cutConnection(w)
	case isOut && outage.text("kind") == "badGateway":
		writePage(w, http.StatusBadGateway)
	case isOut:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>")
	case isLater:
		s.tooManyRequests(w, later)
	default:
		return false
	}
	return true
}

func (s *Server) tooManyRequests(w http.ResponseWriter, a arguments) {
	w.Header().Set("Retry-After", strconv.Itoa(a.whole("seconds")))
	if !a.on("json") {
		writePage(w, a.whole("status"))
		return
	}
	refused := refuse(a.whole("code"), "")
	refused.status = a.whole("status")
	s.refuseGraph(w, refused)
}

// ill wraps an answer that will come in pieces or break off.
func (s *Server) ill(w http.ResponseWriter, r *http.Request, id string) http.ResponseWriter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.struck(faultResetMidBody, id, "") {
		return &breakingWriter{ResponseWriter: w}
	}
	if a, slow := s.strikes(faultSlowBytes, id, ""); slow {
		return &slowWriter{ResponseWriter: w, bytes: a.whole("bytes"), wait: func() { s.pause(r, a.millis("ms")) }}
	}
	return w
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
