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
	// keepLast is the least time before the window's end that still helps: what does not find keepMargin goes then.
	keepLast = 90 * time.Second
	// keepStep is how finely an opening of the sending hours is looked for inside the window.
	keepStep = 5 * time.Minute
)

// insideWindow finds the last moment before the 24 h window closes for a follow-up that would land up to two hours after
// it: wanted is when it was due, landed where the sending hours put it. The reason says what was done, or why it could
// not be; it is empty where there was nothing to move.
func (w World) insideWindow(wanted, landed, now time.Time) (at time.Time, reason string) {
	closes := w.Conversation.WindowClosesAt()
	if !w.HasWindow || closes.IsZero() || !justAfter(wanted, closes) && !justAfter(landed, closes) {
		return landed, ""
	}
	if at, found := w.lastOpen(closes, now); found {
		return at, "adiantado para caber na janela de 24 horas"
	}
	return landed, "não coube na janela de 24 horas: até ela fechar não há horário de envio"
}

// lastOpen is the last moment before the window closes at which something may be sent.
func (w World) lastOpen(closes, now time.Time) (time.Time, bool) {
	for at := stored(closes.Add(-keepMargin)); !at.Before(now); at = at.Add(-keepStep) {
		if _, closed := w.opening(at); closed == "" {
			return at, true
		}
	}
	last := stored(closes.Add(-keepLast))
	_, closed := w.opening(last)
	return last, closed == "" && !last.Before(now)
}

func justAfter(due, closes time.Time) bool {
	return !due.Before(closes.Add(-chat.WindowMargin)) && due.Sub(closes) <= keepWithin
}
