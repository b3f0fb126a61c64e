package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
)

func TestTheFormatOfADocumentIsToldByItsFields(t *testing.T) {
	for body, kind := range map[string]flows.DocumentKind{
		`{"name": "a", "nodes": []}`:                        flows.FlowDocument,
		`{"name": "a", "nodes": null, "messages": []}`:      flows.FlowDocument,
		`{"name": "a", "messages": []}`:                     flows.ModelDocument,
		`{"name": "a", "triggerType": "NO_RESPONSE"}`:       flows.RuleDocument,
		`{"name": "a", "triggerValue": 1, "message": "oi"}`: flows.RuleDocument,
		`{"assistant_id": "a", "steps": []}`:                flows.ConfigDocument,
		`{"trigger_status_ids": [], "steps": []}`:           flows.ConfigDocument,
		`{"name": "a"}`: flows.FlowDocument,
		`[]`:            flows.FlowDocument,
		`nada`:          flows.FlowDocument,
	} {
		require.Equal(t, kind, KindOf([]byte(body)), body)
	}
}
