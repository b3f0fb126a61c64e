package meta

import (
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
