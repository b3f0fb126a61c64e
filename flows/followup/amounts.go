package followup

import (
	"math/big"
	"strconv"
	"time"

	"retoma/internal/fault"
)

// Amount is a JSON number as its author wrote it, such as 24 or 1.5; it is kept to the letter.
type Amount string

// longestAmount bounds the digits of an amount.
const longestAmount = 32

// UnmarshalJSON takes a number and nothing else. Its error is a fault.Invalid.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	text := string(raw)
	if text == "null" {
		return nil
	}
	if text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return fault.New(fault.Invalid, "valor do tipo errado: esperava um número")
	}
	if len(text) > longestAmount {
		return fault.New(fault.Invalid, "número com algarismos demais")
	}
	*a = Amount(text)
	return nil
}

// MarshalJSON gives the number back as it was written.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a == "" {
		return []byte("null"), nil
	}
	return []byte(a), nil
}

// Float is the number for showing it; 0 for an amount that is not there.
func (a Amount) Float() float64 {
	// An amount was read from a JSON number; only one that is too large for a float64 is an error, and then infinite.
	value, err := strconv.ParseFloat(string(a), 64)
	if err != nil {
		return 0
	}
	return value
}

// longestWait is how long a step may wait: a year.
const longestWait = 365 * 24 * time.Hour

// times gives so many units as elapsed time; problem says, for people, why it cannot be used: it is not positive, is over
// a year, or has a fraction that gives no whole seconds.
func (a Amount) times(unit time.Duration) (length time.Duration, problem string) {
	value, err := strconv.ParseFloat(string(a), 64)
	switch {
	case err == nil && value <= 0:
		return 0, "deve ser maior que zero"
	case err != nil || value > longestWait.Seconds()/unit.Seconds():
		return 0, "longo demais: no máximo um ano"
	case value < 1/unit.Seconds():
		return 0, wholeSeconds
	}
	exact, understood := new(big.Rat).SetString(string(a))
	if !understood {
		return 0, wholeSeconds
	}
	exact.Mul(exact, big.NewRat(int64(unit/time.Second), 1))
	if !exact.IsInt() {
		return 0, wholeSeconds
	}
	return time.Duration(exact.Num().Int64()) * time.Second, ""
}

const wholeSeconds = "com esta unidade, a fração deve dar segundos inteiros"
