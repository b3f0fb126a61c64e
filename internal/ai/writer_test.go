package ai_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/ai"
	"retoma/internal/ai/scripted"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const key = "sk-test-secret-1234"

func start(t *testing.T, script ...scripted.Reply) *scripted.Server {
	t.Helper()
	server, err := scripted.Start(script...)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return server
}

// client makes no long pauses between calls.
func client() *ai.Client { return ai.NewClient(ai.Options{Pause: time.Millisecond}) }

func job(server *scripted.Server) ai.Job {
	return ai.Job{
		Endpoint:   ai.Endpoint{BaseURL: server.BaseURL(), APIKey: key, Model: "modelo-1"},
		Assistant:  chat.Assistant{Persona: "Você é a Bia.", InputPrice: 2, OutputPrice: 10, TimeLimit: 30 * time.Second},
		StepPrompt: "Ofereça ajuda.",
		History:    []chat.Message{{Direction: chat.Inbound, Content: chat.Content{Type: chat.Text, Text: "oi"}}},
		FollowUps:  []string{"Oi Ana, conseguiu ver a proposta?"},
		Contact:    chat.Contact{Name: "Ana"},
		Forbidden:  []string{"desconto"},
		Now:        time.Date(2026, 1, 20, 12, 0, 0, 0, time.UTC),
	}
}

func TestAMessageIsWritten(t *testing.T) {
	server := start(t, scripted.Reply{Text: "Ana, posso ajudar em algo?", Model: "modelo-1-2026", Input: 200, Output: 12})
	heat := 0.3
	task := job(server)
	task.Assistant.Temperature = &heat
	draft, err := ai.Writer{Client: client()}.Write(t.Context(), task)
	require.NoError(t, err)
	require.Equal(t, ai.Draft{
		Text: "Ana, posso ajudar em algo?", Model: "modelo-1-2026", Tries: 1,
		Usage: ai.Usage{Calls: 1, InputTokens: 200, OutputTokens: 12, SpendMicros: 200*2 + 12*10},
	}, draft)
	asked := server.Requests()[0]
	require.Equal(t, key, asked.Key())
	require.Equal(t, "modelo-1", asked.Model)
	require.Equal(t, 0.3, *asked.Temperature)
	require.Equal(t, "system", asked.Messages[0].Role)
	require.Contains(t, asked.Messages[0].Content, "Você é a Bia.")
	require.Contains(t, asked.Messages[0].Content, "Ofereça ajuda.")
	require.Contains(t, asked.Messages[1].Content, `"nome":"Ana"`)
}

func TestNothingIsTakenFromTheEnvironment(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-of-somebody-else")
	t.Setenv("OPENAI_ORG_ID", "org-else")
	t.Setenv("OPENAI_CUSTOM_HEADERS", "X-Else: 1")
	server := start(t, scripted.Say("Oi!"))
	task := job(server)
	task.Endpoint.APIKey = ""
	_, err := ai.Writer{Client: client()}.Write(t.Context(), task)
	require.NoError(t, err)
	header := server.Requests()[0].Header
	require.Empty(t, header.Values("Authorization"), "no key, no header")
	require.Empty(t, header.Values("OpenAI-Organization"))
	require.Empty(t, header.Values("X-Else"))
	require.Nil(t, server.Requests()[0].Temperature, "the model's own temperature")
}

func TestABadTextIsAskedForOnceMore(t *testing.T) {
	server := start(t, scripted.Say("Oi {{nome}}!"), scripted.Say("Ana, posso ajudar?"))
	draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
	require.NoError(t, err)
	require.Equal(t, "Ana, posso ajudar?", draft.Text)
	require.Equal(t, 2, draft.Tries)
	require.Equal(t, int64(2), draft.Usage.Calls)
	require.Equal(t, int64(200), draft.Usage.InputTokens, "both are counted")
	require.Len(t, draft.Remarks, 1)
	require.Contains(t, draft.Remarks[0], "unfilled")
	second := server.Requests()[1]
	require.Len(t, second.Messages, len(server.Requests()[0].Messages)+2)
	require.Equal(t, scripted.Message{Role: "assistant", Content: "Oi {{nome}}!"}, second.Messages[len(second.Messages)-2])
	require.Contains(t, second.Last(), "lacuna", "the model is told what was wrong")
}

func TestTwoBadTextsAreRejected(t *testing.T) {
	for name, c := range map[string]struct {
		first, second scripted.Reply
		check         string
	}{
		"blank":           {scripted.Say(""), scripted.Say("  "), "blank"},
		"too long":        {scripted.Say(strings.Repeat("a", 4097)), scripted.Say(strings.Repeat("b", 4097)), "length"},
		"cut":             {scripted.Reply{Text: "Oi, tu", Finish: "length"}, scripted.Reply{Text: "Oi, tu", Finish: "length"}, "length"},
		"a command":       {scripted.Say(`Oi! #{"closeTicket":"1"}`), scripted.Say("Oi # {"), "unfilled"},
		"unfilled":        {scripted.Say("Oi [nome]"), scripted.Say("Oi {{1}}"), "unfilled"},
		"forbidden":       {scripted.Say("Temos DESCONTO"), scripted.Say("um Desconto"), "forbidden"},
		"repeated":        {scripted.Say("Oi Ana, conseguiu ver a proposta?"), scripted.Say("Oi, Ana! Conseguiu ver a proposta"), "repeated"},
		"the last counts": {scripted.Say(""), scripted.Say("um desconto"), "forbidden"},
		"refused":         {scripted.Reply{Refusal: "no"}, scripted.Reply{Refusal: "no"}, "filtered"},
		"filtered":        {scripted.Reply{Finish: "content_filter"}, scripted.Reply{Finish: "content_filter"}, "filtered"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, c.first, c.second, scripted.Say("nobody asks for this"))
			draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
			require.True(t, fault.Is(err, fault.AIRejected), "%v", err)
			require.Equal(t, c.check, fault.Of(err).Detail)
			require.Empty(t, draft.Text)
			require.Equal(t, 2, draft.Tries)
			require.Equal(t, int64(2), draft.Usage.Calls, "what was used is told with an error too")
			require.GreaterOrEqual(t, len(draft.Remarks), 2)
			require.Len(t, server.Requests(), 2)
			for _, message := range server.Requests()[1].Messages {
				require.NotEmpty(t, strings.TrimSpace(message.Content), "services refuse blank messages")
			}
		})
	}
}

func TestAServiceThatStumblesIsAskedAgain(t *testing.T) {
	for name, stumble := range map[string]scripted.Reply{
		"429":               scripted.Busy(""),
		"429 with a wait":   scripted.Busy("0.01"),
		"500":               scripted.Fail(500, "server_error"),
		"503 with a page":   {Status: 503, Body: "<html>down</html>", ContentType: "text/html"},
		"502 without words": {Status: 502, Body: " ", ContentType: "text/plain"},
		"a cut connection":  {Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, stumble, stumble, scripted.Say("Oi!"))
			draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
			require.NoError(t, err)
			require.Equal(t, "Oi!", draft.Text)
			require.Equal(t, 1, draft.Tries, "a text was asked for once")
			require.Equal(t, int64(3), draft.Usage.Calls)
		})
	}
}

func TestAServiceThatStaysIllFails(t *testing.T) {
	server := start(t)
	server.Answer(func(scripted.Request) scripted.Reply { return scripted.Fail(500, "server_error") })
	draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
	require.True(t, fault.Is(err, fault.AIFailed), "%v", err)
	require.Contains(t, fault.Of(err).Message, "HTTP 500")
	require.Equal(t, int64(4), draft.Usage.Calls)
	require.Len(t, server.Requests(), 4)
}

func TestWhatNoFurtherCallCanCure(t *testing.T) {
	for name, c := range map[string]struct {
		reply scripted.Reply
		code  fault.Code
		says  string
	}{
		"a wrong key":         {scripted.Fail(401, "invalid_api_key"), fault.AIUnconfigured, "recusou a chave"},
		"a key without leave": {scripted.Fail(403, "forbidden"), fault.AIUnconfigured, "recusou a chave"},
		"an unknown model":    {scripted.Fail(404, "model_not_found"), fault.AIUnconfigured, `"modelo-1"`},
		"said as 400":         {scripted.Fail(400, "model_not_found"), fault.AIUnconfigured, `"modelo-1"`},
		"a refused request":   {scripted.Fail(400, "invalid_request_error"), fault.AIFailed, "recusou o pedido"},
		"no money left":       {scripted.Fail(429, "insufficient_quota"), fault.AIFailed, "sem saldo"},
		"broken JSON":         {scripted.Raw(`{"choices": [{"message": {"conte`), fault.AIFailed, "ilegível"},
		"another shape":       {scripted.Raw(`[1, 2]`), fault.AIFailed, "ilegível"},
		"no JSON":             {scripted.Reply{Body: "<html>ok</html>", ContentType: "text/html"}, fault.AIFailed, "ilegível"},
		"null":                {scripted.Raw(`null`), fault.AIFailed, "choices"},
		"no choice":           {scripted.Reply{NoChoices: true}, fault.AIFailed, "choices"},
		"an endless answer":   {scripted.Raw(`{"x": "` + strings.Repeat("a", 5<<20) + `"}`), fault.AIFailed, "grande demais"},
		"somewhere else":      {scripted.Reply{Status: 307, Body: "x", ContentType: "text/plain"}, fault.AIUnconfigured, "leva a outro"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, c.reply, scripted.Say("nobody asks again"))
			draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
			require.True(t, fault.Is(err, c.code), "%v", err)
			require.Contains(t, fault.Of(err).Message, c.says)
			require.Len(t, server.Requests(), 1)
			require.Equal(t, int64(1), draft.Usage.Calls)
			require.Equal(t, 1, draft.Tries)
		})
	}
}

func TestErrorsHoldNoKeyAndNoWordsOfTheService(t *testing.T) {
	server := start(t, scripted.Reply{Status: 401, Code: "key " + key, Message: "the key " + key + " of Ana is wrong"})
	_, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
	found := fault.Of(err)
	for _, text := range []string{found.Error(), found.Message, found.Detail} {
		require.NotContains(t, text, key)
		require.NotContains(t, text, "Ana")
	}
}

func TestNobodyIsThere(t *testing.T) {
	server := start(t)
	task := job(server)
	server.Close()
	_, err := ai.Writer{Client: client()}.Write(t.Context(), task)
	require.True(t, fault.Is(err, fault.AIFailed), "%v", err)
	require.Contains(t, fault.Of(err).Message, "sem conexão")
}

func TestAnAddressThatMayNotBeCalled(t *testing.T) {
	refused := fault.New(fault.AIUnconfigured, "endereço de rede interna")
	asked := 0
	guard := carrier(func(*http.Request) (*http.Response, error) {
		asked++
		return nil, errors.Join(refused)
	})
	writer := ai.Writer{Client: ai.NewClient(ai.Options{Tenants: guard, Pause: time.Millisecond})}
	server := start(t, scripted.Say("Oi!"))
	_, err := writer.Write(t.Context(), job(server))
	require.Equal(t, refused, fault.Of(err))
	require.Equal(t, 1, asked, "it is not tried again")
	task := job(server)
	task.Endpoint.Operator = true
	_, err = writer.Write(t.Context(), task)
	require.NoError(t, err, "the operator's own address goes another way")
}

type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(request *http.Request) (*http.Response, error) { return c(request) }

func TestWithoutAnEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint ai.Endpoint
		says     string
	}{
		"nothing":            {ai.Endpoint{}, "RETOMA_AI_BASE_URL"},
		"no model":           {ai.Endpoint{BaseURL: "https://ia.exemplo/v1"}, "model"},
		"no address":         {ai.Endpoint{Model: "m"}, "baseUrl"},
		"a strange address":  {ai.Endpoint{BaseURL: "ftp://x", Model: "m"}, "https://"},
		"a password in it":   {ai.Endpoint{BaseURL: "https://u:p@ia.exemplo", Model: "m"}, "https://"},
		"a question in it":   {ai.Endpoint{BaseURL: "https://ia.exemplo/?x=1", Model: "m"}, "https://"},
		"nothing but a path": {ai.Endpoint{BaseURL: "/v1", Model: "m"}, "https://"},
	} {
		t.Run(name, func(t *testing.T) {
			draft, err := ai.Writer{Client: client()}.Write(t.Context(), ai.Job{Endpoint: c.endpoint})
			require.True(t, fault.Is(err, fault.AIUnconfigured), "%v", err)
			require.Contains(t, fault.Of(err).Message, c.says)
			require.Zero(t, draft.Usage)
		})
	}
}

func TestTokensThatNobodyToldAreEstimated(t *testing.T) {
	server := start(t, scripted.Reply{Text: "Oi, tudo bem?"})
	draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
	require.NoError(t, err)
	require.Equal(t, int64(4), draft.Usage.OutputTokens)
	require.Greater(t, draft.Usage.InputTokens, int64(100))
	require.Contains(t, draft.Remarks[0], "estimados")
}

// Sums over many answers would overflow, and a cap would be passed by one lie.
func TestTokensThatCannotBeAreEstimated(t *testing.T) {
	for name, told := range map[string]scripted.Reply{
		"far too many read":    {Text: "Oi, tudo bem?", Input: 9_000_000_000_000_000_000, Output: 4},
		"far too many written": {Text: "Oi, tudo bem?", Input: 4, Output: 10_000_001},
		"fewer than none":      {Text: "Oi, tudo bem?", Input: 40, Output: -1},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, told)
			draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
			require.NoError(t, err)
			require.Equal(t, int64(4), draft.Usage.OutputTokens)
			require.Greater(t, draft.Usage.InputTokens, int64(100))
			require.Less(t, draft.Usage.InputTokens, int64(10_000))
			require.Contains(t, draft.Remarks[0], "estimados")
		})
	}
	server := start(t, scripted.Reply{Text: "Oi, tudo bem?", Input: 10_000_000, Output: 10_000_000})
	draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
	require.NoError(t, err)
	require.Equal(t, int64(20_000_000), draft.Usage.Tokens(), "as many as may be")
}

func TestAnAnswerInPartsIsSentAsItsText(t *testing.T) {
	server := start(t, scripted.Raw(`{"model": "m", "choices": [{"message": {"role": "assistant", "content": [{"type": "text", "text": "Oi, "}, {"type": "text", "text": "posso ajudar?"}]}}]}`))
	draft, err := ai.Writer{Client: client()}.Write(t.Context(), job(server))
	require.NoError(t, err)
	require.Equal(t, "Oi, posso ajudar?", draft.Text)
}

func TestTheTimeLimitHolds(t *testing.T) {
	for name, reply := range map[string]scripted.Reply{
		"silence":          scripted.Hang(),
		"half an answer":   {Hang: true, Begun: true},
		"too slow":         {Text: "Oi", Delay: time.Hour},
		"a wait beyond it": scripted.Busy("3600"),
		"a wait in ms":     {Status: 429, RetryAfter: "99999999999999999999"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, reply)
			server.Answer(func(scripted.Request) scripted.Reply { return scripted.Say("too late") })
			task := job(server)
			task.Assistant.TimeLimit = 150 * time.Millisecond
			began := time.Now()
			draft, err := ai.Writer{Client: client()}.Write(t.Context(), task)
			require.Less(t, time.Since(began), 10*time.Second)
			require.True(t, fault.Is(err, fault.AIFailed), "%v", err)
			require.NotErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, context.DeadlineExceeded, "that would mean that the caller's own time is over")
			require.Equal(t, int64(1), draft.Usage.Calls)
		})
	}
}

func TestACancelledCallerIsLetGo(t *testing.T) {
	for name, reply := range map[string]scripted.Reply{
		"while the service is silent": scripted.Hang(),
		"in the middle of an answer":  {Hang: true, Begun: true},
		"between two calls":           scripted.Busy("20"),
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, reply)
			ctx, cancel := context.WithCancel(t.Context())
			type result struct {
				draft ai.Draft
				err   error
			}
			done := make(chan result, 1)
			go func() {
				draft, err := ai.Writer{Client: client()}.Write(ctx, job(server))
				done <- result{draft, err}
			}()
			require.NoError(t, server.Await(t.Context(), 1))
			cancel()
			select {
			case got := <-done:
				require.ErrorIs(t, got.err, context.Canceled)
				require.True(t, fault.Is(got.err, fault.AIFailed))
				require.Equal(t, int64(1), got.draft.Usage.Calls)
			case <-time.After(10 * time.Second):
				t.Fatal("Write does not end")
			}
		})
	}
	t.Run("before it begins", func(t *testing.T) {
		server := start(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := ai.Writer{Client: client()}.Write(ctx, job(server))
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, server.Requests())
	})
}

func TestManyAtOnce(t *testing.T) {
	server := start(t)
	server.Answer(func(asked scripted.Request) scripted.Reply { return scripted.Say("para " + asked.Key()) })
	writer := ai.Writer{Client: client()}
	type result struct {
		key, text string
		err       error
	}
	results := make(chan result, 40)
	for i := range cap(results) {
		go func() {
			task := job(server)
			task.Endpoint.APIKey = strings.Repeat("k", i+1)
			draft, err := writer.Write(t.Context(), task)
			results <- result{task.Endpoint.APIKey, draft.Text, err}
		}()
	}
	for range cap(results) {
		got := <-results
		require.NoError(t, got.err)
		require.Equal(t, "para "+got.key, got.text, "one tenant's key never answers for another")
	}
}
