package chat

import (
	"slices"
	"time"
)

// ContactEvents says in events what a change of a contact means to flows (domain.md: Event): each tag that was added, then
// the stage that was entered and the status if they changed. Any other change, such as a stage that was only left, is one
// [ContactChanged], which only wakes.
func ContactEvents(before, after Contact, at time.Time) []Event {
	var events []Event
	add := func(name EventName, data map[string]any) {
		events = append(events, Event{Name: name, At: at, Data: data})
	}
	for _, tag := range after.Tags {
		if !slices.Contains(before.Tags, tag) {
			add(TagAdded, map[string]any{"tag": tag})
		}
	}
	if after.Stage != before.Stage && after.Stage != "" {
		add(StageEntered, map[string]any{"stage": after.Stage, "from": before.Stage})
	}
	if after.Status != before.Status {
		add(StatusChanged, map[string]any{"status": after.Status, "from": before.Status})
	}
	if len(events) == 0 {
		add(ContactChanged, nil)
	}
	return events
}
