package app_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/ai/scripted"
	"retoma/internal/app"
)

// run starts the installation in this process.
func (s *scene) run() {
	s.t.Helper()
	running, err := app.Start(s.t.Context(), s.config, &bytes.Buffer{}, quiet(), app.Hooks{})
	require.NoError(s.t, err)
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(s.t, running.Stop(ctx))
	})
	require.Eventually(s.t, func() bool {
		response, err := http.Get("http://" + s.config.Addr + "/healthz")
		return err == nil && response.Body.Close() == nil
	}, patience, 10*time.Millisecond)
}

func service(t *testing.T) *scripted.Server {
	t.Helper()
	server, err := scripted.Start()
	require.NoError(t, err)
	t.Cleanup(server.Close)
	server.Answer(func(asked scripted.Request) scripted.Reply { return scripted.Say("de " + asked.Model) })
	return server
}

func (s *scene) made(path string, body map[string]any) string {
	s.t.Helper()
	status, answer := s.call(http.MethodPost, path, body)
	require.Equal(s.t, http.StatusCreated, status, "%v", answer)
	id, _ := answer["data"].(map[string]any)["id"].(string)
	return id
}

func TestWhoseServiceAnAssistantUses(t *testing.T) {
	installation, tenants := service(t), service(t)
	s := newScene(t, "sqlite")
	s.config.AIBaseURL, s.config.AIAPIKey, s.config.AIModel = installation.BaseURL(), "sk-installation", "im"
	s.run()
	ask := func(assistant string) (int, map[string]any) {
		return s.call(http.MethodPost, "/api/actions/generate-reply", map[string]any{"assistantId": assistant, "customerId": "crm-1", "message": "oi"})
	}
	plain := s.made("/api/assistants", map[string]any{"name": "Bia"})
	status, answer := ask(plain)
	require.Equal(t, http.StatusOK, status, "%v", answer)
	require.Equal(t, "de im", answer["data"].(map[string]any)["reply"])
	require.Equal(t, "sk-installation", installation.Requests()[0].Key())

	own := s.made("/api/assistants", map[string]any{"name": "Leo", "baseUrl": tenants.BaseURL(), "model": "tm"})
	status, answer = ask(own)
	require.Equal(t, http.StatusOK, status, "%v", answer)
	require.Empty(t, tenants.Requests()[0].Key(), "the installation's key does not go to an address of a tenant")
}

func TestTenantsDoNotReachIntoTheNetwork(t *testing.T) {
	installation, inside := service(t), service(t)
	s := newScene(t, "sqlite")
	s.config.AIBaseURL, s.config.AIModel, s.config.Env = installation.BaseURL(), "im", "production"
	s.run()
	own := s.made("/api/assistants", map[string]any{"name": "Leo", "baseUrl": inside.BaseURL(), "model": "tm"})
	status, answer := s.call(http.MethodPost, "/api/actions/generate-reply", map[string]any{"assistantId": own, "customerId": "crm-1", "message": "oi"})
	require.Equal(t, http.StatusUnprocessableEntity, status, "%v", answer)
	require.Equal(t, "ai_unconfigured", answer["code"])
	require.Contains(t, answer["error"], "rede interna")
	require.Empty(t, inside.Requests())
	plain := s.made("/api/assistants", map[string]any{"name": "Bia"})
	status, _ = s.call(http.MethodPost, "/api/actions/generate-reply", map[string]any{"assistantId": plain, "customerId": "crm-1", "message": "oi"})
	require.Equal(t, http.StatusOK, status, "the operator's own address is called as it is")
}

func TestAnAddressOfAServiceThatIsNoneStopsTheStart(t *testing.T) {
	s := newScene(t, "sqlite")
	s.config.AIBaseURL = "api.openai.com/v1"
	_, err := app.Start(t.Context(), s.config, &bytes.Buffer{}, quiet(), app.Hooks{})
	require.ErrorContains(t, err, "RETOMA_AI_BASE_URL")
}
