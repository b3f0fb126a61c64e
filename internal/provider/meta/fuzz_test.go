package meta

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
)

// seed adds every file of a pattern.
func seed(f *testing.F, pattern string) {
	files, err := filepath.Glob(pattern)
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		f.Add(readFile(f, file))
	}
}

// Whatever comes in: no panic, and everything that comes out can be stored: valid UTF-8 without NUL, as JSON.
func FuzzParse(f *testing.F) {
	seed(f, "testdata/webhooks/*.json")
	seed(f, "testdata/payload.json")
	f.Add(saying(`"type":"text","text":{"body":"\u0000\ud800"}`))
	f.Add(saying("\"type\":\"text\",\"text\":{\"body\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		batch, err := New(Options{}).Parse(raw, arrival)
		if err != nil {
			require.Empty(t, batch)
			return
		}
		ids := map[string]bool{}
		for _, message := range batch.Messages {
			require.NotEmpty(t, message.From)
			require.NotEmpty(t, message.Event.ExternalID)
			require.False(t, ids[message.Event.ExternalID])
			require.False(t, message.Event.At.IsZero())
			ids[message.Event.ExternalID] = true
			requireStorable(t, message)
		}
		for _, status := range batch.Statuses {
			require.NotEmpty(t, status.State)
			requireStorable(t, status)
		}
		for _, notice := range batch.Notices {
			require.NotEmpty(t, notice.Field)
			requireStorable(t, notice)
		}
		for _, rejection := range batch.Rejected {
			require.True(t, json.Valid(rejection.Raw))
		}
	})
}

func requireStorable(t *testing.T, value any) {
	t.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	require.True(t, utf8.Valid(encoded))
	require.False(t, bytes.Contains(encoded, []byte(`\u0000`)) && !bytes.Contains(encoded, []byte(`\\u0000`)))
}

func FuzzAnswer(f *testing.F) {
	seed(f, "testdata/answers/*.json")
	f.Add([]byte(`{"error":{"code":131047,"error_data":{"details":"d"}}}`))
	f.Add([]byte(`{"error":"x"}`))
	f.Add([]byte(acceptance))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, status := range []int{200, 400, 429, 502, 503} {
			got := answer{status: status, header: http.Header{"Retry-After": {string(body)}}, body: body}
			failure := got.fault(channelAt(""), true)
			require.True(t, failure.Code.Known())
			require.NotEmpty(t, failure.Detail)
			require.LessOrEqual(t, len(failure.Detail), 2*maxDetail)
			require.GreaterOrEqual(t, failure.After, time.Duration(0))
			if receipt, err := receipt(channelAt(""), got); err == nil {
				require.NotEmpty(t, receipt.ExternalID)
			}
		}
	})
}

func FuzzTemplates(f *testing.F) {
	seed(f, "testdata/resp_templates_page.json")
	f.Add([]byte(`[{"name":"a","language":"b","components":[{"type":"BUTTONS","buttons":[{}]}]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		root, valid := readJSON(raw)
		if !valid {
			return
		}
		for _, data := range []gjson.Result{root, root.Get("data"), root.Get("body.data")} {
			for _, template := range readTemplates(data) {
				require.NotEmpty(t, template.Name)
				require.NotEmpty(t, template.Language)
				requireStorable(t, template)
			}
		}
	})
}
