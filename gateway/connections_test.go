package gateway_test

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/web"
)

// TestMoreConnectionsThanThereIsRoomFor opens connections that say nothing: first those that calls may use, then those over which only
// questions about health are answered; the next is told so at once.
func TestMoreConnectionsThanThereIsRoomFor(t *testing.T) {
	const most = 3
	limits := web.DefaultAdmission()
	limits.Connections = most
	h := newHouse(t, func(o *gateway.Options) { o.Limits = limits })
	address := strings.TrimPrefix(h.Serve(), "http://")
	var idle []net.Conn
	open := func() net.Conn {
		connection, err := net.Dial("tcp", address)
		require.NoError(t, err)
		t.Cleanup(func() { _ = connection.Close() })
		return connection
	}
	ask := func(path string) *http.Response {
		connection := open()
		_, err := connection.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: retoma\r\n\r\n"))
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.NoError(t, connection.Close())
		return answer
	}
	is := func(count int) {
		require.Eventually(t, func() bool { return h.G.Load().Connections == count }, time.Minute, time.Millisecond)
	}
	for range most {
		idle = append(idle, open())
	}
	is(most)
	refused := ask("/api/channels")
	require.Equal(t, http.StatusServiceUnavailable, refused.StatusCode)
	require.NotEmpty(t, refused.Header.Get("Retry-After"))
	require.True(t, refused.Close, "the connection is given back")
	is(most)
	require.Equal(t, http.StatusOK, ask("/healthz").StatusCode)
	is(most)
	for h.G.Load().ConnectionsRefused == 0 {
		idle = append(idle, open())
		require.Less(t, len(idle), 1000)
		require.Eventually(t, func() bool { return h.G.Load().Connections == len(idle) || h.G.Load().ConnectionsRefused > 0 }, time.Minute, time.Millisecond)
	}
	full := ask("/healthz")
	require.Equal(t, http.StatusServiceUnavailable, full.StatusCode)
	require.NotEmpty(t, full.Header.Get("Retry-After"))
	for _, connection := range idle {
		require.NoError(t, connection.Close())
	}
	is(0)
	require.Equal(t, http.StatusUnauthorized, ask("/api/channels").StatusCode)
}
