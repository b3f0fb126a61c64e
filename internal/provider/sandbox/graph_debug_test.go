package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestATokenIsDebugged(t *testing.T) {
	w := newWorld(t)
	ask := func(input string) map[string]any {
		got := w.call("GET", "/graph/v23.0/debug_token?input_token="+input, token, "")
		require.Equal(t, 200, got.status, got.raw)
		return got.body["data"].(map[string]any)
	}
	good := ask(token)
	require.Equal(t, true, good["is_valid"])
	require.Equal(t, 0.0, good["expires_at"], "never")
	require.ElementsMatch(t, []any{scopeManagement, scopeMessaging, "public_profile"}, good["scopes"])
	require.Equal(t, map[string]any{"code": 190.0, "message": "Invalid OAuth access token."}, ask("EAAnone")["error"])
	require.Equal(t, 190, w.call("GET", "/graph/v23.0/debug_token?input_token="+token, "", "").graphCode())
	require.Equal(t, 100, w.call("GET", "/graph/v23.0/debug_token", token, "").graphCode())

	b := w.business()
	b.TokenExpiresAt, b.Scopes = w.clock.Now().Add(time.Hour), []string{scopeManagement}
	require.NoError(t, w.sandbox.Register(b))
	require.Equal(t, float64(b.TokenExpiresAt.Unix()), ask(token)["expires_at"])
	require.Equal(t, 10, w.send(plainText).graphCode(), "no permission to send")
	w.clock.Advance(time.Hour)
	expired := ask(token)
	require.Equal(t, false, expired["is_valid"])
	require.Equal(t, 463.0, expired["error"].(map[string]any)["subcode"])
	requireExpired(t, w.send(plainText))
}

func TestWithoutManagementATokenSeesNoTemplates(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Businesses[0].Scopes = []string{scopeMessaging} })
	for _, edge := range []string{"message_templates", "subscribed_apps", "phone_numbers"} {
		require.Equal(t, 200, w.call("GET", "/graph/v23.0/"+waba+"/"+edge, token, "").graphCode(), edge)
	}
	require.Equal(t, 200, w.call("GET", "/graph/v23.0/"+number+"?fields=status", token, "").status)
	require.Equal(t, 131047, w.send(plainText).graphCode())
}

// requireExpired compares with the recorded refusal but for the two times in its text.
func requireExpired(t *testing.T, got result) {
	t.Helper()
	want := recorded(t, "err_190_expired.json")
	require.Equal(t, want.Status, got.status)
	require.Equal(t, shape(t, want.Body), shape(t, []byte(got.raw)))
	require.Equal(t, 190, got.graphCode())
	require.Equal(t, 463.0, got.body["error"].(map[string]any)["error_subcode"])
	require.Contains(t, got.raw, "Session has expired on Monday, 02-Mar-26 05:00:00 PST. The current time is Monday, 02-Mar-26 05:00:00 PST.")
}

func TestAPausedTemplateIsUnpausedByItsID(t *testing.T) {
	w := newWorld(t)
	paused := templateBody("aviso", body(texts("1", "2")))
	require.Equal(t, 132015, w.send(paused).graphCode())
	require.Equal(t, 100, w.call("POST", "/graph/v23.0/999/unpause", token, "").graphCode())
	require.JSONEq(t, `{"success":true}`, w.call("POST", "/graph/v23.0/2/unpause", token, "").raw)
	require.Equal(t, 200, w.send(paused).status)
	require.Equal(t, 100, w.call("POST", "/graph/v23.0/2/unpause", token, "").graphCode(), "not paused")
	require.Contains(t, w.call("GET", "/graph/v23.0/2?fields=name,status", token, "").raw, `"APPROVED"`)
	w.settle()
}
