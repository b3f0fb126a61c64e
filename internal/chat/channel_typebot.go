package chat

import "strings"

// What a channel's configuration and secrets call its own choices for commands in bubbles.
const (
	ConfigTypebotAround   = "typebotTextAround" // "true" or "false"
	ConfigTypebotCommands = "typebotCommands"   // names, separated by commas
	SecretTypebot         = "typebotSecret"
)

// TypebotOwn gives the tenant's choices with the channel's own in their place, where it has any.
func (c Channel) TypebotOwn(tenants TypebotSettings) TypebotSettings {
	own := tenants
	if value, given := c.Config[ConfigTypebotAround]; given {
		own.Around = strings.EqualFold(strings.TrimSpace(value), "true")
	}
	if value, given := c.Config[ConfigTypebotCommands]; given {
		own.Commands = []string{}
		for _, name := range strings.Split(value, ",") {
			if name = strings.TrimSpace(name); name != "" {
				own.Commands = append(own.Commands, name)
			}
		}
	}
	if c.Secrets[SecretTypebot] != "" {
		own.Secret = c.Secrets[SecretTypebot]
	}
	return own
}
