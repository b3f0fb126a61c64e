package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Webhooks go where a business says last; one that says nothing else keeps its templates.
func TestACallbackMoves(t *testing.T) {
	w := newWorld(t)
	other := newCallback(t)
	before := w.api("GET", "/businesses", "").raw
	for _, wrong := range []string{`"ftp://x"`, `"x"`} {
		require.Equal(t, "callbackUrl", w.api("POST", "/businesses/"+number, `{"callbackUrl":`+wrong+`}`).body["field"])
	}
	require.Equal(t, before, w.api("GET", "/businesses", "").raw)
	require.Equal(t, 200, w.api("POST", "/businesses/"+number, `{"callbackUrl":"`+other.server.URL+`/webhooks/meta/y"}`).status)
	w.write(Incoming{Text: "oi"})
	w.settle()
	require.Empty(t, w.callback.messages())
	require.Len(t, other.messages(), 1)
	require.Equal(t, 200, w.api("POST", "/businesses/"+number, `{"callbackUrl":""}`).status)
	w.write(Incoming{Text: "alguém?"})
	w.settle()
	require.Len(t, other.messages(), 1, "to nobody")
}
