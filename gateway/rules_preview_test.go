package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
)

// weWrote does what a worker does when a message of ours was accepted.
func (h *house) weWrote(who *tenant, ref desk.Ref, origin chat.Origin, at time.Time) {
	h.t.Helper()
	_, err := h.store.Work(h.t.Context(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		conversation, _ := d.ConversationOn(who.channel.ID)
		conversation.OutboundAt = at
		d.SaveConversation(conversation)
		message := chat.Message{
			ID: chat.NewID(), TenantID: who.id, ContactID: ref.ContactID, ConversationID: conversation.ID, ChannelID: who.channel.ID,
			Direction: chat.Outbound, Origin: origin, State: chat.Accepted, At: at, CreatedAt: at, Content: chat.Content{Type: chat.Text, Text: "olá"},
		}
		if origin == chat.FromFollowUp {
			message.FollowUpID = chat.NewID()
		}
		d.Changes.NewMessages = append(d.Changes.NewMessages, message)
		return nil
	})
	require.NoError(h.t, err)
}

func TestAPreviewCountsWhoIsSilentAndChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.rule(h.ours, object{"conditions": object{"excludeTags": []string{"Não Incomodar"}, "expr": `channel.id == "` + h.ours.channel.ID + `" and channel.company == "Nossa" and trigger.event == "message.sent"`}})
	person := func(number string) desk.Ref { return h.customerWrote(h.ours, number) }
	silent, tagged, short, answered, nudged, refused := person("5511999990001"), person("5511999990002"), person("5511999990003"),
		person("5511999990004"), person("5511999990005"), person("5511999990006")
	person("5511999990007") // we never wrote
	theirs := h.customerWrote(h.theirs, "5511999990008")
	h.advance(time.Minute)
	wrote := h.clock()
	for _, ref := range []desk.Ref{silent, tagged, nudged, refused, answered} {
		h.weWrote(h.ours, ref, chat.FromPerson, wrote)
	}
	h.weWrote(h.theirs, theirs, chat.FromPerson, wrote)
	h.done(200, "PATCH", "/api/contacts/"+tagged.ContactID, h.ours.operator, object{"tags": []string{"Não Incomodar"}})
	h.done(200, "POST", "/api/contacts/"+refused.ContactID+"/opt-out", h.ours.operator, nil)
	h.advance(23 * time.Hour)
	h.customerWrote(h.ours, "5511999990004")
	h.weWrote(h.ours, short, chat.FromAPI, h.clock())
	h.weWrote(h.ours, nudged, chat.FromFollowUp, h.clock())
	h.advance(2 * time.Hour)

	before := h.dump()
	found := h.done(200, "POST", rulesPath+"/1/preview", h.ours.viewer, nil).data()
	require.Equal(t, before, h.dump())
	require.Equal(t, true, found["applies"])
	require.Equal(t, true, found["complete"])
	require.Equal(t, 3.0, found["silent"], "silent, tagged, and who got only a follow-up since")
	require.Equal(t, 2.0, found["qualified"])
	listed := found["conversations"].([]any)
	require.Len(t, listed, 2)
	first := listed[0].(object)
	require.Equal(t, silent.ContactID, first["contact"].(object)["id"])
	require.Equal(t, "5511999990001", first["conversation"].(object)["contactNumber"])
	require.Equal(t, object{"id": h.ours.channel.ID, "instanceName": "Vendas"}, first["instance"])
	require.Equal(t, wrote.Format(time.RFC3339), first["silentSince"])
	require.Equal(t, nudged.ContactID, listed[1].(object)["contact"].(object)["id"])
	require.Equal(t, wrote.Format(time.RFC3339), listed[1].(object)["silentSince"], "a follow-up does not start the clock")

	conversation, err := h.store.ConversationOn(t.Context(), h.ours.id, silent.ContactID, h.ours.channel.ID)
	require.NoError(t, err)
	h.followUp(h.ours, h.done(200, "GET", rulesPath+"/1", h.ours.viewer, nil).text("id"), silent, conversation.ID)
	require.Equal(t, 1.0, h.done(200, "POST", rulesPath+"/1/preview", h.ours.viewer, nil).data()["qualified"], "the rule is under way there already")

	h.rule(h.ours, object{"triggerType": "TAG_ADDED"})
	other := h.done(200, "POST", rulesPath+"/2/preview", h.ours.viewer, nil).data()
	require.Equal(t, false, other["applies"])
	require.Contains(t, other["explanation"], "TAG_ADDED")
	require.Empty(t, other["conversations"])
}

func TestAPreviewNamesAHundredAndCountsAll(t *testing.T) {
	h := newHouse(t)
	h.rule(h.ours, object{"conditions": nil, "instanceId": nil})
	for i := range 120 {
		ref := h.customerWrote(h.ours, fmt.Sprintf("55119888%05d", i))
		h.weWrote(h.ours, ref, chat.FromAPI, h.clock().Add(time.Minute))
	}
	h.advance(25 * time.Hour)
	found := h.done(200, "POST", rulesPath+"/1/preview", h.ours.viewer, nil).data()
	require.Equal(t, 120.0, found["qualified"])
	require.Len(t, found["conversations"], 100)
	slow := h.with(slowly{h.store, h})
	found = slow.done(200, "POST", rulesPath+"/1/preview", h.ours.viewer, nil).data()
	require.Equal(t, false, found["complete"], "a search that takes too long says that it did not end")
}

// slowly is a store whose pages are small and come late.
type slowly struct {
	*store.Store
	h *house
}

func (s slowly) Silent(ctx context.Context, tenantID string, wanted chat.SilentFilter) ([]chat.Silence, string, error) {
	wanted.Limit = 10
	s.h.advance(time.Second)
	return s.Store.Silent(ctx, tenantID, wanted)
}
