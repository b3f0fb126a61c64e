package gatewaytest

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"
)

// Serve listens on a port of its own.
func (h *House) Serve() string {
	h.T.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(h.T, err)
	ended := make(chan error, 1)
	go func() { ended <- h.G.Listen(listener) }()
	h.T.Cleanup(func() {
		require.NoError(h.T, h.G.App().Shutdown())
		require.NoError(h.T, <-ended)
	})
	return "http://" + listener.Addr().String()
}

// Post sends a body to a served house, and gives the answer.
func (h *House) Post(address, body string, headers map[string]string) (int, string) {
	h.T.Helper()
	request, err := http.NewRequestWithContext(h.T.Context(), http.MethodPost, address, strings.NewReader(body))
	require.NoError(h.T, err)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.T, err)
	defer func() { require.NoError(h.T, response.Body.Close()) }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(h.T, err)
	require.NotEmpty(h.T, response.Header.Get("X-Request-Id"))
	return response.StatusCode, string(raw)
}

// Signature is Meta's signature of a body.
func Signature(body string) string {
	mac := hmac.New(sha256.New, []byte(AppSecret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Announce sends the heading of a request whose body would have this size, and gives the answer.
func (h *House) Announce(base, path string, size int) (int, string) {
	h.T.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	require.NoError(h.T, err)
	defer func() { require.NoError(h.T, connection.Close()) }()
	_, err = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: retoma\r\nContent-Length: %d\r\n\r\n", path, size)
	require.NoError(h.T, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(h.T, err)
	raw, err := io.ReadAll(response.Body)
	require.NoError(h.T, err)
	require.NotEmpty(h.T, response.Header.Get("X-Request-Id"))
	return response.StatusCode, string(raw)
}
