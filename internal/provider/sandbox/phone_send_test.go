package sandbox

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// last is the webhook that came last, as it was posted and decoded.
func (w *world) last() (string, webhookMessage) {
	w.t.Helper()
	w.advance(0)
	messages := w.callback.messages()
	return w.callback.bodies[len(w.callback.bodies)-1], messages[len(messages)-1]
}

func TestEveryKindOfMessageFromACustomer(t *testing.T) {
	w := frozen(t)
	for _, c := range []struct {
		name, fixture string
		without       []string
		in            Incoming
	}{
		{"location", "msg_location.json", nil, Incoming{Location: &Location{Latitude: 37.4, Longitude: -122.1, Name: "Café", Address: "Rua 1", URL: "https://ex.com"}}},
		{"answer of a form", "msg_interactive_nfm_reply.json", nil, Incoming{FlowResponse: json.RawMessage(`{"flow_token":"t","nome":"Bia"}`)}},
		{"in a group", "msg_group.json", nil, Incoming{Text: "Olá grupo", GroupID: "Y2FwaV9ncm91cDoxMjM"}},
	} {
		w.write(c.in)
		raw, _ := w.last()
		require.Equal(t, fixtureShape(t, c.fixture, c.without...), shape(t, []byte(raw)), c.name)
	}
	require.Empty(t, w.sandbox.Phones(1)[0].Windows[number].Sub(w.clock.Now().Add(window)), "the place opened the window")

	w.write(Incoming{Contacts: json.RawMessage(`[{"name":{"formatted_name":"Ana"}}]`)})
	raw, m := w.last()
	require.Contains(t, raw, `"contacts":[{"name":{"formatted_name":"Ana"}}]`)
	require.Equal(t, "contacts", m.Type)
	w.write(Incoming{Order: json.RawMessage(`{"catalog_id":"1","product_items":[]}`)})
	_, m = w.last()
	require.JSONEq(t, `{"catalog_id":"1","product_items":[]}`, string(m.Order))
	w.write(Incoming{Unsupported: "poll_update"})
	_, m = w.last()
	require.Equal(t, []webhookItemError{{Code: 131051, Title: "Unsupported message type", Details: "Message type is not currently supported"}}, m.Errors)
	w.write(Incoming{Text: "vi o anúncio", Referral: json.RawMessage(`{"source_type":"ad"}`)})
	_, m = w.last()
	require.JSONEq(t, `{"source_type":"ad"}`, string(m.Referral))
	w.write(Incoming{Text: "repasse", Forwarded: true, ForwardedManyTimes: true})
	_, m = w.last()
	require.Equal(t, &webhookContext{Forwarded: true, ForwardedManyTime: true}, m.Context)
}

func TestWhatMetaDoesNotSayOpensTheWindowDoesNot(t *testing.T) {
	for name, in := range map[string]Incoming{"group": {Text: "oi", GroupID: "g"}, "unsupported": {Unsupported: "gif"}} {
		w := frozen(t)
		w.write(in)
		require.Equal(t, 131047, w.send(plainText).graphCode(), name)
	}
	w := frozen(t)
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada)).status)
	w.write(Incoming{ReactTo: w.sandbox.Sent(customer)[0].ID, Emoji: "👍"})
	_, m := w.last()
	require.Equal(t, &webhookReaction{MessageID: w.sandbox.Sent(customer)[0].ID, Emoji: "👍"}, m.Reaction)
	require.Equal(t, 131047, w.send(plainText).graphCode(), "reaction")
	require.Equal(t, []Reaction{{From: FromCustomer, Emoji: "👍"}}, w.sandbox.Sent(customer)[0].Reactions)
	w.write(Incoming{ReactTo: w.sandbox.Sent(customer)[0].ID})
	require.Empty(t, w.sandbox.Sent(customer)[0].Reactions, "taken away")
	_, err := w.sandbox.Write(customer, Incoming{ReactTo: "wamid.none", Emoji: "👍"})
	require.ErrorContains(t, err, "reactTo")
}

func TestABusinessReactsToWhatTheCustomerWrote(t *testing.T) {
	w := frozen(t)
	id := w.write(Incoming{Text: "oi"})
	react := func(message, emoji string) string {
		answer := w.send(`{"messaging_product":"whatsapp","to":"` + customer + `","type":"reaction","reaction":{"message_id":"` + message + `","emoji":"` + emoji + `"}}`)
		require.Equal(t, 200, answer.status, answer.raw)
		w.advance(typingTime)
		return answer.body["messages"].([]any)[0].(map[string]any)["id"].(string)
	}
	first := react(id, "❤️")
	require.Equal(t, []string{"sent"}, w.callback.statuses(first), "never more than that")
	require.Equal(t, []Reaction{{From: FromBusiness, Emoji: "❤️"}}, w.message(id).Reactions)
	react(id, "")
	require.Empty(t, w.message(id).Reactions)
	for name, message := range map[string]string{"unknown": "wamid.x", "a reaction": first} {
		failed := react(message, "👍")
		require.Equal(t, []string{"failed"}, w.callback.statuses(failed), name)
		require.Equal(t, 131009, w.message(failed).Failure.Code)
	}
	w.advance(reactionLife)
	old := react(id, "👍")
	require.Equal(t, []string{"failed"}, w.callback.statuses(old), "more than 30 days later")
}

func TestACustomerEditsAndDeletes(t *testing.T) {
	w := frozen(t)
	id := w.write(Incoming{Text: "oi"})
	w.does(customer, PhoneAction{Action: "edit", MessageID: id, Text: "olá"})
	_, m := w.last()
	require.Equal(t, []string{"edit", id, "olá"}, []string{m.Type, m.Edit.Original, m.Edit.Message.Text.Body})
	require.True(t, w.message(id).Edited)
	w.phone(customer, PhoneChange{UserID: on(true), ParentUserID: on(true)})
	w.does(customer, PhoneAction{Action: "revoke", MessageID: id})
	raw, m := w.last()
	require.Equal(t, id, m.Revoke.Original)
	want := append(fixtureShape(t, "msg_revoke.json"), ".entry[].changes[].value.messages[].from_user_id string", ".entry[].changes[].value.messages[].from_parent_user_id string")
	slices.Sort(want)
	require.Equal(t, want, shape(t, []byte(raw)))
	require.True(t, w.message(id).Revoked)
	require.Empty(t, w.message(id).Text)

	picture := w.write(Incoming{Type: "image", Sample: true})
	for _, c := range []struct {
		action PhoneAction
		field  string
	}{
		{PhoneAction{Action: "edit", MessageID: "wamid.none", Text: "x"}, "messageId"}, {PhoneAction{Action: "edit", MessageID: picture, Text: "x"}, "messageId"},
		{PhoneAction{Action: "edit", MessageID: id}, "text"}, {PhoneAction{Action: "revoke"}, "messageId"}, {PhoneAction{Action: "dance"}, "action"},
		{PhoneAction{Action: "change_number", To: "1"}, "to"},
	} {
		body, err := json.Marshal(c.action)
		require.NoError(t, err)
		got := w.api(http.MethodPost, "/phones/"+customer+"/actions", string(body))
		require.Equal(t, 400, got.status, string(body))
		require.Equal(t, c.field, got.body["field"], string(body))
	}
}

func TestTheBusinessWritesOnItsOwnPhone(t *testing.T) {
	w := frozen(t)
	got := w.api("POST", "/businesses/"+number+"/echo", `{"to":"`+customer+`","text":"Oi, é a Paula"}`)
	require.Equal(t, 200, got.status, got.raw)
	w.advance(0)
	echo := w.callback.fields(t, "smb_message_echoes")[0]["message_echoes"].([]any)[0].(map[string]any)
	require.Equal(t, []any{"551140040001", customer, "text"}, []any{echo["from"], echo["to"], echo["type"]})
	require.True(t, w.sandbox.Sent(customer)[0].Echo)
	require.Equal(t, "to", w.api("POST", "/businesses/"+number+"/echo", `{"to":"1","text":"x"}`).body["field"])
	require.Equal(t, "text", w.api("POST", "/businesses/"+number+"/echo", `{"to":"`+customer+`"}`).body["field"])
	require.Equal(t, 404, w.api("POST", "/businesses/x/echo", `{"to":"`+customer+`","text":"x"}`).status)
}

func TestFilesWithBytesAreFetchedHereAndHaveAHash(t *testing.T) {
	w := frozen(t)
	w.write(Incoming{Text: "oi"})
	require.Equal(t, 131047, w.send(textTo("5511999990002")).graphCode(), "any request tells the sandbox its own address")
	for kind, sample := range samples {
		require.NotEmpty(t, sampleFile(kind), kind)
		require.Equal(t, kind, kindOfType(sample.mimeType), "Meta would take it")
		w.write(Incoming{Type: kind, Sample: true})
		raw, _ := w.last()
		require.Contains(t, raw, `"sha256":"`, kind)
	}
	_, err := png.Decode(bytes.NewReader(sampleFile("image")))
	require.NoError(t, err)

	w.write(Incoming{Type: "document", Data: []byte("conteúdo"), MimeType: "text/plain", FileName: "a.txt"})
	_, m := w.last()
	require.True(t, strings.HasPrefix(m.Document.URL, w.http.URL+"/graph/media/"), m.Document.URL)
	status, body := w.download(m.Document.URL, token)
	require.Equal(t, 200, status)
	require.Equal(t, "conteúdo", body)
	messages := w.sandbox.Messages(customer)
	require.Equal(t, 9, messages[len(messages)-1].Media.Size)
}

func TestABlockedBusinessHearsNothing(t *testing.T) {
	w := frozen(t)
	w.does(customer, PhoneAction{Action: "block"})
	require.Equal(t, 409, w.api("POST", "/phones/"+customer+"/messages", `{"text":"oi"}`).status)
	view := w.does(customer, PhoneAction{Action: "unblock"})
	require.Empty(t, view.Blocked)
	w.write(Incoming{Text: "oi"})
}

func TestThePhoneShowsWhatSurroundsAMessage(t *testing.T) {
	w := frozen(t)
	w.write(Incoming{Text: "oi"})
	require.Equal(t, 200, w.send(`{"messaging_product":"whatsapp","to":"`+customer+`","type":"interactive","interactive":{"type":"list","header":{"type":"text","text":"Frete"},`+
		`"body":{"text":"Qual?"},"footer":{"text":"até hoje"},"action":{"button":"Ver","sections":[{"rows":[{"id":"1","title":"Rápido"}]}]}}}`).status)
	require.Equal(t, 200, w.send(`{"messaging_product":"whatsapp","to":"`+customer+`","type":"location","location":{"latitude":1,"longitude":2,"name":"Loja"}}`).status)
	sent := w.sandbox.Sent(customer)
	require.Equal(t, &InteractiveView{Kind: "list", Header: "Frete", Footer: "até hoje", Button: "Ver"}, sent[0].Interactive)
	require.Equal(t, &Location{Latitude: 1, Longitude: 2, Name: "Loja"}, sent[1].Location)
	require.Equal(t, 200, w.send(`{"messaging_product":"whatsapp","to":"`+customer+`","type":"interactive","interactive":{"type":"flow","body":{"text":"?"},`+
		`"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_token":"t","flow_id":"1","flow_cta":"Abrir"}}}}`).status)
	_, err := w.sandbox.Write(customer, Incoming{ButtonText: "Abrir"})
	require.ErrorContains(t, err, "flowResponse")
}

func TestARestartKeepsRulesTraitsAndWhatIsHeld(t *testing.T) {
	w := frozen(t)
	w.phone(customer, PhoneChange{HidesNumber: on(true), Receipts: on(false)})
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultHeld, Count: 1, With: map[string]any{"minutes": 45}}, FaultRule{Fault: "paymentProblem", From: "2h"}))
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada)).status)
	require.Equal(t, 200, w.createTemplate(newTemplate).status)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultBatch, With: map[string]any{"withinSeconds": 3600}}))
	id := w.write(Incoming{Text: "espera por mais"})
	w.sandbox.Close()
	saved, err := w.sandbox.Snapshot()
	require.NoError(t, err)

	after := frozen(t)
	require.NoError(t, after.sandbox.Restore(saved))
	require.Len(t, after.sandbox.faults.rules, 3)
	after.sandbox.Disarm(faultBatch)
	after.advance(46 * 60e9)
	require.Equal(t, []string{"sent", "delivered"}, after.callback.statuses(after.sandbox.Sent(customer)[0].ID), "released after the restart")
	require.Equal(t, id, after.callback.messages()[0].ID, "what waited for more to go with it is not lost")
	view := after.sandbox.Phones(1)[0]
	require.True(t, view.Hides && !view.Receipts)
	after.advance(2 * 3600e9)
	require.Equal(t, 131042, after.send(templateBody("retomada", goodRetomada)).graphCode(), "the rule keeps its time")
}
