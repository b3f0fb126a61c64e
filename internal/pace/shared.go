package pace

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// scripts are sent to Redis by their hash, and whole only once.
type scripts struct{ reserve, release, hold *redis.Script }

func newScripts() scripts {
	return scripts{redis.NewScript(reserveScript), redis.NewScript(releaseScript), redis.NewScript(holdScript)}
}

// keyOf names a key; the braces keep all keys of a channel on one node of a cluster.
func keyOf(channelID, rest string) string { return "retoma:pace:{" + channelID + "}:" + rest }

// askRedis runs book.reserve on Redis.
func (p *Pace) askRedis(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	keys := []string{
		keyOf(r.channel, "slot:"+r.message), keyOf(r.channel, "hold"),
		keyOf(r.channel, "pair:"+r.contact), keyOf(r.channel, "pairhold:"+r.contact),
		keyOf(r.channel, "next:common"), keyOf(r.channel, "next:urgent"),
		keyOf(r.channel, "free:common"), keyOf(r.channel, "free:urgent"),
	}
	common, urgent := r.tracks[commonTrack], r.tracks[urgentTrack]
	result, err := p.scripts.reserve.Run(ctx, p.client, keys, r.now, r.gap, common.interval, common.burst,
		urgent.interval, urgent.burst, strconv.Itoa(len(r.usable)-1), r.message, lateGrace, forgetAfter).Slice()
	if err != nil {
		return answer{}, err
	}
	return readAnswer(result)
}

func readAnswer(result []any) (answer, error) {
	if len(result) == 2 {
		text, isText := result[0].(string)
		reserved, isNumber := result[1].(int64)
		if at, err := strconv.ParseInt(text, 10, 64); err == nil && isText && isNumber {
			return answer{at, reserved == 1}, nil
		}
	}
	return answer{}, fmt.Errorf("unexpected answer of the pace script: %v", result)
}

func (p *Pace) holdOnRedis(ctx context.Context, key string, until time.Time) {
	if p.client == nil || !p.usable() {
		return
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := p.scripts.hold.Run(short, p.client, []string{key},
		p.options.Now().UnixMicro(), until.UnixMicro(), forgetAfter).Err()
	if err != nil {
		p.failed(ctx, err)
	}
}

func (p *Pace) releaseOnRedis(ctx context.Context, channelID, contactID, messageID string, now int64) {
	if p.client == nil || !p.usable() {
		return
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := p.scripts.release.Run(short, p.client, []string{
		keyOf(channelID, "slot:"+messageID), keyOf(channelID, "pair:"+contactID),
		keyOf(channelID, "next:common"), keyOf(channelID, "next:urgent"),
		keyOf(channelID, "free:common"), keyOf(channelID, "free:urgent"),
	}, now, messageID, forgetAfter).Err()
	if err != nil {
		p.failed(ctx, err)
	}
}
