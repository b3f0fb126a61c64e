package gatewaytest

import (
	"sync"
	"time"

	"retoma/internal/desk"
)

// Wakes remembers who was woken.
type Wakes struct {
	mutex    sync.Mutex
	Contacts []desk.Ref
	Outboxes []desk.Ref
	Alarms   []desk.Alarm
}

// Contact notes who was woken.
func (w *Wakes) Contact(ref desk.Ref) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.Contacts = append(w.Contacts, ref)
}

// Outbox notes whose outbox was.
func (w *Wakes) Outbox(ref desk.Ref) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.Outboxes = append(w.Outboxes, ref)
}

// At notes an alarm.
func (w *Wakes) At(alarm desk.Alarm) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.Alarms = append(w.Alarms, alarm)
}

// Later makes it a waker for a worker too.
func (w *Wakes) Later(desk.Ref, time.Time) {}

// Notification notes nothing.
func (w *Wakes) Notification(string) {}

// All are whom was woken, for whatever reason.
func (w *Wakes) All() []desk.Ref {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return append(append([]desk.Ref{}, w.Contacts...), w.Outboxes...)
}

// Forget empties the memory.
func (w *Wakes) Forget() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.Contacts, w.Outboxes, w.Alarms = nil, nil, nil
}
