package notify

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
)

const (
	telegramAPI     = "https://api.telegram.org/bot"
	telegramLongest = 4096 // characters, core.telegram.org/bots/api#sendmessage
)

// telegramMessage is the body of sendMessage. Notifications are plain text: parse modes would let a failure's own words
// break the message.
type telegramMessage struct {
	Chat   string `json:"chat_id"`
	Thread int64  `json:"message_thread_id,omitempty"`
	Text   string `json:"text"`
	Silent bool   `json:"disable_notification,omitempty"`
}

// telegramTargets makes a target of each chat: what one chat has taken is not sent there again because another failed.
func telegramTargets(address *url.URL) ([]target, error) {
	const form = problem("deve ter a forma telegram://token@telegram?chats=@canal ou chats=número")
	service := telegram.Service{}
	if address.User == nil || service.Initialize(address, nil) != nil {
		return nil, form
	}
	config := service.GetConfig()
	if len(config.Chats) > mostURLs {
		return nil, problem("no máximo " + strconv.Itoa(mostURLs) + " chats")
	}
	var targets []target
	for _, to := range config.Chats {
		message := telegramMessage{Silent: !config.Notification}
		var thread string
		message.Chat, thread, _ = strings.Cut(to, ":")
		if message.Chat == "" {
			return nil, form
		}
		if thread != "" {
			var err error
			if message.Thread, err = strconv.ParseInt(thread, 10, 64); err != nil {
				return nil, form
			}
		}
		targets = append(targets, telegramTarget(config.Token, to, message))
	}
	return targets, nil
}

func telegramTarget(token, to string, message telegramMessage) target {
	return target{service: "telegram", key: "telegram\n" + token + "\n" + to, send: func(ctx context.Context, c *carrier, told note) error {
		filled := message
		filled.Text = textOf(told, telegramLongest)
		answer, err := c.postJSON(ctx, telegramAPI+token+"/sendMessage", nil, filled)
		if err != nil {
			return err
		}
		if !beginsOK(answer) {
			return problem("recusou a mensagem")
		}
		return nil
	}}
}
