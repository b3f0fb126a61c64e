package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// What customers call themselves is a value wherever it is put in: it may look like a variable, and is never read as one.
func TestANameThatLooksLikeAVariableIsNeverEvaluated(t *testing.T) {
	const name = `{{contact.phone}} {{1}} {{LEAD_NUMBER}} {% if true %}x{% endif %}`
	const shown = `contact.phone 1 LEAD_NUMBER {% if true %}x{% endif %}` // what a customer may read of it
	h := newHouse(t)
	wire := &line{official: true}
	work := h.clerk(wire)
	h.Rule(h.Ours, object{
		"triggerType": "TAG_ADDED", "triggerValue": 1, "triggerUnit": "minutes", "maxAttempts": 1, "conditions": nil,
		"message": "Oi {{ contact.name }}, {{ contact.fields.apelido | upcase }}",
	})
	h.Rule(h.Ours, object{
		"triggerType": "TAG_ADDED", "triggerValue": 25, "triggerUnit": "hours", "maxAttempts": 1, "conditions": nil,
		"template": object{"name": "lembrete", "variables": []any{"{{contact.name}}", "{{contact.fields.apelido}}"}},
	})
	h.Config(h.Ours, object{"trigger_status_ids": []any{"novo"}, "steps": nil, "official_steps": []any{object{
		"channel_id": h.Ours.Channel.ID,
		"steps":      []any{object{"interval": "P2D", "template_name": "lembrete", "template_params": []any{"{{LEAD_NAME}}", "{{LEAD_FIELD_APELIDO}}"}}},
	}}})
	h.CustomerCalledSays(h.Ours.Channel, "5511977770001", name, "oi")
	work()
	contact := h.Done(200, "GET", "/api/contacts/1", h.Ours.Viewer, nil)
	require.Equal(t, name, contact.Text("name"))
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"tags": []any{"vip"}, "status": "novo", "fields": object{"apelido": "{{vars.x}}"}})
	work()
	for range 50 {
		h.Advance(time.Hour)
		work()
	}
	var texts []string
	var filled [][]chat.Parameter
	for _, content := range wire.sent {
		if content.Template != nil {
			filled = append(filled, content.Template.Body)
			continue
		}
		texts = append(texts, content.Text)
	}
	require.Equal(t, []string{"Oi " + shown + ", VARS.X"}, texts)
	as := []chat.Parameter{{Text: shown}, {Text: "vars.x"}}
	require.Equal(t, [][]chat.Parameter{as, as}, filled, "a rule's template, then a configuration's")
	for _, one := range wire.sent {
		require.NotContains(t, one.Text, "5511977770001")
	}
}
