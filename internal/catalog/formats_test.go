package catalog

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/fault"
)

func TestRulesCompileAndTheirMistakesAreToldOnce(t *testing.T) {
	compile := func(rest string) (*flows.Flow, error) {
		body := `{"name": "a", "triggerType": "NO_RESPONSE", "triggerValue": 1, "triggerUnit": "hours", "maxAttempts": 3, ` + rest + `}`
		return New(1, nil).Compile(flows.Document{Kind: flows.RuleDocument, Body: json.RawMessage(body)})
	}
	flow, err := compile(`"message": "oi"`)
	require.NoError(t, err)
	require.Equal(t, []string{"trigger", "attempt-1", "attempt-2", "attempt-3"}, flow.Steps())

	_, err = compile(`"message": "oi {{contact.name"`)
	require.Len(t, flows.AsProblems(err), 1, "three attempts are made of one message")
	for rest, field := range map[string]string{
		`"message": 1`:       "message",
		`"message": "{{x}}"`: "message",
		`"attachment": {"url": "https://a.b/{{x}}"}`:             "attachment.url",
		`"template": {"name": "t", "variables": {"1": "{{x}}"}}`: "template.variables.1",
		`"message": "oi", "conditions": {"expr": "1 +"}`:         "conditions.expr",
	} {
		_, err := compile(rest)
		require.Equal(t, field, fault.Of(err).Field, rest)
	}
}

func TestConfigsCompileAndTheirMistakesAreTheAuthors(t *testing.T) {
	compile := func(prompt, param string) (*flows.Flow, error) {
		body, err := json.Marshal(map[string]any{"assistant_id": "a", "trigger_status_ids": []string{"s"},
			"steps":          []any{map[string]any{"interval": "PT1H", "prompt": prompt}},
			"official_steps": []any{map[string]any{"channel_id": "c", "steps": []any{map[string]any{"interval": "P1D", "template_name": "t", "template_params": []string{param}}}}}})
		require.NoError(t, err)
		return New(1, nil).Compile(flows.Document{Kind: flows.ConfigDocument, Body: body})
	}
	flow, err := compile("oi {{LEAD_NAME}}", "{{LEAD_FIELD_CPF}}")
	require.NoError(t, err)
	require.Equal(t, []string{"trigger", "step-1", "channels", "official-c-1"}, flow.Steps())
	_, err = compile("{{x}}", "a")
	require.Equal(t, "steps[0].prompt", fault.Of(err).Field)
	_, err = compile("oi", "{{x}}")
	require.Equal(t, "official_steps[0].steps[0].template_params[0]", fault.Of(err).Field)
	require.Len(t, flows.AsProblems(err), 1, "the step before borrows the template")
}
