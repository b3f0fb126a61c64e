package play

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnAnswerThatIsNoListOfModelsIsRefused(t *testing.T) {
	_, err := readModels(strings.NewReader(`{}`))
	require.ErrorContains(t, err, "confira o endereço do servidor")
	models, err := readModels(strings.NewReader("\ufeff" + `{"data":[{"id":"a","number":1,"name":"B"}]}`))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "1", "B"}, models)
	empty, err := readModels(strings.NewReader(`{"data":[]}`))
	require.NoError(t, err)
	require.Empty(t, empty)
}
