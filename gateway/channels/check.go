package channels

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

type checkChannelIn struct {
	ID   string `path:"id"`
	Body *struct {
		Repair bool `json:"repair,omitempty" doc:"conserta o que um programa pode consertar, como uma conta sem assinatura de webhooks"`
	}
}

// ownTimeout bounds our own part of a check, which begins when the provider has answered or been given up.
const ownTimeout = 3 * time.Second

// checkChannel answers "why is nothing arriving?": what the provider says, what we know ourselves, and what helps. A provider
// that is silent takes no time from our own part.
func (h *Handlers) checkChannel(ctx context.Context, in *checkChannelIn) (*web.Answer[[]provider.Finding], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	lifted, err := h.repairLimits(ctx, channel, in.Body != nil && in.Body.Repair)
	if err != nil {
		return nil, err
	}
	asked := h.askProvider(ctx, channel, in.Body != nil && in.Body.Repair)
	ctx, cancel := context.WithTimeout(ctx, ownTimeout)
	defer cancel()
	if err := asked.keep(ctx); err != nil {
		h.Logger.Info("what a provider said of a number was not kept", "channel", channel.ID, "error", err)
	}
	own, err := h.ownView(ctx, channel)
	if err != nil {
		return nil, err
	}
	back, err := h.cameBack(ctx, channel)
	if err != nil {
		return nil, err
	}
	return web.OK(slices.Concat(asked.findings, lifted, back, own))
}

// repairLimits lifts what a person may lift who asks for a repair: countries that were refused to the account. Whether they still are,
// the next message tells.
func (h *Handlers) repairLimits(ctx context.Context, channel chat.Channel, repair bool) ([]provider.Finding, error) {
	if !repair || len(channel.Limits.Countries) == 0 {
		return nil, nil
	}
	if err := h.liftCountries(ctx, channel); err != nil {
		return nil, err
	}
	if err := h.LetGo(ctx, channel.ID, ""); err != nil {
		return nil, err
	}
	return []provider.Finding{{Check: "countries", OK: true, Message: "os países que a Meta tinha recusado a esta conta estão liberados de novo: se a recusa ainda valer, a próxima mensagem a traz de volta"}}, nil
}

// cameBack tells that the check lifted an outage, and asks for the other numbers of the account as well: what stopped one of them
// stopped all, and whoever looked at one has looked at the account.
func (h *Handlers) cameBack(ctx context.Context, before chat.Channel) ([]provider.Finding, error) {
	if before.Online {
		return nil, nil
	}
	all, err := h.Store.Channels(ctx, before.TenantID)
	if err != nil {
		return nil, err
	}
	here := slices.IndexFunc(all, func(c chat.Channel) bool { return c.ID == before.ID })
	if here < 0 || !all[here].Online {
		return nil, nil
	}
	findings := []provider.Finding{fine("outage", "o canal estava fora do ar (%s); o provedor diz que o número pode enviar, e esta verificação o pôs no ar de novo",
		strings.TrimRight(web.FirstOf(before.OfflineReason, "sem motivo registrado"), "."))}
	for _, other := range all {
		if other.Online || !other.SharesAccount(before) {
			continue
		}
		bounded, cancel := context.WithTimeout(ctx, h.CheckWait)
		keep := h.askNumber(bounded, other, fault.LiftPerson)
		cancel()
		if err := keep(ctx); err != nil {
			h.Logger.Info("another number of the account was not asked about", "channel", other.ID, "error", err)
		}
		fresh, err := h.Store.Channel(ctx, other.TenantID, other.ID)
		if err == nil && fresh.Online {
			findings = append(findings, fine("outage", "o canal %s, da mesma conta, também voltou ao ar", other.Name))
		}
	}
	return findings, nil
}

// callbackOf is our webhook's address, if this service knows its own public address.
func (h *Handlers) callbackOf(channel chat.Channel) string {
	if h.PublicURL == "" {
		return ""
	}
	return h.viewChannel(channel).WebhookURL
}

// ownView is what we know ourselves.
func (h *Handlers) ownView(ctx context.Context, channel chat.Channel) ([]provider.Finding, error) {
	if err := h.Hearing.Write(ctx); err != nil {
		return nil, err
	}
	fresh, err := h.Store.Channel(ctx, channel.TenantID, channel.ID)
	if err != nil {
		return nil, err
	}
	tenant, err := h.Store.Tenant(ctx, channel.TenantID)
	if err != nil {
		return nil, err
	}
	unconfirmed, rejected, err := h.Store.ChannelTroubles(ctx, channel.TenantID, channel.ID, h.Now().Add(-rejectedFor))
	if err != nil {
		return nil, err
	}
	templates, err := h.Store.Templates(ctx, channel.TenantID, channel.ID)
	if err != nil {
		return nil, err
	}
	zone := people.LocalZone(chat.Contact{}, fresh, tenant)
	busy, err := h.peopleView(ctx, fresh, zone)
	if err != nil {
		return nil, err
	}
	findings := append(h.heardView(fresh, zone), h.syncView(fresh, zone))
	findings = append(findings, switchesView(fresh, tenant)...)
	findings = append(findings, limitFindings(append(limitsOf(fresh, h.Now()), heldTemplates(templates, h.Now())...), zone)...)
	findings = append(findings, busy...)
	return append(findings, troublesView(unconfirmed, rejected, zone)...), nil
}

// silentFor is how long a channel may hear nothing before that is worth a look.
const silentFor = 24 * time.Hour

// heardView tells of the webhooks themselves: a wrong app secret shows as signatures that are always wrong.
func (h *Handlers) heardView(c chat.Channel, zone *time.Location) []provider.Finding {
	var findings []provider.Finding
	switch silent := h.Now().Sub(c.HeardAt); {
	case c.HeardAt.IsZero():
		findings = append(findings, amiss("heard", "escreva ao número de outro telefone; se nada mudar, cadastre webhookUrl no provedor com o verify token do canal",
			"nenhum webhook chegou a este canal desde que foi criado"))
	case silent > silentFor:
		findings = append(findings, amiss("heard", "escreva ao número de outro telefone para ver se chega",
			"o último webhook chegou há %d horas", int(silent.Hours())))
	default:
		findings = append(findings, fine("heard", "o último webhook chegou às %s", zoned(c.HeardAt, zone)))
	}
	if c.Forged == 0 {
		return append(findings, fine("signature", "nenhum webhook com assinatura errada desde o último certo"))
	}
	return append(findings, amiss("signature", "copie de novo o segredo do aplicativo (App Secret) para appSecret: o que está cadastrado deve estar errado",
		"%d webhooks com assinatura errada desde o último certo: foram recusados", c.Forged))
}

func (h *Handlers) syncView(c chat.Channel, zone *time.Location) provider.Finding {
	const sync = "sincronize com POST /api/channels/{id}/templates/sync"
	switch {
	case c.SyncedAt.IsZero():
		return amiss("sync", sync, "os templates ainda não foram lidos do provedor")
	case h.Now().Sub(c.SyncedAt) > 2*syncEvery:
		return amiss("sync", sync, "os templates foram lidos há %d horas", int(h.Now().Sub(c.SyncedAt).Hours()))
	}
	return fine("sync", "templates lidos às %s", zoned(c.SyncedAt, zone))
}

// switchesView tells what people, or refusals, have switched off.
func switchesView(c chat.Channel, tenant chat.Tenant) []provider.Finding {
	var findings []provider.Finding
	if !tenant.PausedAt.IsZero() {
		findings = append(findings, amiss("tenant", "retome com POST /api/resume", "tudo o que é automático está pausado nesta empresa"))
	}
	switch {
	case !c.PausedAt.IsZero():
		findings = append(findings, amiss("paused", "retome com POST /api/channels/{id}/resume", "o canal está pausado"))
	case !c.Online:
		findings = append(findings, amiss("online", "resolva o motivo no provedor e repita esta verificação: o canal volta se o número puder enviar",
			"o canal está fora do ar: %s", web.FirstOf(c.OfflineReason, "o provedor o recusou")))
	default:
		findings = append(findings, fine("online", "o canal está no ar"))
	}
	if c.AllowList != nil {
		findings = append(findings, amiss("allowList", "para enviar a todos, mude allowList para null",
			"só %d números podem receber mensagens deste canal", len(c.AllowList)))
	}
	return findings
}

// rejectedFor is for how long what could not be used is a trouble of today's.
const rejectedFor = 7 * 24 * time.Hour

// troublesView tells what waits for people: sends whose outcome nobody knows, and parts of webhooks that could not be used, each
// reason by itself. Webhooks of another number get a finding of their own: they are why nothing arrives.
func troublesView(unconfirmed int, rejected []desk.RejectedReason, zone *time.Location) []provider.Finding {
	var findings []provider.Finding
	if unconfirmed > 0 {
		findings = append(findings, amiss("unconfirmed", "veja GET /api/messages?status=unconfirmed e decida com POST /api/messages/{id}/resolve",
			"%s: ninguém sabe se o envio deu certo", counted(unconfirmed, "mensagem espera confirmação", "mensagens esperam confirmação")))
	}
	var unread []string
	total := 0
	for _, one := range rejected {
		if one.Reason == desk.ReasonGroup {
			continue
		}
		if strings.HasPrefix(one.Reason, desk.ReasonUnknownAccount) {
			findings = append(findings, amiss("account", "se é o número deste canal, corrija account (phone_number_id); se é outro, cadastre um canal para ele ou mude no provedor para onde vão os webhooks dele",
				"%s de outro número, o último às %s: %s", counted(one.Count, "item de webhook chegou a este canal e é", "itens de webhooks chegaram a este canal e são"), zoned(one.Last, zone), one.Reason))
			continue
		}
		total += one.Count
		unread = append(unread, one.Reason)
	}
	if total > 0 {
		findings = append(findings, amiss("rejected", "mostre-os a quem cuida da instalação",
			"%s nos últimos 7 dias (o conteúdo está guardado): %s", counted(total, "item de webhooks não pôde ser lido", "itens de webhooks não puderam ser lidos"), strings.Join(unread, "; ")))
	}
	return findings
}

func counted(count int, one, many string) string {
	if count == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", count, many)
}

func fine(check, format string, args ...any) provider.Finding {
	return provider.Finding{Check: check, OK: true, Message: fmt.Sprintf(format, args...)}
}

func amiss(check, remedy, format string, args ...any) provider.Finding {
	return provider.Finding{Check: check, Message: fmt.Sprintf(format, args...), Remedy: remedy}
}
