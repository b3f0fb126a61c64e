package meta

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/provider"
)

// webhook wraps a value as Meta does.
func webhook(field, value string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"WABA","time":1750000000,"changes":[{"field":"` + field + `","value":` + value + `}]}]}`)
}

// saying wraps the rest of one message of 5511999990001.
func saying(rest string) []byte {
	return webhook("messages", `{"metadata":{"phone_number_id":"7"},"messages":[{"from":"5511999990001","id":"wamid.1","timestamp":"1750090702",`+rest+`}]}`)
}

func parse(t testing.TB, raw []byte) provider.Batch {
	t.Helper()
	batch, err := New(Options{}).Parse(raw, arrival)
	require.NoError(t, err)
	return batch
}

// only gives the single message of a webhook.
func only(t testing.TB, raw []byte) provider.Incoming {
	t.Helper()
	batch := parse(t, raw)
	require.Empty(t, batch.Rejected)
	require.Len(t, batch.Messages, 1)
	return batch.Messages[0]
}

func TestKindsOfContent(t *testing.T) {
	for _, c := range []struct{ name, rest, content string }{
		{"text with a member of the future", `"type":"text","text":{"body":"oi","tone":"calm"}`, `{"type":"text","text":"oi","data":{"tone":"calm"}}`},
		{"text with NUL", `"type":"text","text":{"body":"a\u0000b"}`, `{"type":"text","text":"ab"}`},
		{"text with half a surrogate pair", `"type":"text","text":{"body":"a\ud83d"}`, `{"type":"text","text":"a\ufffd"}`},
		{"button without payload", `"type":"button","button":{"payload":null,"text":"SIM"}`, `{"type":"button","text":"SIM"}`},
		{"image", `"type":"image","image":{"id":1003383421387256,"mime_type":"image/jpeg","sha256":"a=","caption":"veja","url":"https://lookaside/x","file_size":12345}`,
			`{"type":"image","text":"veja","media":{"link":"https://lookaside/x","id":"1003383421387256","mime":"image/jpeg","sha256":"a="},"data":{"file_size":12345}}`},
		{"video", `"type":"video","video":{"id":"1","mime_type":"video/mp4"}`, `{"type":"video","media":{"id":"1","mime":"video/mp4"}}`},
		{"document", `"type":"document","document":{"id":"1","filename":"a.pdf","caption":"c"}`, `{"type":"document","text":"c","media":{"id":"1","fileName":"a.pdf"}}`},
		{"the legacy voice", `"type":"voice","voice":{"id":"1"}`, `{"type":"audio","media":{"id":"1","voice":true}}`},
		{"order", `"type":"order","order":{"catalog_id":"1","text":"para hoje","product_items":[{"product_retailer_id":"x","quantity":2,"item_price":9.9,"currency":"BRL"}]}`,
			`{"type":"order","text":"para hoje","data":{"catalog_id":"1","text":"para hoje","product_items":[{"product_retailer_id":"x","quantity":2,"item_price":9.9,"currency":"BRL"}]}}`},
		{"reaction", `"type":"reaction","reaction":{"message_id":"wamid.0","emoji":"👍"}`, `{"type":"reaction","text":"👍","data":{"message_id":"wamid.0","emoji":"👍","removed":false}}`},
		{"number changed, older name", `"type":"system","system":{"type":"customer_changed_number","new_wa_id":"551188","body":"b"}`,
			`{"type":"system","text":"b","data":{"type":"customer_changed_number","new_wa_id":"551188","wa_id":"551188","body":"b"}}`},
		{"edit of a text", `"type":"edit","edit":{"original_message_id":"wamid.0","message":{"type":"text","text":{"body":"novo"}}}`,
			`{"type":"edit","text":"novo","data":{"original_message_id":"wamid.0","message":{"type":"text","text":{"body":"novo"}}}}`},
		{"edit of a caption", `"type":"edit","edit":{"original_message_id":"wamid.0","message":{"type":"image","image":{"id":"1","caption":"nova"}}}`,
			`{"type":"edit","text":"nova","data":{"original_message_id":"wamid.0","message":{"type":"image","image":{"id":"1","caption":"nova"}}}}`},
		{"unsupported with its kind", `"type":"unsupported","unsupported":{"type":"poll_update"},"errors":[{"code":131051}]`,
			`{"type":"unsupported","data":{"type":"unsupported","unsupported":{"type":"poll_update"},"errors":[{"code":131051}]}}`},
		{"a kind of the future", `"type":"hologram","hologram":{"depth":3}`, `{"type":"unsupported","data":{"type":"hologram","hologram":{"depth":3}}}`},
		{"a kind without its object", `"type":"text"`, `{"type":"unsupported","data":{"type":"text"}}`},
		{"a kind whose object is a list", `"type":"image","image":[1]`, `{"type":"unsupported","data":{"type":"image","image":[1]}}`},
		{"no kind", `"text":{"body":"oi"}`, `{"type":"unsupported","text":"oi","data":{"type":""}}`},
		{"an interactive answer of the future", `"type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}}`,
			`{"type":"unsupported","data":{"type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}}}}`},
		{"a form's answer that is not JSON", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"{"}}`,
			`{"type":"flow_reply","data":{"fields":{},"flow_token":"","response_json":"{"}}`},
		{"a form's answer that is an object already", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"response_json":{"a":1,"flow_token":"t"}}}`,
			`{"type":"flow_reply","data":{"fields":{"a":1},"flow_token":"t"}}`},
		{"the chat was opened", `"type":"request_welcome"`, `{"type":"system","data":{"type":"request_welcome"}}`},
		{"a number that a float cannot hold", `"type":"location","location":{"id":12345678901234567890,"big":1e999}`,
			`{"type":"location","data":{"id":"12345678901234567890","big":"1e999"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := json.Marshal(only(t, saying(c.rest)).Event.Message.Content)
			require.NoError(t, err)
			require.JSONEq(t, c.content, string(got))
		})
	}
}

func TestAnInteractiveAnswerThatMetaCouldNotReadKeepsItsErrors(t *testing.T) {
	got := only(t, webhook("messages", `{"messages":[{"from":"5511999990001","id":"a","type":"interactive"}],"errors":[{"code":131000}]}`))
	require.Equal(t, chat.Unsupported, got.Event.Message.Content.Type)
	require.Equal(t, map[string]any{"type": "interactive", "errors": []any{map[string]any{"code": 131000.0}}}, got.Event.Message.Content.Data)
}

func TestMembersOfTheFutureAreKept(t *testing.T) {
	got := only(t, saying(`"type":"text","text":{"body":"oi"},"mood":{"a":[1,true,null]}`))
	require.Equal(t, map[string]any{"unknown": map[string]any{"mood": map[string]any{"a": []any{1.0, true, nil}}}}, got.Event.Data)
}

func TestAnAdsReferralIsKept(t *testing.T) {
	got := only(t, readFile(t, "testdata/payload.json"))
	require.Equal(t, "ad", got.Event.Message.Referral["source_type"])
	require.Equal(t, "23851234567890123", got.Event.Message.Referral["source_id"])
	require.Len(t, got.Event.Message.Referral, 7)
}

func TestIdentities(t *testing.T) {
	phone := func(value string) chat.Key { return chat.Key{Kind: chat.KeyPhone, Value: value} }
	route := func(value string) chat.Key { return chat.Key{Kind: chat.KeyRoute, Value: value} }
	scoped := func(value string) chat.Key { return chat.Key{Kind: chat.KeyBSUID, Value: value} }
	parent := func(value string) chat.Key { return chat.Key{Kind: chat.KeyParentBSUID, Value: value} }
	for _, c := range []struct {
		name, contact, message string
		phone, person          string
		keys                   []chat.Key
	}{
		{"phone", `{"wa_id":"5511999990001","profile":{"name":"Ana"}}`, `"from":"5511999990001"`, "+5511999990001", "Ana",
			[]chat.Key{phone("551199990001"), route("5511999990001")}},
		{"phone as a number", `{"wa_id":5511999990001,"profile":{"name":"Ana"}}`, `"from":5511999990001`, "+5511999990001", "Ana",
			[]chat.Key{phone("551199990001"), route("5511999990001")}},
		{"phone with a space after it", `{"wa_id":"5511999990001 "}`, `"from":" 5511999990001"`, "+5511999990001", "",
			[]chat.Key{phone("551199990001"), route("5511999990001")}},
		{"national variants of one number", `{"wa_id":"554188887777","profile":{"name":"Ana"}}`, `"from":"5541988887777"`, "+5541988887777", "Ana",
			[]chat.Key{phone("554188887777"), route("5541988887777"), route("554188887777")}},
		{"only a user id", `{"user_id":"BR.1","profile":{"name":"Ana"}}`, `"from_user_id":"BR.1"`, "", "Ana", []chat.Key{scoped("BR.1")}},
		{"an empty from beside a user id", `{"user_id":"BR.1"}`, `"from":"","from_user_id":"BR.1"`, "", "", []chat.Key{scoped("BR.1")}},
		{"a null from, known by its contact alone", `{"wa_id":"5511999990001","user_id":"BR.1"}`, `"from":null`, "+5511999990001", "",
			[]chat.Key{phone("551199990001"), route("5511999990001"), scoped("BR.1")}},
		{"a user id of a form of the future", `{"user_id":"u-77"}`, `"from_user_id":"u-77"`, "", "", []chat.Key{scoped("u-77")}},
		{"only the parent's id", `{}`, `"from_parent_user_id":"BR.ENT.5"`, "", "", []chat.Key{parent("BR.ENT.5")}},
		{"the parent's id beside all others", `{"wa_id":"5511999990001","user_id":"BR.1","parent_user_id":"BR.ENT.5"}`, `"from":"5511999990001"`, "+5511999990001", "",
			[]chat.Key{phone("551199990001"), route("5511999990001"), scoped("BR.1"), parent("BR.ENT.5")}},
		{"the parent's id where the sender's should stand", `{}`, `"from":"BR.ENT.5"`, "", "", []chat.Key{parent("BR.ENT.5")}},
		{"more digits than a phone has", `{}`, `"from":"1234567890123456","from_user_id":"BR.1"`, "", "", []chat.Key{scoped("BR.1")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := only(t, webhook("messages", `{"contacts":[`+c.contact+`],"messages":[{"id":"a","type":"text","text":{"body":"oi"},`+c.message+`}]}`))
			require.Equal(t, c.keys, got.From)
			require.Equal(t, c.phone, got.Phone)
			require.Equal(t, c.person, got.Name)
		})
	}
}

func TestAStrangersContactIsNotTheSender(t *testing.T) {
	batch := parse(t, webhook("messages", `{"contacts":[{"wa_id":"5511999990009","user_id":"BR.9","profile":{"name":"Outra"}}],"messages":[
		{"id":"a","from":"5511999990001","type":"text","text":{"body":"oi"}},
		{"id":"b","from":"5511999990002","type":"text","text":{"body":"oi"}}]}`))
	require.Len(t, batch.Messages, 2)
	for _, message := range batch.Messages {
		require.Len(t, message.From, 2, "phone and route of its own")
		require.Empty(t, message.Name)
	}
}

func TestAnEchoBelongsToTheOneItWentTo(t *testing.T) {
	got := only(t, webhook("smb_message_echoes", `{"metadata":{"phone_number_id":"7"},"message_echoes":[
		{"from":"551140040001","to":"5511999990001","id":"wamid.e","timestamp":"1750090702","type":"text","text":{"body":"Oi, sou a Bia da loja"}}]}`))
	require.Equal(t, chat.MessageEcho, got.Event.Name)
	require.Equal(t, "+5511999990001", got.Phone)
	require.Equal(t, []chat.Key{{Kind: chat.KeyPhone, Value: "551199990001"}, {Kind: chat.KeyRoute, Value: "5511999990001"}}, got.From)
	require.Equal(t, "Oi, sou a Bia da loja", got.Event.Message.Content.Text)
	require.Equal(t, "7", got.Account)
}

func TestTimestamps(t *testing.T) {
	const second = 1750090702
	for written, unixMilli := range map[string]int64{
		`"1750090702"`:    second * 1000,
		`1750090702`:      second * 1000,
		`"1750090702123"`: second*1000 + 123,
		`1750090702123`:   second*1000 + 123,
		`1750090702.0`:    second * 1000,
		`1.750090702e9`:   second * 1000,
		`" 1750090702 "`:  second * 1000,
		`"ontem"`:         arrival.UnixMilli(),
		`""`:              arrival.UnixMilli(),
		`null`:            arrival.UnixMilli(),
		`0`:               arrival.UnixMilli(),
		`-5`:              arrival.UnixMilli(),
		`1e300`:           arrival.UnixMilli(),
		`-1e300`:          arrival.UnixMilli(),
		`{}`:              arrival.UnixMilli(),
	} {
		t.Run(written, func(t *testing.T) {
			got := only(t, webhook("messages", `{"messages":[{"id":"a","from":"5511999990001","timestamp":`+written+`,"type":"text","text":{"body":"oi"}}]}`))
			require.Equal(t, unixMilli, got.Event.At.UnixMilli())
		})
	}
}

func TestStatusesThatCannotBeUsed(t *testing.T) {
	batch := parse(t, webhook("messages", `{"statuses":[
		{"id":"a","status":"warning"},{"id":"a","status":"deleted"},{"id":"a","status":"sent","recipient_type":"group"},
		{"status":"sent"},{"id":"a"},7,
		{"status":"sent","biz_opaque_callback_data":"ours"},
		{"id":"b","status":"failed"},{"id":"c","status":"failed","errors":[null,{"code":"131047"}]}]}`))
	require.Equal(t, 3, batch.Ignored)
	require.Len(t, batch.Rejected, 3)
	require.Len(t, batch.Statuses, 3)
	require.Equal(t, "ours", batch.Statuses[0].Tracker)
	require.Equal(t, "provider_rejected", batch.Statuses[1].ErrorCode)
	require.Equal(t, "outside_window", batch.Statuses[2].ErrorCode)
	require.Equal(t, "131047", batch.Statuses[2].ErrorDetail)
}

func TestContainersThatAreNotWhatTheyShouldBe(t *testing.T) {
	for _, c := range []struct {
		name, entry       string
		rejected, ignored int
	}{
		{"entry is text", `"x"`, 1, 0},
		{"entry is null", `null`, 0, 1},
		{"no changes", `{"id":"1"}`, 0, 1},
		{"changes is text", `{"changes":"x"}`, 1, 0},
		{"change is null", `{"changes":[null]}`, 1, 0},
		{"change without a field", `{"changes":[{"value":{"messages":[]}}]}`, 1, 0},
		{"change without a value", `{"changes":[{"field":"messages"}]}`, 1, 0},
		{"messages is an object", `{"changes":[{"field":"messages","value":{"messages":{}}}]}`, 1, 0},
		{"messages is null", `{"changes":[{"field":"messages","value":{"messages":null}}]}`, 0, 0},
		{"an empty value", `{"changes":[{"field":"messages","value":{}}]}`, 0, 1},
		{"contacts is text", `{"changes":[{"field":"messages","value":{"contacts":"x","messages":[]}}]}`, 0, 0},
		{"contacts of nulls", `{"changes":[{"field":"messages","value":{"contacts":[null,1],"messages":[]}}]}`, 0, 0},
		{"preferences is text", `{"changes":[{"field":"user_preferences","value":{"user_preferences":"x"}}]}`, 1, 0},
		{"a preference of nobody", `{"changes":[{"field":"user_preferences","value":{"user_preferences":[{"value":"stop"}]}}]}`, 1, 0},
		{"history", `{"changes":[{"field":"history","value":{"history":[]}}]}`, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			good := `{"changes":[{"field":"messages","value":{"messages":[{"id":"a","from":"5511999990001","type":"text","text":{"body":"oi"}}]}}]}`
			batch := parse(t, []byte(`{"entry":[`+c.entry+`,`+good+`]}`))
			require.Len(t, batch.Messages, 1, "the good entry beside it")
			require.Len(t, batch.Rejected, c.rejected)
			require.Equal(t, c.ignored, batch.Ignored)
			for _, rejection := range batch.Rejected {
				require.NotEmpty(t, rejection.Reason)
				require.True(t, json.Valid(rejection.Raw))
			}
		})
	}
}

func TestErrorsThatAreNotAMessagesBecomeNews(t *testing.T) {
	const errors = `"errors":[{"code":130429,"title":"Rate limit hit"}]`
	for name, c := range map[string]struct{ body, account string }{
		"of the number":         {`{"entry":[{"id":"WABA","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"7"},` + errors + `}}]}]}`, "7"},
		"beside good messages":  {`{"entry":[{"id":"WABA","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"7"},"messages":[{"id":"a","from":"5511999990001","type":"text","text":{"body":"oi"}}],` + errors + `}}]}]}`, "7"},
		"of the account":        {`{"entry":[{"id":"WABA","changes":[],` + errors + `}]}`, "WABA"},
		"of the webhook itself": {`{"entry":[],` + errors + `}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			batch := parse(t, []byte(c.body))
			require.Equal(t, []provider.Notice{{Account: c.account, News: chat.News{
				Field: "errors", Text: batch.Notices[0].Text,
				Data: map[string]any{"errors": []any{map[string]any{"code": 130429.0, "title": "Rate limit hit"}}},
			}, Raw: `[{"code":130429,"title":"Rate limit hit"}]`}}, batch.Notices)
			require.Contains(t, batch.Notices[0].Text, "(130429: Rate limit hit)")
		})
	}
}

func TestErrorsOfAMessageThatCouldBeReadAreKeptWithIt(t *testing.T) {
	got := only(t, saying(`"type":"text","text":{"body":"oi"},"errors":[{"code":131060}]`))
	require.Equal(t, chat.Text, got.Event.Message.Content.Type)
	require.Equal(t, map[string]any{"errors": []any{map[string]any{"code": 131060.0}}}, got.Event.Data)
}

func TestTemplateLanguagesAreNormalised(t *testing.T) {
	for written, sent := range map[string]string{"pt-BR": "pt_BR", "pt_BR": "pt_BR", "en-US": "en_US", "he": "he", "en-GB\u0020": "en_GB"} {
		batch := parse(t, webhook("message_template_status_update", `{"event":"APPROVED","message_template_id":99999999999999999,"message_template_name":"oferta","message_template_language":"`+written+`"}`))
		require.Equal(t, &chat.TemplateNews{ExternalID: "99999999999999999", Name: "oferta", Language: sent, Status: "APPROVED"}, batch.Notices[0].Template)
	}
}

// Whoever changes number is known by the old ids and found by the new ones; nothing of one side slips into the other.
func TestAChangeOfNumber(t *testing.T) {
	for _, c := range []struct{ name, contacts, from, system, before, after, phone, newPhone string }{
		{"as documented", ``, `"from":"5511999990001"`, `"type":"user_changed_number","wa_id":"5521988880002"`,
			"phone 551199990001, route 5511999990001", "phone 552188880002, route 5521988880002", "+5511999990001", "+5521988880002"},
		{"older name", ``, `"from":"5511999990001"`, `"type":"customer_changed_number","new_wa_id":"5521988880002"`,
			"phone 551199990001, route 5511999990001", "phone 552188880002, route 5521988880002", "+5511999990001", "+5521988880002"},
		{"with user ids of both", ``, `"from":"5511999990001","from_user_id":"BR.2"`, `"type":"user_changed_number","wa_id":"5521988880002","user_id":"BR.2","previous_user_id":"BR.1"`,
			"phone 551199990001, route 5511999990001, bsuid BR.1", "phone 552188880002, route 5521988880002, bsuid BR.2", "+5511999990001", "+5521988880002"},
		{"the sender's id is the one that the notice does not name", ``, `"from":"5511999990001","from_user_id":"BR.1"`, `"type":"user_changed_number","wa_id":"5521988880002","user_id":"BR.2"`,
			"phone 551199990001, route 5511999990001, bsuid BR.1", "phone 552188880002, route 5521988880002, bsuid BR.2", "+5511999990001", "+5521988880002"},
		{"only user ids, and the parent's stays", ``, `"from_user_id":"BR.1"`, `"type":"user_changed_user_id","user_id":"BR.2","parent_user_id":"BR.ENT.5","previous_user_id":"BR.1","previous_parent_user_id":"BR.ENT.5"`,
			"bsuid BR.1, parent_bsuid BR.ENT.5", "bsuid BR.2", "", ""},
		{"a contact of the new number beside it", `"contacts":[{"wa_id":"5521988880002","user_id":"BR.2","profile":{"name":"Ana"}}],`, `"from":"5511999990001"`, `"type":"user_changed_number","wa_id":"5521988880002"`,
			"phone 551199990001, route 5511999990001", "phone 552188880002, route 5521988880002, bsuid BR.2", "+5511999990001", "+5521988880002"},
		{"another way to write the same number", ``, `"from":"554188887777"`, `"type":"user_changed_number","wa_id":"5541988887777"`,
			"phone 554188887777, route 554188887777", "route 5541988887777", "+554188887777", "+5541988887777"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := only(t, webhook("messages", `{`+c.contacts+`"messages":[{"id":"a","type":"system",`+c.from+`,"system":{`+c.system+`}}]}`))
			require.Equal(t, c.before, strings.Join(plainKeys(got.From), ", "))
			require.Equal(t, c.after, strings.Join(plainKeys(got.Became), ", "))
			require.Equal(t, c.phone, got.Phone)
			require.Equal(t, c.newPhone, got.BecamePhone)
			require.False(t, got.Event.Message.Content.SpeaksForCustomer())
		})
	}
}

// However a batch mixes good, repeated and broken messages, each good one comes out once, in order.
func TestEveryGoodMessageComesOutOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 60).Draw(t, "kinds")
		var items []string
		var want []string
		broken := 0
		for i, kind := range kinds {
			good := fmt.Sprintf(`{"id":"wamid.%d","from":"55119%08d","timestamp":"1750090702","type":"text","text":{"body":"%d"}}`, i, i, i)
			switch kind {
			case 0:
				items, broken = append(items, `null`), broken+1
			case 1:
				items, broken = append(items, fmt.Sprintf(`{"id":"wamid.%d","type":"text"}`, i)), broken+1
			case 2:
				items, want = append(items, good, good), append(want, fmt.Sprintf("wamid.%d", i))
			default:
				items, want = append(items, good), append(want, fmt.Sprintf("wamid.%d", i))
			}
		}
		batch, err := New(Options{}).Parse(webhook("messages", `{"messages":[`+strings.Join(items, ",")+`]}`), arrival)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, message := range batch.Messages {
			got = append(got, message.Event.ExternalID)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || len(batch.Rejected) != broken {
			t.Fatalf("got %v and %d rejected, want %v and %d", got, len(batch.Rejected), want, broken)
		}
	})
}
