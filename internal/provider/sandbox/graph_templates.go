package sandbox

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// reviewTime is how long Meta takes to look at a template here; syncTime how long a new one cannot be sent after that (134101).
const (
	reviewTime = 20 * time.Second
	syncTime   = 30 * time.Second
)

// postTemplate is POST /{waba-id}/message_templates: checked at once, decided on later, told by webhook.
func (s *Server) postTemplate(w http.ResponseWriter, r *http.Request, b *Business) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuseGraph(w, refuse(100, "The request body could not be read."))
		return
	}
	request, refused := decodeTemplateRequest(raw)
	if refused == nil {
		refused = request.checkNew()
	}
	if refused == nil {
		refused = request.checkContent()
	}
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	t, refused := s.createTemplate(b, request)
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	writeGraph(w, http.StatusOK, t)
}

// createdTemplate is the answer to a template's creation.
type createdTemplate struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Category string `json:"category"`
}

func (s *Server) createTemplate(b *Business, request *templateRequest) (*createdTemplate, *graphError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waba := s.registry.accounts[b.WabaID]
	deleted, was := waba.deleted[request.Name+"|"+request.Language]
	switch {
	case waba.template(request.Name, request.Language) != nil:
		return nil, refuseTemplate(subcodeExists, "Content in this language already exists",
			"There is already content in %s for the message template %s.", request.Language, request.Name)
	case was && s.now().Sub(deleted) < templateNameLife:
		return nil, refuseTemplate(subcodeDeleted, "Message template language is being deleted",
			"New content in %s can't be added to the message template %s while it is being deleted. Try again in 4 weeks.", request.Language, request.Name)
	case len(waba.templates) >= mostTemplates:
		return nil, refuseTemplate(subcodeTooMany, "Message template limit exceeded", "This account has %d message templates, the most it can have.", mostTemplates)
	}
	t, err := compileTemplate(Template{ID: s.ids.media(), Name: request.Name, Language: request.Language, Status: "PENDING", Category: request.Category,
		ParameterFormat: request.ParameterFormat, Components: request.Components, ReviewAt: s.now().Add(reviewTime)})
	if err != nil {
		return nil, refuse(100, "The template could not be read.")
	}
	waba.templates = append(waba.templates, t)
	s.planReview(waba, t)
	return &createdTemplate{ID: t.ID, Status: t.Status, Category: t.Category}, nil
}

// editTemplate is POST /{template-id}: it goes to review again.
func (s *Server) editTemplate(w http.ResponseWriter, r *http.Request, b *Business, id string) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuseGraph(w, refuse(100, "The request body could not be read."))
		return
	}
	request, refused := decodeTemplateRequest(raw)
	if refused == nil {
		refused = s.replaceTemplate(b, id, request)
	}
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	writeGraph(w, http.StatusOK, map[string]bool{"success": true})
}

func (s *Server) replaceTemplate(b *Business, id string, request *templateRequest) *graphError {
	s.mu.Lock()
	defer s.mu.Unlock()
	waba := s.registry.accounts[b.WabaID]
	i := slices.IndexFunc(waba.templates, func(t *compiledTemplate) bool { return t.ID == id })
	if i < 0 {
		return missingObject("post", id)
	}
	old := waba.templates[i]
	if !slices.Contains([]string{"APPROVED", "REJECTED", "PAUSED"}, old.Status) {
		return refuse(100, "Only templates that are approved, rejected or paused can be edited.")
	}
	changed := old.Template
	request.ParameterFormat, request.Category = old.ParameterFormat, orText(request.Category, old.Category)
	if refused := request.checkCategory(); refused != nil {
		return refused
	}
	if request.Components != nil {
		if refused := request.checkContent(); refused != nil {
			return refused
		}
		changed.Components = request.Components
	}
	changed.Category, changed.Status, changed.ReviewAt = request.Category, "PENDING", s.now().Add(reviewTime)
	t, err := compileTemplate(changed)
	if err != nil {
		return refuse(100, "The template could not be read.")
	}
	waba.templates[i] = t
	s.planReview(waba, t)
	return nil
}

// deleteTemplates is DELETE /{waba-id}/message_templates?name=[&hsm_id=]: all languages of a name, or one template.
func (s *Server) deleteTemplates(w http.ResponseWriter, r *http.Request, b *Business) {
	query := r.URL.Query()
	name, id := query.Get("name"), query.Get("hsm_id")
	if name == "" {
		s.refuseGraph(w, refuse(100, "The parameter name is required."))
		return
	}
	s.mu.Lock()
	waba := s.registry.accounts[b.WabaID]
	before := len(waba.templates)
	waba.templates = slices.DeleteFunc(slices.Clone(waba.templates), func(t *compiledTemplate) bool {
		gone := t.Name == name && (id == "" || t.ID == id)
		if gone {
			waba.deleted[t.Name+"|"+t.Language] = s.now()
		}
		return gone
	})
	found := len(waba.templates) < before
	s.mu.Unlock()
	if !found {
		s.refuseGraph(w, refuseTemplate(2593002, "Message template was not found", "The message template %s does not exist in this account.", strings.ToLower(name)))
		return
	}
	writeGraph(w, http.StatusOK, map[string]bool{"success": true})
}
