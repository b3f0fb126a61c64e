package meta

import (
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// address names the recipient: a phone's digits in "to", or a business-scoped user id in "recipient".
// Without an address of its own the message goes to the contact's route, else to its user id. A phone key is only
// for matching (it may lack a digit), so nothing is sent to it.
func (out *envelopeOut) address(message provider.Outgoing) error {
	to := strings.TrimSpace(message.To)
	if out.place(to) {
		return nil
	}
	for _, kind := range [...]chat.KeyKind{chat.KeyRoute, chat.KeyBSUID} {
		for _, key := range message.Keys {
			switch {
			case key.Kind != kind || (to != "" && key.Value != to):
			case kind == chat.KeyBSUID:
				out.Recipient = key.Value
				return nil
			case out.place(key.Value):
				return nil
			}
		}
	}
	return fault.New(fault.InvalidPhone, "contato sem telefone nem identificador da Meta: informe o número como +5511999990001")
}

// place puts an address where its form says that it belongs; false if it has neither form.
// Meta may read a national number as local to the business, so only digits with country code go out.
func (out *envelopeOut) place(address string) bool {
	address = strings.TrimSpace(address)
	if isScopedID(address) {
		out.Recipient = address
		return true
	}
	digits := strings.Map(withoutPunctuation, address)
	if !isPhone(digits) {
		return false
	}
	out.To = strings.TrimPrefix(digits, "+")
	return true
}

// withoutPunctuation drops what people write between the digits of a phone.
func withoutPunctuation(r rune) rune {
	if strings.ContainsRune(" -().", r) {
		return -1
	}
	return r
}
