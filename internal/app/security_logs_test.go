package app_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store/storetest"
)

// What customers and companies say, are called and keep to themselves; each is like nothing else in this test.
const (
	markName    = "Zoroastra Quixabeira"
	markText    = "mensagem-xilofone-da-cliente"
	markOurs    = "recado-berimbau-da-empresa"
	markVar     = "valor-jabuticaba-77"
	markEmail   = "zoroastra@quixabeira.example"
	markPersona = "persona-carrapicho"
	markTypebot = "senha_typebot_marimbondo"
	markAIKey   = "sk-chave-de-ia-tamandua"
	markSigning = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	markBot     = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
	markPath    = "caminho-secreto-do-webhook"
	markWrong   = "eyJhbGciOiJIUzI1NiJ9.eyJ0ZW5hbnRfaWQiOiJ4In0.assinatura-errada"
)

// marks are what must stand in no log, no metric, no document and no answer about a failure of ours. "wamid." begins every id of
// a message at WhatsApp.
func (s *scene) marks() []string {
	return []string{
		markName, "Zoroastra", markText, markOurs, markVar, markEmail, markPersona, markTypebot, markAIKey, markSigning[6:], "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", markPath,
		markWrong, "eyJ", "wamid.", ana, ana[4:], "99999-0001", accessToken, appSecret, verifyToken, s.channel.Token, testKey, s.config.SecretKey, s.config.JWTSecret,
	}
}

// raw makes a request as somebody who may be nobody, and gives status and body.
func (s *scene) raw(method, path, key string, body any, headers ...string) (int, string) {
	s.t.Helper()
	text, isText := body.(string)
	if !isText && body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(s.t, err)
		text = string(encoded)
	}
	request, err := http.NewRequest(method, "http://"+s.config.Addr+path, strings.NewReader(text))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers) && headers[i] != ""; i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(answer)
}

// talkative is a service that answers every request with an error which repeats the request with its key.
func talkative(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		encoded, _ := json.Marshal(map[string]any{"error": map[string]any{"message": r.Header.Get("Authorization") + string(asked), "type": "x", "code": r.URL.Path}})
		_, _ = w.Write(encoded)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// At the most talkative level, through everything that goes well and much that does not: nothing of what people wrote, are
// called or keep secret is in the log of the process, in its metrics, in its documents, or in what it says of its own failures.
func TestNothingOfAnybodyIsInTheLogs(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			s.config.LogLevel, s.config.JWTSecret = "debug", "jwt-secret-of-the-tests"
			s.config.SecretKey = "secret of the tests"
			process := s.launch("")
			said := s.liveThrough()
			process.terminate(t)
			logged := process.said.String()
			require.Greater(t, strings.Count(logged, "msg=request"), 40)
			require.Contains(t, logged, "message sent to provider")
			require.Contains(t, logged, "notification attempted")
			for _, mark := range s.marks() {
				require.NotContains(t, unescaped(logged), mark)
				for where, text := range said {
					if isDocument := where == "/openapi.json" || where == "/docs"; !isDocument || !isExample(mark) {
						require.NotContains(t, unescaped(text), mark, where)
					}
				}
			}
		})
	}
}

// Clients of databases and queues have words of their own for what goes wrong.
func TestNothingOfAnybodyIsInTheLogsWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	const password = "redis-password-of-the-tests"
	s := newScene(t, "sqlite")
	s.config.LogLevel, s.config.JWTSecret = "debug", "jwt-secret-of-the-tests"
	s.config.RedisURL = "redis://:" + password + "@" + freeAddress(t) + "/0"
	process := s.launch("")
	s.customerTalks()
	_, metrics := s.raw(http.MethodGet, "/metrics", "", nil)
	_, ready := s.raw(http.MethodGet, "/readyz", "", nil)
	process.terminate(t)
	logged := process.said.String()
	require.Contains(t, logged, "Redis is away")
	require.Contains(t, logged, "message sent to provider")
	for _, mark := range append(s.marks(), password) {
		require.NotContains(t, unescaped(logged+metrics+ready), mark)
	}
}

// isExample: the documentation has examples with the number that everybody writes in examples.
func isExample(mark string) bool { return mark == "wamid." || strings.Contains(mark, "9999") }

// unescaped adds what an address or a text in a text would look like without its escapes.
func unescaped(text string) string {
	plain, err := url.QueryUnescape(strings.ReplaceAll(text, "%!", ""))
	if err != nil {
		plain = ""
	}
	return text + "\n" + plain
}

// liveThrough lets much happen and gives what was said of it by whoever is not its owner: failures of ours, metrics, documents.
func (s *scene) liveThrough() map[string]string {
	said := map[string]string{}
	note := func(what string, status int, answer string) {
		if status >= 500 {
			said[what] = answer
		}
	}
	do := func(method, path string, body any, headers ...string) string {
		status, answer := s.raw(method, path, testKey, body, headers...)
		note(method+" "+path, status, answer)
		return answer
	}
	s.companySetsUp(do)
	s.customerTalks()
	s.platformsCall(do)
	s.strangersKnock(note)
	require.Eventually(s.t, func() bool {
		status, answer := s.raw(http.MethodGet, "/api/notifications", testKey, nil)
		return status == http.StatusOK && strings.Contains(answer, "tentativa")
	}, 6*patience, 50*time.Millisecond, "a notification was tried")
	for _, path := range []string{"/metrics", "/openapi.json", "/docs", "/", "/readyz", "/healthz"} {
		_, answer := s.raw(http.MethodGet, path, "", nil)
		said[path] = answer
	}
	return said
}

type asking func(method, path string, body any, headers ...string) string

func (s *scene) companySetsUp(do asking) {
	failing := talkative(s.t, http.StatusInternalServerError)
	do(http.MethodPut, "/api/settings", map[string]any{
		"notify":  map[string]any{"urls": []string{"telegram://" + markBot + "@telegram?chats=1"}, "webhookUrl": failing + "/" + markPath, "webhookSecret": markSigning},
		"ai":      map[string]any{"baseUrl": failing, "apiKey": markAIKey, "model": "m"},
		"typebot": map[string]any{"secret": markTypebot},
	})
	do(http.MethodPost, "/api/subscriptions", map[string]any{"event": "*", "url": failing + "/" + markPath, "secret": markSigning})
	assistant := do(http.MethodPost, "/api/assistants", map[string]any{"name": "Bia", "persona": markPersona, "apiKey": markAIKey, "baseUrl": failing, "model": "m"})
	var made struct{ Data struct{ ID string } }
	require.NoError(s.t, json.Unmarshal([]byte(assistant), &made))
	do(http.MethodPost, "/api/actions/generate-reply", map[string]any{"assistantId": made.Data.ID, "customerId": ana, "message": markText})
}

func (s *scene) customerTalks() {
	write := func(incoming sandbox.Incoming) {
		incoming.Name = markName
		_, err := s.whatsapp.Write(ana, incoming)
		require.NoError(s.t, err)
	}
	write(sandbox.Incoming{Text: markText})
	require.Eventually(s.t, func() bool {
		_, answer := s.raw(http.MethodGet, "/api/conversations", testKey, nil)
		return strings.Contains(answer, "lastCustomerMessageAt")
	}, 6*patience, 20*time.Millisecond)
	s.enrol()
	require.Eventually(s.t, func() bool { return len(s.received()) >= 2 }, 6*patience, 20*time.Millisecond)
	write(sandbox.Incoming{Type: "image", Sample: true, Caption: markText, FileName: markText + ".png"})
	write(sandbox.Incoming{Type: "document", Link: "http://127.0.0.1:1/" + markPath, Caption: markText})
}

func (s *scene) platformsCall(do asking) {
	do(http.MethodPost, "/api/events", map[string]any{"event": "pedido.pago", "number": ana, "name": markName, "data": map[string]any{"valor": markVar, "email": markEmail}})
	do(http.MethodPost, "/api/contacts", map[string]any{"number": ana, "name": markName, "fields": map[string]any{"email": markEmail}})
	do(http.MethodGet, "/api/contacts?search="+url.QueryEscape(markName), nil)
	do(http.MethodGet, "/api/contacts?phone=%2B"+ana, nil)
	do(http.MethodGet, "/api/contacts/"+url.PathEscape(markName), nil)
	do(http.MethodGet, "/api/"+ana+"/"+markPath, nil)
	do(http.MethodPost, "/typebot/commands", map[string]any{"number": ana, "text": fmt.Sprintf(`#%s{"followupId":"%d"} %s`, markTypebot, s.model.Number, markOurs)})
	do(http.MethodPost, "/typebot/commands", map[string]any{"number": ana, "text": `#{"followupId":"` + markVar + `"}`})
	do(http.MethodPost, "/updatefollowup", map[string]any{"number": markName, "followup": markVar})
	do(http.MethodPost, "/api/contacts", `{"number": "`+ana+`", "name": `+markName)
	do(http.MethodPost, "/api/flows", map[string]any{"definition": map[string]any{"name": markOurs, "nodes": []any{map[string]any{"id": markVar, "type": markOurs}}}})
	send := map[string]any{"senderId": s.channel.ID, "to": ana, "message": markOurs}
	do(http.MethodPost, "/api/actions/send-message", send, "Idempotency-Key", "pedido-1", "Prefer", "wait=5")
	for _, fault := range []string{
		`{"nextError": {"code": 131000, "count": 1}}`, `{"nextError": {"code": 190, "count": 1}}`, `{"arm": [{"fault": "outage", "with": {"kind": "badGateway"}, "count": 1}]}`,
		`{"arm": [{"fault": "outage", "with": {"kind": "cut"}, "count": 1}]}`,
	} {
		require.NoError(s.t, s.whatsapp.SetFaults([]byte(fault)), fault)
		do(http.MethodPost, "/api/actions/send-message", send, "Prefer", "wait=2")
	}
	do(http.MethodPost, "/api/channels/"+s.channel.ID+"/check", map[string]any{})
	do(http.MethodPost, "/api/actions/send-template", map[string]any{"senderId": s.channel.ID, "to": ana, "templateName": markOurs, "variables": []string{markVar}})
	do(http.MethodPost, "/api/contacts/opt-outs", []any{map[string]any{"number": ana}, map[string]any{"number": markName}})
}

// signatureOf is Meta's signature of a body.
func signatureOf(body string) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// strangersKnock: with wrong credentials, wrong signatures and bodies that nobody can read.
func (s *scene) strangersKnock(note func(what string, status int, answer string)) {
	hook := "/webhooks/meta/" + s.channel.Token
	body := `{"entry":[{"changes":[{"value":{"messages":[{"from":"` + ana + `","id":"wamid.HBgM","text":{"body":"` + markText + `"}}]}}]}]}`
	for _, one := range []struct{ method, path, key, body, header, value string }{
		{http.MethodGet, "/api/contacts", markWrong, "", "", ""}, {http.MethodGet, "/api/contacts", "rtm_" + markPath, "", "", ""},
		{http.MethodPost, hook, "", body, "X-Hub-Signature-256", "sha256=00"}, {http.MethodPost, hook, "", body, "X-Hub-Signature-256", "sha256=" + markVar},
		{http.MethodPost, hook, "", body + markText, "X-Hub-Signature-256", signatureOf(body + markText)},
		{http.MethodPost, hook, "", body, "X-Hub-Signature-256", signatureOf(body)},
		{http.MethodPost, "/webhooks/meta/" + markPath, "", body, "", ""},
		{http.MethodGet, hook + "?hub.mode=subscribe&hub.verify_token=" + markVar + "&hub.challenge=1", "", "", "", ""},
		{http.MethodPost, "/typebot/webhook/" + s.channel.Token, "", `{"number":"` + ana + `","text":"` + markText + `"}`, "", ""},
		{http.MethodGet, "/api/contacts", "", "", "X-Request-Id", markName},
	} {
		status, answer := s.raw(one.method, one.path, one.key, one.body, one.header, one.value)
		note(one.method+" "+one.path, status, answer)
	}
}

// A mistake in an address shows the address to whoever reads the log, and not the password in it.
func TestAWrongAddressDoesNotShowItsPassword(t *testing.T) {
	const hush = "hush-hush-password"
	for name, change := range map[string]func(*app.Config){
		"a database that is away":    func(c *app.Config) { c.DatabaseURL = "postgres://retoma:" + hush + "@127.0.0.1:1/retoma" },
		"a database's port":          func(c *app.Config) { c.DatabaseURL = "postgres://retoma:" + hush + "@127.0.0.1:x/retoma" },
		"a database of another kind": func(c *app.Config) { c.DatabaseURL = "mysql://retoma:" + hush + "@127.0.0.1/retoma" },
		"a Redis address":            func(c *app.Config) { c.RedisURL = "redis://:" + hush + "@127.0.0.1:x/0" },
		"a Redis of another kind":    func(c *app.Config) { c.RedisURL = "http://:" + hush + "@127.0.0.1/0" },
		"a Redis database":           func(c *app.Config) { c.RedisURL = "redis://:" + hush + "@127.0.0.1:1/zero" },
		"a bucket":                   func(c *app.Config) { c.MediaURL = "s3://KEY:" + hush + "@127.0.0.1:x/bucket" },
		"a bucket of another kind":   func(c *app.Config) { c.MediaURL = "ftp://KEY:" + hush + "@127.0.0.1/bucket" },
		"a bucket without a name":    func(c *app.Config) { c.MediaURL = "s3://KEY:" + hush + "@127.0.0.1" },
		"an AI service":              func(c *app.Config) { c.AIBaseURL = "https://user:" + hush + "@ai.example/v1" },
		"a bootstrap key":            func(c *app.Config) { c.Bootstrap = hush },
	} {
		t.Run(name, func(t *testing.T) {
			config := app.Config{
				Addr: "127.0.0.1:0", DatabaseURL: storetest.Address(t, "sqlite"), Role: "all", SecretKey: hush + "-key", JWTSecret: hush + "-jwt", Env: "development",
				Timezone: "America/Sao_Paulo", Horizon: -time.Second, Concurrency: 1, Connections: 2, SendLease: time.Second, MediaURL: "file://" + t.TempDir(),
			}
			change(&config)
			var out bytes.Buffer
			_, err := app.Start(t.Context(), config, &out, quiet(), app.Hooks{})
			require.Error(t, err)
			require.NotContains(t, unescaped(err.Error()+out.String()), hush)
		})
	}
}
