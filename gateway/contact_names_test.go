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
	h := newHouse(t)
	wire := &line{official: true}
	work := h.clerk(wire)
	h.rule(h.ours, object{
		"triggerType": "TAG_ADDED", "triggerValue": 1, "triggerUnit": "minutes", "maxAttempts": 1, "conditions": nil,
		"message": "Oi {{ contact.name }}, {{ contact.fields.apelido | upcase }}",
	})
	h.rule(h.ours, object{
		"triggerType": "TAG_ADDED", "triggerValue": 25, "triggerUnit": "hours", "maxAttempts": 1, "conditions": nil,
		"template": object{"name": "lembrete", "variables": []any{"{{contact.name}}", "{{contact.fields.apelido}}"}},
	})
	h.config(h.ours, object{"trigger_status_ids": []any{"novo"}, "steps": nil, "official_steps": []any{object{
		"channel_id": h.ours.channel.ID,
		"steps":      []any{object{"interval": "P2D", "template_name": "lembrete", "template_params": []any{"{{LEAD_NAME}}", "{{LEAD_FIELD_APELIDO}}"}}},
	}}})
	h.customerCalledSays(h.ours.channel, "5511977770001", name, "oi")
	work()
	contact := h.done(200, "GET", "/api/contacts/1", h.ours.viewer, nil)
	require.Equal(t, name, contact.text("name"))
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"tags": []any{"vip"}, "status": "novo", "fields": object{"apelido": "{{vars.x}}"}})
	work()
	for range 50 {
		h.advance(time.Hour)
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
	require.Equal(t, []string{"Oi " + name + ", {{VARS.X}}"}, texts)
	as := []chat.Parameter{{Text: name}, {Text: "{{vars.x}}"}}
	require.Equal(t, [][]chat.Parameter{as, as}, filled, "a rule's template, then a configuration's")
	for _, one := range wire.sent {
		require.NotContains(t, one.Text, "5511977770001")
	}
}
