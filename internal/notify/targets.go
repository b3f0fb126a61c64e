package notify

import (
	"context"
	"fmt"
	"net/url"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	// longestURL is in bytes.
	longestURL = 2048
	// mostURLs bounds how much one notification can set off.
	mostURLs = 10
)

// serviceList is what errors tell people they may write.
const serviceList = "smtp, slack, telegram, teams ou discord"

// CheckTargets tells whether a tenant's notification settings can be used, without calling anybody. The error is a
// [fault.Error] of code invalid whose field is notify.urls, notify.urls[i], notify.webhookUrl or notify.webhookSecret;
// it never quotes the value. A webhook needs a secret: give the stored one when the settings keep it.
// Which services may be named, and why no others, is said at the package.
func CheckTargets(n chat.Notify) error {
	if len(n.URLs) > mostURLs {
		return fault.Field("notify.urls", "no máximo %d destinos", mostURLs)
	}
	for i, raw := range n.URLs {
		if _, err := parseTarget(raw); err != nil {
			return fault.Field(fmt.Sprintf("notify.urls[%d]", i), "%s", err.Error())
		}
	}
	if n.WebhookSecret != "" {
		if err := checkSecret("notify.webhookSecret", n.WebhookSecret); err != nil {
			return err
		}
	}
	if n.WebhookURL == "" {
		return nil
	}
	if err := checkWebhookURL(n.WebhookURL); err != nil {
		return err
	}
	if n.WebhookSecret == "" {
		return fault.Required("notify.webhookSecret")
	}
	return nil
}

// targetsOf lists the targets of settings. One that cannot be read any more (it was saved under older rules) stays in
// the list and fails: the team must see that it is not told there.
func targetsOf(n chat.Notify) []target {
	var targets []target
	if n.WebhookURL != "" {
		webhook, err := webhookTarget(n.WebhookURL, n.WebhookSecret)
		if err != nil {
			webhook = broken("webhook", n.WebhookURL)
		}
		targets = append(targets, webhook)
	}
	for _, raw := range n.URLs {
		parsed, err := parseTarget(raw)
		if err != nil {
			parsed = []target{broken("destino", raw)}
		}
		targets = append(targets, parsed...)
	}
	return targets
}

func broken(service, key string) target {
	return target{service: service, key: key, send: func(context.Context, *carrier, note) error { return badSetting }}
}

// parseTarget reads one notification address. Its errors are problems: they hold nothing of the address.
func parseTarget(raw string) ([]target, error) {
	if len(raw) > longestURL {
		return nil, problem(fmt.Sprintf("deve ter no máximo %d caracteres", longestURL))
	}
	address, err := url.Parse(raw)
	if err != nil {
		return nil, problem("não é um endereço válido")
	}
	if address.Host == "dummy.com" { // the library takes its own documentation's example for valid
		return nil, problem("é um exemplo da documentação")
	}
	switch address.Scheme {
	case "smtp":
		return mailTargets(address)
	case "slack":
		return slackTargets(address)
	case "telegram":
		return telegramTargets(address)
	case "teams":
		return teamsTargets(address)
	case "discord":
		return discordTargets(address)
	case "http", "https", "generic":
		return nil, problem("serviço não aceito: use webhookUrl para chamar um endereço seu, assinado; aqui, " + serviceList)
	}
	return nil, problem("serviço não aceito: use " + serviceList)
}
