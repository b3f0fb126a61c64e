package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func TestAChangeOfAContactIsToldAsWhatFlowsWaitFor(t *testing.T) {
	at := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
	before := chat.Contact{Name: "Ana", Tags: []string{"vip"}, Stage: "Lead", Status: "novo"}
	cases := map[string]struct {
		after chat.Contact
		told  []chat.Event
	}{
		"a name only wakes": {chat.Contact{Name: "Ana Souza", Tags: []string{"vip"}, Stage: "Lead", Status: "novo"},
			[]chat.Event{{Name: chat.ContactChanged, At: at}}},
		"a tag that went only wakes": {chat.Contact{Stage: "Lead", Status: "novo"}, []chat.Event{{Name: chat.ContactChanged, At: at}}},
		"each new tag, then stage, then status": {chat.Contact{Tags: []string{"quente", "vip", "frio"}, Stage: "Proposta", Status: ""},
			[]chat.Event{
				{Name: chat.TagAdded, At: at, Data: map[string]any{"tag": "quente"}},
				{Name: chat.TagAdded, At: at, Data: map[string]any{"tag": "frio"}},
				{Name: chat.StageEntered, At: at, Data: map[string]any{"stage": "Proposta", "from": "Lead"}},
				{Name: chat.StatusChanged, At: at, Data: map[string]any{"status": "", "from": "novo"}},
			}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.told, chat.ContactEvents(before, c.after, at)) })
	}
}
