package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	random "math/rand/v2"
	"strings"
)

// ids makes identifiers that look like Meta's. It is not safe for use by several goroutines at once.
type ids struct {
	source *random.Rand
	seed   uint64
	issued uint64
}

func newIDs(seed int64) *ids {
	chosen := uint64(seed)
	if seed == 0 {
		var bytes [8]byte
		_, _ = rand.Read(bytes[:]) // crypto/rand.Read never fails
		chosen = binary.LittleEndian.Uint64(bytes[:])
	}
	return &ids{source: random.New(random.NewPCG(chosen, 0)), seed: chosen}
}

// skip continues after so many ids were already issued by an earlier life, so that none is made twice.
func (i *ids) skip(issued uint64) {
	i.issued = issued
	i.source = random.New(random.NewPCG(i.seed, issued))
}

// message makes the id of a message. Meta's ids are a compact Thrift structure in base64: the customer's number,
// the direction (true = from the business) and the stanza id, 18 hexadecimal digits out and "3A" plus 18 in.
func (i *ids) message(customer string, outbound bool) string {
	i.issued++
	direction, stanza := byte(0x12), "3A"+i.hex(18)
	if outbound {
		direction, stanza = 0x11, i.hex(18)
	}
	raw := make([]byte, 0, 48)
	raw = append(raw, 0x1c, 0x18, byte(len(customer)))
	raw = append(raw, customer...)
	raw = append(raw, 0x15, 0x02, 0x00, direction, 0x18, byte(len(stanza)))
	raw = append(raw, stanza...)
	raw = append(raw, 0x00)
	return "wamid." + base64.StdEncoding.EncodeToString(raw)
}

// media makes the id of a file a customer sent.
func (i *ids) media() string {
	i.issued++
	return fmt.Sprintf("1%015d", i.source.Uint64N(1_000_000_000_000_000))
}

// trace makes the fbtrace_id of an error.
func (i *ids) trace() string {
	i.issued++
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	var b strings.Builder
	b.WriteByte('A')
	for range 22 {
		b.WriteByte(alphabet[i.source.IntN(len(alphabet))])
	}
	return b.String()
}

func (i *ids) hex(digits int) string {
	const alphabet = "0123456789ABCDEF"
	out := make([]byte, digits)
	for n := range out {
		out[n] = alphabet[i.source.IntN(16)]
	}
	return string(out)
}
