package channels

import (
	"context"
	"sync"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// inquiry is what a provider answered to a check, and how to keep what it says of the number.
type inquiry struct {
	findings []provider.Finding
	keep     func(ctx context.Context) error
}

// askProvider asks everything side by side, each within CheckWait: the repair if it is wanted, what is wrong, and how the number
// stands, so that a channel that can send again comes back. It touches no database.
func (h *Handlers) askProvider(ctx context.Context, channel chat.Channel, repair bool) inquiry {
	var (
		asking   sync.WaitGroup
		repaired []provider.Finding
		cured    bool
		findings []provider.Finding
		keep     func(ctx context.Context) error
	)
	ask := func(patience time.Duration, question func(ctx context.Context)) {
		asking.Go(func() {
			bounded, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			question(bounded)
		})
	}
	if repair {
		ask(h.CheckWait, func(ctx context.Context) {
			finding := h.repair(ctx, channel)
			repaired, cured = []provider.Finding{finding}, finding.OK
		})
	}
	// A checker bounds its own questions and makes sentences of them; the eighth more is for one that does not.
	ask(h.CheckWait+h.CheckWait/8, func(ctx context.Context) { findings = h.providersView(ctx, channel) })
	ask(h.CheckWait, func(ctx context.Context) { keep = h.askNumber(ctx, channel, fault.LiftPerson) })
	asking.Wait()
	if cured {
		findings = withoutCured(findings)
	}
	return inquiry{findings: append(repaired, findings...), keep: keep}
}

// withoutCured leaves out what was seen while the repair was on its way and is true no more.
func withoutCured(findings []provider.Finding) []provider.Finding {
	var left []provider.Finding
	for _, finding := range findings {
		if !finding.Repairable {
			left = append(left, finding)
		}
	}
	return left
}

// What helps against what passes by itself.
const askAgain = "tente de novo em alguns minutos"

func (h *Handlers) repair(ctx context.Context, channel chat.Channel) provider.Finding {
	repairer, can := h.Providers[channel.Provider].(provider.Repairer)
	if !can {
		return amiss("repair", "nada a fazer", "o provedor %q não tem o que consertar por aqui", channel.Provider)
	}
	err := repairer.Repair(ctx, channel)
	switch {
	case err == nil:
		return fine("repair", "a conta foi assinada: os webhooks voltam a chegar")
	case ctx.Err() != nil:
		return amiss("repair", askAgain, "o conserto não deu certo: o provedor não respondeu a tempo")
	case fault.CodeOf(err).Retry() == fault.Passing || fault.CodeOf(err).Retry() == fault.Wait:
		return amiss("repair", askAgain, "o conserto não deu certo agora: %s", fault.Of(err).Message)
	}
	return amiss("repair", web.FirstOf(fault.Of(err).Remedy, "confira as permissões do token"), "o conserto não deu certo: %s", fault.Of(err).Message)
}

// providersView is what the provider says.
func (h *Handlers) providersView(ctx context.Context, channel chat.Channel) []provider.Finding {
	checker, can := h.Providers[channel.Provider].(provider.Checker)
	if !can {
		return []provider.Finding{fine("provider", "o provedor %q não sabe verificar o canal", channel.Provider)}
	}
	findings, err := checker.Check(ctx, channel, h.callbackOf(channel))
	if err != nil {
		findings = append(findings, amiss("provider", askAgain, "não foi possível verificar agora: o provedor não respondeu a tempo"))
	}
	return findings
}
