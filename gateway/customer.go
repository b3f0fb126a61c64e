package gateway

import (
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// customerText is a customer's identifier as platforms have it: a text or a number.
type customerText string

// UnmarshalJSON takes a string or the digits of a number.
func (c *customerText) UnmarshalJSON(raw []byte) error {
	return (*phoneText)(c).UnmarshalJSON(raw)
}

// Schema says in the document what is accepted.
func (customerText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "telefone, e-mail ou id em outra plataforma, como texto ou número",
		OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
	}
}

// longestCustomer is as long as an externalId may be.
const longestCustomer = 200

// customer reads a customer's identifier. What is written as a phone is one: it begins with +, or has only the digits and
// signs of phones and at least as many digits as a country code and a number have. Everything else is an id of
// another platform, kept as it stands; e-mail addresses are known in lower case too. An id that somebody is known by
// already wins over what it looks like.
func customer(text string) (person, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return person{}, fault.Required("customerId")
	case utf8.RuneCountInString(text) > longestCustomer:
		return person{}, fault.Field("customerId", "no máximo %d caracteres", longestCustomer)
	case strings.ContainsFunc(text, func(character rune) bool { return character < ' ' || character == utf8.RuneError }):
		return person{}, fault.Field("customerId", "caracteres inválidos")
	}
	own := chat.Key{Kind: chat.KeyExternal, Value: text}
	if written := phoneLike(text); written != notPhone {
		phone, err := chat.ParsePhone(text, "")
		if err == nil && strings.HasPrefix(text, "+") {
			return person{keys: []chat.Key{chat.PhoneKey(phone)}, phone: phone}, nil
		}
		if err == nil {
			return person{keys: []chat.Key{own, chat.PhoneKey(phone)}, phone: phone}, nil
		}
		if written == surelyPhone {
			return person{}, fault.Field("customerId", "%s", fault.Of(err).Message)
		}
	}
	keys := []chat.Key{own}
	if lower := strings.ToLower(text); strings.Contains(text, "@") && lower != text {
		keys = append(keys, chat.Key{Kind: chat.KeyExternal, Value: lower})
	}
	return person{keys: keys}, nil
}

type phoneForm int

const (
	notPhone phoneForm = iota
	maybePhone
	surelyPhone
)

// fewestDigits is a country code and a short national number.
const fewestDigits = 10

func phoneLike(text string) phoneForm {
	digits, signs := 0, 0
	for _, character := range text {
		switch {
		case character >= '0' && character <= '9':
			digits++
		case strings.ContainsRune("+() ", character):
			signs++
		case character != '-' && character != '.':
			return notPhone
		}
	}
	switch {
	case strings.HasPrefix(text, "+") || signs > 0 && digits >= 8:
		return surelyPhone
	case digits >= fewestDigits:
		return maybePhone
	}
	return notPhone
}
