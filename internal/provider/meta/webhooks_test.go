package meta

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

// update writes truth files anew; what changed is then read by a person before it is committed.
var update = flag.Bool("update", false, "write the truth files of testdata anew")

// arrival is when every test webhook arrives.
var arrival = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// compare holds a value against its truth file, as JSON.
func compare(t *testing.T, file string, value any) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(value))
	if *update {
		require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
	}
	require.JSONEq(t, string(readFile(t, file)), got.String())
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	return raw
}

func TestABodyThatIsNotAWebhookIsInvalid(t *testing.T) {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	for name, body := range map[string]string{
		"empty":             "",
		"not JSON":          "lixo",
		"cut off":           `{"object":"whatsapp_business_account","entry":[`,
		"a list":            `[]`,
		"null":              `null`,
		"no entry":          `{"object":"whatsapp_business_account"}`,
		"entry is a number": `{"object":"whatsapp_business_account","entry":5}`,
		"another product":   `{"object":"instagram","entry":[]}`,
		"too deep":          `{"object":"whatsapp_business_account","entry":` + deep + `}`,
		"too large":         `{"object":"whatsapp_business_account","entry":["` + strings.Repeat("a", maxBody) + `"]}`,
		"a flat dialect":    `{"contacts":[{"wa_id":"5511999990001"}],"messages":[{"id":"a","from":"5511999990001"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			batch, err := New(Options{}).Parse([]byte(body), arrival)
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			require.Empty(t, batch)
		})
	}
}

func TestTheBatchDoesNotShareTheBody(t *testing.T) {
	raw := readFile(t, "testdata/webhooks/batch_with_broken_items.json")
	batch, err := New(Options{}).Parse(raw, arrival)
	require.NoError(t, err)
	before, err := json.Marshal(plainly(batch))
	require.NoError(t, err)
	for i := range raw {
		raw[i] = 'x'
	}
	after, err := json.Marshal(plainly(batch))
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}
