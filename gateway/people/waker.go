package people

import (
	"retoma/internal/desk"
)

// Waker tells the workers that there is something to do. It never fails and never delays the caller.
type Waker interface {
	// Contact says that a contact has mail, or that something about it changed.
	Contact(ref desk.Ref)
	// Outbox says that a contact has a message to be sent now.
	Outbox(ref desk.Ref)
	// At asks for a wake-up at a time within the horizon.
	At(alarm desk.Alarm)
	// Notification says that the team is to be told something.
	Notification(id string)
}
