package calendar

import (
	"fmt"
	"time"

	"retoma/internal/fault"
)

// ClockTime is a time of day on the wall clock, to the minute. In JSON and text it is "HH:MM".
type ClockTime struct{ Hour, Minute int }

// ParseClockTime reads "HH:MM", 00:00 to 23:59, and nothing else. Any other text is a [fault.Invalid] error without
// a Field; the caller knows the path.
func ParseClockTime(s string) (ClockTime, error) {
	if len(s) == 5 && s[2] == ':' {
		hour, minute := twoDigits(s[:2]), twoDigits(s[3:])
		if 0 <= hour && hour <= 23 && 0 <= minute && minute <= 59 {
			return ClockTime{Hour: hour, Minute: minute}, nil
		}
	}
	return ClockTime{}, fault.New(fault.Invalid, "horário inválido: %s; escreva HH:MM, de 00:00 a 23:59", quote(s))
}

// twoDigits reads two ASCII digits; -1 for anything else.
func twoDigits(s string) int {
	tens, units := s[0]-'0', s[1]-'0'
	if tens > 9 || units > 9 {
		return -1
	}
	return int(tens)*10 + int(units)
}

// String is the form that [ParseClockTime] reads.
func (c ClockTime) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// MarshalText makes "HH:MM" the form in JSON.
func (c ClockTime) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what [ParseClockTime] reads.
func (c *ClockTime) UnmarshalText(text []byte) error {
	parsed, err := ParseClockTime(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}

// FirstAtClock is when a model's first message is due (domain.md section 4, startTime): the next occurrence of clock in
// zone, today if it is not yet past at now, else tomorrow, plus offsetMinutes (not negative) added on the wall clock. So
// an offset of 7200 is the same clock time five days later, also across a DST change.
//
// Exactly at the clock time it is not yet past; a nanosecond later it is. Where today's clock time exists twice, it is
// past once the first one is; where it does not exist, it stands for the first instant after the gap, as in [Resolve].
// The result is never before now.
func FirstAtClock(now time.Time, clock ClockTime, offsetMinutes int, zone *time.Location) time.Time {
	year, month, day := now.In(zone).Date()
	if Resolve(year, month, day, clock.Hour, clock.Minute, 0, zone).Before(now) {
		day++
	}
	return Resolve(year, month, day, clock.Hour, clock.Minute+offsetMinutes, 0, zone)
}

// minutes counts from 00:00.
func (c ClockTime) minutes() int { return c.Hour*60 + c.Minute }
