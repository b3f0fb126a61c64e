package followup_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/expr"
	"retoma/nodes"
)

func TestRulesCompileToTheirGoldenFlows(t *testing.T) {
	compareGoldens(t, "rules", 6, followup.ParseRule)
}

func TestEveryMistakeOfARuleIsNamedInItsOwnWords(t *testing.T) {
	compareProblems(t, "testdata/rules_problems.json", followup.ParseRule)
}

func rule(value, unit string) followup.Rule {
	amount := followup.Amount(value)
	return followup.Rule{Name: "a", TriggerType: followup.NoResponse, TriggerValue: &amount, TriggerUnit: followup.TriggerUnit(unit), Message: "oi"}
}

func TestHowLongAnAttemptWaits(t *testing.T) {
	for _, truth := range []struct {
		value, unit string
		wait        time.Duration
	}{
		{"24", "hours", 24 * time.Hour}, {"1.5", "hours", 90 * time.Minute}, {"0.1", "hours", 6 * time.Minute}, {"1.1", "minutes", 66 * time.Second},
		{"2", "days", 48 * time.Hour}, {"365", "days", 8760 * time.Hour}, {"525600", "minutes", 8760 * time.Hour}, {"1e1", "minutes", 10 * time.Minute},
		{"0.00001157407407407407", "days", 0}, {"0.01", "minutes", 0}, {"0.0166", "minutes", 0}, {"1e-300", "hours", 0}, {"365.0001", "days", 0},
		{"8761", "hours", 0}, {"1e400", "days", 0}, {"0", "hours", 0}, {"-1", "hours", 0}, {"1", "weeks", 0},
	} {
		written := rule(truth.value, truth.unit)
		require.Equal(t, truth.wait, written.Wait(), "%s %s", truth.value, truth.unit)
		require.Equal(t, truth.wait > 0, written.Validate() == nil, "%s %s", truth.value, truth.unit)
	}
}

func TestLimitsOfARule(t *testing.T) {
	written := rule("1", "hours")
	written.Message = strings.Repeat("é", 4096)
	require.NoError(t, written.Validate())
	written.Message += "é"
	require.ErrorContains(t, written.Validate(), "message")
	written = rule("1", "hours")
	for attempts, sound := range map[int]bool{-1: false, 0: false, 1: true, 20: true, 21: false} {
		written.MaxAttempts = &attempts
		require.Equal(t, sound, written.Validate() == nil, "%d attempts", attempts)
	}
	written.MaxAttempts = nil
	many := make([]string, 50)
	for i := range many {
		many[i] = fmt.Sprintf("%03d%s", i, strings.Repeat("x", 60))
	}
	written.Conditions = &followup.RuleConditions{ExcludeTags: many}
	require.NoError(t, written.Validate())
	written.Conditions.IncludeTags = many
	require.ErrorContains(t, written.Validate(), "conditions): são longas demais juntas")
}

func TestWarningsOfARule(t *testing.T) {
	three := 3
	written := rule("8", "hours")
	written.MaxAttempts = &three
	require.Contains(t, written.Warnings(true)[0], "tentativa 3 em diante")
	require.Empty(t, written.Warnings(false), "a channel without a window needs no template")
	written.KeepInWindow = true
	require.Empty(t, written.Warnings(true), "24 h is moved inside the window")
	written = rule("24", "hours")
	require.Contains(t, written.Warnings(true)[0], "tentativa 1 em diante")
	written.Template = &followup.ModelTemplate{Name: "retomada"}
	require.Empty(t, written.Warnings(true))
}

func TestWhatAChangeRemoves(t *testing.T) {
	three, one := 3, 1
	before := rule("1", "hours")
	before.MaxAttempts = &three
	after := before
	after.MaxAttempts = &one
	require.Equal(t, []string{"attempt-2", "attempt-3"}, followup.RemovedNodes(before.Definition(), after.Definition()))
	require.Empty(t, followup.RemovedNodes(after.Definition(), before.Definition()))
}

// names are what people call tags and stages, and what nobody should.
func names() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringN(1, 12, -1), rapid.SampledFrom([]string{
		`"`, `\`, `"] or true or "" in ["`, "a\nb", "a\r\n// b", "\x00", "\u2028", `'`, "`", `#{"x"}`, "{{contact.name}}", "Não Incomodar", " com espaços ", "\\u0041", "😀",
	})).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
}

// TestNamesAreNeverMoreThanNames draws tags and stages with everything in them that a condition could take for its own:
// the compiled conditions say exactly who has which.
func TestNamesAreNeverMoreThanNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := func(label string) []string { return rapid.SliceOfN(names(), 0, 3).Draw(t, label) }
		written := rule("1", "hours")
		written.TriggerType = rapid.SampledFrom([]followup.TriggerType{followup.NoResponse, followup.StageEntered, followup.TagAdded}).Draw(t, "type")
		conditions := followup.RuleConditions{ExcludeTags: drawn("exclude"), IncludeTags: drawn("include"), IncludeFunnelStages: drawn("stages")}
		written.Conditions = &conditions
		require.NoError(t, written.Validate())

		pool := append(append(append(drawn("own"), conditions.ExcludeTags...), conditions.IncludeTags...), conditions.IncludeFunnelStages...)
		pick := func(label string) string {
			if len(pool) == 0 {
				return ""
			}
			return rapid.SampledFrom(pool).Draw(t, label)
		}
		contact := chat.Contact{Stage: pick("stage")}
		for range rapid.IntRange(0, 3).Draw(t, "tags") {
			contact.Tags = append(contact.Tags, pick("tag"))
		}
		event := map[string]any{"stage": pick("entered"), "tag": pick("added")}

		has := func(list []string, name string) bool {
			for _, one := range list {
				if one == name {
					return true
				}
			}
			return false
		}
		hasOne := func(list []string) bool {
			for _, tag := range contact.Tags {
				if has(list, tag) {
					return true
				}
			}
			return false
		}
		fits := !hasOne(conditions.ExcludeTags) && (len(conditions.IncludeTags) == 0 || hasOne(conditions.IncludeTags)) &&
			(len(conditions.IncludeFunnelStages) == 0 || has(conditions.IncludeFunnelStages, contact.Stage))
		starts := fits
		switch {
		case written.TriggerType == followup.StageEntered && len(conditions.IncludeFunnelStages) > 0:
			starts = fits && has(conditions.IncludeFunnelStages, event["stage"].(string))
		case written.TriggerType == followup.TagAdded && len(conditions.IncludeTags) > 0:
			starts = fits && has(conditions.IncludeTags, event["tag"].(string))
		}

		flow, err := flows.Compile(written.Definition(), flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
		require.NoError(t, err)
		scope := flows.StartScope(event, nil, flows.World{Contact: contact}, time.Unix(0, 0))
		require.Equal(t, starts, holds(t, flow.Triggers()[0].If, scope))
		if exit := written.Definition().ExitIf; exit != "" {
			condition, err := expr.CompileCondition(exit)
			require.NoError(t, err)
			require.Equal(t, !fits, holds(t, condition, scope))
		}
	})
}

func holds(t require.TestingT, condition *expr.Condition, scope expr.Scope) bool {
	if condition == nil {
		return true
	}
	result, err := condition.Eval(scope)
	require.NoError(t, err)
	return result
}

// TestARuleThatValidatesCompiles draws rules: one that passes Validate never gives a flow that is refused.
func TestARuleThatValidatesCompiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written := rule(rapid.SampledFrom([]string{"0", "1", "1.5", "0.3", "90", "-2", "400", "1e3"}).Draw(t, "value"), rapid.SampledFrom([]string{"minutes", "hours", "days", "day"}).Draw(t, "unit"))
		written.TriggerType = rapid.SampledFrom([]followup.TriggerType{
			followup.NoResponse, followup.StageEntered, followup.TagAdded, followup.DealCreated, followup.Custom, "OTHER",
		}).Draw(t, "type")
		written.Message = rapid.SampledFrom([]string{"", " ", "oi", "oi {{contact.name}}"}).Draw(t, "message")
		attempts := rapid.IntRange(-1, 22).Draw(t, "attempts")
		written.MaxAttempts = &attempts
		if rapid.Bool().Draw(t, "file") {
			written.Attachment = &followup.ModelAttachment{URL: rapid.SampledFrom([]string{"https://exemplo.com/a.pdf", "http://exemplo.com/a.ogg", "a.pdf", ""}).Draw(t, "link")}
		}
		if rapid.Bool().Draw(t, "template") {
			written.Template = &followup.ModelTemplate{Name: rapid.SampledFrom([]string{"a", " ", ""}).Draw(t, "name")}
		}
		if rapid.Bool().Draw(t, "conditions") {
			written.Conditions = &followup.RuleConditions{
				ExcludeTags: rapid.SliceOfN(rapid.StringN(0, 210, -1), 0, 60).Draw(t, "exclude"), IncludeFunnelStages: rapid.SliceOfN(names(), 0, 9).Draw(t, "stages"),
				Event: rapid.SampledFrom([]string{"", "cart.abandoned"}).Draw(t, "event"),
				Expr:  rapid.SampledFrom([]string{"", " ", "contact.x == 1", "true // e", "1 +", "true) or (true", "/* aberto", "1"}).Draw(t, "expr"),
			}
		}
		if written.Validate() != nil {
			return
		}
		_, err := flows.Compile(written.Definition(), flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
		require.NoError(t, err)
	})
}

func FuzzParseRule(f *testing.F) {
	for _, seed := range []string{
		`{"name": "a", "triggerType": "NO_RESPONSE", "triggerValue": 24, "triggerUnit": "hours", "message": "oi", "maxAttempts": 3}`,
		`{"name": "a", "triggerType": "CUSTOM", "triggerValue": 1e2, "triggerUnit": "days", "message": "{{contact.name}}", "conditions": {"event": "a.b", "expr": "true // x"}}`,
		`{"name": "a", "triggerType": "TAG_ADDED", "triggerValue": 0.5, "triggerUnit": "minutes", "template": {"name": "t", "variables": ["{{"]}, "conditions": {"includeTags": ["\u0000\"\\"]}}`,
		`{"triggerValue": "24"}`, `{"triggerValue": 1e999999999}`, `{"conditions": null, "triggerValue": null, "isActive": null}`, `[]`, `{"name": "a"} x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) { sound(t, followup.ParseRule, body) })
}
