package calendar

import (
	"math"
	"strings"
	"time"

	"retoma/internal/fault"
)

// designator is one unit of an ISO 8601 duration, with its length in elapsed seconds (domain.md section 3: P1D is 24 h).
type designator struct {
	letter  byte
	seconds int64
}

func dateDesignators() []designator { return []designator{{'W', 7 * 86400}, {'D', 86400}} }

func timeDesignators() []designator { return []designator{{'H', 3600}, {'M', 60}, {'S', 1}} }

// ParseInterval reads an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as "PT30M", "P1DT12H" or
// "P1W", as elapsed time: P1D is 24 h and P1W is 168 h, whatever the clocks do meanwhile. Units stand in this order, each
// at most once; only the last may have a decimal fraction of up to nine digits ("PT1.5H", "PT1,5H").
//
// Years and months have no fixed length and are refused, as are empty, negative and zero intervals and those beyond
// [time.Duration] (about 292 years). All errors are [fault.Invalid] without a Field; the caller knows the path.
func ParseInterval(s string) (time.Duration, error) {
	body, found := strings.CutPrefix(strings.TrimPrefix(s, "-"), "P")
	if !found {
		return 0, badInterval(s, "não é uma duração ISO 8601")
	}
	if strings.Contains(s, "-") {
		return 0, badInterval(s, "não pode ser negativo")
	}
	datePart, timePart, timed := strings.Cut(body, "T")
	if strings.ContainsAny(datePart, "YM") {
		return 0, badInterval(s, "anos e meses não têm duração fixa; use semanas, dias, horas, minutos ou segundos")
	}
	if body == "" || timed && timePart == "" {
		return 0, badInterval(s, "falta a quantidade e a unidade")
	}
	total := sum{}
	if !total.addAll(datePart, dateDesignators()) || !total.addAll(timePart, timeDesignators()) {
		return 0, badInterval(s, "não é uma duração ISO 8601 válida")
	}
	if total.overflowed {
		return 0, badInterval(s, "longo demais")
	}
	if total.nanoseconds == 0 {
		return 0, badInterval(s, "deve ser maior que zero")
	}
	return time.Duration(total.nanoseconds), nil
}

func badInterval(s, what string) error {
	return fault.New(fault.Invalid, "intervalo %s: %s; exemplos: PT30M, PT2H, P1D, P1W", quote(s), what)
}

// sum adds up the components of one duration.
type sum struct {
	nanoseconds int64
	overflowed  bool
	// fractional is set by a component with a fraction: it must be the last one.
	fractional bool
}

// addAll reads the components of one part ("1W2D" or "1H30M"); false if the text is not of that form.
func (s *sum) addAll(part string, units []designator) bool {
	for part != "" {
		whole, fraction, rest, ok := number(part)
		if !ok || rest == "" || s.fractional {
			return false
		}
		for len(units) > 0 && units[0].letter != rest[0] {
			units = units[1:]
		}
		if len(units) == 0 {
			return false
		}
		s.add(whole, fraction, units[0].seconds)
		part, units = rest[1:], units[1:]
	}
	return true
}

// add counts whole units and a fraction (in billionths, -1 if none was written) of a unit of so many seconds.
func (s *sum) add(whole, fraction, seconds int64) {
	unit := seconds * int64(time.Second)
	if whole > (math.MaxInt64-s.nanoseconds)/unit {
		s.overflowed = true
		return
	}
	s.nanoseconds += whole * unit
	if fraction < 0 {
		return
	}
	s.fractional = true
	// A billionth of n seconds is n nanoseconds: exact, and below one unit.
	if fraction*seconds > math.MaxInt64-s.nanoseconds {
		s.overflowed = true
		return
	}
	s.nanoseconds += fraction * seconds
}

// number reads digits with an optional fraction from the front: the whole part (too large a one is capped, which makes
// every unit overflow), the fraction in billionths (-1 if there is none) and what follows.
func number(s string) (whole, fraction int64, rest string, ok bool) {
	digits, rest := leadingDigits(s)
	if digits == "" {
		return 0, 0, "", false
	}
	for _, digit := range []byte(digits) {
		if whole > math.MaxInt64/100 {
			whole = math.MaxInt64
			break
		}
		whole = whole*10 + int64(digit-'0')
	}
	if rest == "" || rest[0] != '.' && rest[0] != ',' {
		return whole, -1, rest, true
	}
	decimals, rest := leadingDigits(rest[1:])
	if decimals == "" || len(decimals) > 9 {
		return 0, 0, "", false
	}
	for _, digit := range []byte((decimals + "00000000")[:9]) {
		fraction = fraction*10 + int64(digit-'0')
	}
	return whole, fraction, rest, true
}

func leadingDigits(s string) (digits, rest string) {
	end := 0
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	return s[:end], s[end:]
}
