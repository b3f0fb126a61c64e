package web

import "time"

// Stamp is an instant as it is stored, in whole milliseconds: what is answered now is what is read later.
func Stamp(now time.Time) time.Time { return now.UTC().Truncate(time.Millisecond) }

// When shows an instant: RFC 3339 in UTC, absent if there is none.
func When(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}

// FarFuture is the end of what ends only by hand.
func FarFuture() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }
