package chat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

func requireUUIDv7(t require.TestingT, id string) uuid.UUID {
	parsed, err := uuid.Parse(id)
	require.NoError(t, err)
	require.Equal(t, uuid.Version(7), parsed.Version())
	require.Equal(t, uuid.RFC4122, parsed.Variant())
	require.Equal(t, parsed.String(), id, "in the usual form")
	return parsed
}

func TestNewIDsAreDifferentAndInOrder(t *testing.T) {
	last := ""
	for range 1000 {
		id := chat.NewID()
		requireUUIDv7(t, id)
		require.Greater(t, id, last)
		last = id
	}
}

func TestDerivedIDsBelongToOwnerNumberAndInstant(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		owner, n := rapid.String().Draw(r, "owner"), rapid.Int64().Draw(r, "n")
		at := time.UnixMilli(rapid.Int64Range(0, 1<<48-1).Draw(r, "ms")).UTC()
		id := chat.DeriveID(owner, n, at)
		parsed := requireUUIDv7(r, id)
		seconds, nanoseconds := parsed.Time().UnixTime()
		require.True(r, at.Equal(time.Unix(seconds, nanoseconds)), "it tells when: %s", id)
		require.True(r, chat.IsID(id))
		require.Equal(r, id, chat.DeriveID(owner, n, at), "the same again")
		require.Equal(r, id, chat.DeriveID(owner, n, at.Add(time.Microsecond)), "an id knows milliseconds")
		require.NotEqual(r, id, chat.DeriveID(owner, n+1, at))
		require.NotEqual(r, id, chat.DeriveID(owner+"x", n, at))
		if at.UnixMilli() > 0 {
			require.NotEqual(r, id, chat.DeriveID(owner, n, at.Add(-time.Millisecond)))
		}
	})
}

func TestDerivedIDsSortByTime(t *testing.T) {
	first := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
	require.Less(t, chat.DeriveID("run", 9, first), chat.DeriveID("another", 1, first.Add(time.Millisecond)))
}

func TestOrderedIDsSortByInstantAndPlace(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		owner, n := rapid.String().Draw(r, "owner"), rapid.Int64Range(0, 1<<14-2).Draw(r, "n")
		at := time.UnixMilli(rapid.Int64Range(1, 1<<48-2).Draw(r, "ms")).UTC()
		id := chat.OrderedID(owner, n, at)
		parsed := requireUUIDv7(r, id)
		seconds, nanoseconds := parsed.Time().UnixTime()
		require.True(r, at.Equal(time.Unix(seconds, nanoseconds)), "it tells when: %s", id)
		require.Equal(r, id, chat.OrderedID(owner, n, at), "the same again")
		require.Less(r, id, chat.OrderedID(owner, rapid.Int64Range(n+1, 1<<14-1).Draw(r, "later"), at))
		require.Less(r, id, chat.OrderedID("another", 0, at.Add(time.Millisecond)))
		require.NotEqual(r, id, chat.OrderedID(owner+"x", n, at))
	})
}

// What answers something comes after it, also where both are of one millisecond.
func TestAnOrderedIDIsBehindTheNewOnesOfItsMillisecond(t *testing.T) {
	for range 1000 {
		fresh := chat.NewID()
		seconds, nanoseconds := uuid.MustParse(fresh).Time().UnixTime()
		require.Less(t, fresh, chat.OrderedID("run", 1, time.Unix(seconds, nanoseconds)))
	}
}

// An id that was given out once must stay what it is: rows of running installations are named so.
func TestADerivedIDNeverChanges(t *testing.T) {
	at := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
	require.Equal(t, "0197f434-f200-732a-9b48-9461cc65bb89", chat.DeriveID("run-1", 1, at))
}

func TestIsID(t *testing.T) {
	const id = "0197f3a2-5c00-7a1b-8c2d-1234567890ab"
	require.True(t, chat.IsID(id))
	require.True(t, chat.IsID(strings.ToUpper(id)))
	for _, other := range []string{
		"", "1", id[:35], id + "0", "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""), strings.Replace(id, "0", "g", 1),
		strings.Replace(id, "-", "0", 1), " " + id[1:],
	} {
		require.False(t, chat.IsID(other), other)
	}
}
