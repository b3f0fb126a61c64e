package scripted_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/ai/scripted"
)

func TestTheScriptGoesFirstThenTheFunctionThenAnError(t *testing.T) {
	server, err := scripted.Start(scripted.Say("one"))
	require.NoError(t, err)
	t.Cleanup(server.Close)
	ask := func() int {
		answer, err := http.Post(server.BaseURL()+"/chat/completions", "application/json", strings.NewReader(`{"model": "m", "messages": [{"role": "user", "content": "oi"}]}`))
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	require.Equal(t, http.StatusOK, ask())
	require.Equal(t, http.StatusTeapot, ask())
	server.Answer(func(asked scripted.Request) scripted.Reply { return scripted.Fail(500+len(asked.Messages), "x") })
	server.Then(scripted.Busy("1"))
	require.Equal(t, http.StatusTooManyRequests, ask())
	require.Equal(t, 501, ask())
	require.Len(t, server.Requests(), 4)
	require.Equal(t, "oi", server.Requests()[0].Last())
}

func TestWhatIsNoQuestionIsNotFound(t *testing.T) {
	server, err := scripted.Start(scripted.Say("one"))
	require.NoError(t, err)
	t.Cleanup(server.Close)
	answer, err := http.Get(server.BaseURL() + "/models")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	require.Empty(t, server.Requests())
}
