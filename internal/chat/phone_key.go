package chat

import "strings"

// PhoneKey is the key under which a phone number and its national variants are one person: the digits of E.164 in the one
// form that each number has exactly once.
//
//   - Brazil: mobiles exist with and without their ninth digit; both give country, area and the last eight digits. Mobiles
//     whose second digit is below 6 were only given out with nine: without it they would be somebody's landline.
//   - Mexico: WhatsApp writes a 1 between the country and the ten digits of most mobiles (wa_id 521...), people have not since
//     2019. The ten digits are one subscriber's in the whole country, and no area begins with 1.
//   - Argentina: abroad a mobile is written with a 9 after the country (wa_id 549...), at home with a 15 after its area. The
//     ten digits without either are one subscriber's, a landline or a mobile: both signs only say how the call is charged.
func PhoneKey(e164 string) Key {
	digits := withoutDialledPrefix(onlyDigits(e164))
	switch {
	case strings.HasPrefix(digits, "55") && isBrazilianMobile(digits[2:]):
		national := digits[2:]
		digits = "55" + national[:2] + national[len(national)-8:]
	case strings.HasPrefix(digits, "521") && len(digits) == 13 && digits[3] >= '2':
		digits = "52" + digits[3:]
	case strings.HasPrefix(digits, "549") && len(digits) == 13 && isArgentinianArea(digits[3]):
		digits = "54" + digits[3:]
	}
	return Key{Kind: KeyPhone, Value: digits}
}

// IsNumber tells whether an address is the digits of a phone number, and not an id with letters or signs.
func IsNumber(address string) bool { return address != "" && onlyDigits(address) == address }

// isBrazilianMobile tells mobiles with two forms (area, optional 9, then 6-9) from all others: eight digits that begin
// with 2 to 5 are a landline.
func isBrazilianMobile(national string) bool {
	switch len(national) {
	case 10:
		return national[2] >= '6'
	case 11:
		return national[2] == '9' && national[3] >= '6'
	}
	return false
}

// isArgentinianArea tells what an area can begin with: 11 is Buenos Aires, all others begin with 2 or 3.
func isArgentinianArea(first byte) bool { return first >= '1' && first <= '3' }

// withoutDialledPrefix takes out what only belongs to dialling at home but is often written behind the country code:
// Argentina's 15 in front of a mobile's own number, and Mexico's 044, 045 and 01. What comes out is E.164's form.
func withoutDialledPrefix(digits string) string {
	switch {
	case strings.HasPrefix(digits, "54"):
		return argentinianMobile(digits)
	case strings.HasPrefix(digits, "52") && len(digits) >= 14:
		for _, prefix := range [...]string{"52044", "52045", "5201"} {
			if rest, cut := strings.CutPrefix(digits, prefix); cut && len(rest) == 10 && rest[0] >= '2' {
				return "52" + rest
			}
		}
	}
	return digits
}

// argentinianMobile reads 54, an optional 9 or 0, the area, 15 and the rest of the ten digits as the mobile that it is.
func argentinianMobile(digits string) string {
	national := digits[2:]
	if len(national) == 13 && (national[0] == '9' || national[0] == '0') {
		national = national[1:]
	}
	if len(national) == 12 && isArgentinianArea(national[0]) {
		area := argentinianAreaLength(national)
		if national[area:area+2] == "15" {
			return "549" + national[:area] + national[area+2:]
		}
	}
	return digits
}

// argentinianAreaLength tells where the area ends. The list is ours, not the library's: keys are stored, and must be the
// same whatever the library learns (ITU national numbering plan of Argentina: 11, 38 areas of three digits, the rest four).
func argentinianAreaLength(national string) int {
	if strings.HasPrefix(national, "11") {
		return 2
	}
	const three = " 220 221 223 230 236 237 249 260 261 263 264 266 280 291 294 297 298 299 336 341 342 343 345 348 351 353 358 362 364" +
		" 370 376 379 380 381 383 385 387 388 "
	if strings.Contains(three, " "+national[:3]+" ") {
		return 3
	}
	return 4
}

// dialledInside reads a number as it is dialled inside its country with the prefixes of withoutDialledPrefix: it may be as
// long as one with its country code.
func dialledInside(digits, region string) (whole string, inside bool) {
	switch {
	case region == "AR" && (len(digits) == 12 || len(digits) == 13):
		whole = "54" + digits
	case region == "MX" && strings.HasPrefix(digits, "0"):
		whole = "52" + digits
	default:
		return "", false
	}
	plain := withoutDialledPrefix(whole)
	return plain, plain != whole
}
