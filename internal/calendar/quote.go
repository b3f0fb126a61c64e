package calendar

import (
	"strconv"
	"strings"
)

// longestQuote is in bytes: enough to recognise a value, too little to fill a log with it.
const longestQuote = 40

// quote shows a caller's value in an error message, with control characters escaped.
func quote(value string) string {
	if len(value) > longestQuote {
		return strconv.Quote(strings.ToValidUTF8(value[:longestQuote], "")) + "…"
	}
	return strconv.Quote(value)
}
