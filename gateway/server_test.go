package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
)

func TestWhatIsTooLargeIsRefusedBeforeItIsRead(t *testing.T) {
	h := newHouse(t)
	base := h.Serve()
	for _, path := range []string{"/webhooks/meta/" + h.Ours.Channel.Token, "/updatefollowup", "/nowhere"} {
		status, body := h.Announce(base, path, 3<<20+1)
		require.Equal(t, 413, status)
		require.JSONEq(t, `{"success":false,"error":"o conteúdo passa do limite de 3 MB","code":"too_large"}`, body)
	}
	whole := strings.Repeat(" ", 3<<20-2) + "{}"
	status, _ := h.Post(base+"/webhooks/meta/"+h.Ours.Channel.Token, whole, map[string]string{"X-Hub-Signature-256": gatewaytest.Signature(whole)})
	require.Equal(t, 200, status, "Meta sends up to 3 MB")
}

func TestTheSimulatorIsMountedOnlyWhereThereIsOne(t *testing.T) {
	seen := make(chan string, 4)
	simulator := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Method + " " + r.URL.Path })
	h := newHouse(t, func(o *gateway.Options) { o.Sandbox = simulator })
	require.Equal(t, 200, h.Call("GET", "/sandbox/", "", nil).Status)
	require.Equal(t, "GET /", <-seen)
	require.Equal(t, 200, h.Call("POST", "/sandbox/api/phones/1/messages", "", "{}").Status)
	require.Equal(t, "POST /api/phones/1/messages", <-seen)
	require.Equal(t, 301, h.Call("GET", "/sandbox", "", nil).Status)
	require.Contains(t, h.Call("GET", "/", "", nil).Raw, "/sandbox/")
	production := newHouse(t, func(o *gateway.Options) { o.Sandbox, o.Production = simulator, true })
	require.Equal(t, 404, production.Call("GET", "/sandbox/", "", nil).Status)
}
