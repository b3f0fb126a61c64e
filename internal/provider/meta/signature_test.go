package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// sign makes the header that Meta would send.
func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func signed(body []byte, header string) provider.Request {
	return provider.Request{Body: body, Header: func(name string) string {
		if strings.EqualFold(name, "X-Hub-Signature-256") {
			return header
		}
		return ""
	}}
}

func withSecret(secret string) chat.Channel {
	return chat.Channel{Secrets: map[string]string{"appSecret": secret}}
}

func TestRecordedSignaturesAreAccepted(t *testing.T) {
	var vectors struct {
		AppSecret string `json:"app_secret"`
		Vectors   []struct{ File, Value string }
	}
	require.NoError(t, json.Unmarshal(readFile(t, "testdata/sig_vectors.json"), &vectors))
	checked := 0
	for _, vector := range vectors.Vectors {
		file := filepath.Join("testdata/webhooks", filepath.Base(vector.File))
		if found, _ := filepath.Glob(file); len(found) == 0 {
			continue // the vectors name more payloads than were recorded
		}
		body := readFile(t, file)
		require.NoError(t, New(Options{}).Verify(withSecret(vectors.AppSecret), signed(body, vector.Value)), vector.File)
		checked++
	}
	require.Equal(t, 3, checked)
}

func TestSignatures(t *testing.T) {
	body := readFile(t, "testdata/webhooks/msg_escaped_unicode_raw.json")
	right := sign("segredo", body)
	var rewritten any
	require.NoError(t, json.Unmarshal(body, &rewritten))
	again, err := json.Marshal(rewritten)
	require.NoError(t, err)

	for _, c := range []struct {
		name, secret, header string
		body                 []byte
		accepted             bool
	}{
		{"the right one", "segredo", right, body, true},
		{"hex in capitals", "segredo", "sha256=" + strings.ToUpper(strings.TrimPrefix(right, "sha256=")), body, true},
		{"the old secret while it is being rotated", "novo, segredo", right, body, true},
		{"the new secret while it is being rotated", "segredo,velho", right, body, true},
		{"no header", "segredo", "", body, false},
		{"only the prefix", "segredo", "sha256=", body, false},
		{"another algorithm", "segredo", "sha1=" + strings.TrimPrefix(right, "sha256="), body, false},
		{"no prefix", "segredo", strings.TrimPrefix(right, "sha256="), body, false},
		{"one digit short", "segredo", right[:len(right)-1], body, false},
		{"two digits more", "segredo", right + "00", body, false},
		{"not hex", "segredo", "sha256=" + strings.Repeat("zz", 32), body, false},
		{"of another body", "segredo", sign("segredo", []byte("{}")), body, false},
		{"of a body written anew", "segredo", right, again, false},
		{"of another secret", "outro", right, body, false},
		{"no secret on the channel", "", right, body, false},
		{"no secret but commas", " , ,", sign("", body), body, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := New(Options{}).Verify(withSecret(c.secret), signed(c.body, c.header))
			if c.accepted {
				require.NoError(t, err)
				return
			}
			require.Equal(t, fault.Unauthorized, fault.CodeOf(err))
			require.NotContains(t, err.Error(), "segredo")
		})
	}
}

func TestARequestWithoutHeadersIsRefused(t *testing.T) {
	err := New(Options{}).Verify(withSecret("segredo"), provider.Request{Body: []byte("{}")})
	require.Equal(t, fault.Unauthorized, fault.CodeOf(err))
}

func TestTheChallengeIsAnsweredOnlyToWhoKnowsTheToken(t *testing.T) {
	channel := chat.Channel{Secrets: map[string]string{"verifyToken": "meu_token"}}
	for _, c := range []struct {
		name              string
		channel           chat.Channel
		mode, token, body string
	}{
		{"the right token", channel, "subscribe", "meu_token", "1158201444"},
		{"a wrong token", channel, "subscribe", "outro", ""},
		{"the beginning of the token", channel, "subscribe", "meu_", ""},
		{"no token", channel, "subscribe", "", ""},
		{"another mode", channel, "unsubscribe", "meu_token", ""},
		{"a channel without a token", chat.Channel{}, "subscribe", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			query := map[string]string{"hub.mode": c.mode, "hub.verify_token": c.token, "hub.challenge": "1158201444"}
			body, err := New(Options{}).Challenge(c.channel, func(name string) string { return query[name] })
			require.Equal(t, c.body, body)
			if c.body == "" {
				require.Equal(t, fault.Forbidden, fault.CodeOf(err))
				return
			}
			require.NoError(t, err)
		})
	}
}
