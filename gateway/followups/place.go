package followups

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Lists of follow-ups are ordered by a time and an id, so their cursors hold both: 8 bytes of milliseconds and 16 of the id.

const placeSize = 8 + 16

// placeText is the cursor that goes on behind a row.
func placeText(at time.Time, id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	packed := binary.BigEndian.AppendUint64(make([]byte, 0, placeSize), uint64(at.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(packed, parsed[:]...))
}

func placeOfRow(f flows.FollowUpView) string { return placeText(f.ListedAt(), f.ID) }

// readPlace reads a cursor; an empty one is the beginning.
func readPlace(cursor string) (chat.FollowUpPlace, error) {
	if cursor == "" {
		return chat.FollowUpPlace{}, nil
	}
	packed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(packed) != placeSize {
		return chat.FollowUpPlace{}, fault.Field("cursor", "use o nextCursor da página anterior")
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(packed[:8]))).UTC()
	return chat.FollowUpPlace{At: at, ID: uuid.UUID(packed[8:]).String()}, nil
}
