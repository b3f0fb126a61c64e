package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNoCommandAndNoOpenVariableIsTakenForACustomer(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511977770001")
	message := func(body object) answer {
		body["senderId"], body["to"] = h.Ours.Channel.ID, "+5511977770001"
		return h.Call("POST", "/api/actions/send-message", h.Ours.Operator, body)
	}
	template := func(variables any) answer {
		return h.Call("POST", "/api/actions/send-template", h.Ours.Operator, object{
			"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "templateName": "lembrete", "variables": variables})
	}
	model := func(text string) answer {
		return h.Call("POST", "/api/followup-models", h.Ours.Admin, object{"name": "M", "channelId": h.Ours.Channel.ID, "messages": []object{{"text": text, "offset": 1}}})
	}
	rule := func(text string) answer {
		return h.Call("POST", "/api/followups/rules", h.Ours.Admin, object{"name": "R", "instanceId": h.Ours.Channel.ID, "triggerType": "NO_RESPONSE", "triggerValue": 24, "triggerUnit": "hours", "message": text})
	}
	buttons := []object{{"id": "s", "title": "Sim"}}
	for name, c := range map[string]struct {
		found answer
		field string
	}{
		"a command":                {message(object{"message": `#{ "followupId":"1" }`}), "message"},
		"in disguise":              {message(object{"message": "Oi *#*\u200b{x"}), "message"},
		"a variable":               {message(object{"message": "Oi {{contact.first_name}} {{zz}}"}), "message"},
		"a caption":                {message(object{"message": "Oi {{x}}", "attachment": object{"url": "https://exemplo.com/a.jpg"}}), "message"},
		"a body":                   {message(object{"interactive": object{"body": "{{x}}", "buttons": buttons}}), "interactive.body"},
		"a button":                 {message(object{"interactive": object{"body": "x", "buttons": []object{{"id": "s", "title": "#{x}"}}}}), "interactive.buttons[0].title"},
		"a place":                  {message(object{"location": object{"latitude": 1, "longitude": 1, "name": "{{x}}"}}), "location.name"},
		"a template's variable":    {template(object{"1": "{{trigger.customer_name}}", "2": "x"}), "variables.1"},
		"one in a list":            {template([]string{"a", `#{"x":1}`}), "variables[1]"},
		"a person's words":         {h.Call("POST", "/api/conversations/1/messages", h.Ours.Operator, object{"text": "{{x}}"}), "text"},
		"a model":                  {model(`Oi #{"followupId":"1"}`), "messages[0].text"},
		"a rule":                   {rule(`#{"followupId":"0"}`), "message"},
		"nothing that can be seen": {message(object{"message": "\u200b\u2060"}), "message"},
		"the year 9999":            {message(object{"message": "x", "scheduleAt": "9999-01-01T00:00:00Z"}), "scheduleAt"},
	} {
		require.Equal(t, 400, c.found.Status, "%s: %s", name, c.found.Raw)
		require.Equal(t, c.field, c.found.Body["field"], "%s: %s", name, c.found.Raw)
	}
	require.Empty(t, h.Outbox(h.Ours, ref.ContactID))
	require.Equal(t, 201, model("Pedido #{{ contact.number }}: oi #promo {a}").Status, "a number sign before a variable")
	require.Equal(t, 202, message(object{"message": "# Título #promo {a}", "scheduleAt": h.Clock().Add(300 * 24 * time.Hour)}).Status)
	require.Equal(t, 202, template(object{"1": "Ana {x}", "2": "amanhã"}).Status)
}
