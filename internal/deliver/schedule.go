package deliver

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// giveUpAfter is how long an event is tried.
	giveUpAfter = 3 * 24 * time.Hour
	// hopelessAfter is how long a subscription may do nothing but fail before it is disabled.
	hopelessAfter = 5 * 24 * time.Hour
	// failuresBeforeRest is how many failures in a row a receiver may have before it is left alone for a while: it is down,
	// and knocking for each of a thousand events would help neither side.
	failuresBeforeRest = 5
	restLeast          = 5 * time.Second
	restMost           = 2 * time.Minute
	// retryAfterMost is how far a receiver may put us off.
	retryAfterMost = 24 * time.Hour
)

// retryGap is the wait after a failed attempt (1 is the first), with up to a fifth more, so that what failed together does
// not come back together.
func retryGap(attempt int) time.Duration {
	gaps := [...]time.Duration{
		5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
	}
	gap := gaps[min(max(attempt, 1), len(gaps))-1]
	return gap + rand.N(gap/5)
}

// restAfter is how long the whole subscription is left alone after a failure; 0: not at all.
func restAfter(failures int, given answer) time.Duration {
	if given.busy() {
		return max(given.retryAfter, restLeast)
	}
	if failures < failuresBeforeRest {
		return 0
	}
	doubled := min(failures-failuresBeforeRest, 10)
	return min(restLeast<<doubled, restMost)
}

// readRetryAfter reads the header in both of its forms (RFC 9110 section 10.2.3): seconds, or a date. What cannot be read asks for nothing.
func readRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		wait = time.Duration(min(max(seconds, 0), int64(retryAfterMost/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), retryAfterMost)
}
