package sandbox

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const plainText = `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+55 11 99999-0001","type":"text","text":{"body":"oi"}}`

func TestAnAcceptedSendIsAnsweredAsMetaDoes(t *testing.T) {
	w := newWorld(t)
	w.write(Incoming{Text: "oi"})
	sent := w.send(plainText)
	require.Equal(t, 200, sent.status)
	id := sent.body["messages"].([]any)[0].(map[string]any)["id"].(string)
	require.JSONEq(t, `{"messaging_product":"whatsapp","contacts":[{"input":"+55 11 99999-0001","wa_id":"5511999990001"}],"messages":[{"id":"`+id+`"}]}`, sent.raw)

	template := w.send(templateBody("retomada", goodRetomada))
	require.Equal(t, 200, template.status, template.raw)
	require.Equal(t, shape(t, recorded(t, "resp_send_ok_template.json").Body), shape(t, []byte(template.raw)))
	require.Equal(t, "accepted", template.body["messages"].([]any)[0].(map[string]any)["message_status"])
	w.settle()
}

func TestMessageIDsAreBuiltLikeMetas(t *testing.T) {
	makes := newIDs(1)
	for outbound, recordedID := range map[bool]string{
		true:  "HBgNNTUxMTk5OTk5MDAwMRUCABEYElIzMDAwMDAwMDAwMDAwMDAwMAA=",
		false: "HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
	} {
		want, err := base64.StdEncoding.DecodeString(recordedID)
		require.NoError(t, err)
		who := "5511999990001"
		if !outbound {
			who = "16503879439"
		}
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(makes.message(who, outbound), "wamid."))
		require.NoError(t, err)
		head := 3 + len(who) + 5
		require.Equal(t, want[:head], got[:head], "number, direction and length of the stanza id")
		require.Len(t, got, len(want))
	}
}

func TestTheSameSeedMakesTheSameIDsAndARestartNeverRepeatsOne(t *testing.T) {
	first, second := newIDs(5), newIDs(5)
	seen := map[string]bool{}
	for range 500 {
		id := first.message(customer, true)
		require.Equal(t, id, second.message(customer, true))
		require.False(t, seen[id])
		seen[id] = true
	}
	second.skip(first.issued)
	for range 500 {
		require.False(t, seen[second.message(customer, true)])
	}
	require.NotEqual(t, newIDs(0).message(customer, true), newIDs(0).message(customer, true))
}

func TestTokensAndIDsAreCheckedFirst(t *testing.T) {
	other := Business{PhoneNumberID: "2", WabaID: "22", DisplayPhoneNumber: "551140040002", AccessToken: "other"}
	w := newWorld(t, func(o *Options) { o.Businesses = append(o.Businesses, other) })
	path := "/graph/v23.0/" + number + "/messages"
	for name, c := range map[string]struct {
		path, token string
		status      int
		code        int
	}{
		"no token":               {path, "", 401, 190},
		"wrong token":            {path, "EAAwrong", 401, 190},
		"another business's":     {path, "other", 400, 100},
		"unknown id":             {"/graph/v23.0/999/messages", token, 400, 100},
		"account cannot send":    {"/graph/v23.0/" + waba + "/messages", token, 400, 100},
		"unknown edge":           {"/graph/v23.0/" + number + "/nothing", token, 400, 100},
		"version left out":       {"/graph/" + number + "/messages", token, 400, 2500},
		"path too long":          {path + "/x", token, 400, 2500},
		"version is not version": {"/graph/23/" + number + "/messages", token, 400, 2500},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.call("POST", c.path, c.token, plainText)
			require.Equal(t, c.status, got.status, got.raw)
			require.Equal(t, c.code, got.graphCode())
		})
	}
	require.Empty(t, w.sandbox.Sent(customer))
}

func TestWhatMetaRefusesInASend(t *testing.T) {
	w := newWorld(t)
	w.write(Incoming{Text: "oi"})
	base := func(rest string) string { return `{"messaging_product":"whatsapp","to":"5511999990001",` + rest + `}` }
	text := func(n int) string { return base(`"type":"text","text":{"body":"` + strings.Repeat("ã", n) + `"}`) }
	buttons := func(list string) string {
		return base(`"type":"interactive","interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[` + list + `]}}`)
	}
	button := func(id, title string) string {
		return fmt.Sprintf(`{"type":"reply","reply":{"id":%q,"title":%q}}`, id, title)
	}
	rows := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"%d","title":"linha %d"}`, i, i))
		}
		return base(`"type":"interactive","interactive":{"type":"list","body":{"text":"?"},"action":{"button":"Ver","sections":[{"title":"t","rows":[` +
			strings.Join(list, ",") + `]}]}}`)
	}
	cases := []struct {
		name, body string
		code       int
	}{
		{"not JSON", `{"messaging_product"`, 100},
		{"a list", `[]`, 100},
		{"no messaging_product", `{"to":"5511999990001","type":"text","text":{"body":"oi"}}`, 100},
		{"no to", `{"messaging_product":"whatsapp","type":"text","text":{"body":"oi"}}`, 100},
		{"to with letters", `{"messaging_product":"whatsapp","to":"55119999o0001","type":"text","text":{"body":"oi"}}`, 131009},
		{"to too short", `{"messaging_product":"whatsapp","to":"190","type":"text","text":{"body":"oi"}}`, 131009},
		{"to the sender", `{"messaging_product":"whatsapp","to":"551140040001","type":"text","text":{"body":"oi"}}`, 131021},
		{"group", `{"messaging_product":"whatsapp","recipient_type":"group","to":"5511999990001","type":"text","text":{"body":"oi"}}`, 100},
		{"body is a number", base(`"type":"text","text":{"body":7}`), 100},
		{"no text", base(`"type":"text"`), 100},
		{"empty text", base(`"type":"text","text":{"body":""}`), 100},
		{"blank text", base(`"type":"text","text":{"body":" \n"}`), 100},
		{"4096 characters", text(4096), 0},
		{"4097 characters", text(4097), 100},
		{"unknown key", base(`"type":"text","text":{"body":"oi","foo":1}`), 100},
		{"unknown type", base(`"type":"poll"`), 100},
		{"location", base(`"type":"location","location":{"latitude":-23.5,"longitude":"-46.6","name":"Loja"}`), 0},
		{"location off the globe", base(`"type":"location","location":{"latitude":-91,"longitude":2}`), 131009},
		{"location without longitude", base(`"type":"location","location":{"latitude":1}`), 131009},
		{"contacts", base(`"type":"contacts","contacts":[{"name":{"formatted_name":"Ana Souza","first_name":"Ana"},"phones":[{"phone":"+5511999990002"}]}]`), 0},
		{"contact without a name", base(`"type":"contacts","contacts":[{"phones":[]}]`), 100},
		{"contact with one name", base(`"type":"contacts","contacts":[{"name":{"formatted_name":"Ana"}}]`), 100},
		{"no contacts", base(`"type":"contacts","contacts":[]`), 131009},
		{"reaction without message", base(`"type":"reaction","reaction":{"emoji":"👍"}`), 100},
		{"reaction that is a sentence", base(`"type":"reaction","reaction":{"message_id":"wamid.x","emoji":"muito bom mesmo"}`), 100},
		{"to nobody", `{"messaging_product":"whatsapp","recipient":"ana","type":"text","text":{"body":"oi"}}`, 131009},
		{"unknown user id", `{"messaging_product":"whatsapp","recipient":"BR.1234","type":"text","text":{"body":"oi"}}`, 131009},
		{"tracker of 512", base(`"biz_opaque_callback_data":"` + strings.Repeat("x", 512) + `","type":"text","text":{"body":"oi"}`), 0},
		{"tracker of 513", base(`"biz_opaque_callback_data":"` + strings.Repeat("x", 513) + `","type":"text","text":{"body":"oi"}`), 100},
		{"empty context", base(`"context":{},"type":"text","text":{"body":"oi"}`), 100},
		{"context", base(`"context":{"message_id":"wamid.x"},"type":"text","text":{"body":"oi"}`), 0},
		{"image", base(`"type":"image","image":{"link":"https://ex.com/a.png","caption":"foto"}`), 0},
		{"document", base(`"type":"document","document":{"link":"https://ex.com/a.pdf","filename":"a.pdf"}`), 0},
		{"audio", base(`"type":"audio","audio":{"link":"https://ex.com/a.ogg"}`), 0},
		{"video", base(`"type":"video","video":{"link":"https://ex.com/a.mp4"}`), 0},
		{"sticker", base(`"type":"sticker","sticker":{"link":"https://ex.com/a.webp"}`), 0},
		{"no link", base(`"type":"image","image":{}`), 100},
		{"link is a path", base(`"type":"image","image":{"link":"/a.png"}`), 100},
		{"unknown media id", base(`"type":"image","image":{"id":"1"}`), 100},
		{"caption on audio", base(`"type":"audio","audio":{"link":"https://ex.com/a.ogg","caption":"x"}`), 100},
		{"file name on image", base(`"type":"image","image":{"link":"https://ex.com/a.png","filename":"x"}`), 100},
		{"three buttons", buttons(button("1", "A") + "," + button("2", "B") + "," + button("3", "C")), 0},
		{"no button", buttons(""), 131009},
		{"four buttons", buttons(button("1", "A") + "," + button("2", "B") + "," + button("3", "C") + "," + button("4", "D")), 131009},
		{"same button twice", buttons(button("1", "A") + "," + button("1", "B")), 131009},
		{"button without id", buttons(button("", "A")), 131009},
		{"ten rows", rows(10), 0},
		{"eleven rows", rows(11), 131009},
		{"link button", base(`"type":"interactive","interactive":{"type":"cta_url","body":{"text":"?"},"action":{"name":"cta_url","parameters":{"display_text":"Ver","url":"https://ex.com"}}}`), 0},
		{"kind of interactive that is not simulated", base(`"type":"interactive","interactive":{"type":"product","body":{"text":"?"},"action":{}}`), 100},
		{"flow", base(`"type":"interactive","interactive":{"type":"flow","header":{"type":"text","text":"Cadastro"},"body":{"text":"?"},"footer":{"text":"-"},"action":{"name":"flow",` +
			`"parameters":{"flow_message_version":"3","flow_token":"t","flow_id":"1","flow_cta":"Abrir","flow_action":"navigate","flow_action_payload":{"screen":"S"}}}}`), 0},
		{"flow of another version", base(`"type":"interactive","interactive":{"type":"flow","body":{"text":"?"},"action":{"name":"flow","parameters":{"flow_message_version":"2","flow_id":"1","flow_cta":"A"}}}`), 131009},
		{"location request", base(`"type":"interactive","interactive":{"type":"location_request_message","body":{"text":"Onde?"},"action":{"name":"send_location"}}`), 0},
		{"list with a picture", base(`"type":"interactive","interactive":{"type":"list","header":{"type":"image","image":{"link":"https://ex.com/a.png"}},"body":{"text":"?"},"action":{"button":"Ver","sections":[{"rows":[{"id":"1","title":"a"}]}]}}`), 131009},
		{"header too long", base(`"type":"interactive","interactive":{"type":"button","header":{"type":"text","text":"` + strings.Repeat("x", 61) + `"},"body":{"text":"?"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"a"}}]}}`), 131009},
		{"interactive left out", base(`"type":"interactive"`), 100},
		{"no body", base(`"type":"interactive","interactive":{"type":"button","action":{"buttons":[]}}`), 100},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := len(w.sandbox.Sent(customer))
			got := w.send(c.body)
			require.Equal(t, c.code, got.graphCode(), got.raw)
			if c.code == 0 {
				before++
			}
			require.Len(t, w.sandbox.Sent(customer), before, "only an accepted message reaches the phone")
		})
	}
	requireRecorded(t, "err_131009_value.json", w.send(buttons(button("1", strings.Repeat("x", 21)))))
	requireRecorded(t, "err_100_unknown_field.json", w.send(base(`"type":"text","text":{"body":"oi","foo":1}`)))
	w.settle()
}

func TestFreeFormNeedsAMessageOfTheCustomerWithin24Hours(t *testing.T) {
	w := newWorld(t)
	requireRecorded(t, "err_131047_sync.json", w.send(plainText))
	w.write(Incoming{Text: "oi"})
	require.Equal(t, 200, w.send(plainText).status)
	w.clock.Advance(24*time.Hour - time.Nanosecond)
	require.Equal(t, 200, w.send(plainText).status)
	w.clock.Advance(time.Nanosecond)
	require.Equal(t, 131047, w.send(plainText).graphCode())
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada)).status, "a template passes")
	require.Equal(t, 131047, w.send(plainText).graphCode(), "and opens no window")
	require.Len(t, w.sandbox.Sent(customer), 3)
	w.settle()
}

func TestTheWindowBelongsToOneNumber(t *testing.T) {
	second := Business{PhoneNumberID: "2", WabaID: "22", DisplayPhoneNumber: "551140040002", AccessToken: "other", ChannelID: "vendas"}
	w := newWorld(t, func(o *Options) { o.Businesses = append(o.Businesses, second) })
	w.write(Incoming{Text: "oi", ChannelID: "vendas"})
	require.Equal(t, 131047, w.send(plainText).graphCode())
	require.Equal(t, 200, w.call("POST", "/graph/v23.0/2/messages", "other", plainText).status)
	w.settle()
	require.Empty(t, w.callback.taken(), "the second business has no callback")
	require.Equal(t, 3, w.sandbox.WebhookCounts().Unsubscribed)
}

func TestMarkingReadGivesTheCustomerBlueTicks(t *testing.T) {
	w := newWorld(t)
	first, second, third := w.write(Incoming{Text: "1"}), w.write(Incoming{Text: "2"}), w.write(Incoming{Text: "3"})
	w.settle()
	require.Equal(t, StatusDelivered, w.message(first).Status, "the callback answered 200")
	got := w.send(`{"messaging_product":"whatsapp","status":"read","message_id":"` + second + `","typing_indicator":{"type":"text"}}`)
	require.JSONEq(t, `{"success":true}`, got.raw)
	require.Equal(t, []string{StatusRead, StatusRead, StatusDelivered},
		[]string{w.message(first).Status, w.message(second).Status, w.message(third).Status})
	require.Equal(t, 131009, w.send(`{"messaging_product":"whatsapp","status":"read","message_id":"wamid.none"}`).graphCode())
	require.Equal(t, 100, w.send(`{"messaging_product":"whatsapp","status":"read"}`).graphCode())
	require.Equal(t, 100, w.send(`{"messaging_product":"whatsapp","status":"unread","message_id":"x"}`).graphCode())
}
