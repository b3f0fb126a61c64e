package chat

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"retoma/internal/fault"
)

// ParsePhone reads a phone number as a person writes it and gives it as E.164 ("+5511999990001").
// Without a leading + the number must carry its country code, or be a national number of region
// (ISO 3166 alpha-2, such as "BR"; empty if no country can be told).
// Numbers are not refused for looking unusual to libphonenumber: WhatsApp reports 8-digit Brazilian
// mobiles that it calls invalid (dependencies.md section 5).
func ParsePhone(text, region string) (string, error) {
	digits := onlyDigits(text)
	international := strings.HasPrefix(strings.TrimSpace(text), "+")
	switch {
	case len(digits) == 0:
		return "", fault.New(fault.InvalidPhone, "telefone vazio: informe o número com código do país, como +5511999990001")
	case international || (region == "" && len(digits) >= 11):
		return checkE164("+" + withoutDialledPrefix(digits))
	case region == "":
		return "", fault.New(fault.InvalidPhone, "telefone sem código do país: escreva como +5511999990001")
	}
	if whole, inside := dialledInside(digits, region); inside {
		return checkE164("+" + whole)
	}
	trunk := strings.HasPrefix(digits, "0") && !strings.HasPrefix(digits, "00")
	if len(digits) >= 12 && !trunk {
		return checkE164("+" + withoutDialledPrefix(digits))
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", fault.New(fault.InvalidPhone, "telefone não reconhecido: escreva como +5511999990001")
	}
	if !isWhole(number) {
		return "", fault.New(fault.InvalidPhone, "telefone incompleto ou longo demais (falta o DDD?): escreva como +5511999990001")
	}
	return checkE164("+" + withoutDialledPrefix(onlyDigits(phonenumbers.Format(number, phonenumbers.E164))))
}

// isWhole tells a number that can be reached from anywhere from one that lacks its area. libphonenumber takes Brazilian
// numbers of nine digits for possible, because some services have them; a mobile without its area looks the same.
func isWhole(number *phonenumbers.PhoneNumber) bool {
	if number.GetCountryCode() == 55 && len(phonenumbers.GetNationalSignificantNumber(number)) < 10 {
		return false
	}
	return phonenumbers.IsPossibleNumberWithReason(number) == phonenumbers.IS_POSSIBLE
}

// StrictE164 accepts only +[country code][number], as whatsapp-automation.md demands of its actions.
func StrictE164(text string) (string, error) {
	if !strings.HasPrefix(text, "+") || "+"+onlyDigits(text) != text {
		return "", fault.New(fault.InvalidPhone, "número não está no formato E.164: escreva como +[código do país][número], por exemplo +5511999999999")
	}
	return checkE164(text)
}

func checkE164(number string) (string, error) {
	if len(number) < 9 || len(number) > 16 || number[1] == '0' {
		return "", fault.New(fault.InvalidPhone, "telefone com tamanho impossível: escreva como +5511999990001")
	}
	return number, nil
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}
