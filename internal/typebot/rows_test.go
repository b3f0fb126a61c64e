package typebot

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryRowOfTheTablesHasACase holds the truth files to the commands that are known in the field, and to what is known to
// go wrong with them.
func TestEveryRowOfTheTablesHasACase(t *testing.T) {
	rows := map[string][]string{
		"dialects.json": {
			"followupId", "queueId", "queueId+userId", "userId alone", "stopBot", "closeTicket / fecharTicket", "openTicket / abrirTicket",
			"transfer / transferir", "assignQueue / atribuirFila", "status", "tagIds", "tagId", "addTag / removeTag / clearTags",
			"addContactTag / removeContactTag / clearContactTags", "note", "updateTicket", "endSession", "wait", "ping", "postRequest", "menu",
			"crmId", "chatbotId", "AddiInfo", "resp", "sendFile", "sendContact", "#queue=N #user=N #tag=N #close", "several keys at once",
			"AI variant without #", "message markup", "extended form", "opt-out",
		},
		"traps.json": {
			"invalid JSON", "unknown key", "a customer text that begins with #", "leading space/newline before #", "text before the command",
			"command inside text", "two commands in one bubble", "after a command", "bold/italic/underline", "command turned into a link",
			"zero-width characters", "queueId of another tenant", "the flow's retry message", "smart quotes", "Shift+Enter", "variables are Markdown",
		},
		"injection.json": {"whole command", "split", "value injection", "precision", "secret", "allow-list"},
	}
	for file, wanted := range rows {
		raw, err := os.ReadFile("testdata/truth/" + file)
		require.NoError(t, err)
		var cases []truth
		require.NoError(t, json.Unmarshal(raw, &cases))
		found := map[string]bool{}
		for _, one := range cases {
			found[one.Row] = true
		}
		for _, row := range wanted {
			require.True(t, found[row], "%s has no case for %q", file, row)
		}
	}
}
