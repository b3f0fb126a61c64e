package chaos

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"retoma/internal/provider/sandbox"
)

// Evidence is what was seen from outside, and what retoma says of itself.
type Evidence struct {
	Plan    Plan
	Stories []Story
	// Arrivals are what each phone received, in order of acceptance.
	Arrivals map[string][]Arrival
	// Attempts are the sends as they came to the provider, by message.
	Attempts map[string][]Attempt
	Mail     map[string]Mail
	// Told is when a delivery state of a message was first taken by retoma.
	Told map[string]time.Time
	// Kept are retoma's messages by phone, Pending the follow-ups that it still had in the end.
	Kept    map[string][]messageRow
	Pending []pendingRow
	// DocumentIDs are retoma's names of the plan's documents.
	DocumentIDs []string
}

// Arrival is a message that the provider accepted for a phone.
type Arrival struct {
	Tracker string    `json:"tracker"`
	ID      string    `json:"id"`
	Mark    string    `json:"mark"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
	Status  string    `json:"status"`
	// Code is the provider's reason if it failed later.
	Code int `json:"code,omitempty"`
}

func (a Arrival) failed() bool { return a.Status == sandbox.StatusFailed }

var marked = regexp.MustCompile(`ref ([A-Z]\d+\.\d+)`)

func markOf(text string) string {
	if found := marked.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// evidence collects what phones show and what went over the wire.
func (w *World) evidence(plan Plan, stories []Story, company *Company) *Evidence {
	e := &Evidence{Plan: plan, Stories: stories, DocumentIDs: company.IDs, Arrivals: map[string][]Arrival{}, Attempts: map[string][]Attempt{}}
	w.wire.mu.Lock()
	e.Mail, e.Told = w.wire.mail, w.wire.told
	for _, attempt := range w.wire.attempts {
		e.Attempts[attempt.Tracker] = append(e.Attempts[attempt.Tracker], attempt)
	}
	w.wire.mu.Unlock()
	for _, story := range stories {
		var arrivals []Arrival
		for _, m := range w.whatsapp.Messages(story.Phone) {
			if m.From == sandbox.FromBusiness {
				arrivals = append(arrivals, w.arrival(m, e.Attempts[m.Tracker]))
			}
		}
		slices.SortStableFunc(arrivals, func(a, b Arrival) int { return a.At.Compare(b.At) })
		e.Arrivals[story.Phone] = arrivals
	}
	return e
}

// arrival reads the provider's time as the world's; it lies within the request that brought the message.
func (w *World) arrival(m sandbox.Message, attempts []Attempt) Arrival {
	a := Arrival{Tracker: m.Tracker, ID: m.ID, Text: m.Text, Mark: markOf(m.Text), At: w.clock.real(m.At), Status: m.Status}
	if m.Failure != nil {
		a.Code = m.Failure.Code
	}
	for _, attempt := range attempts {
		if strings.Contains(attempt.Answer, m.ID) || len(attempts) == 1 {
			a.At = between(a.At, attempt.Began, attempt.Ended)
		}
	}
	return a
}

func between(t, from, to time.Time) time.Time {
	if t.Before(from) {
		return from
	}
	if t.After(to) {
		return to
	}
	return t
}

// kept is retoma's own row of a message.
func (e *Evidence) kept(phone, id string) (messageRow, bool) {
	for _, row := range e.Kept[phone] {
		if row.ID == id {
			return row, true
		}
	}
	return messageRow{}, false
}

// written are retoma's messages to a phone with a mark, in order of their making.
func (e *Evidence) written(phone, mark string) []messageRow {
	var rows []messageRow
	for _, row := range e.Kept[phone] {
		if row.Direction == "out" && markOf(row.Text) == mark {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b messageRow) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return rows
}

// heard is retoma's row of what the customer wrote.
func (e *Evidence) heard(phone, providerID string) []messageRow {
	var rows []messageRow
	for _, row := range e.Kept[phone] {
		if row.Direction == "in" && row.ProviderID == providerID {
			rows = append(rows, row)
		}
	}
	return rows
}
