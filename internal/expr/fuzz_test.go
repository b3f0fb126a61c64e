package expr

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func FuzzCondition(f *testing.F) {
	for _, row := range readTruthFile(f, "testdata/conditions.txt") {
		f.Add(row.source)
	}
	scope := exampleScope(f)
	f.Fuzz(func(t *testing.T, source string) {
		condition, err := CompileCondition(source)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			require.Contains(t, err.Error(), "(")
			return
		}
		result, err := condition.Eval(scope)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			require.False(t, result)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, row := range readTruthFile(f, "testdata/templates.txt") {
		f.Add(row.source)
	}
	scope := exampleScope(f)
	scope.Contact["braces"] = "none"
	f.Fuzz(func(t *testing.T, source string) {
		template, err := CompileTemplate(source)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			return
		}
		text, err := template.Render(scope)
		if err != nil {
			require.Equal(t, fault.TemplateParams, fault.CodeOf(err))
			return
		}
		// A compact object in JSON ends in "}}" but never begins with "{{".
		require.NotContains(t, text, "{{")
	})
}
