package typebot

import (
	"strings"
	"testing"
)

// The hostile texts are as long as is read at all and made to be scanned again and again.
func BenchmarkRead(b *testing.B) {
	long := func(piece string) string { return strings.Repeat(piece, (MaxText-16)/len(piece)) }
	texts := []struct{ name, text string }{
		{"text only", "Olá! Seja bem-vindo ao *Grupo*.\n1️⃣ - Sou cliente\n0️⃣ - SAIR"},
		{"command", `#{ "followupId": "1" }`},
		{"tolerant", "#{ ‘followupId’: “1”, }"},
		{"hostile open", long("\n#{")},
		{"hostile quotes", "#{" + long("“ ")},
		{"hostile links", long("[[[[#{a](#{")},
		{"hostile blanks", long("#\u200b\n\u200b")},
		{"hostile nesting", "#" + long(`{"a":`)},
		{"hostile keys", "#{" + long(`"a":1,`) + "}"},
	}
	for _, text := range texts {
		b.Run(text.name, func(b *testing.B) {
			b.SetBytes(int64(len(text.text)))
			b.ReportAllocs()
			for b.Loop() {
				Read(text.text)
			}
		})
	}
}
