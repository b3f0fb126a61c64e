package ai

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// question is the body of POST {BaseURL}/chat/completions, as far as every compatible service understands it
// (https://platform.openai.com/docs/api-reference/chat/create).
type question struct {
	Model       string    `json:"model"`
	Messages    []message `json:"messages"`
	Temperature *float64  `json:"temperature,omitempty"`
}

type message struct {
	Role    Role   `json:"role"`
	Content string `json:"content"`
}

// answered is what came back; the status is 0 if nothing did.
type answered struct {
	status int
	header http.Header
	body   []byte
}

func (r request) question(model string) question {
	q := question{Model: model, Messages: make([]message, 0, len(r.lines)), Temperature: r.temperature}
	for _, line := range r.lines {
		role := line.Role
		if role != System && role != Assistant {
			role = User
		}
		q.Messages = append(q.Messages, message{role, line.Text})
	}
	return q
}

// exchange asks once. An error leaves the status at 0 unless the answer had begun.
func exchange(ctx context.Context, carrier *http.Client, endpoint Endpoint, asked request) (status int, header http.Header, body []byte, err error) {
	sent, err := json.Marshal(asked.question(endpoint.Model))
	if err != nil {
		return 0, nil, nil, err
	}
	address := strings.TrimRight(endpoint.BaseURL, "/") + "/chat/completions"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(sent))
	if err != nil {
		return 0, nil, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if endpoint.APIKey != "" {
		r.Header.Set("Authorization", "Bearer "+endpoint.APIKey)
	}
	response, err := carrier.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err = io.ReadAll(response.Body)
	_ = response.Body.Close()
	return response.StatusCode, response.Header, body, err
}
