package catalog

import (
	"encoding/json"

	"retoma/flows"
)

// KindOf tells the authoring format of a document that does not say it, by the fields that only one format has. What it
// cannot tell is a flow: its mistakes are then told in a flow's words.
func KindOf(body []byte) flows.DocumentKind {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return flows.FlowDocument
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if _, given := fields[name]; given {
				return true
			}
		}
		return false
	}
	switch {
	case has("nodes"):
		return flows.FlowDocument
	case has("messages"):
		return flows.ModelDocument
	case has("triggerType", "triggerValue", "triggerUnit"):
		return flows.RuleDocument
	case has("assistant_id", "trigger_status_ids", "official_steps"):
		return flows.ConfigDocument
	}
	return flows.FlowDocument
}
