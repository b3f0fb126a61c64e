package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// getNode answers GET /{id}?fields= for a number, an account or a customer's file.
func (s *Server) getNode(w http.ResponseWriter, r *http.Request, b *Business, id string) {
	switch id {
	case b.PhoneNumberID:
		s.writeFields(w, r, numberNode(b), numberStandard, "WhatsAppBusinessPhoneNumber")
	case b.WabaID:
		node := map[string]any{"id": b.WabaID, "name": orText(b.VerifiedName, "Conta de demonstração"), "timezone_id": "25", "currency": "BRL",
			"account_review_status": "APPROVED", "message_template_namespace": "sandbox_" + b.WabaID}
		s.writeFields(w, r, node, []string{"id", "name", "timezone_id", "message_template_namespace"}, "WhatsAppBusinessAccount")
	default:
		s.getOther(w, r, b, id)
	}
}

// getOther answers for a template or a file.
func (s *Server) getOther(w http.ResponseWriter, r *http.Request, b *Business, id string) {
	s.mu.Lock()
	template := s.registry.accounts[b.WabaID].templateByID(id)
	var node map[string]any
	if template != nil {
		node = templateNode(template)
	}
	s.mu.Unlock()
	if node == nil {
		s.serveFile(w, r, b, id)
		return
	}
	s.writeFields(w, r, node, templateStandard, "WhatsAppBusinessMessageTemplate")
}

// numberStandard are the fields Meta gives when none are asked for.
var numberStandard = []string{"id", "verified_name", "code_verification_status", "display_phone_number", "quality_rating", "platform_type", "throughput"}

func numberNode(b *Business) map[string]any {
	return map[string]any{
		"id":                       b.PhoneNumberID,
		"verified_name":            orText(b.VerifiedName, "Empresa de demonstração"),
		"display_phone_number":     b.DisplayPhoneNumber,
		"quality_rating":           orText(b.Quality, "GREEN"),
		"status":                   orText(b.Status, "CONNECTED"),
		"name_status":              "APPROVED",
		"code_verification_status": "VERIFIED",
		"platform_type":            "CLOUD_API",
		"account_mode":             "SANDBOX",
		"throughput":               map[string]string{"level": b.level()},
		"health_status":            b.health(),
		"whatsapp_business_manager_messaging_limit": orText(b.MessagingLimit, "TIER_2K"),
	}
}

func (s *Server) writeFields(w http.ResponseWriter, r *http.Request, node map[string]any, standard []string, kind string) {
	picked, refused := pick(node, r.URL.Query().Get("fields"), standard, kind)
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	writeGraph(w, http.StatusOK, picked)
}

// pick selects the fields of a node; the id always comes along.
func pick(node map[string]any, fields string, standard []string, kind string) (map[string]any, *graphError) {
	wanted := standard
	if fields != "" {
		wanted = strings.Split(fields, ",")
	}
	picked := map[string]any{"id": node["id"]}
	for _, field := range wanted {
		field = strings.TrimSpace(field)
		value, known := node[field]
		if !known {
			return nil, &graphError{code: 100, status: http.StatusBadRequest, title: "Tried accessing nonexisting field (" + field + ") on node type (" + kind + ")"}
		}
		if value != nil {
			picked[field] = value
		}
	}
	return picked, nil
}

func (s *Server) getNumbers(w http.ResponseWriter, r *http.Request, b *Business) {
	s.mu.Lock()
	var nodes []map[string]any
	for _, id := range s.registry.order {
		if other := s.registry.businesses[id]; other.WabaID == b.WabaID {
			nodes = append(nodes, numberNode(other))
		}
	}
	s.mu.Unlock()
	s.writePage(w, r, nodes, numberStandard, "WhatsAppBusinessPhoneNumber")
}

// templateStandard are the fields of a template when none are asked for.
var templateStandard = []string{"name", "parameter_format", "components", "language", "status", "category", "id"}

func (s *Server) getTemplates(w http.ResponseWriter, r *http.Request, b *Business) {
	query := r.URL.Query()
	var nodes []map[string]any
	s.mu.Lock()
	for _, t := range s.registry.accounts[b.WabaID].templates {
		if (query.Get("name") == "" || query.Get("name") == t.Name) && (query.Get("status") == "" || query.Get("status") == t.Status) {
			nodes = append(nodes, templateNode(t))
		}
	}
	s.mu.Unlock()
	s.writePage(w, r, nodes, templateStandard, "WhatsAppBusinessMessageTemplate")
}

func templateNode(t *compiledTemplate) map[string]any {
	node := map[string]any{"id": t.ID, "name": t.Name, "language": t.Language, "status": t.Status, "category": t.Category,
		"parameter_format": t.ParameterFormat, "components": t.Components, "rejected_reason": "NONE", "quality_score": nil, "sub_category": nil}
	if t.Components == nil {
		node["components"] = []TemplateComponent{}
	}
	if t.RejectedReason != "" {
		node["rejected_reason"] = t.RejectedReason
	}
	if len(t.QualityScore) > 0 {
		node["quality_score"] = t.QualityScore
	} else {
		node["quality_score"] = json.RawMessage(`{"score":"UNKNOWN"}`)
	}
	return node
}

type page struct {
	Data   []map[string]any `json:"data"`
	Paging *paging          `json:"paging,omitempty"`
}

type paging struct {
	Cursors map[string]string `json:"cursors"`
	Next    string            `json:"next,omitempty"`
}

// writePage answers a list with Meta's cursors: limit (25 if not given) nodes after the cursor.
func (s *Server) writePage(w http.ResponseWriter, r *http.Request, nodes []map[string]any, standard []string, kind string) {
	query := r.URL.Query()
	limit, err := strconv.Atoi(orText(query.Get("limit"), "25"))
	if err != nil || limit < 1 {
		s.refuseGraph(w, refuse(100, "Param limit must be a positive integer."))
		return
	}
	from, ok := fromCursor(query.Get("after"))
	if !ok {
		s.refuseGraph(w, refuse(100, "Invalid cursors values: %s", query.Get("after")))
		return
	}
	from = min(from, len(nodes))
	to := from + min(limit, len(nodes)-from)
	out := page{Data: []map[string]any{}}
	for _, node := range nodes[from:to] {
		picked, refused := pick(node, query.Get("fields"), standard, kind)
		if refused != nil {
			s.refuseGraph(w, refused)
			return
		}
		out.Data = append(out.Data, picked)
	}
	if len(out.Data) > 0 {
		out.Paging = &paging{Cursors: map[string]string{"before": cursor(from), "after": cursor(to)}}
		if to < len(nodes) {
			out.Paging.Next = nextURL(r, cursor(to))
		}
	}
	writeGraph(w, http.StatusOK, out)
}

func cursor(position int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(position))) + "ZD"
}

func fromCursor(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(text, "ZD"))
	if err != nil {
		return 0, false
	}
	position, err := strconv.Atoi(string(raw))
	return position, err == nil && position >= 0
}

// nextURL is the address of the following page as the client sees it, whatever prefix the handler is mounted under.
func nextURL(r *http.Request, after string) string {
	asked, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		asked = r.URL
	}
	query := asked.Query()
	query.Set("after", after)
	next := url.URL{Scheme: "http", Host: r.Host, Path: asked.Path, RawQuery: query.Encode()}
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		next.Scheme = "https"
	}
	return next.String()
}

// serveSubscription is /{waba-id}/subscribed_apps: without a subscription Meta sends no webhooks, silently.
func (s *Server) serveSubscription(w http.ResponseWriter, r *http.Request, b *Business) {
	s.mu.Lock()
	waba := s.registry.accounts[b.WabaID]
	switch r.Method {
	case http.MethodPost:
		waba.subscribed = true
	case http.MethodDelete:
		waba.subscribed = false
	}
	subscribed := waba.subscribed
	s.mu.Unlock()
	switch r.Method {
	case http.MethodPost, http.MethodDelete:
		writeGraph(w, http.StatusOK, map[string]bool{"success": true})
	case http.MethodGet:
		out := page{Data: []map[string]any{}}
		if subscribed {
			out.Data = append(out.Data, map[string]any{"whatsapp_business_api_data": map[string]string{
				"id": "670843887433847", "link": "https://www.facebook.com/games/?app_id=670843887433847", "name": "Sandbox"}})
		}
		writeGraph(w, http.StatusOK, out)
	default:
		s.refuseGraph(w, missingObject(strings.ToLower(r.Method), b.WabaID))
	}
}
