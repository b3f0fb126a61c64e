package chat

import (
	"encoding/json"
	"time"
)

// Tenant is the wall of isolation: every row, key, token, task and metric belongs to one.
type Tenant struct {
	ID        string
	Name      string
	Settings  Settings
	PausedAt  time.Time // zero: running; else everything automatic waits
	CreatedAt time.Time
	// Revision grows with every acknowledged change of the tenant's set-up (settings, channels, templates, flows).
	Revision int64
}

// Settings are what a tenant may choose. Zero values mean the defaults of domain.md.
type Settings struct {
	Timezone     string          `json:"timezone"`               // IANA name
	SendingHours json.RawMessage `json:"sendingHours,omitempty"` // calendar.Hours; empty: always open
	Retry        RetrySettings   `json:"retry"`
	MaxLateness  int             `json:"maxLatenessMinutes"` // later than this is not fired blindly
	Notify       Notify          `json:"notify"`
	OptOutWords  []string        `json:"optOutWords,omitempty"` // beyond the built-in ones
	OptOutReply  string          `json:"optOutReply,omitempty"` // the one confirmation; empty: the built-in text
	HandoffHours int             `json:"handoffHours"`          // how long after an agent's last message automation waits
	Automatic    Automatic       `json:"automatic,omitzero"`
	AI           AISettings      `json:"ai,omitzero"`
	Typebot      TypebotSettings `json:"typebot,omitzero"`
	Retention    Retention       `json:"retention,omitzero"`
}

// Automatic spaces the automatic messages to one contact; answers to the customer and people's messages do not count.
type Automatic struct {
	GapMinutes int `json:"gapMinutes,omitempty"` // least time between any two; 0: none
	MaxPerDay  int `json:"maxPerDay,omitempty"`  // most in one local day of the contact; 0: no limit
}

// TypebotSettings are how commands in a flow's bubbles are taken. A channel may have its own: see [Channel.TypebotOwn].
type TypebotSettings struct {
	// Around lets commands act that stand in a bubble with text for the customer.
	Around bool `json:"textAround,omitempty"`
	// Commands are the names of those that may be used; nil: all.
	Commands []string `json:"commands,omitempty"`
	// Secret has to stand between "#" and "{" of every command, if there is one; it goes in and never comes out.
	Secret string `json:"secret,omitempty"`
}

// AISettings are the tenant's own OpenAI-compatible endpoint, and what assistants must not write.
type AISettings struct {
	BaseURL        string   `json:"baseUrl,omitempty"`
	Model          string   `json:"model,omitempty"`
	APIKey         string   `json:"apiKey,omitempty"` // goes in, never comes out
	ForbiddenWords []string `json:"forbiddenWords,omitempty"`
}

// RetrySettings say how often and when a failed send is tried again.
type RetrySettings struct {
	Tries        int   `json:"tries"`        // in all; default 2
	DelaySeconds []int `json:"delaySeconds"` // before try 2, 3, ...; the last repeats; default 60
}

// Notify says where the team is told about failures.
type Notify struct {
	URLs          []string `json:"urls,omitempty"`          // notification services, in the form of the shoutrrr library
	WebhookURL    string   `json:"webhookUrl,omitempty"`    // signed POST (Standard Webhooks)
	WebhookSecret string   `json:"webhookSecret,omitempty"` // "whsec_..."; goes in, never comes out
}

// WithDefaults fills what the tenant left open.
func (s Settings) WithDefaults() Settings {
	if s.Timezone == "" {
		s.Timezone = "America/Sao_Paulo"
	}
	if s.Retry.Tries <= 0 {
		s.Retry.Tries = 2
	}
	if len(s.Retry.DelaySeconds) == 0 {
		s.Retry.DelaySeconds = []int{60}
	}
	if s.MaxLateness <= 0 {
		s.MaxLateness = 60
	}
	if s.HandoffHours <= 0 {
		s.HandoffHours = 4
	}
	return s
}

// RetryDelay is the wait before try number next (2 is the first repetition).
func (s Settings) RetryDelay(next int) time.Duration {
	delays := s.WithDefaults().Retry.DelaySeconds
	index := min(max(next-2, 0), len(delays)-1)
	return time.Duration(delays[index]) * time.Second
}

// Role is what a caller may do.
type Role string

// The roles of api.md. An operator of the installation stands above tenants.
const (
	RoleAdmin    Role = "admin"
	RoleOperator Role = "operator"
	RoleViewer   Role = "viewer"
)

// APIKey is a caller's standing permission; the key itself is never stored, only its SHA-256.
type APIKey struct {
	ID        string
	TenantID  string
	Name      string
	Hash      string // hex SHA-256 of the whole key text
	Role      Role
	Scopes    []string // empty: all that the role may
	Installer bool     // may manage tenants of the installation
	CreatedAt time.Time
	RevokedAt time.Time
}

// Answer is what a request with an idempotency key was answered: it is given again to the same request.
type Answer struct {
	Status int
	Body   string
}
