package meta

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"retoma/internal/fault"
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

// Whatever header comes: only the signature itself is accepted, and nothing of another body or secret.
func FuzzVerify(f *testing.F) {
	body := readFile(f, "testdata/webhooks/msg_escaped_unicode_raw.json")
	f.Add(body, sign(testSecret, body), testSecret)
	f.Add(body, "sha256="+strings.ToUpper(strings.TrimPrefix(sign(testSecret, body), "sha256=")), testSecret)
	f.Add(body, " "+sign(testSecret, body)+" ", testSecret+", older")
	f.Add(body, strings.Replace(sign(testSecret, body), "sha256=", "sha1=", 1), testSecret)
	f.Add([]byte{}, "sha256=", "")
	f.Add([]byte("{}"), "sha256=zz", ",")
	f.Fuzz(func(t *testing.T, body []byte, header, secret string) {
		err := New(Options{}).Verify(withSecret(secret), signed(body, header))
		if err != nil {
			require.Equal(t, fault.Unauthorized, fault.CodeOf(err))
			return
		}
		right := false
		for _, one := range appSecrets(withSecret(secret)) {
			right = right || strings.EqualFold(strings.TrimSpace(header), sign(one, body)) && strings.HasPrefix(strings.TrimSpace(header), "sha256=")
		}
		require.True(t, right, "accepted without a right signature")
		require.Error(t, New(Options{}).Verify(withSecret(secret), signed(append(bytes.Clone(body), '!'), header)))
	})
}

// Whatever number or code a limit, a time or an identity comes as: what is read can be stored, and an identity is never empty.
func FuzzNews(f *testing.F) {
	for _, file := range []string{"our_acct_restricted_all", "our_phone_name_rejected", "acct_business_capability", "our_tpl_rejected", "our_number_changed_with_user_ids", "our_pref_stop_user_id"} {
		root, valid := readJSON(readFile(f, "testdata/webhooks/"+file+".json"))
		require.True(f, valid)
		change := root.Get("entry.0.changes.0")
		f.Add(change.Get("field").Str, change.Get("value").Raw)
	}
	f.Add("account_update", `{"event":"ACCOUNT_RESTRICTION","restriction_info":7}`)
	f.Add("business_capability_update", `{"max_daily_conversations_per_business":1e99}`)
	f.Fuzz(func(t *testing.T, field, value string) {
		name, err := json.Marshal(field)
		require.NoError(t, err)
		body := []byte(`{"entry":[{"id":"W","time":1750000000,"changes":[{"field":` + string(name) + `,"value":` + value + `}]}]}`)
		batch, err := New(Options{}).Parse(body, arrival)
		if err != nil {
			return
		}
		for _, notice := range batch.Notices {
			requireStorable(t, notice)
			require.False(t, notice.At.After(time.UnixMilli(100_000_000_000_000)))
		}
		for _, message := range batch.Messages {
			require.NotEmpty(t, message.From)
			for _, key := range append(message.From, message.Became...) {
				require.NotEmpty(t, key.Value)
			}
			for _, key := range message.Became {
				require.NotContains(t, message.From, key, "somebody becomes what they were not")
			}
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
	f.Add([]byte(`[{"name":"a","language":"b","components":[{"type":"BODY","text":"\u0000"}]}]`))
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
