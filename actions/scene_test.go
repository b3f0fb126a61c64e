package actions_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// scene is what a truth file says of a call. Now is always 2025-07-10 12:00 UTC; times are "2006-01-02 15:04:05" in UTC.
// Unless it says otherwise the customer never wrote, the message is the text "oi", and everything is well.
type scene struct {
	CustomerAt      string `json:"customerAt"`
	WindowClosedAt  string `json:"windowClosedAt"`
	AgentAt         string `json:"agentAt"`
	HeldUntil       string `json:"heldUntil"`
	BestBefore      string `json:"bestBefore"`
	TenantPausedAt  string `json:"tenantPausedAt"`
	ChannelPausedAt string `json:"channelPausedAt"`
	HandoffHours    int    `json:"handoffHours"`
	// Offline is why the sender is not online.
	Offline string `json:"offline"`
	// RestrictedUntil is until when the provider refuses messages; Answers tells that those in an open window may go.
	RestrictedUntil string      `json:"restrictedUntil"`
	Answers         bool        `json:"answers"`
	OptOut          chat.OptOut `json:"optOut"`
	Transactional   bool        `json:"transactional"`
	AllowList       []string    `json:"allowList"`
	// Phone is the contact's; +5511999990001 if it is not given.
	Phone   *string `json:"phone"`
	Route   string  `json:"route"`
	ReplyTo string  `json:"replyTo"`
	// Use is the template that is sent instead of the text, Fallback the one for a closed window: "retomada" (marketing) and
	// "confirmacao" (utility) are known, in pt_BR. Values fill it; one "Ana" for retomada if they are not given.
	Use      string `json:"use"`
	Fallback string `json:"fallback"`
	// Unusable is why the fallback could not be filled.
	Unusable fault.Code `json:"unusable"`
	Language string     `json:"language"`
	Values   []string   `json:"values"`
	// Statuses plays the case once with each status of the template.
	Statuses []string `json:"statuses"`
	NoWindow bool     `json:"noWindow"`
	// Refusal is what the provider answers instead of a receipt.
	Refusal    fault.Code `json:"refusal"`
	NoProvider bool       `json:"noProvider"`
	// GapMinutes and MaxPerDay are the tenant's limits; LastAt is when "message-0" went out automatically, Today how many did,
	// counted in Zone (UTC if it is not given).
	GapMinutes int    `json:"gapMinutes"`
	MaxPerDay  int    `json:"maxPerDay"`
	LastAt     string `json:"lastAt"`
	Today      int    `json:"today"`
	Zone       string `json:"zone"`
	// What refusals taught: until when contact and channel have no marketing, since when the contact is out of reach, until
	// when calling codes are refused, the code of the channel's outage, until when templates are held.
	ContactRest       string            `json:"contactRest"`
	ChannelRest       string            `json:"channelRest"`
	UnreachableAt     string            `json:"unreachableAt"`
	Countries         map[string]string `json:"countries"`
	OutageCode        fault.Code        `json:"outageCode"`
	TemplateHeldUntil string            `json:"templateHeldUntil"`
	// FollowUp is the id of the message's follow-up, Replaces of the message in whose place it goes.
	FollowUp string `json:"followUp"`
	Replaces string `json:"replaces"`
}

func now() time.Time { return time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC) }

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	parsed, err := time.Parse("2006-01-02 15:04:05", text)
	require.NoError(t, err)
	return parsed
}

// wire is a provider that keeps what it was given.
type wire struct {
	provider.Provider
	window  bool
	refusal fault.Code
	sent    []provider.Outgoing
}

func (w *wire) HasWindow() bool { return w.window }

func (w *wire) Send(_ context.Context, _ chat.Channel, message provider.Outgoing) (provider.Receipt, error) {
	w.sent = append(w.sent, message)
	if w.refusal != "" {
		return provider.Receipt{}, fault.New(w.refusal, "recusado")
	}
	return provider.Receipt{ExternalID: "wamid.1", State: chat.Accepted}, nil
}

func retomada() chat.Template {
	return chat.Template{Name: "retomada", Language: "pt_BR", Category: "MARKETING", Status: "APPROVED", BodyText: "Oi {{1}}, vamos continuar?"}
}

func confirmacao() chat.Template {
	return chat.Template{Name: "confirmacao", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED", BodyText: "Seu pedido saiu."}
}

// fill is the template as the message holds it, rightly filled or not: it may have waited since it was filled.
func (s scene) fill(name string) *chat.FilledTemplate {
	if name == "" {
		return nil
	}
	language, text, values := s.Language, "Seu pedido saiu.", s.Values
	if language == "" {
		language = "pt_BR"
	}
	if name == "retomada" {
		text = "Oi Ana, vamos continuar?"
		if values == nil {
			values = []string{"Ana"}
		}
	}
	filled := &chat.FilledTemplate{Name: name, Language: language, Text: text}
	for _, value := range values {
		filled.Body = append(filled.Body, chat.Parameter{Text: value})
	}
	return filled
}

func (s scene) fallback() *chat.FilledTemplate {
	if s.Unusable != "" {
		return &chat.FilledTemplate{Name: s.Fallback, Language: "pt_BR", ProblemCode: string(s.Unusable), Problem: "faltam variáveis"}
	}
	return s.fill(s.Fallback)
}

func (s scene) call(t *testing.T, origin chat.Origin, status string) (actions.Call, *wire) {
	t.Helper()
	w := &wire{window: !s.NoWindow, refusal: s.Refusal}
	call := actions.Call{
		Now: now(),
		Tenant: chat.Tenant{PausedAt: instant(t, s.TenantPausedAt), Settings: chat.Settings{
			HandoffHours: s.HandoffHours, Automatic: chat.Automatic{GapMinutes: s.GapMinutes, MaxPerDay: s.MaxPerDay}}},
		Automatic: s.automatic(t),
		Channel: chat.Channel{Provider: "wire", Online: s.Offline == "", OfflineReason: s.Offline, PausedAt: instant(t, s.ChannelPausedAt), AllowList: s.AllowList,
			Restriction: chat.Restriction{AnswersAllowed: s.Answers, Until: instant(t, s.RestrictedUntil), Reason: "a Meta restringiu a conta"}},
		Contact: chat.Contact{Phone: "+5511999990001", Route: s.Route, OptOut: s.OptOut},
		Conversation: chat.Conversation{
			CustomerAt: instant(t, s.CustomerAt), WindowClosedAt: instant(t, s.WindowClosedAt), AgentAt: instant(t, s.AgentAt), HeldUntil: instant(t, s.HeldUntil),
		},
		Message: chat.Message{
			ID: "message-1", Origin: origin, Transactional: s.Transactional, BestBefore: instant(t, s.BestBefore), ReplyTo: s.ReplyTo,
			Content: chat.Content{Type: chat.Text, Text: "oi"}, FallbackTemplate: s.fallback(),
		},
		Template: func(name, language string) (chat.Template, bool) {
			for _, template := range []chat.Template{retomada(), confirmacao()} {
				if template.Name == name && template.Language == language {
					template.Status = status
					if s.TemplateHeldUntil != "" {
						template.HeldUntil, template.HeldNumber = instant(t, s.TemplateHeldUntil), "132015"
					}
					return template, true
				}
			}
			return chat.Template{}, false
		},
	}
	call.Contact.Limits = chat.ContactLimits{MarketingRest: instant(t, s.ContactRest), UnreachableAt: instant(t, s.UnreachableAt), Undeliverable: 3}
	call.Channel.Limits = chat.ChannelLimits{MarketingRest: instant(t, s.ChannelRest), Countries: map[string]time.Time{}}
	for code, until := range s.Countries {
		call.Channel.Limits.Countries[code] = instant(t, until)
	}
	if s.OutageCode != "" {
		call.Channel.Limits.Outage = &chat.Outage{Code: s.OutageCode}
	}
	call.Message.FollowUpID, call.Message.Replaces = s.FollowUp, s.Replaces
	if s.Phone != nil {
		call.Contact.Phone = *s.Phone
	}
	if used := s.fill(s.Use); used != nil {
		call.Message.Content = chat.Content{Type: chat.TemplateUse, Template: used, Text: used.Text}
	}
	if !s.NoProvider {
		call.Provider = w
	}
	return call, w
}

func (s scene) automatic(t *testing.T) actions.Automatic {
	t.Helper()
	zone, err := time.LoadLocation(s.Zone)
	require.NoError(t, err)
	known := actions.Automatic{LastAt: instant(t, s.LastAt), Today: s.Today, Zone: zone}
	if s.LastAt != "" {
		known.LastID = "message-0"
	}
	return known
}

// sends is what a content is: the template's name, or its type.
func sends(content chat.Content) string {
	if content.Template != nil {
		return content.Template.Name
	}
	return string(content.Type)
}

// readTruth reads testdata/NAME.json, in which nothing may stand that nobody reads.
func readTruth[C any](t *testing.T, name string) []C {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(t, err, "every action and every policy needs its truth file")
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.DisallowUnknownFields()
	var cases []C
	require.NoError(t, decoder.Decode(&cases))
	require.NotEmpty(t, cases)
	return cases
}
