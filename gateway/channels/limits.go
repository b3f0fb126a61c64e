package channels

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// limitView is something that keeps messages of a channel back now, though the channel itself is on line.
type limitView struct {
	Scope   string     `json:"scope" enum:"outage,restriction,country,marketing,template" doc:"até onde vai: o canal inteiro, as pessoas de um país, só marketing, um modelo"`
	Subject string     `json:"subject,omitempty" doc:"country: o código do país, como 55; template: nome e idioma"`
	Until   *time.Time `json:"until,omitempty" doc:"até quando; ausente se ninguém sabe"`
	Message string     `json:"message"`
	Remedy  string     `json:"remedy" doc:"o que fazer"`
}

// liftByHand is what helps against what a person may end before its time.
const liftByHand = "quando o motivo estiver resolvido na Meta, retome com POST /api/channels/{id}/resume; antes disso, a próxima recusa o para de novo"

// limitsOf are what the provider's refusals and news keep back on a channel now.
func limitsOf(c chat.Channel, now time.Time) []limitView {
	limits := []limitView{}
	if !c.Online {
		limits = append(limits, limitView{Scope: "outage", Message: "o canal está fora do ar: " + web.Clause(web.FirstOf(c.OfflineReason, "o provedor o recusou")),
			Remedy: "resolva o motivo no provedor e peça POST /api/channels/{id}/check, ou retome com POST /api/channels/{id}/resume"})
	}
	if c.Restriction.Forbids(now, false) {
		what := "o provedor recusa tudo o que sai deste número"
		if c.Restriction.AnswersAllowed {
			what = "o provedor só aceita respostas em janela aberta"
		}
		limits = append(limits, limitView{Scope: "restriction", Until: web.When(c.Restriction.Until), Message: withReason(what, c.Restriction.Reason),
			Remedy: "veja a restrição no Gerenciador do WhatsApp; ela passa sozinha"})
	}
	for _, code := range slices.Sorted(maps.Keys(c.Limits.Countries)) {
		if until := c.Limits.Countries[code]; until.After(now) {
			limits = append(limits, limitView{Scope: "country", Subject: code, Until: web.When(until),
				Message: fmt.Sprintf("o provedor recusa os envios desta conta a números +%s: todos eles falham", code), Remedy: liftByHand})
		}
	}
	if rest := c.Limits.MarketingRest; rest.After(now) {
		limits = append(limits, limitView{Scope: "marketing", Until: web.When(rest), Message: "o marketing deste número descansa porque o provedor o recusou; respostas e avisos continuam",
			Remedy: "reduza o marketing; o descanso passa sozinho"})
	}
	return limits
}

// heldTemplates are the templates that rest, and until when.
func heldTemplates(templates []chat.Template, now time.Time) []limitView {
	var limits []limitView
	for _, t := range templates {
		rests := t.HeldUntil.After(now)
		if !rests && t.Status != "PAUSED" && t.Status != "LOCKED" {
			continue
		}
		one := limitView{Scope: "template", Subject: t.Name + " (" + t.Language + ")", Remedy: "veja o modelo no Gerenciador do WhatsApp; enquanto isso, use outro",
			Message: withReason(fmt.Sprintf("o modelo %s (%s) não está sendo enviado: %s", t.Name, t.Language, web.FirstOf(t.Status, "em espera")), t.Reason)}
		if rests {
			one.Until = web.When(t.HeldUntil)
		}
		limits = append(limits, one)
	}
	return limits
}

func withReason(what, reason string) string {
	if reason = strings.TrimRight(reason, "."); reason != "" {
		return what + " (" + reason + ")"
	}
	return what
}

// limitFindings are the limits as a check tells them. The outage has a finding of its own.
func limitFindings(limits []limitView, zone *time.Location) []provider.Finding {
	var findings []provider.Finding
	for _, limit := range limits {
		if limit.Scope == "outage" {
			continue
		}
		message := limit.Message
		if limit.Until != nil {
			message += ", até as " + zoned(*limit.Until, zone)
		}
		findings = append(findings, amiss(limit.Scope, limit.Remedy, "%s", message))
	}
	return findings
}

// peopleView tells that the day's people are used up, and from when there is room again.
func (h *Handlers) peopleView(ctx context.Context, c chat.Channel, zone *time.Location) ([]provider.Finding, error) {
	most := c.DailyPeople()
	if most == 0 {
		return nil, nil
	}
	begun, err := h.Store.PeopleBegun(ctx, c.TenantID, h.Now().Add(-24*time.Hour), func(other chat.Channel) bool { return other.Portfolio() == c.Portfolio() })
	if err != nil || len(begun) < most {
		return nil, err
	}
	order := slices.SortedFunc(maps.Values(begun), time.Time.Compare)
	free := order[len(order)-most].Add(24 * time.Hour)
	return []provider.Finding{amiss("people", "responder a quem escreve continua possível; o limite sobe com a qualidade e a verificação da empresa na Meta",
		"o limite de %d pessoas novas em 24 horas acabou: a próxima vaga é às %s", most, zoned(free, zone))}, nil
}

// blockedBy is the limit that would refuse a free-form message to a person now, if there is one.
func blockedBy(c chat.Channel, person chat.Contact, windowOpen bool, now time.Time) *limitView {
	for _, limit := range limitsOf(c, now) {
		switch limit.Scope {
		case "outage":
		case "restriction":
			if !c.Restriction.Forbids(now, windowOpen) {
				continue
			}
		case "country":
			if limit.Subject != chat.CallingCode(person.Phone) {
				continue
			}
		default:
			continue
		}
		return &limit
	}
	return nil
}

// liftCountries lets the channels of an account write to every country again, because a person says that it may: the country
// was refused to the account, so one word is enough for all of its numbers.
func (h *Handlers) liftCountries(ctx context.Context, own chat.Channel) error {
	all, err := h.Store.Channels(ctx, own.TenantID)
	if err != nil {
		return err
	}
	for _, other := range all {
		if len(other.Limits.Countries) == 0 || other.ID != own.ID && !other.SharesAccount(own) {
			continue
		}
		_, err := h.Store.ChangeChannel(ctx, other.TenantID, other.ID, func(c *chat.Channel) error {
			c.Limits.Countries = nil
			return nil
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// zoned is an instant as people of a zone read it.
func zoned(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("15:04 de 02/01/2006") + " (" + zone.String() + ")"
}
