package actions

import (
	"fmt"
	"time"

	"retoma/internal/calendar"
)

// checkGap keeps the tenant's least time between two automatic messages to one contact, and the most per local day.
// What collides is deferred, and the log names what went first. It is judged under the contact's lock, in the transaction
// that claims: two messages that are due at once cannot both pass.
func checkGap(call Call) Verdict {
	limits := call.Tenant.Settings.Automatic
	if call.Message.Replaces != "" {
		return pass(nil) // it goes in the place of one that was counted
	}
	if !call.Message.Automatic() || limits.GapMinutes <= 0 && limits.MaxPerDay <= 0 {
		return pass(nil)
	}
	last := call.Automatic
	values := map[string]any{"today": last.Today}
	if last.LastID != "" {
		values["first"], values["firstAt"] = last.LastID, last.LastAt
	}
	zone := last.Zone
	if zone == nil {
		zone = time.UTC
	}
	if limits.MaxPerDay > 0 && last.Today >= limits.MaxPerDay {
		values["maxPerDay"] = limits.MaxPerDay
		tomorrow := calendar.StartOfDay(call.Now.In(zone).AddDate(0, 0, 1), zone)
		return Verdict{Decision: Later, Moves: true, Until: calendar.AfterLate(tomorrow, nil, zone), Values: values,
			Reason: fmt.Sprintf("já houve %d mensagens automáticas hoje, a última foi %s", last.Today, last.LastID)}
	}
	gap := time.Duration(limits.GapMinutes) * time.Minute
	if until := last.LastAt.Add(gap); gap > 0 && last.LastID != "" && until.After(call.Now) {
		values["gapMinutes"] = limits.GapMinutes
		return Verdict{Decision: Later, Moves: true, Until: notIntoTheNight(call.Now, until, zone), Values: values,
			Reason: fmt.Sprintf("outra mensagem automática foi antes: %s", last.LastID)}
	}
	return pass(values)
}

// notIntoTheNight keeps a message that was due by day from being deferred into the night.
func notIntoTheNight(due, until time.Time, zone *time.Location) time.Time {
	if calendar.AfterLate(due, nil, zone).After(due) {
		return until // it was due at night already: its author wanted that
	}
	return calendar.AfterLate(until, nil, zone)
}
