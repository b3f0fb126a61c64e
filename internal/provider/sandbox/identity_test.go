package sandbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNumbersAreRewrittenAsWhatsAppDoes(t *testing.T) {
	for _, c := range []struct{ dialled, waID, why string }{
		{"5511999990001", "5511999990001", "São Paulo keeps the ninth digit"},
		{"551199990001", "5511999990001", "and gets it where it is missing"},
		{"5521987654321", "5521987654321", "Rio, too"},
		{"5528999990001", "5528999990001", "the last area that keeps it"},
		{"5531999990001", "553199990001", "Belo Horizonte loses it"},
		{"5541988887777", "554188887777", "Curitiba, as in Meta's own example"},
		{"554188887777", "554188887777", "and stays without"},
		{"5541933334444", "5541933334444", "a number that never was without it"},
		{"551140040001", "551140040001", "a landline has none"},
		{"525512345678", "5215512345678", "Mexico gets a 1"},
		{"5215512345678", "5215512345678", "and keeps it"},
		{"541112345678", "5491112345678", "Argentina gets a 9"},
		{"5491112345678", "5491112345678", "and keeps it"},
		{"16505551234", "16505551234", "others are as they are"},
		{"351912345678", "351912345678", "others are as they are"},
	} {
		require.Equal(t, c.waID, canonical(c.dialled), c.why)
	}
}

// TestEveryFormOfANumberIsOnePhone: what is rewritten is not rewritten again.
func TestEveryFormOfANumberIsOnePhone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		number := rapid.SampledFrom([]string{"55", "52", "54", "1", "351"}).Draw(r, "country") + rapid.StringMatching(`[0-9]{8,11}`).Draw(r, "rest")
		require.Equal(r, canonical(number), canonical(canonical(number)))
	})
}

func TestASendAnswersWithWhatsAppsFormAndFindsThePhoneInAny(t *testing.T) {
	w := opened(t)
	w.opensWindowOf("+55 (41) 98888-7777")
	answer := w.send(textTo("5541988887777"))
	require.Equal(t, map[string]any{"input": "5541988887777", "wa_id": "554188887777"}, answer.body["contacts"].([]any)[0])
	require.Equal(t, 200, w.send(textTo("554188887777")).status, "the same window")
	w.settle()
	require.Len(t, w.sandbox.Sent("5541988887777"), 2)
	require.Len(t, w.sandbox.Sent("554188887777"), 2)
	messages := w.callback.messages()
	require.Equal(t, "554188887777", messages[len(messages)-1].From)
	view := w.sandbox.Phones(1)[0]
	require.Equal(t, []string{"5541988887777", "554188887777"}, []string{view.Number, view.WaID})
}

func TestAUserWithAnIDBesideTheNumber(t *testing.T) {
	w := newWorld(t)
	name := "contato"
	w.phone(customer, PhoneChange{UserID: on(true), Username: &name})
	w.write(Incoming{Text: "Oi"})
	w.settle()
	require.Equal(t, fixtureShape(t, "msg_identity_phone_and_bsuid.json"), shape(t, []byte(w.callback.bodies[0])))
	m := w.callback.messages()[0]
	require.Regexp(t, `^BR\.\d{19}$`, m.FromUserID)
	w.sendText(customer, "a")
	w.settle()
	status := w.callback.taken()[1].Statuses[0]
	require.Equal(t, []string{customer, m.FromUserID}, []string{status.Recipient, status.UserID})
}

func TestAUserWithoutANumberIsReachedByTheIDOnly(t *testing.T) {
	w := newWorld(t)
	w.phone(customer, PhoneChange{HidesNumber: on(true), ParentUserID: on(true)})
	w.write(Incoming{Text: "Oi"})
	w.settle()
	require.NotContains(t, strings.Join(w.callback.bodies, ""), `"wa_id"`)
	require.NotContains(t, strings.Join(w.callback.bodies, ""), `"from":`)
	contact := w.callback.taken()[0].Contacts[0]
	require.Regexp(t, `^BR\.ENT\.\d+$`, contact.ParentUserID)

	for _, id := range []string{contact.UserID, contact.ParentUserID} {
		answer := w.send(`{"messaging_product":"whatsapp","recipient":"` + id + `","type":"text","text":{"body":"oi"}}`)
		require.Equal(t, 200, answer.status, answer.raw)
		require.Equal(t, map[string]any{"input": id, "user_id": id}, answer.body["contacts"].([]any)[0])
	}
	w.settle()
	var last webhookStatus
	for _, value := range w.callback.taken() {
		for _, status := range value.Statuses {
			require.Empty(t, status.Recipient)
			last = status
		}
	}
	require.Equal(t, contact.UserID, last.UserID)
	want := slices.DeleteFunc(fixtureShape(t, "st_bsuid_recipient.json", "username"), func(string) bool { return false })
	got := slices.DeleteFunc(shape(t, []byte(w.callback.bodies[len(w.callback.bodies)-1])), func(path string) bool {
		return strings.Contains(path, "pricing") || strings.Contains(path, "contacts[].parent_user_id")
	})
	require.Equal(t, want, got)

	require.Equal(t, 200, w.send(textTo(customer)).status, "whoever knows the number may use it")
	w.settle()
	before := len(w.callback.taken())
	w.write(Incoming{Text: "e agora?"})
	w.settle()
	require.Equal(t, customer, w.callback.taken()[before].Contacts[0].WaID, "and is then told it for 30 days")
	w.clock.Advance(numberLife)
	before = len(w.callback.taken())
	w.write(Incoming{Text: "e agora?"})
	w.settle()
	require.Empty(t, w.callback.taken()[before].Contacts[0].WaID)
}

func TestACodeIsNotSentToAUserID(t *testing.T) {
	w := newWorld(t)
	w.register(func(b *Business) {
		b.Templates = []Template{{Name: "codigo", Language: "pt_BR", Category: "AUTHENTICATION", Components: []TemplateComponent{{Type: "BODY", Text: "{{1}} é seu código."}}}}
	})
	w.phone(customer, PhoneChange{HidesNumber: on(true)})
	w.write(Incoming{Text: "oi"})
	w.settle()
	id := w.callback.taken()[0].Contacts[0].UserID
	template := `,"type":"template","template":{"name":"codigo","language":{"code":"pt_BR"},"components":[` + body(texts("123")) + `]}}`
	require.Equal(t, 131062, w.send(`{"messaging_product":"whatsapp","recipient":"`+id+`"`+template).graphCode())
	require.Equal(t, 200, w.send(`{"messaging_product":"whatsapp","to":"`+customer+`","recipient":"`+id+`"`+template).status, "with both, the number counts")
	w.settle()
}

func TestAUserIDSentAsANumberVanishesInSilence(t *testing.T) {
	w := opened(t)
	answer := w.send(textTo("BR.13491208655302741918"))
	require.Equal(t, 131047, answer.graphCode(), "no window with a number that is nobody's")
	answer = w.send(templateTo("BR.13491208655302741918"))
	require.Equal(t, 200, answer.status)
	require.Equal(t, "13491208655302741918", answer.body["contacts"].([]any)[0].(map[string]any)["wa_id"])
	w.settle()
	require.Empty(t, w.callback.statuses(answer.body["messages"].([]any)[0].(map[string]any)["id"].(string)), "nothing is ever heard of it")
}

func TestANumberChangesAndWithItTheID(t *testing.T) {
	w := opened(t)
	w.settle()
	before := len(w.callback.taken())
	w.does(customer, PhoneAction{Action: "change_number", To: "+55 11 97777-0001"})
	w.settle()
	require.Equal(t, fixtureShape(t, "msg_system_number_changed_meta.json"), shape(t, []byte(w.callback.bodies[before])))
	m := w.callback.taken()[before].Messages[0]
	require.Equal(t, []string{customer, "5511977770001"}, []string{m.From, m.System.WaID})
	require.Equal(t, 131047, w.send(plainText).graphCode(), "the old number is nobody's")
	require.Equal(t, 200, w.send(textTo("5511977770001")).status, "the window went along")
	w.settle()
	_, err := w.sandbox.Do("5511977770001", PhoneAction{Action: "change_number", To: "5511977770001"})
	require.ErrorContains(t, err, "to")

	p := w.sandbox.book.find("5511977770001")
	id := p.userID(waba)
	w.does("5511977770001", PhoneAction{Action: "change_number", To: "5511977770002"})
	require.NotEqual(t, id, p.userID(waba))
	w.settle()
}

func TestTheIdentityKeyChanges(t *testing.T) {
	w := opened(t)
	before := len(w.callback.taken())
	w.does(customer, PhoneAction{Action: "change_identity"})
	w.does(customer, PhoneAction{Action: "change_identity"})
	w.settle()
	require.Equal(t, fixtureShape(t, "msg_system_identity_changed.json"), shape(t, []byte(w.callback.bodies[before])))
	messages := w.callback.messages()
	require.NotEqual(t, messages[len(messages)-1].Identity.Hash, messages[len(messages)-2].Identity.Hash)
}

func TestACustomerStopsAndResumesMarketing(t *testing.T) {
	w := newWorld(t)
	w.phone(customer, PhoneChange{UserID: on(true), ParentUserID: on(true)})
	w.does(customer, PhoneAction{Action: "stop_marketing"})
	w.settle()
	w.does(customer, PhoneAction{Action: "resume_marketing"})
	w.settle()
	want := append(fixtureShape(t, "pref_marketing_resume.json"), ".entry[].changes[].value.user_preferences[].user_id string")
	slices.Sort(want)
	require.Equal(t, want, shape(t, []byte(w.callback.bodies[1])))
	told := w.callback.fields(t, "user_preferences")
	require.Len(t, told, 2)
	require.Equal(t, "stop", told[0]["user_preferences"].([]any)[0].(map[string]any)["value"])
}

func TestReadReceiptsOfOnePhoneCanBeOff(t *testing.T) {
	w := opened(t)
	w.phone(customer, PhoneChange{Receipts: on(false), Reading: on(true)})
	id := w.sendText(customer, "a")
	w.settle()
	require.Equal(t, StatusRead, w.message(id).Status)
	require.Equal(t, []string{"sent", "delivered"}, w.callback.statuses(id))
}

func TestTheTypingIndicatorShowsForTwentyFiveSecondsOrUntilAMessage(t *testing.T) {
	w := newWorld(t)
	typing := func() []string { return w.sandbox.Phones(1)[0].Typing }
	id := w.write(Incoming{Text: "oi"})
	markRead := `{"messaging_product":"whatsapp","status":"read","message_id":"` + id + `","typing_indicator":{"type":"text"}}`
	require.Equal(t, 200, w.send(markRead).status)
	require.Equal(t, []string{number}, typing())
	w.clock.Advance(typingTime)
	require.Empty(t, typing())
	require.Equal(t, 200, w.send(markRead).status)
	w.sendText(customer, "pronto")
	require.Empty(t, typing())
	require.Equal(t, 100, w.send(strings.Replace(markRead, `"text"`, `"voice"`, 1)).graphCode())
	w.settle()
	require.Equal(t, w.clock.Now().Add(24*time.Hour-typingTime), w.sandbox.Phones(1)[0].Windows[number])
}
