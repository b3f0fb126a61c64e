package people

import (
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// CustomerText is a customer's identifier as platforms have it: a text or a number.
type CustomerText string

// UnmarshalJSON takes a string or the digits of a number.
func (c *CustomerText) UnmarshalJSON(raw []byte) error {
	return (*PhoneText)(c).UnmarshalJSON(raw)
}

// Schema says in the document what is accepted.
func (CustomerText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "telefone, e-mail ou id em outra plataforma, como texto ou número",
		OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
	}
}

// longestCustomer is as long as an externalId may be.
const longestCustomer = 200

// ReadCustomer reads a customer's identifier. What is written as a phone is one: it begins with +, has parentheses, or has
// only the digits and signs of phones and as many digits as a number with its country code; a national number is
// refused rather than guessed. Everything else is an id of another platform, kept as it stands; e-mail addresses
// are known in lower case too. An id that somebody is known by already wins over what it looks like.
func ReadCustomer(text string) (Person, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Person{}, fault.Required("customerId")
	case utf8.RuneCountInString(text) > longestCustomer:
		return Person{}, fault.Field("customerId", "no máximo %d caracteres", longestCustomer)
	case !web.IsName(text):
		return Person{}, fault.Field("customerId", "caracteres inválidos")
	}
	own := chat.Key{Kind: chat.KeyExternal, Value: text}
	if form := phoneLike(text); form != notPhone {
		phone, err := chat.ParsePhone(text, "")
		switch {
		case err != nil && form == surelyPhone:
			return Person{}, fault.Field("customerId", "%s", fault.Of(err).Message)
		case form == nationalPhone:
			return Person{}, fault.Field("customerId", "telefone sem o código do país: escreva como +5511999990001")
		case err == nil && form == surelyPhone:
			return Person{Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone}, nil
		case err == nil:
			return Person{Keys: []chat.Key{own, chat.PhoneKey(phone)}, Phone: phone}, nil
		}
	}
	keys := []chat.Key{own}
	if lower := strings.ToLower(text); strings.Contains(text, "@") && lower != text {
		keys = append(keys, chat.Key{Kind: chat.KeyExternal, Value: lower})
	}
	return Person{Keys: keys}, nil
}

type phoneForm int

const (
	notPhone      phoneForm = iota
	maybePhone              // digits that may as well be an id
	nationalPhone           // beyond doubt a phone, but of no country
	surelyPhone
)

// fewestDigits is a country code of two digits and a national number of ten: with fewer, a number of one country looks
// like that of another.
const fewestDigits = 12

func phoneLike(text string) phoneForm {
	digits, signs := 0, 0
	for _, character := range text {
		switch {
		case character >= '0' && character <= '9':
			digits++
		case strings.ContainsRune("+()", character):
			signs++
		case !strings.ContainsRune("-. ", character):
			return notPhone
		}
	}
	switch {
	case strings.HasPrefix(text, "+"):
		return surelyPhone
	case digits >= fewestDigits:
		return maybePhone
	case signs > 0:
		return nationalPhone
	}
	return notPhone
}
