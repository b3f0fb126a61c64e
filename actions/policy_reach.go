package actions

import (
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// checkReach keeps automation from writing to people whom nothing reaches: the provider said so of several messages in a
// row. A person may try, and so may what is transactional; a message of theirs, or one that arrives, ends it.
func checkReach(call Call) Verdict {
	since := call.Contact.Limits.UnreachableAt
	if since.IsZero() {
		return pass(nil)
	}
	values := map[string]any{"since": since, "undeliverable": call.Contact.Limits.Undeliverable}
	if call.Message.Origin == chat.FromPerson || call.Message.Origin == chat.FromSystem || call.Message.Transactional {
		return pass(values)
	}
	return drop(fault.New(fault.Unreachable, "o contato está fora de alcance: %d mensagens seguidas não puderam ser entregues. Volta quando ele escrever",
		call.Contact.Limits.Undeliverable), values)
}

// checkCountry keeps messages from countries that the provider refuses to this account.
func checkCountry(call Call) Verdict {
	until := call.Channel.Limits.Refuses(call.Contact.Phone)
	if !until.After(call.Now) {
		return pass(nil)
	}
	return drop(fault.New(fault.PolicyBlocked, "o provedor não deixa esta conta escrever a números +%s", chat.CallingCode(call.Contact.Phone)),
		map[string]any{"country": chat.CallingCode(call.Contact.Phone), "until": until})
}
