package worker_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"retoma/internal/chat"
	"retoma/internal/store/storetest"
)

// BenchmarkAnswer is a customer's first message, answered by a flow: received, worked on, sent and noted.
func BenchmarkAnswer(b *testing.B) {
	for _, engine := range storetest.Engines() {
		for _, parallel := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d", engine, parallel), func(b *testing.B) {
				w := newWorld(b, engine)
				w.flow(`{"name":"resposta","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"s"},
					{"id":"s","type":"send_message","with":{"text":"Sou o robô"},"next":"f"},{"id":"f","type":"end"}]}`)
				var number atomic.Int64
				b.SetParallelism(parallel)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						w.arrive(fmt.Sprintf("+55119%08d", number.Add(1)), chat.Event{
							Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}},
						})
					}
				})
			})
		}
	}
}

// BenchmarkBusyChat is a customer's message in a chat that goes on, answered by a flow, beside rules that do not fit: what
// the looking costs. "fit=2" adds two NO_RESPONSE rules that fit everybody: what their rows cost.
func BenchmarkBusyChat(b *testing.B) {
	for _, engine := range storetest.Engines() {
		for _, rules := range []struct{ idle, fit int }{{0, 0}, {20, 0}, {200, 0}, {0, 2}, {200, 2}} {
			b.Run(fmt.Sprintf("%s/rules=%d/fit=%d", engine, rules.idle, rules.fit), func(b *testing.B) {
				w := newWorld(b, engine)
				w.flow(`{"name":"resposta","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"s"},
					{"id":"s","type":"send_message","with":{"text":"Sou o robô"},"next":"f"},{"id":"f","type":"end"}]}`)
				for i := range rules.idle {
					w.rule(fmt.Sprintf(`{"name":"regra %d","triggerType":%q,"triggerValue":24,"triggerUnit":"hours","message":"oi?",
						"conditions":{"includeFunnelStages":["Etapa %d"],"excludeTags":["Não Incomodar"]}}`, i, []string{"NO_RESPONSE", "STAGE_ENTERED"}[i%2], i))
				}
				for i := range rules.fit {
					w.rule(fmt.Sprintf(`{"name":"todos %d","triggerType":"NO_RESPONSE","triggerValue":24,"triggerUnit":"hours","message":"oi?"}`, i))
				}
				chats := make([]string, 50)
				for i := range chats {
					chats[i] = fmt.Sprintf("+55118%08d", i)
					w.customer(chats[i], "oi")
				}
				var number atomic.Int64
				b.SetParallelism(8)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						w.arrive(chats[number.Add(1)%int64(len(chats))], chat.Event{
							Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}},
						})
					}
				})
			})
		}
	}
}

// BenchmarkEnrol is an enrolment: written down, worked on, its first follow-up planned.
func BenchmarkEnrol(b *testing.B) {
	for _, engine := range storetest.Engines() {
		b.Run(engine, func(b *testing.B) {
			w := newWorld(b, engine)
			model := w.model(`{"name":"a","channelId":"c","messages":[{"id":"m","text":"oi","offset":60}]}`)
			var number atomic.Int64
			b.SetParallelism(16)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					w.enrol(fmt.Sprintf("+55117%08d", number.Add(1)), model)
				}
			})
		})
	}
}
