package sandbox

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANumberShowsTheFieldsAskedFor(t *testing.T) {
	w := newWorld(t)
	got := w.call("GET", "/graph/v23.0/"+number+"?fields=verified_name,display_phone_number,quality_rating,status,name_status,"+
		"code_verification_status,platform_type,throughput,whatsapp_business_manager_messaging_limit", token, "")
	require.Equal(t, 200, got.status)
	require.JSONEq(t, string(recorded(t, "resp_phone_number.json").Body), got.raw)

	require.JSONEq(t, `{"id":"106540352242922","status":"CONNECTED"}`, w.call("GET", "/graph/v23.0/"+number+"?fields=status", token, "").raw)
	require.Equal(t, 100, w.call("GET", "/graph/v23.0/"+number+"?fields=colour", token, "").graphCode())
	require.Equal(t, 190, w.call("GET", "/graph/v23.0/"+number, "wrong", "").graphCode())
	numbers := w.call("GET", "/graph/v23.0/"+waba+"/phone_numbers?fields=display_phone_number", token, "")
	require.Contains(t, numbers.raw, `{"display_phone_number":"+55 11 4004-0001","id":"106540352242922"}`)
	require.Contains(t, w.call("GET", "/graph/v23.0/"+waba+"?fields=id,name", token, "").raw, "Loja Teste")
}

func TestTemplatesAreListedPageByPage(t *testing.T) {
	w := newWorld(t)
	fields := "name,status,category,language,components,parameter_format,quality_score,rejected_reason,id"
	path := "/graph/v23.0/" + waba + "/message_templates?limit=2&fields=" + fields
	var names []string
	var first map[string]any
	for pages := 1; path != ""; pages++ {
		got := w.call("GET", path, token, "")
		require.Equal(t, 200, got.status, got.raw)
		data := got.body["data"].([]any)
		for _, template := range data {
			names = append(names, template.(map[string]any)["name"].(string))
		}
		if pages == 1 {
			first = data[0].(map[string]any)
		}
		path = ""
		if next, more := got.body["paging"].(map[string]any)["next"].(string); more {
			parsed, err := url.Parse(next)
			require.NoError(t, err)
			require.Equal(t, w.http.URL, parsed.Scheme+"://"+parsed.Host)
			path = parsed.RequestURI()
		}
		require.LessOrEqual(t, pages, 2)
	}
	require.Equal(t, []string{"retomada", "aviso", "rejeitado"}, names)

	var fixture struct {
		Data []map[string]any `json:"data"`
	}
	require.NoError(t, json.Unmarshal(recorded(t, "resp_templates_page.json").Body, &fixture))
	delete(first, "rejected_reason")
	require.Equal(t, fixture.Data[0], first)
}

func TestTemplateListsCanBeNarrowed(t *testing.T) {
	w := newWorld(t)
	list := "/graph/v23.0/" + waba + "/message_templates"
	require.JSONEq(t, `{"data":[{"id":"2","name":"aviso"}],"paging":{"cursors":{"before":"MAZD","after":"MQZD"}}}`,
		w.call("GET", list+"?fields=name&name=aviso", token, "").raw)
	require.JSONEq(t, `{"data":[]}`, w.call("GET", list+"?fields=name&status=IN_APPEAL", token, "").raw)
	require.JSONEq(t, `{"data":[]}`, w.call("GET", list+"?after="+cursor(1000), token, "").raw)
	for _, bad := range []string{"?limit=0", "?limit=x", "?after=%21", "?fields=colour"} {
		require.Equal(t, 100, w.call("GET", list+bad, token, "").graphCode(), bad)
	}
}

func TestWithoutASubscriptionMetaSendsNothingAndSaysNothing(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Businesses[0].Unsubscribed = true })
	path := "/graph/v23.0/" + waba + "/subscribed_apps"
	require.JSONEq(t, `{"data":[]}`, w.call("GET", path, token, "").raw)
	w.write(Incoming{Text: "ninguém ouve"})
	w.settle()
	require.Empty(t, w.callback.taken())
	require.Equal(t, 1, w.sandbox.WebhookCounts().Unsubscribed)

	require.JSONEq(t, `{"success":true}`, w.call("POST", path, token, "").raw)
	require.Contains(t, w.call("GET", path, token, "").raw, "whatsapp_business_api_data")
	w.write(Incoming{Text: "agora sim"})
	w.settle()
	require.Len(t, w.callback.taken(), 1)
	require.JSONEq(t, `{"success":true}`, w.call("DELETE", path, token, "").raw)
	require.JSONEq(t, `{"data":[]}`, w.call("GET", path, token, "").raw)
	require.Equal(t, 100, w.call("PUT", path, token, "").graphCode())
}
