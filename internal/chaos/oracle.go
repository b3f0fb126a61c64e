package chaos

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What became of a message that should have been sent.
const (
	Delivered   = "delivered"           // on the phone
	Failed      = "failed"              // accepted, and taken back by the provider later
	Refused     = "refused"             // the provider said no for good
	Withheld    = "withheld"            // the customer answered or somebody ended it before it left
	Ended       = "ended"               // a refusal before it ended the run
	Unconfirmed = "unconfirmed"         // nobody knows: the team decides
	Behind      = "behind"              // waits behind one that is unconfirmed
	Untold      = "untold"              // whether it was asked for is unknown: nobody answered
	Repeated    = "doubled by evidence" // the provider's word of it was destroyed for good; published apart
	Waiting     = "waiting"             // the provider refused it for a while that is longer than the run
)

// What must never be.
const (
	Lost       = "lost"
	Doubled    = "doubled"
	AfterReply = "after the reply"
	Early      = "early"
	Disordered = "out of order"
)

// Finding is a message that came out otherwise than it should.
type Finding struct {
	What    string `json:"what"`
	Phone   string `json:"phone"`
	Mark    string `json:"mark"`
	Detail  string `json:"detail"`
	Message string `json:"message,omitempty"`
	Follow  string `json:"followup,omitempty"`
	// Story is everything that is known of it, told once the run is over.
	Story []string `json:"story,omitempty"`
}

// Verdict is the oracle's.
type Verdict struct {
	Outcomes map[string]int
	Findings []Finding
	// Late is how long after its time each message was accepted, Gaps how long after the acknowledged reply one was that had been claimed
	// before.
	Late, Gaps []time.Duration
	// Doubts are the messages of which nobody knows, by retoma's id.
	Doubts []string
	// Suspects left after somebody had ended them; when they were claimed decides.
	Suspects []Suspect
}

// Suspect is a message that was accepted after an acknowledged end that is no reply.
type Suspect struct {
	Finding
	Acked time.Time
}

// Judge compares what phones received with what was asked for. It is a function of the evidence alone.
func Judge(e *Evidence) *Verdict {
	v, out := &Verdict{Outcomes: map[string]int{}}, outages(e)
	for i := range e.Stories {
		o := &oracle{e: e, v: v, story: &e.Stories[i], expected: map[string]bool{}, outages: out}
		o.judge()
	}
	return v
}

// oracle judges one customer.
type oracle struct {
	e     *Evidence
	v     *Verdict
	story *Story
	// expected are the marks that anything was asked for of.
	expected map[string]bool
	// outages are the channels of which the provider said that they, or their accounts, cannot send.
	outages map[int]bool
}

// outages finds them in the provider's own words.
func outages(e *Evidence) map[int]bool {
	found := map[int]bool{}
	for _, story := range e.Stories {
		for _, row := range e.Kept[story.Phone] {
			for _, attempt := range e.Attempts[row.ID] {
				found[story.Channel] = found[story.Channel] || slices.Contains(outageCodes(), attempt.Code)
			}
		}
		for _, arrival := range e.Arrivals[story.Phone] {
			found[story.Channel] = found[story.Channel] || slices.Contains(outageCodes(), arrival.Code)
		}
	}
	return found
}

// outageCodes are the provider's for a token, an account or a number that cannot send.
func outageCodes() []int {
	return []int{3, 10, 190, 200, 368, 131031, 131064, 131037, 131042, 131044, 131045, 131057, 133010}
}

// thread is one document that was begun for the customer.
type thread struct {
	document Document
	// began is when it was asked for; told whether that was acknowledged.
	began time.Time
	told  bool
	stops []stop
	// restarts are the replies that begin the wait for the present message anew.
	restarts []stop
}

// stop is something that ended a thread.
type stop struct {
	kind ActKind
	// wrote is when it was done; a webhook about it may be late.
	wrote time.Time
	tried time.Time
	acked time.Time
	// number is the reply's in the contact's mailbox; 0 if it is no reply.
	number int64
}

func (o *oracle) judge() {
	for i, deed := range o.story.Deeds {
		switch deed.Kind {
		case Writes, Refuses:
			o.mail(deed)
		case Enrols, Raises:
			o.thread(o.begin(i, deed))
		case Schedules:
			planned := o.begin(i, deed)
			planned.began = deed.Due
			o.thread(planned)
		case Says:
			o.said(i, deed)
		}
	}
	o.unasked()
}

func (o *oracle) find(what, mark, message, format string, args ...any) Finding {
	f := Finding{What: what, Phone: o.story.Phone, Mark: mark, Message: message, Detail: fmt.Sprintf(format, args...)}
	if row, known := o.e.kept(f.Phone, message); known {
		f.Follow = row.FollowUpID
	}
	return f
}

func (o *oracle) report(what, mark, message, format string, args ...any) {
	o.v.Findings = append(o.v.Findings, o.find(what, mark, message, format, args...))
}

// mail is what the customer wrote: once acknowledged it is never forgotten, and never there twice.
func (o *oracle) mail(deed Deed) {
	rows := o.e.heard(o.story.Phone, deed.Message)
	switch {
	case len(rows) == 0 && !deed.Acked.IsZero():
		o.report(Lost, "mail", deed.Message, "the customer's message was acknowledged and is not there")
	case len(rows) > 1:
		o.report(Doubled, "mail", deed.Message, "the customer's message is there %d times", len(rows))
	}
}

// begin is the thread that a deed starts, with all that ends it.
func (o *oracle) begin(index int, deed Deed) thread {
	t := thread{document: o.e.Plan.Documents[deed.Document], began: deed.Began, told: !deed.Acked.IsZero()}
	t.stops = o.belated(index, t.document)
	for _, later := range o.story.Deeds[index+1:] {
		ends := later.Kind == Refuses || later.Kind == Writes && t.document.stops() ||
			t.document.Kind == Model && (later.Kind == Removes || later.Kind == Enrols)
		restarts := later.Kind == Writes && t.document.Reply == "restart"
		if !ends && !restarts {
			continue
		}
		s := stop{kind: later.Kind, wrote: later.Began, tried: later.Began, acked: later.Acked}
		if later.Kind == Writes || later.Kind == Refuses {
			if s.tried = o.e.Mail[later.Message].Tried; s.tried.IsZero() {
				continue // the provider never told of it
			}
			if rows := o.e.heard(o.story.Phone, later.Message); len(rows) > 0 {
				s.number = rows[0].Mailbox
			}
		}
		if restarts {
			t.restarts = append(t.restarts, s)
		} else {
			t.stops = append(t.stops, s)
		}
	}
	return t
}

// belated are messages from before that the provider seemed to have lost: told of later, they are answers like any other to who gets them.
func (o *oracle) belated(index int, d Document) []stop {
	var stops []stop
	for _, before := range o.story.Deeds[:index] {
		for _, id := range before.Earlier {
			if tried := o.e.Mail[id].Tried; !tried.IsZero() && d.Reply != "continue" {
				stops = append(stops, stop{kind: before.Kind, wrote: before.Began, tried: tried})
			}
		}
	}
	return stops
}

// thread judges every step of a document.
func (o *oracle) thread(t thread) {
	switch t.document.Kind {
	case Rule:
		o.attempts(t)
	case Config:
		o.hastened(t)
	default:
		o.steps(t)
	}
}

// steps judges a model: each message has a mark of its own, and counts from the one before.
func (o *oracle) steps(t thread) {
	state := progress{base: t.began}
	for k, offset := range t.document.Offsets {
		mark := t.document.mark(k)
		o.expected[mark] = true
		o.step(t, &state, mark, o.arrived(mark), o.e.written(o.story.Phone, mark), offset)
	}
}

// attempts judges a rule: all its messages have one mark.
func (o *oracle) attempts(t thread) {
	mark := t.document.mark(0)
	o.expected[mark] = true
	arrivals, rows := o.arrived(mark), o.e.written(o.story.Phone, mark)
	// A message that was taken back, such as one that somebody sends now instead of waiting, is no attempt.
	rows = slices.DeleteFunc(rows, func(r messageRow) bool {
		return r.Status == "cancelled" && !slices.ContainsFunc(arrivals, func(a Arrival) bool { return a.Tracker == r.ID })
	})
	state := progress{base: t.began}
	for k, offset := range t.document.Offsets {
		var own []messageRow
		var got []Arrival
		if k < len(rows) {
			own = rows[k : k+1]
			for _, a := range arrivals {
				if a.Tracker == rows[k].ID {
					got = append(got, a)
				}
			}
		}
		o.step(t, &state, mark, got, own, offset)
	}
	for _, row := range rows[min(len(rows), len(t.document.Offsets)):] {
		o.report(Doubled, mark, row.ID, "the rule wrote %d times and may only %d times", len(rows), len(t.document.Offsets))
	}
}

// hastened judges a configuration: its steps are due when somebody sends them now, because the least that they wait is half an hour.
func (o *oracle) hastened(t thread) {
	state := progress{}
	k := 0
	for _, deed := range o.story.Deeds {
		if deed.Kind != Hastens || deed.Acked.IsZero() || k >= len(t.document.Offsets) {
			continue
		}
		mark := t.document.mark(k)
		o.expected[mark] = true
		state.base = deed.Began
		o.step(t, &state, mark, o.arrived(mark), o.e.written(o.story.Phone, mark), 0)
		k++
	}
	for ; k < len(t.document.Offsets); k++ {
		o.expected[t.document.mark(k)] = true // a request that was not answered may have been heard
	}
}

// said judges a message that the platform asked for, and the rule about silence that it starts.
func (o *oracle) said(index int, deed Deed) {
	t := o.begin(index, deed)
	mark := t.document.mark(0)
	o.expected[mark] = true
	if strings.Contains(deed.Problem, "outside_window") { // customers write first, and what they wrote was acknowledged
		o.report(Lost, mark, "", "refused although the customer's acknowledged message had opened the window: %s", deed.Problem)
		return
	}
	t.stops = nil // what a platform asks for is not a follow-up: answers do not end it
	arrivals := o.arrived(mark)
	o.step(t, &progress{base: deed.Began}, mark, arrivals, o.e.written(o.story.Phone, mark), 0)
	for i, d := range o.e.Plan.Documents {
		if d.Trigger != "NO_RESPONSE" || d.Channel != o.story.Channel {
			continue
		}
		deed.Document = i
		silence := o.begin(index, deed)
		// Only what the provider took, and did not take back, starts the clock.
		silence.told = len(arrivals) > 0 && !arrivals[0].failed()
		if silence.told {
			silence.began = arrivals[0].At
			row, _ := o.e.kept(o.story.Phone, arrivals[0].Tracker)
			silence.told = row.Status != "unconfirmed" // retoma was never told of it
			// What the customer wrote before it was claimed is no answer to it.
			silence.stops = slices.DeleteFunc(silence.stops, func(s stop) bool { return s.number > 0 && s.number <= row.Mailbox })
		}
		o.thread(silence)
	}
}

func (o *oracle) arrived(mark string) []Arrival {
	var got []Arrival
	for _, a := range o.e.Arrivals[o.story.Phone] {
		if a.Mark == mark {
			got = append(got, a)
		}
	}
	return got
}

// unasked are messages that nobody asked for, and confirmations of a refusal that came twice.
func (o *oracle) unasked() {
	confirmations := 0
	var last Arrival
	for _, a := range o.e.Arrivals[o.story.Phone] {
		switch {
		case a.Mark == "" && !a.failed() && o.byEvidence(last, a):
			o.v.Outcomes[Repeated]++
			last = a
		case a.Mark == "" && !a.failed():
			confirmations++
			last = a
		case a.Mark != "" && !o.expected[a.Mark]:
			o.report(Doubled, a.Mark, a.Tracker, "nobody asked for it")
		}
	}
	if refused := slices.ContainsFunc(o.story.Deeds, func(d Deed) bool { return d.Kind == Refuses }); confirmations > 1 || confirmations > 0 && !refused {
		o.report(Doubled, "confirmation", "", "%d confirmations of a refusal", confirmations)
	}
}
