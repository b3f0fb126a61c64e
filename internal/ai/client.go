package ai

import (
	"context"
	"net/http"
	"time"

	"github.com/tidwall/gjson"
)

// Role says who speaks in a prompt.
type Role string

// The roles of a prompt.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Line is one message of a prompt.
type Line struct {
	Role Role
	Text string
}

// request is one question to an endpoint.
type request struct {
	lines       []Line
	temperature *float64
}

// completion is what an endpoint answered, not yet judged.
type completion struct {
	text    string
	refusal string
	// cut tells that the answer ended at a limit of length; filtered, that the service held it back.
	cut      bool
	filtered bool
	model    string
	// input and output are tokens; counted tells that the service told them.
	input, output int64
	counted       bool
}

// Options are what a Client is made of; the zero value works.
type Options struct {
	// Tenants carries requests to addresses that tenants name: it should refuse private networks. A *fault.Error that
	// it gives for an address is the answer as it stands. Nil is Go's own transport.
	Tenants http.RoundTripper
	// Operator carries requests to the installation's own address. Nil is Go's own transport.
	Operator http.RoundTripper
	// Calls bounds how often one question is sent; 0 is 4.
	Calls int
	// Pause is the wait before the second call, doubled before each further one unless the service names a longer one;
	// 0 is 500 ms.
	Pause time.Duration
}

// Client speaks to OpenAI-compatible endpoints. It keeps nothing of one endpoint for another and reads no environment.
type Client struct {
	tenants, operator *http.Client
	calls             int
	pause             time.Duration
}

const (
	defaultCalls = 4
	defaultPause = 500 * time.Millisecond
	longestPause = 20 * time.Second
	// largestAnswer is far beyond any message; a service that sends more is cut off.
	largestAnswer = 4 << 20
)

// NewClient makes a client.
func NewClient(options Options) *Client {
	c := &Client{tenants: carrier(options.Tenants), operator: carrier(options.Operator), calls: options.Calls, pause: options.Pause}
	if c.calls <= 0 {
		c.calls = defaultCalls
	}
	if c.pause <= 0 {
		c.pause = defaultPause
	}
	return c
}

func carrier(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{
		Transport:     bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// complete asks once; the answer is one of a kind that the protocol knows, or a *trouble.
func (c *Client) complete(ctx context.Context, endpoint Endpoint, asked request) (completion, error) {
	carrier := c.tenants
	if endpoint.Operator {
		carrier = c.operator
	}
	status, header, body, err := exchange(ctx, carrier, endpoint, asked)
	if err != nil || status < 200 || status > 299 || !legible(body) {
		return completion{}, troubleOf(endpoint, answered{status, header, body}, err)
	}
	return read(gjson.ParseBytes(body))
}

// mostTokens is far more than any model reads or writes at once; a service that tells more has told nothing.
const mostTokens = 10_000_000

// legible tells whether an answer is JSON of the shape that the protocol has.
func legible(body []byte) bool {
	parsed := gjson.ParseBytes(body)
	return gjson.ValidBytes(body) && (parsed.IsObject() || parsed.Type == gjson.Null)
}

// read takes from an answer what is needed. What it used is told with an error too.
func read(answer gjson.Result) (completion, error) {
	read := completion{model: answer.Get("model").String()}
	input, output := answer.Get("usage.prompt_tokens").Int(), answer.Get("usage.completion_tokens").Int()
	if possible(input) && possible(output) && input+output > 0 {
		read.input, read.output, read.counted = input, output, true
	}
	choices := answer.Get("choices")
	if !choices.IsArray() || len(choices.Array()) == 0 {
		return read, unusable("a resposta do serviço de IA não tem nenhuma escolha (choices vazio)")
	}
	first := choices.Array()[0]
	text, refusal, known := content(first.Get("message.content").Raw)
	if !known {
		return read, unusable("a resposta do serviço de IA não é um texto (content): confira se o modelo escreve textos")
	}
	read.text, read.refusal = text, first.Get("message.refusal").String()+refusal
	finished := first.Get("finish_reason").String()
	read.cut, read.filtered = finished == "length", finished == "content_filter"
	return read, nil
}

func possible(tokens int64) bool { return tokens >= 0 && tokens <= mostTokens }
