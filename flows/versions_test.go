package flows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
)

func TestEnrolledContactsFollowTheNewestVersion(t *testing.T) {
	enrolled := func(t *testing.T) *scene { return newScene(t, model, "2025-07-10 09:00").enrol() }
	t.Run("a changed text reaches the pending message, a changed offset does not move it", func(t *testing.T) {
		s := enrolled(t).newest(with(with(model, "um, {{contact.first_name}}", "novo"), `"offsetMinutes": 10`, `"offsetMinutes": 30`))
		s.give(flows.Input{Kind: flows.Refresh})
		require.Equal(t, "2025-07-10 10:10", s.due())
		require.Equal(t, 2, s.run.Version)
		s.at("2025-07-10 10:10").ring()
		require.Equal(t, []string{"novo"}, s.texts())
	})
	t.Run("a deleted step is skipped", func(t *testing.T) {
		s := enrolled(t).at("2025-07-10 10:10").ring().accepted().at("2025-07-10 10:30")
		s.newest(chain("m1", "m3")).give(flows.Input{Kind: flows.Refresh})
		require.Equal(t, flows.FollowUpCancelled, s.turn.FollowUps[0].State)
		require.Equal(t, flows.ReasonRemoved, s.turn.FollowUps[0].CancelReason)
		require.Equal(t, "m3", s.run.Open.NodeID)
		require.Equal(t, "2025-07-15 10:10", s.due(), "it counts from the last real send")
	})
	t.Run("a deleted step is found out by its timer too", func(t *testing.T) {
		s := enrolled(t).newest(chain("m2", "m3")).at("2025-07-10 10:10").ring()
		require.Empty(t, s.turn.Actions)
		require.Equal(t, "m2", s.run.Open.NodeID)
		require.Equal(t, "2025-07-10 10:10", s.due(), "enrolment + 60 is past: never before now")
	})
	t.Run("a deleted step's send in flight is settled first", func(t *testing.T) {
		s := enrolled(t).at("2025-07-10 10:10").ring().newest(chain("m2", "m3"))
		s.give(flows.Input{Kind: flows.Refresh, InFlight: true})
		require.Equal(t, flows.Pending, s.run.Open.State)
		s.accepted()
		require.Equal(t, flows.FollowUpSent, s.turn.FollowUps[0].State)
		require.Equal(t, "m2", s.run.Open.NodeID)
	})
	t.Run("what was visited is not sent again after a change of order", func(t *testing.T) {
		s := enrolled(t).at("2025-07-10 10:10").ring().accepted()
		s.newest(chain("m2", "m1", "m3")).at("2025-07-10 11:10").ring().accepted()
		require.Equal(t, "m3", s.run.Open.NodeID, "m2 leads to m1 now, which was sent")
	})
	t.Run("no step left finishes the run", func(t *testing.T) {
		s := enrolled(t).at("2025-07-10 10:10").ring().accepted().newest(chain("m1")).give(flows.Input{Kind: flows.Refresh})
		s.ended(flows.Finished, "", flows.FollowUpCancelled)
	})
}
