package fault

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryCodeHasOneRule(t *testing.T) {
	for code, rule := range rules {
		require.NotEmpty(t, code)
		require.GreaterOrEqual(t, rule.status, 200, "%s", code)
		require.Less(t, rule.status, 600, "%s", code)
	}
	require.Equal(t, 500, Code("nobody made this").Status())
	require.False(t, Code("nobody made this").Known())
}

func TestRunsEndOnlyForWhatNoLaterStepCanCure(t *testing.T) {
	for code := range rules {
		want := code == OptedOut || code == InvalidPhone || code == Unreachable || code == PolicyBlocked
		require.Equal(t, want, code.EndsRun(), "%s", code)
	}
}

func TestErrorsAreFoundThroughWrapping(t *testing.T) {
	inner := Field("messages[0].offset", "must not be negative")
	outer := fmt.Errorf("saving the model: %w", inner)
	require.Equal(t, Invalid, CodeOf(outer))
	require.Equal(t, "messages[0].offset", Of(outer).Field)
	require.True(t, Is(outer, Invalid))
	require.Equal(t, Internal, CodeOf(errors.New("disk full")))
	require.Nil(t, Of(nil))
	require.Equal(t, Code(""), CodeOf(nil))
}
