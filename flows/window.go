package flows

import (
	"time"

	"retoma/internal/chat"
)

const (
	// keepWithin is how far after the window's end a due time may lie to be moved inside it.
	keepWithin = 2 * time.Hour
	// keepMargin is how long before the window's end it is moved to: time for the pace and for an assistant to write.
	keepMargin = 5 * time.Minute
	// keepStep is how finely an opening of the sending hours is looked for inside the window.
	keepStep = 5 * time.Minute
)

// insideWindow finds the last moment before the 24 h window closes for a follow-up that would land up to two hours after
// it: wanted is when it was due, landed where the sending hours put it. Nothing is found if the sending hours are closed
// from now until the window's end.
func (w World) insideWindow(wanted, landed, now time.Time) (time.Time, bool) {
	closes := w.Conversation.WindowClosesAt()
	if !w.HasWindow || closes.IsZero() || !justAfter(wanted, closes) && !justAfter(landed, closes) {
		return time.Time{}, false
	}
	for at := stored(closes.Add(-keepMargin)); !at.Before(now); at = at.Add(-keepStep) {
		if _, closed := w.opening(at); closed == "" {
			return at, true
		}
	}
	return time.Time{}, false
}

func justAfter(due, closes time.Time) bool {
	return !due.Before(closes.Add(-chat.WindowMargin)) && due.Sub(closes) <= keepWithin
}
