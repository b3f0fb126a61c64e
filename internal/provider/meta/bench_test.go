package meta

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkParse reads the webhook that the project's load test posts: a text with a quote and an ad's referral.
func BenchmarkParse(b *testing.B) {
	raw := readFile(b, "testdata/payload.json")
	adapter := New(Options{})
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		batch, err := adapter.Parse(raw, arrival)
		if err != nil || len(batch.Messages) != 1 {
			b.Fatal("not read")
		}
	}
}

// BenchmarkWebhook reads the kinds of webhook that come most, one POST each.
func BenchmarkWebhook(b *testing.B) {
	for _, c := range []struct {
		name  string
		raw   []byte
		items int
	}{
		{"text", readFile(b, "testdata/webhooks/msg_text.json"), 1},
		{"status", readFile(b, "testdata/webhooks/st_sent_pmp_marketing.json"), 1},
		{"failed", readFile(b, "testdata/webhooks/st_failed_131047.json"), 1},
		{"news", readFile(b, "testdata/webhooks/our_tpl_paused_first.json"), 1},
		{"batch100", hundred(), 100},
	} {
		b.Run(c.name, func(b *testing.B) {
			adapter := New(Options{})
			b.ReportAllocs()
			b.SetBytes(int64(len(c.raw)))
			for b.Loop() {
				batch, err := adapter.Parse(c.raw, arrival)
				if err != nil || len(batch.Messages)+len(batch.Statuses)+len(batch.Notices) != c.items {
					b.Fatal("not read")
				}
			}
		})
	}
}

// hundred is one webhook with 50 messages of as many people and 50 states.
func hundred() []byte {
	var people, messages, statuses []string
	for i := range 50 {
		people = append(people, fmt.Sprintf(`{"profile":{"name":"Pessoa %d"},"wa_id":"55119999%05d"}`, i, i))
		messages = append(messages, fmt.Sprintf(`{"from":"55119999%05d","id":"wamid.HBgNNTUxMTk5OTk%05d=","timestamp":"1795175902","type":"text","text":{"body":"quero saber o preço"}}`, i, i))
		statuses = append(statuses, fmt.Sprintf(`{"id":"wamid.HBgNNTUxMTk5OTB%05d=","status":"delivered","timestamp":"1795175902","recipient_id":"55119999%05d","pricing":{"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}}`, i, i))
	}
	return webhook("messages", `{"metadata":{"phone_number_id":"7"},"contacts":[`+strings.Join(people, ",")+`],"messages":[`+
		strings.Join(messages, ",")+`],"statuses":[`+strings.Join(statuses, ",")+`]}`)
}

// BenchmarkVerify checks that webhook's signature.
func BenchmarkVerify(b *testing.B) {
	raw := readFile(b, "testdata/payload.json")
	request, channel, adapter := signed(raw, sign(testSecret, raw)), withSecret(testSecret), New(Options{})
	b.ReportAllocs()
	for b.Loop() {
		if err := adapter.Verify(channel, request); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode writes the body of a send.
func BenchmarkEncode(b *testing.B) {
	message := greeting()
	b.ReportAllocs()
	for b.Loop() {
		_, err := encode(message)
		require.NoError(b, err)
	}
}
