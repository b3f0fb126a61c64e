package scripted

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Message is one message of a request.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Request is what somebody asked the service.
type Request struct {
	Header      http.Header `json:"-"`
	Path        string      `json:"-"`
	Model       string      `json:"model"`
	Messages    []Message   `json:"messages"`
	Temperature *float64    `json:"temperature"`
	// Raw is the whole body.
	Raw json.RawMessage `json:"-"`
}

// Key is the bearer key that came with the request.
func (r Request) Key() string {
	key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return key
}

// Last is the text of the last message.
func (r Request) Last() string {
	if len(r.Messages) == 0 {
		return ""
	}
	return r.Messages[len(r.Messages)-1].Content
}

// Text is everything that was asked, for looking for words in it.
func (r Request) Text() string {
	var all strings.Builder
	for _, message := range r.Messages {
		all.WriteString(message.Role + ": " + message.Content + "\n")
	}
	return all.String()
}
