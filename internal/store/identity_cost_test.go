package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What identity costs an ordinary message: nothing beside the look-up that every message needs. On PostgreSQL a batch is a
// round trip, on SQLite a statement is.
func TestAnOrdinaryMessageCostsThreeRoundTrips(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		who := s.writes("+5511999990001", "BR.1", "parent:p")
		s.drain(who.ContactID)
		before := s.store.Cost()
		s.writes("+5511999990001", "BR.1", "parent:p")
		after := s.store.Cost()
		trips := int64(3) // look up, raise the mailbox, write and commit
		if s.store.Engine() == "sqlite" {
			trips = 7 // four keys and the message's own id are looked up
		}
		require.Equal(t, trips, after.Trips-before.Trips)
		require.Equal(t, int64(1), after.Commits-before.Commits)
	})
}
