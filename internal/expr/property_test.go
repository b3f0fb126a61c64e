package expr

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/fault"
)

// drawTemplate draws what authors write, right and wrong: pieces of the language in any order.
func drawTemplate(t *rapid.T) string {
	pieces := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{
			"{", "}", "{{", "}}", "{{-", "-}}", "{%", "%}", "|", " | default: ", `""`, `"x"`, "'", `"`, ":", ",", ".", "[", "]", "(", ")", "-",
			"contact", ".name", "trigger.items[0].price", "contact.nobody", " upcase ", " | strip", " | json", "now", "1", "1.5", " and ", " == ", "..",
			"{{ contact.name }}", `{{ contact.nobody | default: "" }}`, `{{- contact.nobody | default: "" -}}`, "{{ contact.braces }}", " ", "\n", "é",
		}),
		rapid.StringN(0, 5, -1),
	), 0, 12).Draw(t, "pieces")
	return strings.Join(pieces, "")
}

func TestNoBracesOfTheTemplateReachAnyone(t *testing.T) {
	scope := exampleScope(t)
	// Without braces in the data, any that come out are the template's own.
	scope.Contact["braces"] = "none"
	rapid.Check(t, func(t *rapid.T) {
		source := drawTemplate(t)
		template, err := CompileTemplate(source)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			return
		}
		text, err := template.Render(scope)
		if err != nil {
			require.Equal(t, fault.TemplateParams, fault.CodeOf(err))
			require.Empty(t, text)
			return
		}
		require.NotContains(t, text, "{{")
		require.NotContains(t, text, "{%")
	})
}

func TestValuesGoInAsTheyAre(t *testing.T) {
	template, err := CompileTemplate("Olá {{ contact.name }}!")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"{{contact.phone}}", "{{", "}}", "{% raw %}", "%d", "a{{b}}c"})).Draw(t, "name")
		text, err := template.Render(Scope{Contact: map[string]any{"name": name}})
		if strings.TrimSpace(name) == "" {
			require.Equal(t, "valor ausente: contact.name", fault.Of(err).Message)
			return
		}
		require.NoError(t, err)
		require.Equal(t, "Olá "+name+"!", text)
	})
}

func TestStaticTemplatesRenderTheSameOverNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		template, err := CompileTemplate(drawTemplate(t))
		if err != nil || !template.Static() {
			return
		}
		overNothing, errNothing := template.Render(Scope{})
		over, err := template.Render(Scope{Contact: map[string]any{"name": "Ana"}, Now: time.Unix(1741485600, 0)})
		require.Equal(t, errNothing, err)
		require.Equal(t, overNothing, over)
	})
}

func TestNormalizedTextsStayAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := normalize(rapid.String().Draw(t, "text"))
		require.Equal(t, once, normalize(once))
		require.Equal(t, once, strings.Join(strings.Fields(once), " "))
	})
}

func TestTemplatePaths(t *testing.T) {
	template, err := CompileTemplate(`{{ contact.first_name | default: vars.name }} {{ trigger.items[0]["a b"] }} {{ vars[steps.ask.key] }} {{ contact.first_name }}`)
	require.NoError(t, err)
	require.False(t, template.Static())
	paths := template.Paths()
	require.Equal(t, []string{"contact.first_name", "vars.name", `trigger.items[0]["a b"]`, "steps.ask.key", "vars[steps.ask.key]"}, paths)
	paths[0] = "changed"
	require.Equal(t, "contact.first_name", template.Paths()[0], "callers cannot change a compiled template")

	fixed, err := CompileTemplate(`Olá {{ "mundo" }}`)
	require.NoError(t, err)
	require.True(t, fixed.Static())
	require.Empty(t, fixed.Paths())
}

func TestPositionsCountLinesAndCharacters(t *testing.T) {
	_, err := CompileTemplate("Olá,\né só {{ nome }}")
	require.Contains(t, err.Error(), "(2:6)")
	_, err = CompileCondition("contact.name == \"é\" and\n  nome == 1")
	require.Contains(t, err.Error(), "(2:3)")
}

// One compiled value serves many goroutines; run with -race.
func TestCompiledValuesAreShared(t *testing.T) {
	scope := exampleScope(t)
	condition, err := CompileCondition(`any(trigger.items, .price > 40) and contact.name matches "^Ana"`)
	require.NoError(t, err)
	template, err := CompileTemplate(`{{ contact.nobody | default: "você" }} {{ now | date: "%A" }} {{ contact.phone | phone }}`)
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				result, err := condition.Eval(scope)
				if err != nil || !result {
					t.Errorf("condition gave %v, %v", result, err)
				}
				text, err := template.Render(scope)
				if err != nil || text != "você segunda-feira +55 11 98765-4321" {
					t.Errorf("template gave %q, %v", text, err)
				}
				if _, err := CompileTemplate(`{{ contact.name | upcase }}`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
