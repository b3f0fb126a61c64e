package meta

import (
	"context"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/provider"
)

// subscribe is what helps an account that nobody listens to.
const subscribe = "repita esta verificação com {\"repair\": true}: ela assina a conta com o aplicativo do token"

// checkWebhooks asks whether any app is subscribed to the account: without one Meta sends nothing, silently.
func (a *Adapter) checkWebhooks(ctx context.Context, channel chat.Channel) []provider.Finding {
	page, err := a.read(ctx, channel, endpoint(channel, channel.Config[ConfigWABA], "subscribed_apps"), nil)
	if err != nil {
		return []provider.Finding{failed("webhooks", "confira o wabaId do canal e as permissões do token", "não foi possível ver a assinatura dos webhooks", aboutAccount(channel, err))}
	}
	var apps []string
	each(page.Get("data"), func(_ string, app gjson.Result) {
		data := app.Get("whatsapp_business_api_data")
		apps = append(apps, firstText(textOf(data.Get("name")), firstText(textOf(data.Get("id")), "sem nome")))
	})
	if len(apps) == 0 {
		finding := bad("webhooks", subscribe, "nenhum aplicativo assina esta conta: a Meta não envia nada, sem avisar")
		finding.Repairable = true
		return []provider.Finding{finding}
	}
	return []provider.Finding{good("webhooks", "assinado por %s", strings.Join(apps, ", "))}
}

// Repair subscribes the token's app to the account. Errors are those of a read.
func (a *Adapter) Repair(ctx context.Context, channel chat.Channel) error {
	if err := a.CheckConfig(channel); err != nil {
		return err
	}
	_, err := a.ask(ctx, channel, http.MethodPost, endpoint(channel, channel.Config[ConfigWABA], "subscribed_apps"), nil)
	return aboutAccount(channel, err)
}
