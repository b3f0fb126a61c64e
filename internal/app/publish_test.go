package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFolderOfFlowsHoldsNothingElse: the other formats need ids of channels and assistants, which the API checks.
func TestAFolderOfFlowsHoldsNothingElse(t *testing.T) {
	t.Parallel()
	s := newScene(t, "sqlite")
	for example, format := range map[string]string{
		"quote-model/model.json": "model", "no-response-rule/rule.json": "rule", "assistant-config/config.json": "config",
	} {
		s.config.Flows = t.TempDir()
		body, err := os.ReadFile(filepath.Join("../../examples", example))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(s.config.Flows, "a.json"), body, 0o600))
		_, err = launch(t, s.config, "")
		require.ErrorContains(t, err, "a.json: it is a "+format)
	}
}
