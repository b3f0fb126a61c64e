package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/expr"
)

func TestWhatAConditionNeeds(t *testing.T) {
	cases := []struct {
		source, path string
		values       []string
	}{
		{`contact.stage == "Proposta"`, "contact.stage", []string{"Proposta"}},
		{`contact.stage in ["a", "b"]`, "contact.stage", []string{"a", "b"}},
		{`(contact.stage in ["a"]) and (none(["x"], # in contact.tags))`, "contact.stage", []string{"a"}},
		{`contact.name != "" && trigger.tag == "quente" && contact.stage in ["a"]`, "trigger.tag", []string{"quente"}},
		{`contact.stage in []`, "contact.stage", []string{}},
		{`contact.stage == "a" or contact.stage == "b"`, "contact.stage", nil},
		{`not (contact.stage in ["a"])`, "contact.stage", nil},
		{`contact.stage != "a"`, "contact.stage", nil},
		{`contact.stage == contact.status`, "contact.stage", nil},
		{`contact.stage in ["a", contact.name]`, "contact.stage", nil},
		{`contact?.stage == "a"`, "contact.stage", nil},
		{`lower(contact.stage) == "a"`, "contact.stage", nil},
		{`contact.stage == "a" and contact.stage == "b"`, "contact.stage", []string{"a"}},
	}
	for _, truth := range cases {
		t.Run(truth.source, func(t *testing.T) {
			condition, err := expr.CompileCondition(truth.source)
			require.NoError(t, err)
			values, ok := condition.Needs(truth.path)
			require.Equal(t, truth.values != nil, ok)
			require.Equal(t, truth.values, values)
		})
	}
}

// TestAConditionThatIsTrueHasWhatItNeeds draws conditions and contacts.
func TestAConditionThatIsTrueHasWhatItNeeds(t *testing.T) {
	parts := []string{
		`contact.stage == "a"`, `contact.stage in ["a", "b"]`, `contact.stage != "a"`, `contact.status == "a"`, `contact.stage == contact.status`,
		`not (contact.stage in ["c"])`, `contact.status in []`, `true`,
	}
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.SampledFrom(parts).Draw(t, "first")
		for range rapid.IntRange(0, 4).Draw(t, "more") {
			source = "(" + source + ") " + rapid.SampledFrom([]string{"and", "or", "&&"}).Draw(t, "joined") + " (" + rapid.SampledFrom(parts).Draw(t, "part") + ")"
		}
		condition, err := expr.CompileCondition(source)
		if err != nil {
			t.Fatal(err)
		}
		contact := map[string]any{
			"stage": rapid.SampledFrom([]string{"a", "b", "c", ""}).Draw(t, "stage"), "status": rapid.SampledFrom([]string{"a", "b"}).Draw(t, "status"),
		}
		holds, err := condition.Eval(expr.Scope{Contact: contact})
		if err != nil || !holds {
			return
		}
		for path, value := range map[string]any{"contact.stage": contact["stage"], "contact.status": contact["status"]} {
			if values, needs := condition.Needs(path); needs {
				found := false
				for _, one := range values {
					found = found || one == value
				}
				if !found {
					t.Fatalf("%s is true of %v, and yet it needs %s to be one of %q", source, contact, path, values)
				}
			}
		}
	})
}
