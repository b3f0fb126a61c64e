package pace

import (
	"context"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// bundle lets those who ask Redis at the same time go there together: a group of work asks once for each of its messages.
// Nobody waits for company; who comes while others are on their way goes with the next.
type bundle struct {
	client redis.UniversalClient
	mutex  sync.Mutex
	next   []*question
	away   bool // some are on their way
}

// question is a call of a script.
type question struct {
	ctx    context.Context
	script *redis.Script
	keys   []string
	args   []any
	done   chan struct{}
	answer []any
	err    error
}

// bundleLimit is the most that goes together: all of it has to be answered within one caller's patience.
const bundleLimit = 64

// ask calls a script. It takes no longer than the context, and the answer is its own whoever it went with.
func (b *bundle) ask(ctx context.Context, script *redis.Script, keys []string, args ...any) ([]any, error) {
	q := &question{ctx: ctx, script: script, keys: keys, args: args, done: make(chan struct{})}
	b.mutex.Lock()
	b.next = append(b.next, q)
	first := !b.away
	b.away = true
	b.mutex.Unlock()
	if first {
		b.carry(ctx)
	}
	select {
	case <-q.done:
		return q.answer, q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// carry takes what waits to Redis, and has somebody else take what came meanwhile.
func (b *bundle) carry(ctx context.Context) {
	b.mutex.Lock()
	var group []*question
	for len(b.next) > 0 && len(group) < bundleLimit {
		if b.next[0].ctx.Err() == nil { // else nobody waits for it, and it must take no slot
			group = append(group, b.next[0])
		}
		b.next = b.next[1:]
	}
	b.mutex.Unlock()
	if len(group) > 0 {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		b.send(within, group)
		cancel()
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.away = len(b.next) > 0; b.away {
		go b.carry(context.WithoutCancel(ctx))
	}
}

func (b *bundle) send(ctx context.Context, group []*question) {
	commands := make([]*redis.Cmd, len(group))
	if len(group) == 1 {
		commands[0] = group[0].script.EvalSha(ctx, b.client, group[0].keys, group[0].args...)
	} else {
		together := b.client.Pipeline()
		for i, q := range group {
			commands[i] = q.script.EvalSha(ctx, together, q.keys, q.args...)
		}
		_, _ = together.Exec(ctx) // each command has its own error
	}
	for i, q := range group {
		if q.answer, q.err = commands[i].Slice(); unknownScript(q.err) {
			q.answer, q.err = q.script.Eval(ctx, b.client, q.keys, q.args...).Slice()
		}
		close(q.done)
	}
}

// unknownScript tells that Redis wants the whole script: it is a new one, or was wiped.
func unknownScript(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT") }
