package sandbox

import (
	"encoding/json"
	"net/http"

	"retoma/internal/fault"
)

// Faults is how the sandbox misbehaves at present. Counters go down as they are used up; the rest stays until changed.
type Faults struct {
	// NextError refuses the next Count sends with a code.
	NextError *NextError `json:"nextError"`
	// NextFailedStatus accepts the next Count sends and lets them fail with a status webhook; AfterSent sends "sent" before.
	NextFailedStatus *NextFailure `json:"nextFailedStatus"`
	// LatencyMs delays every answer of the Graph API.
	LatencyMs int `json:"latencyMs"`
	// Outage is "unavailable" (503 that is not JSON) or "cut" (the connection is closed), both before anything happens; empty is none.
	Outage Outage `json:"outage"`
	// AcceptThenTimeout creates the next n messages and lets the client wait in vain: TimeoutMode "hang" (the default) keeps the
	// connection silent for HangMs and then closes it, "cut" closes it at once.
	AcceptThenTimeout int    `json:"acceptThenTimeout"`
	TimeoutMode       string `json:"timeoutMode"`
	HangMs            int    `json:"hangMs"`
	// HTMLError answers the next n sends with 502 and a page; HTMLErrorAccepts creates the message nevertheless.
	HTMLError        int  `json:"htmlError"`
	HTMLErrorAccepts bool `json:"htmlErrorAccepts"`
	// StatusBeforeAnswer posts "sent" to the callback before the send is answered.
	StatusBeforeAnswer bool `json:"statusBeforeAnswer"`
	// AsyncErrors turns refusals for the closed window and for paused templates into 200 and a failed status.
	AsyncErrors bool `json:"asyncErrors"`
	// DuplicateWebhooks posts every webhook twice; DropWebhooks loses the next n; ShuffleStatuses posts statuses out of order.
	DuplicateWebhooks bool `json:"duplicateWebhooks"`
	DropWebhooks      int  `json:"dropWebhooks"`
	ShuffleStatuses   bool `json:"shuffleStatuses"`
	// ReadReceipts false: phones show a message as read, the business never hears of it.
	ReadReceipts bool `json:"readReceipts"`
}

// NextError is a refusal to come.
type NextError struct {
	Code int `json:"code"`
	// HTTPStatus 0 is the usual one of the code.
	HTTPStatus int    `json:"httpStatus,omitempty"`
	Details    string `json:"details,omitempty"`
	// Count of sends it meets; not given means 1.
	Count int `json:"count"`
}

// NextFailure is a failed status to come.
type NextFailure struct {
	Code      int  `json:"code"`
	Count     int  `json:"count"`
	AfterSent bool `json:"afterSent,omitempty"`
}

// Outage is a kind of outage; in JSON also true (unavailable) and false (none).
type Outage string

// The kinds of outage.
const (
	NoOutage    Outage = ""
	Unavailable Outage = "unavailable"
	Cut         Outage = "cut"
)

// UnmarshalJSON takes the names and true or false.
func (o *Outage) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case "true":
		*o = Unavailable
		return nil
	case "false", "null":
		*o = NoOutage
		return nil
	}
	var name string
	err := json.Unmarshal(raw, &name)
	*o = Outage(name)
	return err
}

const defaultHangMs = 30_000

// noFaults is good behaviour.
func noFaults() Faults { return Faults{ReadReceipts: true, TimeoutMode: "hang", HangMs: defaultHangMs} }

func (f Faults) clone() Faults {
	if f.NextError != nil {
		next := *f.NextError
		f.NextError = &next
	}
	if f.NextFailedStatus != nil {
		next := *f.NextFailedStatus
		f.NextFailedStatus = &next
	}
	return f
}

// check completes the counters and refuses what makes no sense.
func (f *Faults) check() error {
	if n := f.NextError; n != nil {
		if n.Code < 0 || (n.HTTPStatus != 0 && (n.HTTPStatus < http.StatusBadRequest || n.HTTPStatus > 599)) {
			return fault.Field("nextError", "code e httpStatus (400 a 599) inválidos")
		}
		n.Count = max(n.Count, 1)
	}
	if n := f.NextFailedStatus; n != nil {
		if n.Code <= 0 {
			return fault.Required("nextFailedStatus.code")
		}
		n.Count = max(n.Count, 1)
	}
	if f.Outage != NoOutage && f.Outage != Unavailable && f.Outage != Cut {
		return fault.Field("outage", `deve ser true, false, "unavailable" ou "cut"`)
	}
	if f.TimeoutMode != "hang" && f.TimeoutMode != "cut" {
		return fault.Field("timeoutMode", `deve ser "hang" ou "cut"`)
	}
	counters := []struct {
		name  string
		value int
	}{{"latencyMs", f.LatencyMs}, {"acceptThenTimeout", f.AcceptThenTimeout}, {"hangMs", f.HangMs}, {"htmlError", f.HTMLError}, {"dropWebhooks", f.DropWebhooks}}
	for _, c := range counters {
		if c.value < 0 {
			return fault.Field(c.name, "não pode ser negativo")
		}
	}
	return nil
}

// takeError uses up one refusal.
func (f *Faults) takeError() (arguments, bool) {
	next := f.NextError
	if next == nil {
		return nil, false
	}
	if next.Count--; next.Count <= 0 {
		f.NextError = nil
	}
	return arguments{"code": float64(next.Code), "httpStatus": float64(next.HTTPStatus), "details": next.Details}, true
}

// takeFailure uses up one failed status.
func (f *Faults) takeFailure() (arguments, bool) {
	next := f.NextFailedStatus
	if next == nil {
		return nil, false
	}
	if next.Count--; next.Count <= 0 {
		f.NextFailedStatus = nil
	}
	return arguments{"code": float64(next.Code), "afterSent": next.AfterSent}, true
}

// take uses up one of a counter.
func take(counter *int) bool {
	if *counter <= 0 {
		return false
	}
	*counter--
	return true
}
