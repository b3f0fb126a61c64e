package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const mailURL = "smtp://u:segredo@mail.example.com:587/?from=a@b.com&to=c@d.com"

func TestSettingsAreCheckedByField(t *testing.T) {
	key := "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	cases := []struct {
		name   string
		notify chat.Notify
		field  string // empty: accepted
	}{
		{"nothing", chat.Notify{}, ""},
		{"a webhook", chat.Notify{WebhookURL: "https://example.com/x?y=1", WebhookSecret: testSecret}, ""},
		{"a secret alone", chat.Notify{WebhookSecret: testSecret}, ""},
		{"every service", chat.Notify{URLs: []string{mailURL, telegramURL, slackHook, slackBot, discordURL, teamsURL}}, ""},
		{"mail without a user", chat.Notify{URLs: []string{"smtp://mail.example.com/?from=a@b.com&to=c+x@d.com"}}, ""},
		{"a webhook without a secret", chat.Notify{WebhookURL: "https://example.com/"}, "notify.webhookSecret"},
		{"a secret without its prefix", chat.Notify{WebhookURL: "https://example.com/", WebhookSecret: key}, "notify.webhookSecret"},
		{"a secret that is no base64", chat.Notify{WebhookSecret: "whsec_segredo!"}, "notify.webhookSecret"},
		{"a secret of two lines", chat.Notify{WebhookSecret: "whsec_" + key[:16] + "\n" + key[16:]}, "notify.webhookSecret"},
		{"a short secret", chat.Notify{WebhookSecret: "whsec_MfKQ9r8GKYqrTwjUPD8I"}, "notify.webhookSecret"},
		{"a long secret", chat.Notify{WebhookSecret: "whsec_" + strings.Repeat(key, 3)}, "notify.webhookSecret"},
		{"no host", chat.Notify{WebhookURL: "https:///x", WebhookSecret: testSecret}, "notify.webhookUrl"},
		{"no scheme", chat.Notify{WebhookURL: "example.com/x", WebhookSecret: testSecret}, "notify.webhookUrl"},
		{"a file", chat.Notify{WebhookURL: "file:///etc/passwd", WebhookSecret: testSecret}, "notify.webhookUrl"},
		{"gopher", chat.Notify{WebhookURL: "gopher://example.com/x", WebhookSecret: testSecret}, "notify.webhookUrl"},
		{"a password in the address", chat.Notify{WebhookURL: "https://u:p@example.com/x", WebhookSecret: testSecret}, "notify.webhookUrl"},
		{"a wrong port", chat.Notify{WebhookURL: "https://example.com:70000/x", WebhookSecret: testSecret}, "notify.webhookUrl"},
		{"a long address", chat.Notify{WebhookURL: "https://example.com/" + strings.Repeat("x", longestURL), WebhookSecret: testSecret}, "notify.webhookUrl"},
		{"too many", chat.Notify{URLs: make([]string, mostURLs+1)}, "notify.urls"},
		{"the second is wrong", chat.Notify{URLs: []string{slackHook, "slack://x"}}, "notify.urls[1]"},
	}
	for _, raw := range []string{
		"", "x", "://", "generic://example.com", "generic+https://10.0.0.1/", "https://example.com", "gotify://example.com/Abc", "ntfy://ntfy.sh/x",
		"matrix://u:p@10.0.0.1/", "mattermost://10.0.0.1/x", "logger://", "teams+https://10.0.0.1/", "slack+https://x",
		"slack://dummy@dummy.com", "telegram://dummy@dummy.com", "teams://dummy@dummy.com", "smtp://dummy@dummy.com",
		"slack://", "slack://hook", "slack://hook:x@webhook", "telegram://x", "telegram://1:a@telegram", "telegram://1:a@telegram?chats=:4",
		"telegram://1:a@telegram?chats=@x:y", "discord://x", "discord://a@b", "discord://%2e%2e@123", "discord://a%2fb@123", "discord://a@123/raw", "discord://a@123?thread_id=../x",
		strings.Replace(teamsURL, "org.webhook.office.com", "10.0.0.1", 1), strings.Replace(teamsURL, "org.", "a.b/c?.", 1), strings.Replace(teamsURL, "V2ESyij", "x%3fy", 1), "teams://x",
		"smtp://", "smtp://h", "smtp://h/?from=a@b.com", "smtp://h:0/?from=a@b.com&to=c@d.com", "smtp://h:99999/?from=a@b.com&to=c@d.com",
		"smtp://h/?from=a@b.com%0d%0aRCPT&to=c@d.com", "smtp://h/?from=a@b.com&to=x", "smtp://h/?from=a@b.com&to=c@d.com&skiptlsverify=yes",
		"smtp://h/?from=a@b.com&to=c@d.com&timeout=x", "smtp://h/?from=a@b.com&to=c@d.com&nobodyknows=1",
	} {
		cases = append(cases, struct {
			name   string
			notify chat.Notify
			field  string
		}{raw, chat.Notify{URLs: []string{raw}}, "notify.urls[0]"})
	}
	for _, c := range cases {
		err := CheckTargets(c.notify)
		if c.field == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.Error(t, err, c.name)
		require.Equal(t, c.field, fault.Of(err).Field, c.name)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), c.name)
		require.NotContains(t, err.Error(), "segredo", c.name)
	}
}

func TestWhatWasSavedUnderOlderRulesFailsAndSaysSo(t *testing.T) {
	w := newWorld(chat.Notify{URLs: []string{"generic://10.0.0.1/"}, WebhookURL: "https://example.com/", WebhookSecret: "old"})
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	require.Equal(t, fmt.Sprintf("tentativa 1 de 6: webhook: %s; destino: %s", badSetting, badSetting), w.row("n1").problem)
}

func TestProgressSurvivesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		done := progress{}
		for _, key := range rapid.SliceOfN(rapid.String(), 0, mostURLs).Draw(t, "keys") {
			done[fingerprint("n1", key)] = true
		}
		problem := rapid.String().Draw(t, "problem")
		text := done.note(problem)
		if len(done) > 0 {
			require.Equal(t, done, readProgress(text))
		}
		require.Equal(t, text, maps.Clone(done).note(problem), "equal progress gives equal text")
	})
}

func TestFingerprintsTellNothingAcrossNotifications(t *testing.T) {
	require.Equal(t, fingerprint("n1", slackHook), fingerprint("n1", slackHook))
	require.NotEqual(t, fingerprint("n1", slackHook), fingerprint("n2", slackHook))
	require.NotEqual(t, fingerprint("n1", slackHook), fingerprint("n1", slackBot))
}

func FuzzReadProgress(f *testing.F) {
	f.Add("tentativa 1 de 6: slack: x [entregue: 0a1b2c3d4e5f 66778899aabb]")
	f.Add("[entregue: ]")
	f.Fuzz(func(t *testing.T, text string) {
		done := readProgress(text)
		if len(done) > 0 && len(readProgress(done.note("x"))) != len(done) {
			t.Fatalf("%q: %v", text, done)
		}
	})
}

// FuzzCheckTargets holds: no input panics, the field is one of ours, and what is accepted can be used for sending, to
// its service's own host only.
func FuzzCheckTargets(f *testing.F) {
	for _, raw := range []string{mailURL, telegramURL, slackHook, slackBot, discordURL, teamsURL, "slack://x", "slack://:@", "smtp://@:1/?to=,", "generic://x", "discord://a@1/raw?json=yes"} {
		f.Add(raw, "https://example.com/", testSecret)
	}
	f.Add("", "http://[::1]:80/", "whsec_")
	f.Fuzz(func(t *testing.T, raw, webhook, secret string) {
		settings := chat.Notify{URLs: []string{raw}, WebhookURL: webhook, WebhookSecret: secret}
		if err := CheckTargets(settings); err != nil {
			switch field := fault.Of(err).Field; field {
			case "notify.urls[0]", "notify.webhookUrl", "notify.webhookSecret":
			default:
				t.Fatalf("field %q", field)
			}
			return
		}
		wire := &recordingTransport{}
		g, _ := newGuard(nil, false)
		carrier := newCarrier(g, wire.client())
		for _, each := range targetsOf(settings) {
			if each.service == "smtp" {
				continue // its host is the tenant's to choose, and guarded when dialled
			}
			if err := each.send(context.Background(), carrier, note{}); errors.Is(err, badSetting) {
				t.Fatalf("accepted and not usable: %q", raw)
			}
			known := slices.Contains([]string{"hooks.slack.com", "slack.com", "api.telegram.org", "discord.com"}, wire.host)
			if each.service != "webhook" && !known && !strings.HasSuffix(wire.host, ".webhook.office.com") {
				t.Fatalf("%q calls %q", raw, wire.host)
			}
		}
	})
}
