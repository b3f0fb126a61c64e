package flows

import (
	"time"

	"retoma/internal/calendar"
)

// Timing says when a follow-up is due (domain.md section 4).
type Timing struct {
	// At, when set, is a clock time: due is its next occurrence after the run's anchor plus Offset, on the wall clock.
	At *calendar.ClockTime
	// Offset counts from the anchor as elapsed time; with At, whole minutes on the wall clock.
	Offset time.Duration
	// KeepInWindow moves a due time that would fall up to two hours after the 24 h window closes to just before that.
	KeepInWindow bool
}

func (t Timing) from(anchor time.Time, zone *time.Location) time.Time {
	if t.At == nil {
		return anchor.Add(t.Offset)
	}
	return calendar.FirstAtClock(anchor, *t.At, t.offsetMinutes(), zone)
}

// heeded drops the clock time where it no longer counts. In a flow that follows its author any step can become the
// first one later on; a clock time is for the run's first message only (domain.md section 4), so it counts while nothing
// was sent, and for the first follow-up itself.
func (t *turn) heeded(timing Timing) Timing {
	first := t.run.Attempts == 0 || t.run.Anchor.Equal(t.run.StartedAt) || t.run.Open != nil && t.run.Open.Attempt == 1
	if t.flow.definition.FollowAuthor && !first {
		timing.At = nil
	}
	return timing
}

func (t Timing) offsetMinutes() int { return int(t.Offset / time.Minute) }

// afterLate is where a follow-up moves that is later than the world allows (domain.md section 2): one with a clock time
// to the next time the clock shows the hour it was due at, the rest into the next daytime, which may be now.
func (t Timing) afterLate(now time.Time, w World) time.Time {
	if t.At == nil {
		return calendar.AfterLate(now, w.Hours, w.zone())
	}
	const day = 24 * 60
	minutes := (t.At.Hour*60 + t.At.Minute + t.offsetMinutes()) % day
	clock := calendar.ClockTime{Hour: minutes / 60, Minute: minutes % 60}
	return calendar.FirstAtClock(now, clock, 0, w.zone())
}

// noOpening is how long a follow-up waits before it looks again for sending hours that have no opening within a year.
const noOpening = 24 * time.Hour

// opening is when the sending hours let something out that is due; the reason is empty if nothing had to move.
func (w World) opening(due time.Time) (time.Time, string) {
	open, found := w.Hours.NextOpening(due, w.zone())
	switch {
	case !found:
		return due.Add(noOpening), "o horário de envio não abre nem uma vez em um ano"
	case open.After(due):
		return open.UTC(), "a hora está fora do horário de envio"
	}
	return due, ""
}
