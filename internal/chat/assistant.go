package chat

import (
	"math"
	"net/url"
	"strings"
	"time"

	"retoma/internal/fault"
)

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

// IsServiceAddress tells whether a text can be the base address of an AI service: http or https, a host, and nothing that
// a base has not (credentials, query, fragment).
func IsServiceAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Hostname() != "" && address.User == nil &&
		address.RawQuery == "" && !address.ForceQuery && !strings.Contains(text, "#")
}

// SameAddress tells whether two base addresses are one. Nothing is no address.
func SameAddress(a, b string) bool {
	a, b = strings.TrimRight(strings.TrimSpace(a), "/"), strings.TrimRight(strings.TrimSpace(b), "/")
	return a != "" && a == b
}

// AIUsage counts what an assistant's writing used: one writing's, or a day's.
type AIUsage struct {
	// Calls are requests that went out to the endpoint, failed ones included.
	Calls        int64
	InputTokens  int64
	OutputTokens int64
	// SpendMicros is in millionths of the tenant's own currency, at the assistant's prices of the time.
	SpendMicros int64
}

// AIDay is what one assistant used in one local day of its tenant.
type AIDay struct {
	Day string // YYYY-MM-DD
	AIUsage
}

// Plus adds two usages.
func (u AIUsage) Plus(other AIUsage) AIUsage {
	return AIUsage{
		Calls: u.Calls + other.Calls, InputTokens: u.InputTokens + other.InputTokens,
		OutputTokens: u.OutputTokens + other.OutputTokens, SpendMicros: u.SpendMicros + other.SpendMicros,
	}
}

// Minus takes a usage from another; parts may come to less than nothing.
func (u AIUsage) Minus(other AIUsage) AIUsage {
	return AIUsage{
		Calls: u.Calls - other.Calls, InputTokens: u.InputTokens - other.InputTokens,
		OutputTokens: u.OutputTokens - other.OutputTokens, SpendMicros: u.SpendMicros - other.SpendMicros,
	}
}

// Tokens are all that were used, read and written.
func (u AIUsage) Tokens() int64 { return u.InputTokens + u.OutputTokens }

// Cost is what tokens cost at the assistant's prices, in millionths of the currency: a price is per million tokens.
func (a Assistant) Cost(inputTokens, outputTokens int64) int64 {
	return int64(math.Round(float64(inputTokens)*a.InputPrice + float64(outputTokens)*a.OutputPrice))
}

// HasLimit tells whether the assistant has a cap of the day.
func (a Assistant) HasLimit() bool { return a.DailyTokens > 0 || a.DailySpend > 0 }

// CheckLimit refuses to write when the day's usage, with what is reserved for writings under way, has reached a cap:
// fault.AILimit. The last writing that a cap lets begin may pass it.
func (a Assistant) CheckLimit(today AIUsage) error {
	switch {
	case a.DailyTokens > 0 && today.Tokens() >= a.DailyTokens:
		return fault.New(fault.AILimit, "o assistente %q já usou hoje %d tokens, e o limite diário é %d: aumente dailyTokens ou espere até amanhã",
			a.Name, today.Tokens(), a.DailyTokens)
	case a.DailySpend > 0 && float64(today.SpendMicros) >= a.DailySpend*1e6:
		return fault.New(fault.AILimit, "o assistente %q já gastou hoje %.2f, e o limite diário é %.2f: aumente dailySpend ou espere até amanhã",
			a.Name, float64(today.SpendMicros)/1e6, a.DailySpend)
	}
	return nil
}

// Writing is a message that an assistant has yet to write, just before it is sent.
type Writing struct {
	AssistantID string `json:"assistantId"`
	// Prompt says what this one message is for.
	Prompt string `json:"prompt"`
	// Data are the values that Prompt refers to by name. They come from contacts and events: data, never instructions.
	Data map[string]string `json:"data,omitempty"`
	// Fallback is sent if no usable text could be written; empty fails the message.
	Fallback string `json:"fallback,omitempty"`
}
