package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// However many states come together, they are one statement for each way of naming messages; only further states of one
// message are a statement more.
func TestStatesOfManyMessagesAreOneStatement(t *testing.T) {
	state := func(tracker, external string, to chat.MessageState) desk.StatusArrival {
		return desk.StatusArrival{TenantID: "t", ChannelID: "c", Status: chat.Status{Tracker: tracker, MessageExternalID: external, State: to, At: time.Now()}}
	}
	var apart, together []desk.StatusArrival
	for i := range 100 {
		apart = append(apart, state(chat.NewID(), "", chat.Sent), state("", fmt.Sprint("wamid.", i), chat.Delivered))
	}
	for i := range 100 {
		id := apart[2*i].Status.Tracker
		together = append(together, state(id, "", chat.Sent), state(id, "", chat.Delivered), state(id, "", chat.Read))
	}
	for _, one := range []struct {
		name       string
		states     []desk.StatusArrival
		statements int
	}{{"of as many messages", apart, 2}, {"three of each message", together, 3}} {
		group := newReception(&Store{now: time.Now, database: &sqliteDatabase{}}, []desk.Intake{{Statuses: one.states}})
		var work batch
		group.moveStatuses(&work)
		require.Len(t, work.statements, one.statements, one.name)
	}
}
