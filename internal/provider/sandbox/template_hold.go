package sandbox

// holdTemplate decides whether a template's message is held for quality assessment, and gives the message_status of the answer.
// The caller holds the lock.
func (s *Server) holdTemplate(e *entry) string {
	if a, held := s.strikes(faultHeld, e.PhoneNumberID, e.phone.waID); held && e.doom == 0 {
		e.Status = StatusHeld
		e.heldUntil, e.heldDrop = s.now().Add(a.seconds("minutes")*60), a.on("dropped")
		s.planRelease(e)
		return "held_for_quality_assessment"
	}
	if e.doom == 132015 {
		return "paused"
	}
	return "accepted"
}

// planRelease lets a held message go on, or fail, when its time has come.
func (s *Server) planRelease(e *entry) {
	s.clock.after(e.heldUntil.Sub(s.now()), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if e.Status != StatusHeld {
			return
		}
		e.Status = StatusAccepted
		if e.heldDrop || (e.template != nil && e.template.Status != "APPROVED") {
			e.doom = 132015
		}
		s.plan(e)
	})
}
