package scripted

import "time"

// Reply is one answer of the service. The zero value is an empty text.
type Reply struct {
	// Text is what the model wrote.
	Text string
	// Refusal is why the model would not write.
	Refusal string
	// Finish is the finish_reason; empty: "stop".
	Finish string
	// Model is the one that says to have answered; empty: the one that was asked for.
	Model string
	// Input and Output are the tokens told; both 0 leave the usage out.
	Input, Output int64
	// Status other than 0 and 200 is an error; Code and Message are the service's own.
	Status        int
	Code, Message string
	// RetryAfter is that header, as it stands; empty: none.
	RetryAfter string
	// Body, if not empty, is sent as it stands instead of all this; ContentType goes with it, application/json if empty.
	Body, ContentType string
	// NoChoices leaves the list of answers empty.
	NoChoices bool
	// Delay is waited before anything is sent.
	Delay time.Duration
	// Hang never answers: the connection stays open until the caller or the server goes away. With Begun the headers and a
	// first piece of the body have been sent before.
	Hang, Begun bool
	// Cut closes the connection without an answer.
	Cut bool
}

// Say is a usual answer.
func Say(text string) Reply { return Reply{Text: text, Input: 100, Output: 10} }

// Fail is an error in the protocol's own form.
func Fail(status int, code string) Reply {
	return Reply{Status: status, Code: code, Message: "the script says so"}
}

// Busy is 429 with a Retry-After; empty leaves the header out.
func Busy(retryAfter string) Reply {
	return Reply{Status: 429, Code: "rate_limit_exceeded", Message: "slow down", RetryAfter: retryAfter}
}

// Raw is a body as it stands.
func Raw(body string) Reply { return Reply{Body: body} }

// Hang never answers.
func Hang() Reply { return Reply{Hang: true} }
