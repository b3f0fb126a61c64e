package pace

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// journeys counts how often somebody goes to Redis; the first is held up until it is let go.
type journeys struct {
	count   atomic.Int64
	held    chan struct{}
	waiting chan struct{}
}

func (j *journeys) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return next(ctx, network, address)
	}
}

// leave counts those who call scripts, and not what the client says when it connects.
func (j *journeys) leave(first redis.Cmder) {
	if first.Name() != "evalsha" {
		return
	}
	if j.count.Add(1) == 1 {
		close(j.waiting)
		<-j.held
	}
}

func (j *journeys) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		j.leave(cmd)
		return next(ctx, cmd)
	}
}

func (j *journeys) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		j.leave(cmds[0])
		return next(ctx, cmds)
	}
}

func (b *bundle) length() int {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return len(b.next)
}

// Twenty questions that come while one is on its way are one journey, and each gets its own answer.
func TestWhoAsksAtTheSameTimeGoesTogether(t *testing.T) {
	client := embedded(t)
	script := redis.NewScript(`return {ARGV[1], redis.call("INCR", KEYS[1])}`)
	require.NoError(t, script.Load(t.Context(), client).Err())
	counted := &journeys{held: make(chan struct{}), waiting: make(chan struct{})}
	client.(*redis.Client).AddHook(counted)
	b, key := &bundle{client: client}, uuid.NewString()
	var all sync.WaitGroup
	answers := make([][]any, 21)
	ask := func(i int) {
		all.Go(func() {
			var err error
			answers[i], err = b.ask(context.Background(), script, []string{key}, fmt.Sprint(i))
			if err != nil {
				panic(err)
			}
		})
	}
	ask(0)
	<-counted.waiting
	for i := range 20 {
		ask(i + 1)
	}
	require.Eventually(t, func() bool { return b.length() == 20 }, time.Minute, time.Millisecond)
	close(counted.held)
	all.Wait()
	require.EqualValues(t, 2, counted.count.Load())
	seen := map[any]bool{}
	for i, answer := range answers {
		require.Equal(t, fmt.Sprint(i), answer[0])
		seen[answer[1]] = true
	}
	require.Len(t, seen, 21, "the script ran once for each")
}

// Redis was wiped, or never saw the script: all of those who went together get their answers.
func TestAScriptThatRedisDoesNotKnowIsSentWhole(t *testing.T) {
	client, p := embedded(t), &bundle{}
	p.client = client
	script := redis.NewScript(`return {ARGV[1]}`)
	group := make([]*question, 5)
	for i := range group {
		group[i] = &question{ctx: t.Context(), script: script, args: []any{fmt.Sprint(i)}, done: make(chan struct{})}
	}
	p.send(t.Context(), group)
	for i, q := range group {
		<-q.done
		require.NoError(t, q.err)
		require.Equal(t, []any{fmt.Sprint(i)}, q.answer)
	}
}

// Who has stopped waiting takes no slot.
func TestAQuestionThatNobodyWaitsForIsNotAsked(t *testing.T) {
	client := embedded(t)
	counted := &journeys{held: make(chan struct{}), waiting: make(chan struct{})}
	client.(*redis.Client).AddHook(counted)
	close(counted.held)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := (&bundle{client: client}).ask(gone, redis.NewScript(`return {1}`), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, counted.count.Load())
}
