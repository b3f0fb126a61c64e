package entrance

import (
	"time"

	"retoma/gateway/people"
	"retoma/internal/calendar"
	"retoma/internal/typebot"
)

// startsAt is the moment from which the model counts, zero for now; a moment that has passed is a problem. Local times are
// the contact's, else the model's channel's, else the tenant's.
func (w *commandWork) startsAt(wanted typebot.FollowUpCommand, target enrolTarget) (at time.Time, problem string) {
	now := w.h.Now()
	switch {
	case wanted.Remove:
		return time.Time{}, ""
	case wanted.Delay > 0:
		return now.Add(wanted.Delay), ""
	case wanted.StartAt.IsZero():
		return time.Time{}, ""
	}
	at = localMoment(wanted.StartAt, now, people.ZoneOf(w.contact, target.channel, w.tenant)).UTC()
	if at.Before(now.Add(-time.Minute)) {
		return time.Time{}, `"startAt" já passou: ` + wanted.StartAt.String() + ". Informe uma data futura, ou só o horário para o próximo."
	}
	if at.After(now.AddDate(1, 0, 0)) {
		return time.Time{}, `"startAt" fica a mais de um ano: ` + wanted.StartAt.String() + "."
	}
	return at, ""
}

// localMoment resolves a date and a clock time in a zone; a clock time alone is the next one.
func localMoment(moment typebot.Moment, now time.Time, zone *time.Location) time.Time {
	if !moment.Instant.IsZero() {
		return moment.Instant
	}
	clock, err := calendar.ParseClockTime(moment.Clock)
	if err != nil {
		return time.Time{}
	}
	if moment.Date == "" {
		return calendar.FirstAtClock(now, clock, 0, zone)
	}
	date, err := time.Parse(time.DateOnly, moment.Date)
	if err != nil {
		return time.Time{}
	}
	return calendar.Resolve(date.Year(), date.Month(), date.Day(), clock.Hour, clock.Minute, 0, zone)
}
