package meta

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

const (
	testToken  = "EAAGtest0123456789secret"
	testSecret = "0123456789abcdef0123456789abcdef"
)

// channelAt is a channel of a simulated Cloud API.
func channelAt(base string) chat.Channel {
	return chat.Channel{
		Account: "106540352242922",
		Phone:   "+551140040001",
		Config:  map[string]string{"baseUrl": base, "wabaId": "102290129340398"},
		Secrets: map[string]string{"accessToken": testToken, "appSecret": testSecret, "verifyToken": "meu_token"},
	}
}

func greeting() provider.Outgoing {
	return provider.Outgoing{ID: "0193aaaa-0000-7000-8000-000000000001", To: "5511999990001", Content: chat.Content{Type: chat.Text, Text: "oi"}}
}

// apiAnswer is an answer of the Cloud API as testdata/answers writes it.
type apiAnswer struct {
	Status   int               `json:"http_status"`
	Headers  map[string]string `json:"headers"`
	Body     json.RawMessage   `json:"body"`
	BodyText string            `json:"body_text"`
}

func (a apiAnswer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Date"] = nil
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.Status)
	if a.Body != nil {
		_, _ = w.Write(a.Body)
		return
	}
	_, _ = io.WriteString(w, a.BodyText)
}

const acceptance = `{"messaging_product":"whatsapp","contacts":[{"input":"5511999990001","wa_id":"5511999990001"}],"messages":[{"id":"wamid.ok"}]}`

func TestEveryMessageIsWrittenAsItsFileSays(t *testing.T) {
	files, err := filepath.Glob("testdata/sends/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var want struct {
				Message provider.Outgoing
				Body    json.RawMessage
			}
			require.NoError(t, json.Unmarshal(readFile(t, file), &want))
			var got *http.Request
			var body []byte
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
				_, _ = io.WriteString(w, acceptance)
			}))
			defer server.Close()
			receipt, err := New(Options{UserAgent: "retoma/test"}).Send(t.Context(), channelAt(server.URL), want.Message)
			require.NoError(t, err)
			require.Equal(t, provider.Receipt{ExternalID: "wamid.ok", Route: "5511999990001", State: chat.Accepted, Raw: acceptance}, receipt)
			require.JSONEq(t, string(want.Body), string(body))
			require.Equal(t, "POST /v25.0/106540352242922/messages", got.Method+" "+got.URL.Path)
			require.Equal(t, "Bearer "+testToken, got.Header.Get("Authorization"))
			require.Equal(t, "application/json", got.Header.Get("Content-Type"))
			require.Equal(t, "retoma/test", got.Header.Get("User-Agent"))
		})
	}
}

func TestTheVersionStaysInThePathOfAnyBase(t *testing.T) {
	channel := channelAt("http://host:8080/proxy/")
	channel.Config["version"] = "v26.0"
	require.Equal(t, "http://host:8080/proxy/v26.0/1%2F2/messages", endpoint(channel, "1/2", "messages"))
	require.Equal(t, "https://graph.facebook.com/v25.0/7", endpoint(chat.Channel{}, "7", ""))
}

// told is what a caller learns from an answer, as truth files write it.
type told struct {
	ExternalID   string            `json:"externalId,omitempty"`
	Route        string            `json:"route,omitempty"`
	State        chat.MessageState `json:"state,omitempty"`
	Code         fault.Code        `json:"code,omitempty"`
	Detail       string            `json:"detail,omitempty"`
	AfterSeconds float64           `json:"afterSeconds,omitempty"`
	Scope        fault.Scope       `json:"scope,omitempty"`
	Explanation  string            `json:"explanation,omitempty"`
	Remedy       string            `json:"remedy,omitempty"`
}

func TestEveryAnswerIsReadAsItsTruthFileSays(t *testing.T) {
	files, err := filepath.Glob("testdata/answers/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		if strings.HasSuffix(file, ".truth.json") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var given apiAnswer
			require.NoError(t, json.Unmarshal(readFile(t, file), &given))
			server := httptest.NewServer(given)
			defer server.Close()
			receipt, err := New(Options{}).Send(t.Context(), channelAt(server.URL), greeting())
			learned := told{ExternalID: receipt.ExternalID, Route: receipt.Route, State: receipt.State}
			if err != nil {
				failure := fault.Of(err)
				learned.Code, learned.Detail, learned.AfterSeconds = failure.Code, failure.Detail, failure.After.Seconds()
				learned.Scope, learned.Explanation, learned.Remedy = failure.Reach.Scope, failure.Message, failure.Remedy
				require.NotEmpty(t, failure.Message)
				require.NotEmpty(t, failure.Detail)
			}
			compare(t, strings.TrimSuffix(file, ".json")+".truth.json", learned)
		})
	}
}

func TestWhatMetaWouldRefuseNeverLeaves(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it left") }))
	defer server.Close()
	image := chat.Media{Link: "https://ex.com/a.png"}
	filled := func(template chat.FilledTemplate) chat.Content {
		template.Name, template.Language = "retomada", "pt_BR"
		return chat.Content{Type: chat.TemplateUse, Template: &template}
	}
	said := func(text string) chat.Content {
		return filled(chat.FilledTemplate{Body: []chat.Parameter{{Text: "a"}, {Text: text}}})
	}
	for _, c := range []struct {
		name    string
		to      string
		content chat.Content
		code    fault.Code
		field   string
	}{
		{"no recipient", "", chat.Content{Type: chat.Text, Text: "oi"}, fault.InvalidPhone, ""},
		{"a recipient with letters", "bla", chat.Content{Type: chat.Text, Text: "oi"}, fault.InvalidPhone, ""},
		{"no text", "5511999990001", chat.Content{Type: chat.Text, Text: " \n"}, fault.ProviderRejected, ""},
		{"a text too long", "5511999990001", chat.Content{Type: chat.Text, Text: strings.Repeat("é", 4097)}, fault.ProviderRejected, ""},
		{"a type that is not sent", "5511999990001", chat.Content{Type: chat.Location}, fault.Unsupported, ""},
		{"no type", "5511999990001", chat.Content{Text: "oi"}, fault.Unsupported, ""},
		{"an attachment that is not there", "5511999990001", chat.Content{Type: chat.Image}, fault.Media, ""},
		{"an attachment by path", "5511999990001", chat.Content{Type: chat.Image, Media: &chat.Media{Link: "/tmp/a.png"}}, fault.Media, ""},
		{"a caption too long", "5511999990001", chat.Content{Type: chat.Image, Media: &image, Text: strings.Repeat("é", 1025)}, fault.Media, ""},
		{"a caption on audio", "5511999990001", chat.Content{Type: chat.Audio, Media: &image, Text: "oi"}, fault.Media, ""},
		{"a caption on a sticker", "5511999990001", chat.Content{Type: chat.Sticker, Media: &image, Text: "oi"}, fault.Media, ""},
		{"a template that is not there", "5511999990001", chat.Content{Type: chat.TemplateUse}, fault.TemplateNotFound, ""},
		{"a template without a name", "5511999990001", chat.Content{Type: chat.TemplateUse, Template: &chat.FilledTemplate{Language: "pt_BR"}}, fault.TemplateNotFound, ""},
		{"an empty variable", "5511999990001", said(" "), fault.TemplateParams, "template.body[1]"},
		{"a variable with a line break", "5511999990001", said("a\nb"), fault.TemplateParams, "template.body[1]"},
		{"a variable with a tab", "5511999990001", said("a\tb"), fault.TemplateParams, "template.body[1]"},
		{"a variable with five spaces", "5511999990001", said("a     b"), fault.TemplateParams, "template.body[1]"},
		{"an attachment in the body", "5511999990001", filled(chat.FilledTemplate{Body: []chat.Parameter{{Type: chat.Image, Media: &image}}}), fault.TemplateParams, "template.body[0]"},
		{"a header of an unknown kind", "5511999990001", filled(chat.FilledTemplate{Header: []chat.Parameter{{Type: chat.Audio, Media: &image}}}), fault.TemplateParams, "template.header[0]"},
		{"a header without its attachment", "5511999990001", filled(chat.FilledTemplate{Header: []chat.Parameter{{Type: chat.Image}}}), fault.Media, ""},
		{"a button of an unknown kind", "5511999990001", filled(chat.FilledTemplate{Buttons: []chat.ButtonParameter{{Index: 2, SubType: "phone_number", Text: "x"}}}), fault.TemplateParams, "template.buttons[2]"},
		{"a button without its value", "5511999990001", filled(chat.FilledTemplate{Buttons: []chat.ButtonParameter{{SubType: "url"}}}), fault.TemplateParams, "template.buttons[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			message := provider.Outgoing{ID: "1", To: c.to, Content: c.content}
			_, err := New(Options{}).Send(t.Context(), channelAt(server.URL), message)
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.field, fault.Of(err).Field)
			require.NotEmpty(t, fault.Of(err).Message)
		})
	}
}

func TestTheLongestTextsAreSent(t *testing.T) {
	for _, content := range []chat.Content{
		{Type: chat.Text, Text: strings.Repeat("é", 4096)},
		{Type: chat.Document, Text: strings.Repeat("é", 1024), Media: &chat.Media{Link: "https://ex.com/a.pdf"}},
	} {
		_, err := encode(provider.Outgoing{ID: "1", To: "5511999990001", Content: content})
		require.NoError(t, err)
	}
	_, err := encode(provider.Outgoing{ID: strings.Repeat("1", 513), To: "5511999990001", Content: chat.Content{Type: chat.Text, Text: "oi"}})
	require.Equal(t, fault.ProviderRejected, fault.CodeOf(err))
}

func TestAChannelWithoutCredentialsSendsNothing(t *testing.T) {
	for _, spoil := range []func(*chat.Channel){
		func(c *chat.Channel) { c.Account = "" },
		func(c *chat.Channel) { delete(c.Secrets, "accessToken") },
		func(c *chat.Channel) { c.Secrets["accessToken"] = "two words" },
		func(c *chat.Channel) { c.Secrets["accessToken"] = "line\nbreak" },
	} {
		channel := channelAt("http://127.0.0.1:1")
		spoil(&channel)
		_, err := New(Options{}).Send(t.Context(), channel, greeting())
		require.Equal(t, fault.Auth, fault.CodeOf(err))
	}
}

func TestNoErrorHoldsASecret(t *testing.T) {
	quoting := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
				"code": 190, "message": "Malformed access token " + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + " of app " + testSecret,
			}})
		})
	}
	hangUp := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, handler := range map[string]http.Handler{"400": quoting(400), "500": quoting(500), "200": quoting(200), "cut": hangUp} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			adapter, channel := New(Options{}), channelAt(server.URL)
			_, sending := adapter.Send(t.Context(), channel, greeting())
			_, listing := adapter.Templates(t.Context(), channel)
			findings, err := adapter.Check(t.Context(), channel, "")
			require.NoError(t, err)
			for _, failure := range []error{sending, listing} {
				require.Error(t, failure)
				requireNoSecret(t, failure.Error()+fault.Of(failure).Detail+fault.Of(failure).Message)
			}
			for _, finding := range findings {
				requireNoSecret(t, finding.Message)
			}
		})
	}
	for _, base := range []string{"http://127.0.0.1:1", "http://%zz", "http://no.such.host.invalid", "ftp://x", "http://" + testToken + ".invalid"} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_, err := New(Options{}).Send(ctx, channelAt(base), greeting())
		cancel()
		require.Equal(t, fault.ProviderDown, fault.CodeOf(err), base)
		requireNoSecret(t, err.Error()+fault.Of(err).Detail)
	}
}

func requireNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{testToken, testSecret, "meu_token"} {
		require.NotContains(t, text, secret)
	}
}
