package ai

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestHowLongTheServiceAskedToWait(t *testing.T) {
	for _, c := range []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"not at all", http.Header{}, 0},
		{"seconds", http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		{"parts of a second", http.Header{"Retry-After": {"0.25"}}, 250 * time.Millisecond},
		{"milliseconds win", http.Header{"Retry-After-Ms": {"30"}, "Retry-After": {"7"}}, 30 * time.Millisecond},
		{"a date, by the service's own clock",
			http.Header{"Retry-After": {"Tue, 20 Jan 2026 12:00:30 GMT"}, "Date": {"Tue, 20 Jan 2026 12:00:00 GMT"}}, 30 * time.Second},
		{"a date that is past", http.Header{"Retry-After": {"Tue, 20 Jan 2026 12:00:00 GMT"}, "Date": {"Tue, 20 Jan 2026 13:00:00 GMT"}}, 0},
		{"a date without a clock", http.Header{"Retry-After": {"Tue, 20 Jan 2026 12:00:30 GMT"}}, 0},
		{"negative", http.Header{"Retry-After": {"-3"}}, 0},
		{"words", http.Header{"Retry-After": {"soon"}}, 0},
		{"no number", http.Header{"Retry-After": {"NaN"}}, 0},
		{"for ever", http.Header{"Retry-After": {"1e300"}}, 24 * time.Hour},
		{"endless", http.Header{"Retry-After": {"Inf"}}, 24 * time.Hour},
	} {
		require.Equal(t, c.want, retryAfter(c.header), c.name)
	}
}

// recorded answers every request with one body.
type recorded struct {
	status int
	body   string
}

func (r recorded) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: r.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: request,
		Body: io.NopCloser(strings.NewReader(r.body)),
	}, nil
}

// Whatever a service answers, it is an answer that was read or an error with a code; nothing breaks.
func FuzzAnswerOfAService(f *testing.F) {
	f.Add(200, `{"model":"m","choices":[{"message":{"role":"assistant","content":"Oi!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`)
	f.Add(200, `{"choices":[{}]}`)
	f.Add(200, `{"choices":[{"message":{"content":null}}],"usage":{"prompt_tokens":-5}}`)
	f.Add(200, `{"choices":[{"message":{"content":[{"type":"text","text":"a"}]}}]}`)
	f.Add(200, `{"choices":[{"message":{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":7},null]}}]}`)
	f.Add(200, `{"choices":[{"message":{"content":{"text":"a"}}}],"usage":{"prompt_tokens":9000000000000000000,"completion_tokens":9e99}}`)
	f.Add(200, `{"choices":{"0":1},"usage":"x","model":7}`)
	f.Add(401, `{"error":{"message":"no","code":401,"type":null}}`)
	f.Add(500, `{"error":"x"}`)
	f.Add(429, `[]`)
	f.Add(204, ``)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		c := NewClient(Options{Tenants: recorded{status, body}, Calls: 1})
		answer, used, err := c.ask(t.Context(), Endpoint{BaseURL: "http://service/v1", Model: "m"}, request{lines: []Line{{User, "oi"}}})
		require.Equal(t, int64(1), used.Calls)
		if err != nil {
			require.Contains(t, []fault.Code{fault.AIFailed, fault.AIUnconfigured}, fault.CodeOf(err), "%v", err)
			return
		}
		require.GreaterOrEqual(t, answer.input, int64(0))
		require.GreaterOrEqual(t, answer.output, int64(0))
		require.LessOrEqual(t, answer.input, int64(mostTokens))
		require.LessOrEqual(t, answer.output, int64(mostTokens))
	})
}

func TestTheTextOfAnAnswerInWhateverShapeItComes(t *testing.T) {
	for _, c := range []struct {
		name, content, text, refusal string
		unusable                     bool
	}{
		{name: "a text", content: `"oi"`, text: "oi"},
		{name: "a text that looks like a list", content: `"[{\"type\":\"text\"}]"`, text: `[{"type":"text"}]`},
		{name: "one part", content: `[{"type":"text","text":"oi"}]`, text: "oi"},
		{name: "parts are joined as they stand", content: `[{"type":"text","text":"Olá, "},{"type":"text","text":"Ana"}]`, text: "Olá, Ana"},
		{name: "what is no text is left out", content: `[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"oi"},{"type":"image_url","image_url":{"url":"x"}}]`, text: "oi"},
		{name: "a refusal in parts", content: `[{"type":"refusal","refusal":"não"}]`, refusal: "não"},
		{name: "null is no text", content: `null`},
		{name: "no parts are no text", content: `[]`},
		{name: "an image alone", content: `[{"type":"image_url","image_url":{"url":"x"}}]`, unusable: true},
		{name: "a part without its text", content: `[{"type":"text"}]`, unusable: true},
		{name: "a part whose text is none", content: `[{"type":"text","text":{"value":"oi"}}]`, unusable: true},
		{name: "texts without a kind", content: `["oi"]`, unusable: true},
		{name: "an object", content: `{"type":"text","text":"oi"}`, unusable: true},
		{name: "a number", content: `42`, unusable: true},
		{name: "true", content: `true`, unusable: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"model":"m","choices":[{"message":{"role":"assistant","content":` + c.content + `}}],"usage":{"prompt_tokens":30,"completion_tokens":2}}`
			client := NewClient(Options{Tenants: recorded{200, body}, Calls: 4})
			answer, used, err := client.ask(t.Context(), Endpoint{BaseURL: "http://service/v1", Model: "m"}, request{lines: []Line{{User, "oi"}}})
			require.Equal(t, int64(1), used.Calls)
			require.Equal(t, []int64{30, 2}, []int64{answer.input, answer.output}, "what it used is told in every case")
			require.Equal(t, c.text, answer.text)
			require.Equal(t, c.refusal, answer.refusal)
			if c.unusable {
				require.True(t, fault.Is(err, fault.AIFailed), "%v", err)
				require.Contains(t, fault.Of(err).Message, "não é um texto")
				return
			}
			require.NoError(t, err)
		})
	}
}
