package notify

import "time"

// Attempts is how often a notification is tried before it is given up.
const Attempts = 6

// retryDelay is the wait after a failed attempt (1 is the first); false when it was the last one.
// The steps grow to hours because a team's mail server or chat is often away for that long, and end within a working
// day because an older alarm misleads more than it helps.
func retryDelay(attempt int) (time.Duration, bool) {
	delays := [Attempts - 1]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour}
	if attempt < 1 || attempt > len(delays) {
		return 0, false
	}
	return delays[attempt-1], true
}
