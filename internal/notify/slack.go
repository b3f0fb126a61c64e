package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
)

const (
	slackAPI     = "https://slack.com/api/chat.postMessage"
	slackLongest = 4000 // Slack advises at most 4,000 characters of text (docs.slack.dev, chat.postMessage)
)

// slackMessage is the body of chat.postMessage and of an incoming webhook.
type slackMessage struct {
	Text      string `json:"text"`
	Channel   string `json:"channel,omitempty"`
	BotName   string `json:"username,omitempty"`
	IconURL   string `json:"icon_url,omitempty"`
	IconEmoji string `json:"icon_emoji,omitempty"`
	Thread    string `json:"thread_ts,omitempty"`
}

// slackCode is the form of Slack's error codes: nothing else of an answer is shown.
var slackCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

func slackTargets(address *url.URL) ([]target, error) {
	const form = problem("deve ter a forma slack://hook:T…-B…-…@webhook ou slack://xoxb:…-…-…@canal")
	service := slack.Service{}
	if address.User == nil || service.Initialize(address, nil) != nil || service.Config.Channel == "" {
		return nil, form
	}
	config := *service.Config
	return []target{{service: "slack", key: address.String(), send: func(ctx context.Context, c *carrier, told note) error {
		return sendSlack(ctx, c, config, told)
	}}}, nil
}

func sendSlack(ctx context.Context, c *carrier, config slack.Config, told note) error {
	message := slackMessage{Text: slackText(textOf(told, slackLongest)), BotName: config.BotName, Thread: config.ThreadTS}
	if strings.HasPrefix(config.Icon, "http") {
		message.IconURL = config.Icon
	} else {
		message.IconEmoji = config.Icon
	}
	if !config.Token.IsAPIToken() {
		_, err := c.postJSON(ctx, config.Token.WebhookURL(), nil, message)
		return err
	}
	message.Channel = config.Channel
	answer, err := c.postJSON(ctx, slackAPI, http.Header{"Authorization": {config.Token.Authorization()}}, message)
	if err != nil {
		return err
	}
	return slackAnswer(answer)
}

// slackAnswer reads the API's verdict, which comes with status 200 either way.
func slackAnswer(answer []byte) error {
	var verdict struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(answer, &verdict); err != nil && !beginsOK(answer) {
		return problem("respondeu algo que não se entende")
	}
	switch {
	case verdict.OK || beginsOK(answer):
		return nil
	case slackCode.MatchString(verdict.Error):
		return problem("recusou: " + verdict.Error)
	}
	return problem("recusou a mensagem")
}

// beginsOK recognises an answer that was cut at answerLimit: Slack and Telegram write the verdict first.
func beginsOK(answer []byte) bool {
	return strings.HasPrefix(strings.Join(strings.Fields(string(answer)), ""), `{"ok":true`)
}

// slackText takes the meaning from Slack's three control characters, so that no text can mention a whole channel.
func slackText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
