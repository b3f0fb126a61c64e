package sandbox

import "net/http"

// unpauseTemplate is POST /{template-id}/unpause: only a paused template can be.
func (s *Server) unpauseTemplate(w http.ResponseWriter, b *Business, id string) {
	s.mu.Lock()
	template := s.registry.accounts[b.WabaID].templateByID(id)
	var refused *graphError
	switch {
	case template == nil:
		refused = missingObject("post", id)
	case template.Status != "PAUSED":
		refused = refuse(100, "Template %s is not paused.", template.Name)
	default:
		template.Status = "APPROVED"
	}
	s.mu.Unlock()
	if refused != nil {
		s.refuseGraph(w, refused)
		return
	}
	writeGraph(w, http.StatusOK, map[string]bool{"success": true})
}
