package catalog

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/fault"
)

func flowDocument(id string, version int) flows.Document {
	return flows.Document{ID: id, Version: version, Kind: flows.FlowDocument, Body: json.RawMessage(
		`{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "e"}, {"id": "e", "type": "end"}]}`)}
}

func modelDocument(message string) flows.Document {
	body := `{"name": "a", "channelId": "c", "startTime": "10:00", "messages": [{"text": "oi", "offset": 1}, ` + message + `]}`
	return flows.Document{ID: "m", Version: 1, Kind: flows.ModelDocument, Body: json.RawMessage(body)}
}

func TestAVersionIsCompiledOnceAndSharedByAll(t *testing.T) {
	catalog := New(10, nil)
	found := make([]*flows.Flow, 50)
	var group sync.WaitGroup
	for i := range found {
		group.Go(func() { found[i], _ = catalog.Compile(flowDocument("a", 3)) })
	}
	group.Wait()
	for _, flow := range found {
		require.Same(t, found[0], flow)
	}
	require.Equal(t, "a", found[0].ID)
	require.Equal(t, 3, found[0].Version)
	other, err := catalog.Compile(flowDocument("a", 4))
	require.NoError(t, err)
	require.NotSame(t, found[0], other)
}

func TestTheCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	catalog := New(3, nil)
	first, err := catalog.Compile(flowDocument("a", 1))
	require.NoError(t, err)
	for i := range 20 {
		_, err := catalog.Compile(flowDocument(fmt.Sprint(i), 1))
		require.NoError(t, err)
		again, err := catalog.Compile(flowDocument("a", 1))
		require.NoError(t, err)
		require.Same(t, first, again)
	}
	require.Equal(t, 3, catalog.cache.recent.Len())
	require.Len(t, catalog.cache.byName, 3)
}

func TestDraftsAreNotKept(t *testing.T) {
	catalog := New(3, nil)
	_, err := catalog.Compile(flowDocument("a", 0))
	require.NoError(t, err)
	require.Zero(t, catalog.cache.recent.Len())
}

func TestModelsCompileAndTheirMistakesAreInTheirOwnWords(t *testing.T) {
	catalog := New(3, nil)
	flow, err := catalog.Compile(modelDocument(`{"text": "e agora, {{contact.first_name}}?", "offset": 60}`))
	require.NoError(t, err)
	require.Equal(t, "model", flow.Definition().Group)
	require.Len(t, flow.Steps(), 3)

	for message, field := range map[string]string{
		`{"text": "oi {{contact.name", "offset": 1}`:                                                  "messages[1].text",
		`{"text": "oi", "offset": -1}`:                                                                "messages[1].offset",
		`{"text": "oi", "offset": "um"}`:                                                              "messages[1].offset",
		`{"offset": 1, "template": {"name": "a", "variables": {"1": "{{nada.x}}"}}}`:                  "messages[1].template.variables.1",
		`{"offset": 1, "text": "oi", "attachment": {"url": "https://exemplo.com/{{contact.name"}}`:    "messages[1].attachment.url",
		`{"offset": 1, "text": "oi", "attachment": {"url": "https://exemplo.com/a", "file": "nome"}}`: "messages[1].attachment.file",
	} {
		draft := modelDocument(message)
		draft.Version = 0
		_, err := catalog.Compile(draft)
		require.Error(t, err)
		require.Equal(t, field, fault.Of(err).Field, "%s: %v", message, err)
	}
}

func TestActionsAreCheckedWhereTheyAreKnown(t *testing.T) {
	document := flowDocument("a", 0)
	document.Body = json.RawMessage(`{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "s"},
		{"id": "s", "type": "action", "with": {"action": "add-tag"}}]}`)
	_, err := New(1, nil).Compile(document)
	require.NoError(t, err)
	_, err = New(1, []flows.ActionDescription{{Name: "other"}}).Compile(document)
	require.Equal(t, "nodes[1].with.action", fault.Of(err).Field)
}

func TestAnUnknownFormatIsOurMistake(t *testing.T) {
	_, err := New(1, nil).Compile(flows.Document{Kind: "poem"})
	require.Equal(t, fault.Internal, fault.CodeOf(err))
}
