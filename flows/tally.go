package flows

import "time"

// Tally are the numbers of follow-ups (domain.md section 8): of a flow, of a day, of all time.
type Tally struct {
	Pending int64
	// Sent and Responded count where the send was: who answered a follow-up counts at the moment at which it was sent.
	Sent      int64
	Responded int64
	// ResponseTime is the sum of the times from the send to the answer.
	ResponseTime time.Duration
	Failed       int64
	// Cancelled counts CANCELLED and RESPONDED.
	Cancelled int64
}

// Plus adds the numbers of two.
func (t Tally) Plus(other Tally) Tally {
	return Tally{
		Pending: t.Pending + other.Pending, Sent: t.Sent + other.Sent, Responded: t.Responded + other.Responded,
		ResponseTime: t.ResponseTime + other.ResponseTime, Failed: t.Failed + other.Failed, Cancelled: t.Cancelled + other.Cancelled,
	}
}

// IsZero tells that there is nothing to tell.
func (t Tally) IsZero() bool { return t == Tally{} }

// Day is a date, counted from 1 January 1970 (day 0).
type Day int64

// DayOf is the date that a zone's calendar shows at an instant.
func DayOf(at time.Time, zone *time.Location) Day {
	year, month, day := at.In(zone).Date()
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / int64(24*time.Hour/time.Second))
}

// String is the date in the form 2006-01-02.
func (d Day) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// Statistics are numbers by local day of the tenant, and by flow.
type Statistics struct {
	// Days hold no Pending; days on which nothing happened are absent.
	Days map[Day]Tally
	// Flows are by the document's id; those without any numbers are absent.
	Flows map[string]Tally
}
