package actions

import (
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// checkBestBefore drops what its writer wanted sent before a time that has passed.
func checkBestBefore(call Call) Verdict {
	limit := call.Message.BestBefore
	if limit.IsZero() {
		return pass(nil)
	}
	values := map[string]any{"bestBefore": limit}
	if call.Now.After(limit) {
		return drop(fault.New(fault.PolicyBlocked, "o prazo da mensagem (bestBefore) passou"), values)
	}
	return pass(values)
}

// checkOptOut keeps messages from people who refused them. Only what is marked transactional passes, a person's answer
// in an open window, and the one confirmation of the refusal itself (domain.md section 6).
func checkOptOut(call Call) Verdict {
	scope := call.Contact.OptOut
	values := map[string]any{"optOut": string(scope)}
	refused := scope == chat.OptOutAll || scope == chat.OptOutMarketing && isMarketing(call)
	if !refused || call.Message.Transactional || call.Message.Origin == chat.FromSystem {
		return pass(values)
	}
	if call.Message.Origin == chat.FromPerson && call.Conversation.WindowOpen(call.Now) {
		return pass(values)
	}
	said := "o contato pediu para não receber mensagens"
	if scope == chat.OptOutMarketing {
		said = "o contato não quer receber promoções"
	}
	return drop(fault.New(fault.OptedOut, "%s", said), values)
}

// isMarketing tells whether the message would go out as a marketing template, be it only because the window is closed.
func isMarketing(call Call) bool {
	used := call.Message.Content.Template
	if used == nil && call.HasWindow() && !call.Conversation.WindowOpen(call.Now) {
		used = call.Message.FallbackTemplate
	}
	if used == nil {
		return false
	}
	template, known := call.Template(used.Name, used.Language)
	return known && template.Category == "MARKETING"
}

// pauseLook is how often something paused or held without an end is looked at again.
const pauseLook = time.Minute

// checkPause lets everything automatic wait while the tenant or the channel is paused or the channel is offline.
func checkPause(call Call) Verdict {
	byPerson := call.Message.Origin == chat.FromPerson
	switch {
	case !call.Tenant.PausedAt.IsZero() && !byPerson:
		return Verdict{Decision: Later, Until: call.Now.Add(pauseLook), Reason: "a empresa está pausada, até que alguém a retome", Values: map[string]any{"since": call.Tenant.PausedAt}}
	case !call.Channel.PausedAt.IsZero():
		return Verdict{Decision: Later, Until: call.Now.Add(pauseLook), Reason: "o canal está pausado, até que alguém o retome", Values: map[string]any{"since": call.Channel.PausedAt}}
	case !call.Channel.Online:
		problem := offline(call.Channel)
		return Verdict{Decision: Later, Until: call.Now.Add(pauseLook), Error: problem, Reason: problem.Message + "; espera até o canal voltar"}
	case call.Channel.Restriction.Forbids(call.Now, call.Conversation.WindowOpen(call.Now)):
		return Verdict{Decision: Later, Until: earlier(call.Channel.Restriction.Until, call.Now.Add(pauseLook)),
			Error:  fault.New(fault.SenderOffline, "o provedor restringiu o remetente: %s", call.Channel.Restriction.Reason),
			Values: map[string]any{"until": call.Channel.Restriction.Until, "answersAllowed": call.Channel.Restriction.AnswersAllowed}}
	}
	return pass(nil)
}

// offline is why a channel cannot send: a token that was refused is another illness than a number that was blocked.
func offline(channel chat.Channel) *fault.Error {
	code := fault.SenderOffline
	if outage := channel.Limits.Outage; outage != nil && outage.Code == fault.Auth {
		code = fault.Auth
	}
	return fault.New(code, "o remetente não está online: %s", channel.OfflineReason)
}

// checkHandoff lets automation wait while a person has the conversation: an explicit hold stops everything that is not
// written by a person or asked for by a platform; a takeover stops only what answers the customer (domain.md section 5).
func checkHandoff(call Call) Verdict {
	switch call.Message.Origin {
	case chat.FromPerson, chat.FromAPI, chat.FromSystem:
		return pass(nil)
	}
	if call.Conversation.Held(call.Now) {
		return Verdict{Decision: Later, Until: earlier(call.Conversation.HeldUntil, call.Now.Add(pauseLook)),
			Reason: "um atendente segurou a conversa", Values: map[string]any{"until": call.Conversation.HeldUntil}}
	}
	handoff := time.Duration(call.Tenant.Settings.WithDefaults().HandoffHours) * time.Hour
	if call.Message.Origin == chat.FromReply && call.Conversation.TakenOver(call.Now, handoff) {
		until := call.Conversation.AgentAt.Add(handoff)
		return Verdict{Decision: Later, Until: earlier(until, call.Now.Add(pauseLook)), Reason: "um atendente está na conversa", Values: map[string]any{"until": until}}
	}
	return pass(nil)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// checkAllowList lets a channel that is being tried out write only to listed numbers.
func checkAllowList(call Call) Verdict {
	if call.Channel.AllowList == nil {
		return pass(nil)
	}
	if call.Channel.Allows(call.Contact) {
		return pass(map[string]any{"listed": true})
	}
	return drop(fault.New(fault.PolicyBlocked, "o canal só envia para a lista de números permitidos, e este não está nela"), map[string]any{"listed": false})
}
