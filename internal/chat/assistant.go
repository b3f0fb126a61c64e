package chat

import "time"

// Assistant is an AI persona that writes messages: follow-up steps, and answers that a platform asks for.
type Assistant struct {
	ID       string
	TenantID string
	Name     string
	// Persona is who the assistant is and how it writes: the first thing that the model reads.
	Persona string
	// Model and BaseURL choose an OpenAI-compatible endpoint; empty means the tenant's, else the installation's.
	Model   string
	BaseURL string
	// APIKey goes in, is encrypted at rest, and never comes out; empty means the tenant's, else the installation's.
	APIKey string
	// Temperature is between 0 and 2; nil leaves it to the model.
	Temperature *float64
	// Memory is how many of the conversation's last messages the model reads.
	Memory int
	// TimeLimit bounds one writing, tries included.
	TimeLimit time.Duration
	// DailyTokens and DailySpend cap what may be used in one local day of the tenant; 0 means no cap.
	DailyTokens int64
	DailySpend  float64
	// InputPrice and OutputPrice are what a million tokens cost, in the tenant's own currency; spend is counted with them.
	InputPrice  float64
	OutputPrice float64
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time
}

// The limits that hold where an assistant names none.
const (
	DefaultMemory      = 20
	DefaultAITimeLimit = 60 * time.Second
)

// Writing is a message that an assistant has yet to write, just before it is sent.
type Writing struct {
	AssistantID string `json:"assistantId"`
	// Prompt says what this one message is for.
	Prompt string `json:"prompt"`
	// Fallback is sent if no usable text could be written; empty fails the message.
	Fallback string `json:"fallback,omitempty"`
	// Done tells that the text was written, or that the fallback has taken its place.
	Done bool `json:"done,omitempty"`
}
