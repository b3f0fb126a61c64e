package authoring_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
)

func TestAPreviewCountsWhoIsSilentAndChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.Rule(h.Ours, object{"conditions": object{"excludeTags": []string{"Não Incomodar"}, "expr": `channel.id == "` + h.Ours.Channel.ID + `" and channel.company == "Nossa" and trigger.event == "message.sent"`}})
	person := func(number string) desk.Ref { return h.CustomerWrote(h.Ours, number) }
	silent, tagged, short, answered, nudged, refused := person("5511999990001"), person("5511999990002"), person("5511999990003"),
		person("5511999990004"), person("5511999990005"), person("5511999990006")
	person("5511999990007") // we never wrote
	theirs := h.CustomerWrote(h.Theirs, "5511999990008")
	h.Advance(time.Minute)
	wrote := h.Clock()
	for _, ref := range []desk.Ref{silent, tagged, nudged, refused, answered} {
		h.WeWrote(h.Ours, ref, chat.FromPerson, wrote)
	}
	h.WeWrote(h.Theirs, theirs, chat.FromPerson, wrote)
	h.Done(200, "PATCH", "/api/contacts/"+tagged.ContactID, h.Ours.Operator, object{"tags": []string{"Não Incomodar"}})
	h.Done(200, "POST", "/api/contacts/"+refused.ContactID+"/opt-out", h.Ours.Operator, nil)
	h.Advance(23 * time.Hour)
	h.CustomerWrote(h.Ours, "5511999990004")
	h.WeWrote(h.Ours, short, chat.FromAPI, h.Clock())
	h.WeWrote(h.Ours, nudged, chat.FromFollowUp, h.Clock())
	h.Advance(2 * time.Hour)

	before := h.Dump()
	found := h.Done(200, "POST", gatewaytest.RulesPath+"/1/preview", h.Ours.Viewer, nil).Data()
	require.Equal(t, before, h.Dump())
	require.Equal(t, true, found["applies"])
	require.Equal(t, true, found["complete"])
	require.Equal(t, 3.0, found["silent"], "silent, tagged, and who got only a follow-up since")
	require.Equal(t, 2.0, found["qualified"])
	listed := found["conversations"].([]any)
	require.Len(t, listed, 2)
	first := listed[0].(object)
	require.Equal(t, silent.ContactID, first["contact"].(object)["id"])
	require.Equal(t, "5511999990001", first["conversation"].(object)["contactNumber"])
	require.Equal(t, object{"id": h.Ours.Channel.ID, "instanceName": "Vendas"}, first["instance"])
	require.Equal(t, wrote.Format(time.RFC3339), first["silentSince"])
	require.Equal(t, nudged.ContactID, listed[1].(object)["contact"].(object)["id"])
	require.Equal(t, wrote.Format(time.RFC3339), listed[1].(object)["silentSince"], "a follow-up does not start the clock")

	conversation, err := h.Store.ConversationOn(t.Context(), h.Ours.ID, silent.ContactID, h.Ours.Channel.ID)
	require.NoError(t, err)
	h.FollowUp(h.Ours, h.Done(200, "GET", gatewaytest.RulesPath+"/1", h.Ours.Viewer, nil).Text("id"), silent, conversation.ID)
	require.Equal(t, 1.0, h.Done(200, "POST", gatewaytest.RulesPath+"/1/preview", h.Ours.Viewer, nil).Data()["qualified"], "the rule is under way there already")

	h.Rule(h.Ours, object{"triggerType": "TAG_ADDED"})
	other := h.Done(200, "POST", gatewaytest.RulesPath+"/2/preview", h.Ours.Viewer, nil).Data()
	require.Equal(t, false, other["applies"])
	require.Contains(t, other["explanation"], "TAG_ADDED")
	require.Empty(t, other["conversations"])
}

func TestAPreviewNamesAHundredAndCountsAll(t *testing.T) {
	h := newHouse(t)
	h.Rule(h.Ours, object{"conditions": nil, "instanceId": nil})
	for i := range 120 {
		ref := h.CustomerWrote(h.Ours, fmt.Sprintf("55119888%05d", i))
		h.WeWrote(h.Ours, ref, chat.FromAPI, h.Clock().Add(time.Minute))
	}
	h.Advance(25 * time.Hour)
	found := h.Done(200, "POST", gatewaytest.RulesPath+"/1/preview", h.Ours.Viewer, nil).Data()
	require.Equal(t, 120.0, found["qualified"])
	require.Len(t, found["conversations"], 100)
	slow := h.With(slowly{h.Store, h})
	found = slow.Done(200, "POST", gatewaytest.RulesPath+"/1/preview", h.Ours.Viewer, nil).Data()
	require.Equal(t, false, found["complete"], "a search that takes too long says that it did not end")
}

// slowly is a store whose pages are small and come late.
type slowly struct {
	*store.Store
	h *house
}

func (s slowly) Silent(ctx context.Context, tenantID string, wanted chat.SilentFilter) ([]chat.Silence, string, error) {
	wanted.Limit = 10
	s.h.Advance(time.Second)
	return s.Store.Silent(ctx, tenantID, wanted)
}
