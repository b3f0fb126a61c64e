package meta

import (
	"github.com/tidwall/gjson"

	"retoma/internal/provider"
)

// manager is where people see and cure most of what is wrong with a number.
const manager = "veja o número no Gerenciador do WhatsApp"

func stateFinding(number gjson.Result) provider.Finding {
	state := textOf(number.Get("status"))
	if blocked := textOf(number.Get("health_status.can_send_message")); blocked == "BLOCKED" {
		what, remedy := healthReason(number)
		return bad("status", remedy, "a Meta bloqueou os envios deste número: %s", what)
	}
	switch state {
	case "CONNECTED", "":
		if name := textOf(number.Get("name_status")); name == "DECLINED" || name == "EXPIRED" {
			return bad("status", "envie outro nome de exibição para aprovação", "o nome de exibição está %s", name)
		}
		if textOf(number.Get("health_status.can_send_message")) == "LIMITED" {
			what, remedy := healthReason(number)
			return bad("status", remedy, "a Meta limita os envios deste número: %s", what)
		}
		return good("status", "número conectado")
	case "FLAGGED":
		return bad("status", "reduza os envios de marketing", "número sinalizado por qualidade baixa")
	case "PENDING", "UNVERIFIED":
		return bad("status", "conclua o registro no Gerenciador do WhatsApp", "número ainda não registrado (%s)", state)
	}
	return bad("status", manager, "o número está %s", state)
}

// healthReason gives the first explanation among the entities of health_status (number, account, business, app), with the
// solution that Meta offers.
func healthReason(number gjson.Result) (what, remedy string) {
	each(number.Get("health_status.entities"), func(_ string, entity gjson.Result) {
		each(entity.Get("errors"), func(_ string, item gjson.Result) {
			if what == "" {
				what, remedy = textOf(item.Get("error_description")), textOf(item.Get("possible_solution"))
			}
		})
		each(entity.Get("additional_info"), func(_ string, info gjson.Result) { what = firstText(what, textOf(info)) })
	})
	return firstText(what, "sem explicação da Meta"), firstText(remedy, manager)
}

func qualityFinding(number gjson.Result) provider.Finding {
	limit := firstText(textOf(number.Get("whatsapp_business_manager_messaging_limit")), "desconhecido")
	switch quality := firstText(textOf(number.Get("quality_rating")), "UNKNOWN"); quality {
	case "RED":
		return bad("quality", "pare o marketing até a qualidade subir", "qualidade baixa (RED), limite %s", limit)
	case "YELLOW":
		return bad("quality", "reduza o marketing", "qualidade média (YELLOW), limite %s", limit)
	default:
		return good("quality", "qualidade %s, limite %s", quality, limit)
	}
}
