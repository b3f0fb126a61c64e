package entrance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store"
)

// hugeWebhook is one webhook with many messages of as many people, in one change or in one for each.
func hugeWebhook(account string, count, people int, apart bool, at time.Time) string {
	var changes []object
	var messages []object
	value := func(messages []object) object {
		return object{"field": "messages", "value": object{"messaging_product": "whatsapp", "metadata": object{"phone_number_id": account}, "messages": messages}}
	}
	for i := range count {
		one := object{"from": fmt.Sprintf("55119%08d", i%people), "id": fmt.Sprintf("wamid.huge%d", i), "timestamp": strconv.FormatInt(at.Unix(), 10),
			"type": "text", "text": object{"body": "oi"}}
		if messages = append(messages, one); apart {
			changes = append(changes, value([]object{one}))
		}
	}
	if !apart {
		changes = []object{value(messages)}
	}
	body, err := json.Marshal(object{"object": "whatsapp_business_account", "entry": []object{{"id": "102290" + account, "changes": changes}}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// counted is a store that counts what each commit has to write, and fails one of them.
type counted struct {
	*store.Store
	sizes   []int
	written int
	fails   int // the commit that fails; 0: none
}

func (c *counted) Receive(ctx context.Context, intake desk.Intake) (desk.Written, error) {
	if c.sizes = append(c.sizes, len(intake.Arrivals)+len(intake.Statuses)+len(intake.Rejected)); len(c.sizes) == c.fails {
		return desk.Written{}, fault.New(fault.Unavailable, "o banco de dados demorou demais")
	}
	written, err := c.Store.Receive(ctx, intake)
	for _, one := range written.Accepted {
		if !one.Duplicate {
			c.written++
		}
	}
	return written, err
}

// A webhook that is too large for one commit is written in several, is answered when all are, and loses nothing where one fails.
func TestAHugeWebhookIsWrittenInBoundedCommits(t *testing.T) {
	for name, apart := range map[string]bool{"in one change": false, "in a change for each": true} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			slow := &counted{Store: h.Store, fails: 3}
			behind := h.With(slow)
			const count = 2000
			body := hugeWebhook("111", count, 700, apart, h.Clock())
			require.Equal(t, 503, behind.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status, "nothing is acknowledged before all is written")
			require.Equal(t, 200, behind.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
			require.Equal(t, count, sum(slow.sizes[3:]), "all of it came again")
			for _, size := range slow.sizes {
				require.LessOrEqual(t, size, 250)
			}
			require.Equal(t, count, slow.written, "and nothing is there twice")
		})
	}
}

func sum(numbers []int) (total int) {
	for _, one := range numbers {
		total += one
	}
	return total
}
