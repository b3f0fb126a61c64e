package notify

import (
	"context"
	"net/url"
	"regexp"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
)

const discordLongest = 2000 // characters of content, discord.com/developers/docs/resources/webhook#execute-webhook

// discordMessage is the body of a webhook's execution.
type discordMessage struct {
	Content  string          `json:"content"`
	Username string          `json:"username,omitempty"`
	Avatar   string          `json:"avatar_url,omitempty"`
	Mentions discordMentions `json:"allowed_mentions"`
}

// discordMentions allows none: a failure's own words must not call a whole server.
type discordMentions struct {
	Parse []string `json:"parse"`
}

// The parts of a webhook's address. The library puts them into a path as they are, so they must not be paths themselves.
var (
	snowflake    = regexp.MustCompile(`^[0-9]{1,25}$`)
	discordToken = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)
)

func discordTargets(address *url.URL) ([]target, error) {
	const form = problem("deve ter a forma discord://token@idDoWebhook")
	service := discord.Service{}
	if address.User == nil || service.Initialize(address, nil) != nil || service.Config.JSON {
		return nil, form
	}
	config := *service.Config
	if !snowflake.MatchString(config.WebhookID) || !discordToken.MatchString(config.Token) {
		return nil, form
	}
	if config.ThreadID != "" && !snowflake.MatchString(config.ThreadID) {
		return nil, form
	}
	hook := discord.CreateAPIURLFromConfig(&config)
	return []target{{service: "discord", key: address.String(), send: func(ctx context.Context, c *carrier, told note) error {
		_, err := c.postJSON(ctx, hook, nil, discordMessage{
			Content: textOf(told, discordLongest), Username: config.Username, Avatar: config.Avatar,
			Mentions: discordMentions{Parse: []string{}},
		})
		return err
	}}}, nil
}
