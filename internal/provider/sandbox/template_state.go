package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"retoma/internal/fault"
)

// templateEvent is the value of message_template_status_update (providers.md 1.6).
type templateEvent struct {
	Event    string             `json:"event"`
	ID       any                `json:"message_template_id"`
	Name     string             `json:"message_template_name"`
	Language string             `json:"message_template_language"`
	Reason   string             `json:"reason"`
	Category string             `json:"message_template_category"`
	Disabled *templateDisabling `json:"disable_info,omitempty"`
	Other    *templateOther     `json:"other_info,omitempty"`
}

type templateDisabling struct {
	Date int64 `json:"disable_date"`
}

type templateOther struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// tellTemplate is the webhook of a template's new state. The caller holds the lock.
func (s *Server) tellTemplate(wabaID string, t *compiledTemplate, event string, other *templateOther) {
	told := templateEvent{Event: event, ID: numericID(t.ID), Name: t.Name, Language: t.Language, Reason: orText(t.RejectedReason, "NONE"), Category: t.Category, Other: other}
	if event == "DISABLED" {
		told.Disabled = &templateDisabling{Date: s.now().Unix()}
	}
	s.tellAccount(wabaID, "message_template_status_update", told)
}

// planReview decides on a template when its time has come: it is approved unless a fault rejects it.
func (s *Server) planReview(waba *account, t *compiledTemplate) {
	s.clock.after(t.ReviewAt.Sub(s.now()), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.Status != "PENDING" || waba.templateByID(t.ID) != t {
			return
		}
		if a, rejected := s.strikes(faultRejected, "", ""); rejected {
			t.Status, t.RejectedReason = "REJECTED", a.text("reason")
			s.tellTemplate(waba.id, t, "REJECTED", nil)
			return
		}
		t.Status, t.RejectedReason = "APPROVED", ""
		t.syncedAt = s.now().Add(syncTime)
		s.tellTemplate(waba.id, t, "APPROVED", nil)
	})
}

// pauseTimes are how long the first and the second pause last; a third time the template is disabled (Meta's page "Template pausing").
var pauseTimes = []time.Duration{3 * time.Hour, 6 * time.Hour}

// pauseTemplate pauses a template for the next time. The caller holds the lock.
func (s *Server) pauseTemplate(waba *account, t *compiledTemplate) {
	if t.Pauses >= len(pauseTimes) {
		t.Status, t.PausedUntil = "DISABLED", time.Time{}
		s.tellTemplate(waba.id, t, "DISABLED", &templateOther{Title: "DISABLED", Description: fmt.Sprintf(
			"Because your WhatsApp message template, %s, received repeated negative feedback, it's been disabled.", t.Name)})
		return
	}
	pause := pauseTimes[t.Pauses]
	t.Pauses++
	t.Status, t.PausedUntil = "PAUSED", s.now().Add(pause)
	title := []string{"FIRST_PAUSE", "SECOND_PAUSE"}[t.Pauses-1]
	s.tellTemplate(waba.id, t, "PAUSED", &templateOther{Title: title, Description: fmt.Sprintf(
		"Because your WhatsApp message template, %s, received repeated negative feedback, it's paused for %d hours.", t.Name, int(pause.Hours()))})
	s.planResume(waba, t)
}

// planResume ends a pause when its time has come, unless it ended before.
func (s *Server) planResume(waba *account, t *compiledTemplate) {
	until := t.PausedUntil
	s.clock.after(until.Sub(s.now()), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.Status == "PAUSED" && t.PausedUntil.Equal(until) {
			s.resumeTemplate(waba, t)
		}
	})
}

func (s *Server) resumeTemplate(waba *account, t *compiledTemplate) {
	t.Status, t.PausedUntil = "APPROVED", time.Time{}
	s.tellTemplate(waba.id, t, "APPROVED", &templateOther{Title: "UNPAUSE", Description: fmt.Sprintf("Your WhatsApp message template, %s, is no longer paused.", t.Name)})
}

// planTemplates goes on, after a restart, with what templates wait for. The caller holds the lock.
func (s *Server) planTemplates() {
	for _, id := range s.registry.order {
		waba := s.registry.accounts[s.registry.businesses[id].WabaID]
		for _, t := range waba.templates {
			switch {
			case t.planned:
			case t.Status == "PENDING" && !t.ReviewAt.IsZero():
				s.planReview(waba, t)
			case t.Status == "PAUSED" && !t.PausedUntil.IsZero():
				s.planResume(waba, t)
			}
			t.planned = true
		}
	}
}

// unpauseTemplate is POST /{template-id}/unpause: only a paused template can be.
func (s *Server) unpauseTemplate(w http.ResponseWriter, b *Business, id string) {
	s.mu.Lock()
	waba := s.registry.accounts[b.WabaID]
	template := waba.templateByID(id)
	var refused *graphError
	switch {
	case template == nil:
		refused = missingObject("post", id)
	case template.Status != "PAUSED":
		refused = refuse(100, "Template %s is not paused.", template.Name)
	default:
		s.resumeTemplate(waba, template)
	}
	s.mu.Unlock()
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	writeGraph(w, http.StatusOK, map[string]bool{"success": true})
}

// TemplateChange is what Meta does to a template by itself; what is empty stays as it is.
type TemplateChange struct {
	// Quality is GREEN, YELLOW, RED or UNKNOWN; RED pauses: 3 hours the first time, 6 the second, the third disables.
	Quality string `json:"quality"`
	// Category is MARKETING, UTILITY or AUTHENTICATION.
	Category string `json:"category"`
	// Status is APPROVED, REJECTED (with Reason), PAUSED (as RED does) or DISABLED.
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// ChangeTemplate changes a template as Meta would, with the webhooks.
func (s *Server) ChangeTemplate(id string, change TemplateChange) error {
	if err := change.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waba, t := s.registry.findTemplate(id)
	if t == nil {
		return fault.New(fault.NotFound, "modelo não encontrado")
	}
	if change.Category != "" && change.Category != t.Category {
		s.tellAccount(waba.id, "template_category_update", map[string]any{"message_template_id": numericID(t.ID), "message_template_name": t.Name,
			"message_template_language": t.Language, "previous_category": t.Category, "new_category": change.Category})
		t.Category = change.Category
	}
	if change.Quality != "" {
		s.rateTemplate(waba, t, change.Quality)
	}
	switch change.Status {
	case "PAUSED":
		s.pauseTemplate(waba, t)
	case "":
	default:
		t.Status, t.RejectedReason, t.PausedUntil = change.Status, change.Reason, time.Time{}
		s.tellTemplate(waba.id, t, change.Status, nil)
	}
	return nil
}

func (c TemplateChange) check() error {
	for _, field := range []struct {
		name, value string
		known       []string
	}{
		{"quality", c.Quality, []string{"GREEN", "YELLOW", "RED", "UNKNOWN"}},
		{"category", c.Category, []string{"MARKETING", "UTILITY", "AUTHENTICATION"}},
		{"status", c.Status, []string{"APPROVED", "REJECTED", "PAUSED", "DISABLED"}},
	} {
		if field.value != "" && !slices.Contains(field.known, field.value) {
			return fault.Field(field.name, "deve ser um de: %s", strings.Join(field.known, ", "))
		}
	}
	return nil
}

// rateTemplate changes the quality and tells of it; the lowest pauses.
func (s *Server) rateTemplate(waba *account, t *compiledTemplate, quality string) {
	before := t.quality()
	if before == quality {
		return
	}
	t.QualityScore = json.RawMessage(fmt.Sprintf(`{"score":%q,"date":%d}`, quality, s.now().Unix()))
	s.tellAccount(waba.id, "message_template_quality_update", map[string]any{"previous_quality_score": before, "new_quality_score": quality,
		"message_template_id": numericID(t.ID), "message_template_name": t.Name, "message_template_language": t.Language})
	if quality == "RED" && t.Status == "APPROVED" {
		s.pauseTemplate(waba, t)
	}
}

func (c *compiledTemplate) quality() string {
	var score struct {
		Score string `json:"score"`
	}
	_ = json.Unmarshal(c.QualityScore, &score) // what cannot be read is unknown
	return orText(score.Score, "UNKNOWN")
}

func (r *registry) findTemplate(id string) (*account, *compiledTemplate) {
	for _, number := range r.order {
		waba := r.accounts[r.businesses[number].WabaID]
		if t := waba.templateByID(id); t != nil {
			return waba, t
		}
	}
	return nil, nil
}

func (s *Server) postTemplateChange(r *http.Request) (any, error) {
	var change TemplateChange
	if err := readJSON(r, &change); err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	if err := s.ChangeTemplate(id, change); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, t := s.registry.findTemplate(id)
	return t.Template, nil
}
