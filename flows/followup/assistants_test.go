package followup_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/expr"
)

func TestConfigsCompileToTheirGoldenFlows(t *testing.T) {
	compareGoldens(t, "configs", 3, followup.ParseConfig)
}

func TestEveryMistakeOfAConfigIsNamedInItsOwnWords(t *testing.T) {
	compareProblems(t, "testdata/configs_problems.json", followup.ParseConfig)
}

func TestConfigsTakeBothSpellingsOfKeepInWindow(t *testing.T) {
	for body, kept := range map[string]bool{
		`{}`: false, `{"keep_in_window": true}`: true, `{"keepInWindow": true}`: true, `{"keep_in_window": true, "keepInWindow": false}`: false,
	} {
		config, err := followup.ParseConfig([]byte(body))
		require.NoError(t, err)
		require.Equal(t, kept, config.KeepInWindow, body)
		encoded, err := json.Marshal(config)
		require.NoError(t, err)
		require.NotContains(t, string(encoded), "keepInWindow", "what is stored has one spelling")
	}
}

// TestLeadVariablesReadTheContact fills in every variable of assistant-followup.md.
func TestLeadVariablesReadTheContact(t *testing.T) {
	contact := chat.Contact{Name: "Ana Souza", Phone: "+5511999990001", Fields: map[string]string{"produto": "Curso", "Data de visita": "10/07", "ação": "sim"}}
	world := flows.World{Contact: contact, Company: "Leavo"}
	for param, want := range map[string]string{
		"{{LEAD_NAME}}": "Ana Souza", "{{LEAD_FIRSTNAME}}": "Ana", "{{LEAD_NUMBER}}": "5511999990001", "{{COMPANY_NAME}}": "Leavo",
		"{{LEAD_FIELD_PRODUTO}}": "Curso", "{{LEAD_FIELD_produto}}": "Curso", "{{LEAD_FIELD_DATA DE VISITA}}": "10/07", "{{ LEAD_FIELD_Ação }}": "sim",
		"Oi {{ LEAD_FIRSTNAME | upcase }}!": "Oi ANA!", `{{LEAD_FIELD_CPF | default: "sem CPF"}}`: "sem CPF", "{{contact.name}} da {{- COMPANY_NAME -}} .": "Ana Souza daLeavo.",
		"LEAD_NAME": "LEAD_NAME", "{LEAD_NAME}": "{LEAD_NAME}",
	} {
		body, err := json.Marshal(map[string]any{"assistant_id": "a", "trigger_status_ids": []string{"s"}, "steps": []any{
			map[string]any{"interval": "P1D", "template_name": "t", "template_params": []string{param}},
		}})
		require.NoError(t, err)
		config, err := check(followup.ParseConfig, body)
		require.NoError(t, err, param)
		var with struct {
			Template struct{ Variables []string }
		}
		require.NoError(t, json.Unmarshal(config.Definition().Nodes[1].With, &with))
		template, err := expr.CompileTemplate(with.Template.Variables[0])
		require.NoError(t, err)
		filled, err := template.Render(flows.StartScope(nil, nil, world, time.Unix(0, 0)))
		require.NoError(t, err)
		require.Equal(t, want, filled, param)
		require.Equal(t, []string{param}, config.Steps[0].TemplateParams, "what the author wrote stays as it was written")
	}
}

// TestStatusesAreNeverMoreThanNames draws statuses with everything in them that a condition could take for its own.
func TestStatusesAreNeverMoreThanNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := followup.Config{AssistantID: "a", Steps: []followup.ConfigStep{{Interval: "PT30M", Prompt: "oi"}}}
		config.TriggerStatusIDs = rapid.SliceOfNDistinct(names(), 1, 4, rapid.ID[string]).Draw(t, "statuses")
		require.NoError(t, config.Validate())
		status := names().Draw(t, "status")
		if rapid.Bool().Draw(t, "listed") {
			status = rapid.SampledFrom(config.TriggerStatusIDs).Draw(t, "which")
		}
		listed := false
		for _, one := range config.TriggerStatusIDs {
			listed = listed || one == status
		}
		scope := flows.StartScope(map[string]any{"status": status}, nil, flows.World{Contact: chat.Contact{Status: status}}, time.Unix(0, 0))
		stop, err := expr.CompileCondition(config.Definition().StopIf)
		require.NoError(t, err)
		require.Equal(t, !listed, holds(t, stop, scope))
		var with struct{ If string }
		require.NoError(t, json.Unmarshal(config.Definition().Nodes[0].With, &with))
		start, err := expr.CompileCondition(with.If)
		require.NoError(t, err)
		require.Equal(t, listed, holds(t, start, scope))
	})
}

// TestAConfigThatValidatesCompiles draws configs: one that passes Validate never gives a flow that is refused.
func TestAConfigThatValidatesCompiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.Custom(func(t *rapid.T) followup.ConfigStep {
			return followup.ConfigStep{
				Interval:     rapid.SampledFrom([]string{"PT30M", "PT2H", "P1D", "P1W", "PT10M", "P1Y", ""}).Draw(t, "interval"),
				Prompt:       rapid.SampledFrom([]string{"", " ", "oi", "{{LEAD_NAME}}", "{{LEAD_X}}"}).Draw(t, "prompt"),
				Fallback:     rapid.SampledFrom([]string{"", "oi", "{{COMPANY_NAME}}"}).Draw(t, "fallback"),
				TemplateName: rapid.SampledFrom([]string{"", "t", " "}).Draw(t, "template"),
				TemplateParams: rapid.SliceOfN(rapid.SampledFrom([]string{
					"a", "", "{{LEAD_FIELD_CPF}}", "{{LEAD_FIELD_9 'x' é}}", "{{LEAD_FIELD_a-b_c.d[0]}}", "{{LEAD_FIELD_A\"B}}",
				}), 0, 3).Draw(t, "params"),
			}
		})
		config := followup.Config{AssistantID: "a", TriggerStatusIDs: []string{"s"}, Steps: rapid.SliceOfN(step, 0, 4).Draw(t, "steps")}
		for range rapid.IntRange(0, 3).Draw(t, "channels") {
			config.OfficialSteps = append(config.OfficialSteps, followup.OfficialSteps{
				ChannelID: rapid.SampledFrom([]string{"c1", "c2", "C1", "019f0000-0000-7000-8000-000000000001", "", "ç"}).Draw(t, "channel"),
				Steps:     rapid.SliceOfN(step, 0, 3).Draw(t, "official"),
			})
		}
		if config.Validate() != nil {
			return
		}
		body, err := json.Marshal(config)
		require.NoError(t, err)
		_, err = check(followup.ParseConfig, body)
		require.NoError(t, err)
	})
}

func TestLimitsOfAConfig(t *testing.T) {
	config := func(step followup.ConfigStep) followup.Config {
		step.Interval = "PT30M"
		return followup.Config{AssistantID: "a", TriggerStatusIDs: []string{"s"}, Steps: []followup.ConfigStep{step}}
	}
	require.NoError(t, config(followup.ConfigStep{Prompt: strings.Repeat("é", 8000), Fallback: strings.Repeat("é", 4096)}).Validate())
	require.ErrorContains(t, config(followup.ConfigStep{Prompt: strings.Repeat("é", 8001)}).Validate(), "steps[0].prompt")
	require.ErrorContains(t, config(followup.ConfigStep{Prompt: "a", Fallback: strings.Repeat("é", 4097)}).Validate(), "steps[0].fallback")
	require.ErrorContains(t, config(followup.ConfigStep{TemplateName: strings.Repeat("a", 513)}).Validate(), "steps[0].template_name")
	require.ErrorContains(t, config(followup.ConfigStep{TemplateName: "a", TemplateParams: make([]string, 21)}).Validate(), "steps[0].template_params")
	many := config(followup.ConfigStep{Prompt: "a"})
	for len(many.TriggerStatusIDs) < 50 {
		many.TriggerStatusIDs = append(many.TriggerStatusIDs, strings.Repeat("a", 150)+string(rune('A'+len(many.TriggerStatusIDs))))
	}
	require.ErrorContains(t, many.Validate(), "trigger_status_ids): a lista é longa demais")
}

func TestWarningsOfAConfig(t *testing.T) {
	twenty := followup.ConfigStep{Interval: "PT12H30M", Prompt: "oi"}
	config := followup.Config{Steps: []followup.ConfigStep{twenty, twenty}, OfficialSteps: []followup.OfficialSteps{
		{ChannelID: "c1", Steps: []followup.ConfigStep{{Interval: "P1D", TemplateName: "t"}}}, {ChannelID: "c2", Steps: []followup.ConfigStep{twenty}},
	}}
	channels := []chat.Channel{{ID: "c1", Name: "Oficial"}, {ID: "c2", Name: "Vendas"}, {ID: "c3", Name: "Outro"}}
	warnings := config.Warnings(channels)
	require.Len(t, warnings, 3)
	require.Contains(t, warnings[0], `passo 2 no canal "Vendas"`)
	require.Contains(t, warnings[1], `passo 3 no canal "Vendas"`)
	require.Contains(t, warnings[2], `passo 2 no canal "Outro"`)
	require.Empty(t, config.Warnings(nil))
	config.KeepInWindow = true
	require.Len(t, config.Warnings(channels), 1, "what is less than two hours late is moved inside the window")
}

func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{
		`{"assistant_id": "a", "trigger_status_ids": ["s"], "steps": [{"interval": "PT30M", "prompt": "{{LEAD_NAME}}"}], "official_steps": [{"channel_id": "c", "steps": [{"interval": "P1D", "template_name": "t", "template_params": ["{{LEAD_FIELD_X}}"]}]}]}`,
		`{"assistant_id": "a", "trigger_status_ids": ["\u0000\"\\"], "official_steps": [{"channel_id": "c", "steps": [{"interval": "P1D", "template_name": "t", "prompt": "{{"}]}]}`,
		`{"assistant_id": "a", "trigger_status_ids": ["s"], "steps": [{"interval": "P1D", "template_name": "t", "template_params": ["{{ LEAD_NAME | default: \"}}\" }}", "{{-LEAD_NAME-}}", "{{LEAD_FIELD_]\u2028}}"]}]}`,
		`{"assistant_id": "a", "trigger_status_ids": ["s"], "steps": [{"interval": "PT1H", "prompt": "a"}], "official_steps": [{"channel_id": "c", "steps": [{"interval": "PT1H", "prompt": "b"}, {"interval": "P1D", "template_name": "t", "template_params": ["{{x}}"]}]}]}`,
		`{"steps": [null], "official_steps": [null], "is_active": null}`, `[]`, `{"keepInWindow": 1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) { sound(t, followup.ParseConfig, body) })
}
