package store

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// teach learns from delivery states by what else their recipients are known, such as the id of somebody who was written to
// by phone. It is a commit of its own, because it is almost never needed; what fails is told again by the next state.
func (s *Store) teach(ctx context.Context, group *reception) {
	var lessons desk.Intake
	var intakes []int
	for _, moved := range group.statuses {
		recipient := moved.arrival.Status.Recipient
		if moved.messageID == "" || moved.known >= int64(len(recipient)) {
			continue
		}
		lessons.Arrivals = append(lessons.Arrivals, desk.Arrival{
			TenantID: moved.arrival.TenantID, ContactID: moved.contactID, Keys: recipient, Evidence: true, OnlyPerson: true,
			Provider: moved.arrival.Provider, Business: moved.arrival.Business, Event: chat.Event{Name: chat.ContactChanged},
		})
		intakes = append(intakes, moved.intake)
	}
	if len(intakes) == 0 {
		return
	}
	written, err := s.receive(ctx, []desk.Intake{lessons})
	if err != nil {
		s.log.Warn("keys that delivery states told could not be learned", "error", err)
		return
	}
	for _, ref := range written[0].Wake {
		group.wake(intakes[0], ref.TenantID, ref.ContactID)
	}
}
