package typebot

import (
	"strings"
	"time"
)

// Moment is a point in time as a flow's author writes it: an instant, or a date and a clock time of the contact's zone.
type Moment struct {
	// Instant is set where the author gave a zone.
	Instant time.Time
	// Date ("2006-01-02") and Clock ("15:04") are local; an empty Date means the next such clock time.
	Date  string
	Clock string
}

// IsZero tells that no moment was given.
func (m Moment) IsZero() bool { return m == Moment{} }

// String is the one way to write the moment.
func (m Moment) String() string {
	if !m.Instant.IsZero() {
		return m.Instant.UTC().Format(time.RFC3339)
	}
	return strings.TrimSpace(m.Date + " " + m.Clock)
}

// readMoment reads RFC 3339, a date, a clock time, or both, in the orders of ISO 8601 and of Brazil.
func readMoment(text string) (Moment, *mistake) {
	text = strings.TrimFunc(text, invisible)
	if text == "" {
		return Moment{}, emptyValue(keyStartAt)
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return Moment{Instant: at.UTC()}, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "02/01/2006 15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return Moment{Date: at.Format(time.DateOnly), Clock: at.Format("15:04")}, nil
		}
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006"} {
		if at, err := time.Parse(layout, text); err == nil {
			return Moment{Date: at.Format(time.DateOnly), Clock: "00:00"}, nil
		}
	}
	if at, err := time.Parse("15:04", text); err == nil {
		return Moment{Clock: at.Format("15:04")}, nil
	}
	return Moment{}, badValue(keyStartAt, `esperava um horário ("09:00"), data e hora ("2026-12-01 09:00") ou um instante com fuso`)
}
