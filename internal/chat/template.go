package chat

import "time"

// Template is a provider-approved message with variables, known by name and language on one channel.
type Template struct {
	ID        string
	TenantID  string
	ChannelID string
	// ExternalID is the provider's id of the template.
	ExternalID string
	Name       string
	Language   string // such as "pt_BR"
	Category   string // MARKETING, UTILITY, AUTHENTICATION
	Status     string // APPROVED, PAUSED, REJECTED, ...
	Quality    string // GREEN, YELLOW, RED, UNKNOWN, or empty
	Reason     string // why it was refused, paused or switched off, in the provider's words
	// Named tells whether variables have names; else they are {{1}}, {{2}}, ...
	Named      bool
	HeaderType string // "", TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION
	HeaderText string
	BodyText   string
	FooterText string
	Buttons    []TemplateButton
	SyncedAt   time.Time
}

// TemplateButton is one button of a template.
type TemplateButton struct {
	Type string `json:"type"` // QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, ...
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
}
