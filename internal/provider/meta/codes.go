package meta

import (
	"bytes"
	_ "embed" // codes.json
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"retoma/internal/fault"
)

// codesFile is the one table of Meta's errors, one code or range of codes a line, written so that anybody can read and
// correct it. docs/providers/meta-errors.md is made from it. HTTP statuses do not matter: 130429 was seen as 400, 403 and
// 429. Sources: "docs" is Meta's page of error codes (documentation/business-messaging/whatsapp/support/error-codes) and
// the pages it leads to, "graph" the Graph API's page on handling errors, "clients" what open clients and public reports
// agree on.
//
//go:embed codes.json
var codesFile []byte

// row says what one of Meta's codes, or a range of them, means to us. A row with a subcode, or with
// what the words are about, stands before the row without.
type row struct {
	// Numbers is the code, or a range such as "200-299"; Subcode narrows the row, likewise, and is empty for any.
	Numbers string `json:"code"`
	Subcode string `json:"subcode,omitempty"`
	// About narrows the row to what Meta's words complain of: "media id", or empty for anything.
	About string     `json:"about,omitempty"`
	Code  fault.Code `json:"means"`
	// Scope is how far it reaches: message, pair, contact, template, number, account, country.
	Scope fault.Scope `json:"scope"`
	// Retry is "never", "once", "backoff" (a few tries), "wait" (a limit: no try is used up), "4^n" (1, 4, 16, 64 ... seconds)
	// or "hold" (until it recovers). Code says the same to the engine; a test compares them.
	Retry string `json:"retry"`
	// CoolDown is how long what it reaches rests, as Go writes durations; empty: until it recovers, or not at all.
	CoolDown string `json:"coolDown,omitempty"`
	// Marketing tells that only marketing rests.
	Marketing bool `json:"marketing,omitempty"`
	// Template is the state in which the template now is.
	Template string `json:"template,omitempty"`
	// Lift is who may end an outage: "probe" or "person".
	Lift        fault.Lift `json:"lift,omitempty"`
	Explanation string     `json:"explanation"`
	Remedy      string     `json:"remedy"`
	Source      string     `json:"source"`

	from, to       int
	subFrom, subTo int
	coolDown       time.Duration
}

// codes reads the table once. A table that cannot be read is a mistake of the programme, found by every test.
var codes = sync.OnceValue(func() []row {
	rows, err := readCodes(codesFile)
	if err != nil {
		panic("codes.json: " + err.Error())
	}
	return rows
})

func readCodes(raw []byte) ([]row, error) {
	var rows []row
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&rows); err != nil {
		return nil, err
	}
	for i := range rows {
		if err := rows[i].read(); err != nil {
			return nil, fmt.Errorf("code %s: %w", rows[i].Numbers, err)
		}
	}
	return rows, nil
}

func (r *row) read() (err error) {
	if r.from, r.to, err = span(r.Numbers); err != nil {
		return err
	}
	if r.Subcode != "" {
		if r.subFrom, r.subTo, err = span(r.Subcode); err != nil {
			return err
		}
	}
	if r.CoolDown != "" {
		r.coolDown, err = time.ParseDuration(r.CoolDown)
	}
	return err
}

// codePaused is Meta's code for a paused template.
const codePaused = 132015

// span reads "190" or "200-299".
func span(text string) (from, to int, err error) {
	first, last, isRange := strings.Cut(text, "-")
	if from, err = strconv.Atoi(first); err != nil || !isRange {
		return from, from, err
	}
	to, err = strconv.Atoi(last)
	return from, to, err
}

// lookUp finds the row of a code, whatever the words are about.
func lookUp(code, subcode int) (row, bool) { return lookUpAbout(code, subcode, "") }

// lookUpAbout finds the row of a code whose words are about something.
func lookUpAbout(code, subcode int, about string) (row, bool) {
	for _, r := range codes() {
		if code >= r.from && code <= r.to && (r.Subcode == "" || subcode >= r.subFrom && subcode <= r.subTo) && (r.About == "" || r.About == about) {
			return r, true
		}
	}
	return row{}, false
}

// reach is how far a failure with this row reaches; number is Meta's own code.
func (r row) reach(number string) fault.Reach {
	return fault.Reach{
		Scope: r.Scope, Number: number, Marketing: r.Marketing, Template: r.Template, Lift: r.Lift, Again: r.Retry == "once", CoolDown: r.coolDown,
	}
}
