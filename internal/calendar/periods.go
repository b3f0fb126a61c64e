package calendar

import "time"

// StartOfDay is the first instant of t's local day: midnight, or where a DST gap swallows midnight, the end of the gap.
func StartOfDay(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return Resolve(year, month, day, 0, 0, 0, zone)
}

// StartOfWeek is the first instant of the Monday of t's local week (domain.md section 8).
func StartOfWeek(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	year, month, day := local.Date()
	sinceMonday := (int(local.Weekday()) + 6) % 7
	return Resolve(year, month, day-sinceMonday, 0, 0, 0, zone)
}

// StartOfMonth is the first instant of the first day of t's local month.
func StartOfMonth(t time.Time, zone *time.Location) time.Time {
	year, month, _ := t.In(zone).Date()
	return Resolve(year, month, 1, 0, 0, 0, zone)
}
