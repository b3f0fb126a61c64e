package app_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

// inside is a server in our own network that counts who connects.
func inside(t *testing.T) (address string, connections *atomic.Int64) {
	connections = &atomic.Int64{}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, connections
}

// checked gives the findings of a check by name.
func (s *scene) checked() map[string]map[string]any {
	s.t.Helper()
	status, answer := s.call(http.MethodPost, "/api/channels/"+s.channel.ID+"/check", map[string]any{})
	require.Equal(s.t, http.StatusOK, status, "%v", answer)
	found := map[string]map[string]any{}
	for _, one := range answer["data"].([]any) {
		finding := one.(map[string]any)
		found[finding["check"].(string)] = finding
	}
	return found
}

func TestAChannelDoesNotReachIntoTheNetwork(t *testing.T) {
	address, connections := inside(t)
	s := newScene(t, "sqlite")
	s.config.Env = "production"
	s.run()
	channel := "/api/channels/" + s.channel.ID
	move := func(base string) (int, map[string]any) {
		return s.call(http.MethodPut, channel, map[string]any{"config": map[string]any{"wabaId": "102290129340398", "baseUrl": base}})
	}
	status, answer := move("http" + strings.TrimPrefix(address, "https"))
	require.Equal(t, http.StatusBadRequest, status, "%v", answer)
	require.Equal(t, "config.baseUrl", answer["field"])

	_, port, err := net.SplitHostPort(strings.TrimPrefix(address, "https://"))
	require.NoError(t, err)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "[64:ff9b::7f00:1]"} {
		status, answer = move("https://" + host + ":" + port)
		require.Equal(t, http.StatusOK, status, "%v", answer)
		found := s.checked()
		for _, check := range []string{"token", "number", "webhooks", "templates"} {
			require.Equal(t, false, found[check]["ok"], "%s %s", host, check)
			require.Contains(t, found[check]["message"], "rede interna", "%s %s", host, check)
			require.Contains(t, found[check]["remedy"], "RETOMA_ALLOW_PRIVATE", "%s %s", host, check)
		}
	}
	status, answer = s.call(http.MethodPost, channel+"/templates/sync", nil)
	require.Equal(t, string(fault.SenderOffline), answer["code"], "%d %v", status, answer)
	require.Zero(t, connections.Load())
}

func TestTheOperatorLetsAChannelReachAnAddress(t *testing.T) {
	address, connections := inside(t)
	s := newScene(t, "sqlite")
	s.config.Env, s.config.AllowPrivate = "production", []string{"127.0.0.1"}
	s.run()
	status, answer := s.call(http.MethodPut, "/api/channels/"+s.channel.ID, map[string]any{"config": map[string]any{"wabaId": "102290129340398", "baseUrl": address}})
	require.Equal(t, http.StatusOK, status, "%v", answer)
	require.NotContains(t, s.checked()["number"]["message"], "rede interna")
	require.Positive(t, connections.Load())
}

// In development the simulated WhatsApp answers by plain HTTP, at the machine itself.
func TestInDevelopmentAChannelTalksToTheMachineItself(t *testing.T) {
	s := newScene(t, "sqlite")
	s.run()
	require.Equal(t, true, s.checked()["number"]["ok"])
}
