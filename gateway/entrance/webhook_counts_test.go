package entrance_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
)

// counts notes what is counted.
type counts struct {
	mutex sync.Mutex
	seen  []string
	items map[string]int
}

func (c *counts) Webhook(provider, outcome string, _ time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.seen = append(c.seen, provider+" "+outcome)
}

func (c *counts) WebhookItems(provider, kind string, count int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.items == nil {
		c.items = map[string]int{}
	}
	c.items[provider+" "+kind] += count
}

func TestEachWebhookIsCountedByWhatCameOfIt(t *testing.T) {
	counted := &counts{}
	h := newHouse(t, func(o *gateway.Options) { o.Webhooks = counted })
	first := gatewaytest.MetaMessage("111", "5511977770001", "wamid.1", "oi", h.Clock())
	other := gatewaytest.MetaMessage("111", "5511977770001", "wamid.2", "oi?", h.Clock())
	stranger := chat.Channel{ID: h.Ours.Channel.ID, Token: "made-up", Provider: "meta"}
	for _, one := range []struct {
		status  int
		channel chat.Channel
		body    string
		secret  string
		want    string
	}{
		{200, h.Ours.Channel, first, gatewaytest.AppSecret, "meta accepted"},
		{200, h.Ours.Channel, first, gatewaytest.AppSecret, "meta duplicate"},
		{200, h.Ours.Channel, other, gatewaytest.AppSecret, "meta accepted"},
		{401, h.Ours.Channel, other, "another", "meta refused"},
		{404, stranger, other, gatewaytest.AppSecret, "unknown unknown_channel"},
		{200, h.Ours.Channel, `{"signed":"and not understood`, gatewaytest.AppSecret, "meta accepted"},
	} {
		require.Equal(t, one.status, h.Webhook(one.channel, one.body, one.secret).Status, one.want)
		require.Equal(t, one.want, counted.seen[len(counted.seen)-1])
	}
	require.Len(t, counted.seen, 6)
	require.Equal(t, 3, counted.items["meta message"])
	require.Equal(t, 1, counted.items["meta rejected"])
}
