package calendar

import "time"

// Stretch is a part of time, From until before To, in which a zone's clocks are Offset ahead of UTC.
type Stretch struct {
	From, To time.Time
	Offset   time.Duration
}

// Stretches cuts the time from one instant until before another at the changes of a zone's clocks: within each part the
// local date follows from the instant by arithmetic alone, as SQL can do it. Without any time between there is none.
func Stretches(from, to time.Time, zone *time.Location) []Stretch {
	var found []Stretch
	for from.Before(to) {
		_, end := from.In(zone).ZoneBounds()
		if end.IsZero() || end.After(to) {
			end = to
		}
		_, offset := from.In(zone).Zone()
		found = append(found, Stretch{From: from.UTC(), To: end.UTC(), Offset: time.Duration(offset) * time.Second})
		from = end
	}
	return found
}
