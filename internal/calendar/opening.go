package calendar

import "time"

// searchDays is how far ahead an opening is looked for: a year and some days, so that one open day a year is found.
const searchDays = 370

const yearlyDate = "01-02"

// The hours in which late messages go out (domain.md section 2), in minutes of the local day.
const (
	daytimeFrom = 8 * 60
	daytimeTo   = 20 * 60
)

// schedule is compiled Hours. Each local day has at most one opening: from the instant at which the wall clock first
// shows from, until it first shows to. So an hour that a DST change repeats opens and closes nothing a second time.
type schedule struct {
	weekdays [7]bool
	// from and to are minutes of the local day; to is exclusive and at most 1440.
	from, to int
	// holidays has keys "2006-01-02" and "01-02".
	holidays map[string]bool
	// national may be nil.
	national func(year int, month time.Month, day int) bool
}

func wholeWeek(from, to int) schedule {
	return schedule{weekdays: [7]bool{true, true, true, true, true, true, true}, from: from, to: to}
}

func (s schedule) openOn(date time.Time) bool {
	if !s.weekdays[date.Weekday()] || s.holidays[date.Format(time.DateOnly)] || s.holidays[date.Format(yearlyDate)] {
		return false
	}
	return s.national == nil || !s.national(date.Date())
}

// next is t if s is open then, else the start of the next opening.
func (s schedule) next(t time.Time, zone *time.Location) (time.Time, bool) {
	year, month, today := t.In(zone).Date()
	for day := today; day <= today+searchDays; day++ {
		if !s.openOn(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)) {
			continue
		}
		opens := Resolve(year, month, day, 0, s.from, 0, zone)
		closes := Resolve(year, month, day, 0, s.to, 0, zone)
		if !opens.Before(closes) || !t.Before(closes) {
			continue
		}
		if t.Before(opens) {
			return opens, true
		}
		return t, true
	}
	return time.Time{}, false
}

// NextOpening is t itself if h is open then, else the first instant of the next opening, resolved as [Resolve] does; it
// is never before t. It is false, with the zero time, when there is no opening within 370 days, and when h would not
// pass Validate: with broken hours nothing goes out at a time nobody chose.
func (h *Hours) NextOpening(t time.Time, zone *time.Location) (time.Time, bool) {
	if h.IsZero() {
		return t, true
	}
	compiled, err := h.schedule("")
	if err != nil {
		return time.Time{}, false
	}
	return compiled.next(t, zone)
}

// Open tells whether h is open at t.
func (h *Hours) Open(t time.Time, zone *time.Location) bool {
	next, found := h.NextOpening(t, zone)
	return found && next.Equal(t)
}

// AfterLate is where something moves that is later than maxLateness (domain.md section 2): now if it is 8:00-20:00 local
// (20:00 excluded) and hours are open, else the next such instant.
//
// Where the two never meet, the hours alone decide: whoever sends from 20:00 to 23:00 said so. Where the hours have no
// opening within 370 days or are broken, 8:00-20:00 alone decides, and the policy of sending hours has the last word.
func AfterLate(now time.Time, hours *Hours, zone *time.Location) time.Time {
	daytime, _ := wholeWeek(daytimeFrom, daytimeTo).next(now, zone)
	if hours.IsZero() {
		return daytime
	}
	own, err := hours.schedule("")
	if err != nil {
		return daytime
	}
	both := own
	both.from, both.to = max(own.from, daytimeFrom), min(own.to, daytimeTo)
	if both.from < both.to {
		own = both
	}
	if next, found := own.next(now, zone); found {
		return next
	}
	return daytime
}
