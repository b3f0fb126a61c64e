package triggers_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/nodes"
	"retoma/triggers"
)

func ruleLike(t require.TestingT, id, event, condition string) *flows.Flow {
	with, err := json.Marshal(map[string]string{"event": event, "if": condition})
	require.NoError(t, err)
	definition, err := flows.ParseDefinition([]byte(`{"name":"a","nodes":[{"id":"t","type":"trigger","with":` + string(with) + `,"next":"e"},{"id":"e","type":"end"}]}`))
	require.NoError(t, err)
	flow, err := flows.Compile(definition, flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
	require.NoError(t, err)
	flow.ID = id
	return flow
}

func TestOnlyFlowsThatMayFitAreAsked(t *testing.T) {
	var active []*flows.Flow
	for i := range 200 {
		active = append(active, ruleLike(t, fmt.Sprint(i), "message.sent", fmt.Sprintf(`contact.stage in ["Etapa %d"]`, i)))
	}
	active = append(active, ruleLike(t, "everybody", "message.sent", ""), ruleLike(t, "other", "deal.created", ""))
	index := triggers.NewIndex(active)
	found := index.Candidates(chat.Event{Name: chat.MessageSent}, chat.Contact{Stage: "Etapa 17"})
	require.Len(t, found, 2)
	require.Equal(t, "17", found[0].ID, "in the order of making")
	require.Equal(t, "everybody", found[1].ID)
	require.Empty(t, index.Candidates(chat.Event{Name: "nobody.waits"}, chat.Contact{}))
}

// TestWhatMatchesIsAmongTheCandidates draws flows and events: the index leaves out nothing that would start.
func TestWhatMatchesIsAmongTheCandidates(t *testing.T) {
	conditions := []string{
		"", `contact.stage == "a"`, `contact.stage in ["a", "b", "a"]`, `trigger.stage in ["b"]`, `trigger.tag == "x" and contact.stage == "a"`,
		`contact.status == "s" or contact.stage == "a"`, `not (contact.stage in ["a"])`, `trigger.status in ["s"] and contact.status in ["s"]`,
	}
	events := []string{"message.sent", "contact.stage_entered", "contact.tag_added", "contact.status_changed"}
	rapid.Check(t, func(t *rapid.T) {
		var active []*flows.Flow
		for i := range rapid.IntRange(0, 12).Draw(t, "flows") {
			active = append(active, ruleLike(t, fmt.Sprint(i), rapid.SampledFrom(events).Draw(t, "event"), rapid.SampledFrom(conditions).Draw(t, "condition")))
		}
		letter := func(label string) string { return rapid.SampledFrom([]string{"a", "b", "x", "s", ""}).Draw(t, label) }
		event := chat.Event{Name: chat.EventName(rapid.SampledFrom(events).Draw(t, "happened")), Data: map[string]any{"stage": letter("stage"), "tag": letter("tag"), "status": letter("status")}}
		contact := chat.Contact{Stage: letter("contact.stage"), Status: letter("contact.status")}
		var wanted, found []string
		for _, flow := range active {
			if _, matches, err := triggers.Match(flow, event, flows.World{Contact: contact}, time.Now()); err == nil && matches {
				wanted = append(wanted, flow.ID)
			}
		}
		fact := triggers.NewFact(event, flows.World{Contact: contact}, time.Now())
		for _, flow := range triggers.NewIndex(active).Candidates(event, contact) {
			if _, matches, err := fact.Start(flow); err == nil && matches {
				found = append(found, flow.ID)
			}
		}
		require.Equal(t, wanted, found)
	})
}
