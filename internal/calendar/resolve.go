package calendar

import "time"

// furthestEast is more than any zone's offset from UTC, local mean times included; going back by it from a wall-clock
// time read as UTC gives an instant at which that wall-clock time has not come yet, whatever the zone.
const furthestEast = 26 * time.Hour

// Resolve turns a local wall-clock date and time into an instant, in zone. Values may overflow: day 32, minute 7200
// and minute -5 mean what they mean for [time.Date].
//
// A time that does not exist (clocks were put forward over it) becomes the first instant after the gap; one that
// exists twice (clocks were put back) means the first (domain.md section 3). A later wall-clock time therefore never
// resolves to an earlier instant. [time.Date] promises neither.
func Resolve(year int, month time.Month, day, hour, minute, second int, zone *time.Location) time.Time {
	wall := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	period := wall.Add(-furthestEast).In(zone)
	for {
		start, end := period.ZoneBounds()
		_, offset := period.Zone()
		instant := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if !end.IsZero() && !instant.Before(end) {
			period = end
			continue
		}
		if !start.IsZero() && instant.Before(start) {
			return start
		}
		return instant
	}
}
