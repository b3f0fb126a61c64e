package ai

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"retoma/internal/fault"
)

// ask puts one question until it is answered, refused for good, or the time is over. used counts every call, also those
// that failed; an answer that nobody can use still tells its tokens. When ctx ends, its cause is in the error's chain.
func (c *Client) ask(ctx context.Context, endpoint Endpoint, asked request) (answer completion, used Usage, err error) {
	pause := c.pause
	for call := 1; ; call++ {
		if ctx.Err() != nil {
			return completion{}, used, ended(ctx)
		}
		used.Calls++
		answer, err = c.complete(ctx, endpoint, asked)
		if err == nil {
			return answer, used, nil
		}
		if ctx.Err() != nil {
			return completion{}, used, ended(ctx)
		}
		var found *trouble
		if !errors.As(err, &found) || !found.again || call >= c.calls {
			return answer, used, err
		}
		wait := max(found.after, jittered(pause))
		if pause *= 2; pause > longestPause {
			pause = longestPause
		}
		if err := rest(ctx, wait); err != nil {
			if ctx.Err() == nil {
				return completion{}, used, found // there is no time left for another call: what is wrong is known already
			}
			return completion{}, used, ended(ctx)
		}
	}
}

var errNoTime = errors.New("the wait would last longer than the time that is left")

// rest waits, unless the time would be over before the wait is.
func rest(ctx context.Context, wait time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	ours, _ := waiting.Deadline()
	if end, has := ctx.Deadline(); has && !ours.Before(end) {
		return errNoTime
	}
	<-waiting.Done()
	return ctx.Err()
}

func ended(ctx context.Context) error {
	return fault.Wrap(fault.AIFailed, context.Cause(ctx), "o serviço de IA não respondeu a tempo")
}

// jittered spreads callers who failed together.
func jittered(pause time.Duration) time.Duration {
	return pause - time.Duration(rand.Int64N(int64(pause)/4+1))
}
