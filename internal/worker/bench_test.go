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
