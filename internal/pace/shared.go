package pace

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// scripts are sent to Redis by their hash, and whole only once.
type scripts struct{ reserve, release, hold, slow, tell *redis.Script }

func newScripts() scripts {
	return scripts{
		redis.NewScript(reserveScript), redis.NewScript(releaseScript), redis.NewScript(holdScript),
		redis.NewScript(slowScript), redis.NewScript(tellScript),
	}
}

// keyOf names a key of a channel; the braces keep all keys of a group on one node of a cluster.
func keyOf(name, rest string) string {
	return "retoma:pace:{" + groupOf(name) + "}:" + name + ":" + rest
}

// groupKey names a key of a channel's group.
func groupKey(name, rest string) string { return "retoma:pace:{" + groupOf(name) + "}:" + rest }

func mark(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// askRedis runs book.reserve on Redis.
func (p *Pace) askRedis(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	keys := []string{
		keyOf(r.channel, "slot:"+r.message), keyOf(r.channel, "hold"),
		keyOf(r.channel, "pair:"+r.contact), keyOf(r.channel, "pairhold:"+r.contact),
		keyOf(r.channel, "next:common"), keyOf(r.channel, "next:urgent"),
		keyOf(r.channel, "free:common"), keyOf(r.channel, "free:urgent"),
		keyOf(r.channel, "speed"), groupKey(r.channel, "people"), groupKey(r.channel, "line"), groupKey(r.channel, "told"),
		keyOf(r.channel, "since"),
	}
	common, urgent := r.tracks[commonTrack], r.tracks[urgentTrack]
	owed, kept := r.owedArguments()
	result, err := p.bundle.ask(ctx, p.scripts.reserve, keys, r.now, r.gap, common.interval, common.burst,
		urgent.interval, urgent.burst, strconv.Itoa(len(r.usable)-1), r.message, lateGrace, forgetAfter, max(r.pairBurst, 1),
		r.contact, r.people, mark(r.privileged), mark(r.waits), fullRate, regain, day, noShow, r.memory, owed, kept)
	if err != nil {
		return answer{}, err
	}
	return readAnswer(result)
}

func readAnswer(result []any) (answer, error) {
	if len(result) == 3 {
		text, isText := result[0].(string)
		found, isKind := result[1].(int64)
		used, isCount := result[2].(int64)
		if at, err := strconv.ParseInt(text, 10, 64); err == nil && isText && isKind && isCount {
			return answer{at: at, kind: kind(found), used: used}, nil
		}
	}
	return answer{}, fmt.Errorf("unexpected answer of the pace script: %v", result)
}

// onRedis runs what nobody waits for; a Redis that is away changes nothing but that.
func (p *Pace) onRedis(ctx context.Context, script *redis.Script, keys []string, args ...any) {
	if p.client == nil || !p.usable() {
		return
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := script.Run(short, p.client, keys, args...).Err(); err != nil {
		p.failed(ctx, err)
	}
}

// holdOnRedis holds, and sets a second key with the hold, for a time at least.
func (p *Pace) holdOnRedis(ctx context.Context, until time.Time, hold, with, value string, keep int64) {
	p.onRedis(ctx, p.scripts.hold, []string{hold, with}, p.options.Now().UnixMicro(), until.UnixMicro(), forgetAfter, value, keep)
}

func (p *Pace) freeOnRedis(ctx context.Context, key string) {
	if p.client == nil || !p.usable() {
		return
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.client.Del(short, key).Err(); err != nil {
		p.failed(ctx, err)
	}
}

func (p *Pace) slowOnRedis(ctx context.Context, name string, now int64) {
	p.onRedis(ctx, p.scripts.slow, []string{
		keyOf(name, "speed"), keyOf(name, "next:common"), keyOf(name, "next:urgent"), keyOf(name, "free:common"), keyOf(name, "free:urgent"), keyOf(name, "hold"),
	}, now, fullRate, leastRate, regain, oneRefusal, 2*regain/1000)
}

func (p *Pace) releaseOnRedis(ctx context.Context, name, contactID, messageID string, now int64) {
	p.onRedis(ctx, p.scripts.release, []string{
		keyOf(name, "slot:"+messageID), keyOf(name, "pair:"+contactID),
		keyOf(name, "next:common"), keyOf(name, "next:urgent"),
		keyOf(name, "free:common"), keyOf(name, "free:urgent"),
		keyOf(name, "speed"), groupKey(name, "people"), groupKey(name, "line"),
	}, now, messageID, forgetAfter, contactID)
}

// tellAtOnce is how many people one call to Redis takes.
const tellAtOnce = 1000

// tellRedis says who was counted before; only when all are told, others may rely on it.
func (p *Pace) tellRedis(ctx context.Context, group string, told map[string]int64) error {
	keys := []string{groupKey(group, "people"), groupKey(group, "told")}
	args := []any{day / 1000, mark(false)}
	for contact, at := range told {
		args = append(args, at, contact)
		if len(args) >= 2*tellAtOnce {
			if err := p.scripts.tell.Run(ctx, p.client, keys, args...).Err(); err != nil {
				return err
			}
			args = args[:2]
		}
	}
	args[1] = mark(true)
	return p.scripts.tell.Run(ctx, p.client, keys, args...).Err()
}
