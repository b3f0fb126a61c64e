package meta

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

const numberFields = "verified_name,display_phone_number,quality_rating,status,name_status,code_verification_status," +
	"throughput,platform_type,health_status,whatsapp_business_manager_messaging_limit"

// Check says in Portuguese what is wrong with a channel: its configuration ("config"), the token and number
// ("number"), the number's state and quality ("status", "quality"), whether webhooks come at all ("webhooks"), and
// the templates ("templates"). What fails becomes a finding; the error is only that of an ended context.
func (a *Adapter) Check(ctx context.Context, channel chat.Channel) ([]provider.Finding, error) {
	if err := a.CheckConfig(channel); err != nil {
		problem := fault.Of(err)
		return []provider.Finding{bad("config", "cadastro incompleto: %s %s", problem.Field, problem.Message)}, nil
	}
	findings := []provider.Finding{good("config", "cadastro completo")}
	findings = append(findings, a.checkNumber(ctx, channel)...)
	findings = append(findings, a.checkWebhooks(ctx, channel), a.checkTemplates(ctx, channel))
	return findings, ctx.Err()
}

func (a *Adapter) checkNumber(ctx context.Context, channel chat.Channel) []provider.Finding {
	number, err := a.read(ctx, channel, endpoint(channel, channel.Account, ""), url.Values{"fields": {numberFields}})
	if err != nil {
		return []provider.Finding{failed("number", "o número não respondeu", err)}
	}
	shown := textOf(number.Get("display_phone_number"))
	findings := []provider.Finding{good("number", "a Meta reconhece o número %s (%s)", shown, textOf(number.Get("verified_name")))}
	if channel.Phone != "" && shown != "" && chat.PhoneKey(shown) != chat.PhoneKey(channel.Phone) {
		findings = append(findings, bad("phone", "o canal diz %s, mas este phone_number_id é de %s: corrija um dos dois", channel.Phone, shown))
	}
	return append(findings, stateFinding(number), qualityFinding(number))
}

func stateFinding(number gjson.Result) provider.Finding {
	state := textOf(number.Get("status"))
	if blocked := textOf(number.Get("health_status.can_send_message")); blocked == "BLOCKED" {
		return bad("status", "a Meta bloqueou os envios deste número: %s", healthReason(number))
	}
	switch state {
	case "CONNECTED", "":
		if name := textOf(number.Get("name_status")); name == "DECLINED" || name == "EXPIRED" {
			return bad("status", "o nome de exibição está %s: envie outro nome para aprovação", name)
		}
		return good("status", "número conectado")
	case "FLAGGED":
		return bad("status", "número sinalizado por qualidade baixa: reduza os envios de marketing")
	case "PENDING", "UNVERIFIED":
		return bad("status", "número ainda não registrado (%s): conclua o registro no Gerenciador do WhatsApp", state)
	}
	return bad("status", "o número está %s: veja o Gerenciador do WhatsApp", state)
}

// healthReason gives the first explanation among the entities of health_status.
func healthReason(number gjson.Result) string {
	reason := ""
	each(number.Get("health_status.entities"), func(_ string, entity gjson.Result) {
		each(entity.Get("errors"), func(_ string, item gjson.Result) {
			reason = firstText(reason, textOf(item.Get("error_description")))
		})
	})
	return firstText(reason, "veja o Gerenciador do WhatsApp")
}

func qualityFinding(number gjson.Result) provider.Finding {
	limit := firstText(textOf(number.Get("whatsapp_business_manager_messaging_limit")), "desconhecido")
	switch quality := firstText(textOf(number.Get("quality_rating")), "UNKNOWN"); quality {
	case "RED":
		return bad("quality", "qualidade baixa (RED), limite %s: pare o marketing até ela subir", limit)
	case "YELLOW":
		return bad("quality", "qualidade média (YELLOW), limite %s: reduza o marketing", limit)
	default:
		return good("quality", "qualidade %s, limite %s", quality, limit)
	}
}

// checkWebhooks asks whether any app is subscribed to the account: without one Meta sends nothing, silently.
func (a *Adapter) checkWebhooks(ctx context.Context, channel chat.Channel) provider.Finding {
	page, err := a.read(ctx, channel, endpoint(channel, channel.Config[ConfigWABA], "subscribed_apps"), nil)
	if err != nil {
		return failed("webhooks", "não foi possível ver a assinatura dos webhooks", err)
	}
	var apps []string
	each(page.Get("data"), func(_ string, app gjson.Result) {
		data := app.Get("whatsapp_business_api_data")
		apps = append(apps, firstText(textOf(data.Get("name")), textOf(data.Get("id")), "sem nome"))
	})
	if len(apps) == 0 {
		return bad("webhooks", "nenhum aplicativo assina esta conta: a Meta não envia nada; faça POST /%s/subscribed_apps", channel.Config[ConfigWABA])
	}
	return good("webhooks", "assinado por %s", strings.Join(apps, ", "))
}

func (a *Adapter) checkTemplates(ctx context.Context, channel chat.Channel) provider.Finding {
	templates, err := a.Templates(ctx, channel)
	if err != nil {
		return failed("templates", "não foi possível listar os modelos", err)
	}
	approved := 0
	for _, template := range templates {
		if template.Status == "APPROVED" {
			approved++
		}
	}
	if approved == 0 {
		return bad("templates", "nenhum modelo aprovado (%d no total): fora da janela de 24 horas nada pode ser enviado", len(templates))
	}
	return good("templates", "%d de %d modelos aprovados", approved, len(templates))
}

func good(check, format string, args ...any) provider.Finding {
	return provider.Finding{Check: check, OK: true, Message: fmt.Sprintf(format, args...)}
}

func bad(check, format string, args ...any) provider.Finding {
	return provider.Finding{Check: check, Message: fmt.Sprintf(format, args...)}
}

// failed makes a finding of an error: what people may read and Meta's own words.
func failed(check, what string, err error) provider.Finding {
	problem := fault.Of(err)
	message := what + ": " + problem.Message
	if problem.Detail != "" {
		message += " (" + problem.Detail + ")"
	}
	return provider.Finding{Check: check, Message: message}
}
