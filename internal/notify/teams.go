package notify

import (
	"context"
	"net/url"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/teams"
)

const teamsLongest = 8000 // a connector refuses messages of more than 28 KB in all

// teamsCard is a connector card (learn.microsoft.com, "Create and send messages": office 365 connectors).
type teamsCard struct {
	Type    string `json:"@type"`
	Context string `json:"@context"`
	Summary string `json:"summary"`
	Title   string `json:"title"`
	Text    string `json:"text"`
	Color   string `json:"themeColor,omitempty"`
}

func teamsTargets(address *url.URL) ([]target, error) {
	const form = problem("deve ter a forma teams://grupo@tenant/id/dono/extra?host=organização.webhook.office.com")
	service := teams.Service{}
	if address.User == nil || service.Initialize(address, nil) != nil {
		return nil, form
	}
	config := *service.Config
	hook := teams.BuildWebhookURL(config.Host, config.Group, config.Tenant, config.AltID, config.GroupOwner, config.ExtraID)
	if teams.ValidateWebhookURL(hook) != nil {
		return nil, form
	}
	if parsed, err := url.Parse(hook); err != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return nil, form
	}
	return []target{{service: "teams", key: address.String(), send: func(ctx context.Context, c *carrier, told note) error {
		return sendTeams(ctx, c, hook, config.Color, told)
	}}}, nil
}

func sendTeams(ctx context.Context, c *carrier, hook, color string, told note) error {
	text := strings.ReplaceAll(shortened(told.Text, teamsLongest), "\n", "\n\n") // one line break is no break in its Markdown
	answer, err := c.postJSON(ctx, hook, nil, teamsCard{
		Type: "MessageCard", Context: "https://schema.org/extensions", Color: color,
		Summary: shortened(told.Subject, 200), Title: shortened(told.Subject, 200), Text: text,
	})
	if err != nil {
		return err
	}
	// A connector answers 200 even when Teams refused; then the text says so ("Webhook message delivery failed ...").
	if strings.Contains(string(answer), "failed") {
		return problem("recusou a mensagem")
	}
	return nil
}
