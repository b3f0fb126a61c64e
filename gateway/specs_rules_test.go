package gateway_test

import "encoding/json"

// configRule is a rule of assistant-followup.md with bodies that keep it and bodies that break it; each is laid over a
// configuration of an assistant of its own.
type configRule struct {
	Rule     string            `json:"rule"`
	Accepted []json.RawMessage `json:"accepted"`
	Refused  []refusal         `json:"refused"`
}

type refusal struct {
	Change json.RawMessage `json:"change"`
	Status int             `json:"status"`
	Error  string          `json:"error"`
}

// intervalRow is a row of the document's table of intervals.
type intervalRow struct {
	Interval, Format, Description string
	Seconds                       int
}
