package chat

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// NewID makes a fresh UUIDv7, the id of every record.
func NewID() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic("the machine has no randomness: " + err.Error())
	}
	return id.String()
}

// DeriveID makes the UUIDv7 that belongs to the n-th thing an owner makes at an instant.
// The same arguments give the same id, so that a pure decision can name what it plans.
func DeriveID(owner string, n int64, at time.Time) string {
	hash := sha256.New()
	hash.Write([]byte(owner))
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(n))
	hash.Write(number[:])
	var id uuid.UUID
	copy(id[:], hash.Sum(nil))
	var instant [8]byte
	binary.BigEndian.PutUint64(instant[:], uint64(at.UnixMilli()))
	copy(id[:6], instant[2:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// orderBits is how much of n [OrderedID] keeps in its order.
const orderBits = 14

// OrderedID is DeriveID for things that an owner makes one after another: those of one instant sort by n, and behind every id
// that NewID made in the same millisecond, because what is made in answer to something comes after it.
// A list by id is then a list by time, down to the order within a turn.
func OrderedID(owner string, n int64, at time.Time) string {
	id := uuid.MustParse(DeriveID(owner, n, at))
	id[6], id[7] = 0x7f, 0xff
	place := uint16(n) & (1<<orderBits - 1)
	id[8], id[9] = 0x80|byte(place>>8), byte(place)
	return id.String()
}

// IsID tells whether a text has the form of a record's id.
func IsID(text string) bool {
	if len(text) != 36 {
		return false
	}
	_, err := uuid.Parse(text)
	return err == nil
}
