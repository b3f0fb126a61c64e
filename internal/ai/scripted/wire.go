package scripted

import (
	"encoding/json"
	"net/http"
)

// The wire of POST /v1/chat/completions, as far as it is used.

type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index        int     `json:"index"`
	Message      written `json:"message"`
	FinishReason string  `json:"finish_reason"`
}

type written struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	Refusal string `json:"refusal,omitempty"`
}

type usage struct {
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
	TotalTokens      int64 `json:"total_tokens"`
}

type failure struct {
	Error failed `json:"error"`
}

type failed struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

func (r Reply) encoded(asked Request, status int) []byte {
	var body any = failure{failed{Message: r.Message, Type: "scripted_error", Code: r.Code}}
	if status == http.StatusOK {
		body = r.completion(asked)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // plain texts and numbers
	}
	return encoded
}

func (r Reply) completion(asked Request) completion {
	answer := completion{ID: "chatcmpl-scripted", Object: "chat.completion", Created: 1_768_917_600, Model: r.Model, Choices: []choice{}}
	if answer.Model == "" {
		answer.Model = asked.Model
	}
	if !r.NoChoices {
		one := choice{Message: written{Role: "assistant", Content: r.Text, Refusal: r.Refusal}, FinishReason: r.Finish}
		if one.FinishReason == "" {
			one.FinishReason = "stop"
		}
		answer.Choices = append(answer.Choices, one)
	}
	if r.Input+r.Output > 0 {
		answer.Usage = &usage{PromptTokens: r.Input, CompletionTokens: r.Output, TotalTokens: r.Input + r.Output}
	}
	return answer
}
