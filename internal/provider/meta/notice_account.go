package meta

import (
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

// accountUpdate reads the life of an account. DISABLED_UPDATE is the name of a ban and of its end alike; the ban's state
// tells which.
func accountUpdate(news *chat.News, value gjson.Result) {
	event := idOf(value.Get("event"))
	switch event {
	case "DISABLED_UPDATE":
		banned(news, value.Get("ban_info"))
	case "ACCOUNT_RESTRICTION":
		restricted(news, value.Get("restriction_info"))
	case "ACCOUNT_VIOLATION":
		stand(news, chat.StandingAdmonished, "A Meta registrou uma violação das regras ("+firstText(textOf(value.Get("violation_info.violation_type")), "sem motivo dito")+
			"): corrija a causa, porque a próxima pode restringir ou desativar a conta.")
	case "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED":
		stand(news, chat.StandingOff, strings.TrimSuffix("A conta saiu do WhatsApp Business ("+event+"): "+textOf(value.Get("disconnection_info.reason")), ": ")+".")
	case "ACCOUNT_RECONNECTED", "PARTNER_ADDED":
		stand(news, chat.StandingGood, "A conta está de volta no WhatsApp Business ("+event+").")
	}
}

func stand(news *chat.News, standing chat.Standing, reason string) {
	news.Sender = &chat.SenderNews{Standing: standing, Reason: reason}
	news.Text = reason
}

func banned(news *chat.News, ban gjson.Result) {
	switch state := idOf(ban.Get("waba_ban_state")); state {
	case "REINSTATE":
		stand(news, chat.StandingGood, "A Meta reativou a conta.")
	case "SCHEDULE_FOR_DISABLE":
		stand(news, chat.StandingAdmonished, "A Meta vai desativar a conta ("+firstText(textOf(ban.Get("waba_ban_date")), "sem data")+"): peça a revisão no Gerenciador do WhatsApp.")
	default:
		stand(news, chat.StandingOff, "A Meta desativou a conta ("+firstText(state, "sem motivo dito")+").")
	}
}

// restricted reads which messages a restriction forbids, and for how long. Kinds that forbid no message are a warning.
func restricted(news *chat.News, info gjson.Result) {
	restrictions := info.Array() // also gives an object that stands alone
	standing, until := chat.StandingAdmonished, time.Time{}
	var kinds []string
	for _, one := range restrictions {
		kind := idOf(one.Get("restriction_type"))
		kinds = append(kinds, kind)
		switch kind {
		case "RESTRICTED_BIZ_INITIATED_MESSAGING":
			if standing == chat.StandingAdmonished {
				standing = chat.StandingAnswers
			}
		case "RESTRICTED_CUSTOMER_INITIATED_MESSAGING":
			standing = chat.StandingSilenced
		default:
			continue
		}
		if ends := dayOf(one.Get("expiration")); ends.After(until) {
			until = ends
		}
	}
	reason := "A Meta restringiu a conta (" + firstText(strings.Join(kinds, ", "), "sem motivo dito") + ")"
	switch standing {
	case chat.StandingAnswers:
		reason += ": só podem sair respostas a quem escreveu nas últimas 24 horas"
	case chat.StandingSilenced:
		reason += ": nada pode ser enviado"
	}
	stand(news, standing, reason+".")
	news.Sender.Until = until
}

// dayOf reads a restriction's end, which was seen as a Unix time and as ISO 8601.
func dayOf(value gjson.Result) time.Time {
	if at, err := time.Parse(time.RFC3339, idOf(value)); err == nil {
		return at.UTC()
	}
	return instantOf(value, time.Time{})
}

func accountReview(news *chat.News, value gjson.Result) {
	switch decision := idOf(value.Get("decision")); decision {
	case "REJECTED":
		stand(news, chat.StandingOff, "A Meta recusou a conta na revisão: ela não pode usar a API.")
	case "APPROVED":
		stand(news, chat.StandingGood, "A Meta aprovou a conta na revisão.")
	}
}

func accountAlert(news *chat.News, value gjson.Result) {
	alert := value.Get("alert_info")
	if severity := idOf(alert.Get("alert_severity")); severity != "" && severity != "INFORMATIONAL" {
		stand(news, chat.StandingAdmonished, "Alerta da Meta ("+firstText(textOf(alert.Get("alert_type")), severity)+"): "+
			firstText(textOf(alert.Get("alert_description")), "sem descrição")+".")
	}
}
