package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheCustomerWritesAndThePhoneShowsIt(t *testing.T) {
	w := newWorld(t)
	got := w.api("POST", "/phones/+55%20(11)%2099999-0001/messages", `{"text":"oi","name":"Ana"}`)
	require.Equal(t, 200, got.status, got.raw)
	id := got.body["data"].(map[string]any)["id"].(string)
	require.Contains(t, id, "wamid.")
	w.settle()
	require.Equal(t, id, w.callback.taken()[0].Messages[0].ID)
	require.Equal(t, "Ana", w.callback.taken()[0].Contacts[0].Profile.Name)

	shown := w.api("GET", "/phones/5511999990001/messages", "")
	require.JSONEq(t, `{"success":true,"data":[{"id":"`+id+`","phoneNumberId":"106540352242922","from":"customer","type":"text","text":"oi",`+
		`"at":"2026-03-02T12:00:00Z","status":"delivered","tracker":""}]}`, shown.raw)
	require.JSONEq(t, `{"success":true,"data":[]}`, w.api("GET", "/phones/5511888880000/messages", "").raw)
	require.Len(t, w.sandbox.Phones(10), 1, "looking at a phone does not make one")
}

func TestWhatThePhoneShowsOfBusinessMessages(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada)).status)
	w.settle()
	data := w.api("GET", "/phones/5511999990001/messages", "").body["data"].([]any)[0].(map[string]any)
	require.Equal(t, "business", data["from"])
	require.Equal(t, "template", data["type"])
	require.Equal(t, "delivered", data["status"])
	require.Equal(t, "job:42", data["tracker"])
	require.Equal(t, "Responda SAIR para parar", data["template"].(map[string]any)["footer"])
	require.Equal(t, "https://ex.com/a.png", data["media"].(map[string]any)["link"])
	require.Len(t, data["buttons"], 2)

	tapped := w.api("POST", "/phones/5511999990001/messages", `{"buttonText":"Sim"}`)
	require.Equal(t, 200, tapped.status)
	w.settle()
	got := w.callback.taken()[2].Messages[0]
	require.Equal(t, &webhookButton{Payload: "Sim", Text: "Sim"}, got.Button)
	require.Equal(t, data["id"], got.Context.ID)
	require.Equal(t, "551140040001", got.Context.From)
}

func TestMistakesOnThePhoneAreExplained(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada)).status)
	w.settle()
	for _, c := range []struct {
		path, document string
		status         int
		field          string
	}{
		{"/phones/5511999990001/messages", `{}`, 400, "text"},
		{"/phones/5511999990001/messages", `{"texto":"oi"}`, 400, "texto"},
		{"/phones/5511999990001/messages", `{"text":7}`, 400, "text"},
		{"/phones/5511999990001/messages", `{"text":"oi"`, 400, ""},
		{"/phones/5511999990001/messages", `{"text":"` + strings.Repeat("x", 65_537) + `"}`, 400, "text"},
		{"/phones/5511999990001/messages", `{"text":"oi","name":"` + strings.Repeat("x", 257) + `"}`, 400, "name"},
		{"/phones/123/messages", `{"text":"oi"}`, 400, "number"},
		{"/phones/abc/messages", `{"text":"oi"}`, 400, "number"},
		{"/phones/5511999990001/messages", `{"text":"oi","channelId":"nenhum"}`, 404, ""},
		{"/phones/5511999990001/messages", `{"text":"oi","replyTo":"wamid.nenhum"}`, 400, "replyTo"},
		{"/phones/5511999990001/messages", `{"type":"image"}`, 400, "link"},
		{"/phones/5511999990001/messages", `{"type":"image","link":"a.png"}`, 400, "link"},
		{"/phones/5511999990001/messages", `{"type":"dance","link":"https://ex.com/a"}`, 400, "type"},
		{"/phones/5511999990001/messages", `{"buttonText":"Ver"}`, 400, "buttonPayload"},
		{"/phones/5511999990001", `{"on":"sim"}`, 400, "on"},
		{"/businesses", `{"phoneNumberId":"5"}`, 400, "wabaId"},
		{"/businesses", `{"phoneNumberId":"5","wabaId":"5"}`, 400, "wabaId"},
		{"/businesses", `{"phoneNumberId":"5","wabaId":"6","displayPhoneNumber":"551140040002","accessToken":"x","callbackUrl":"/x"}`, 400, "callbackUrl"},
		{"/nothing", `{}`, 404, ""},
	} {
		got := w.api("POST", c.path, c.document)
		require.Equal(t, c.status, got.status, "%s %s: %s", c.path, c.document, got.raw)
		require.Equal(t, false, got.body["success"])
		require.NotEmpty(t, got.body["error"])
		require.NotEmpty(t, got.body["code"])
		if c.field != "" {
			require.Equal(t, c.field, got.body["field"], c.document)
		}
	}
	require.Len(t, w.sandbox.Messages(customer), 1)
	require.Equal(t, 400, w.api("GET", "/webhooks?wait=x", "").status)
	require.Equal(t, 400, w.api("GET", "/phones?limit=0", "").status)
}

func TestASwitchedOffPhoneReceivesLater(t *testing.T) {
	w := opened(t)
	require.Equal(t, 200, w.api("POST", "/phones/"+customer, `{"on":false,"name":"Ana"}`).status)
	id := w.sendText(customer, "a")
	w.settle()
	require.Equal(t, []string{"sent"}, w.callback.statuses(id))
	require.Equal(t, 1, w.sandbox.Read(customer), "it will be read when it arrives")
	w.settle()
	require.Equal(t, []string{"sent"}, w.callback.statuses(id))
	require.Equal(t, 200, w.api("POST", "/phones/"+customer, `{"on":true}`).status)
	w.settle()
	require.Equal(t, []string{"sent", "delivered", "read"}, w.callback.statuses(id))
}

func TestAnOpenChatReadsAtOnceAndWritingSwitchesThePhoneOn(t *testing.T) {
	w := opened(t)
	require.Equal(t, 200, w.api("POST", "/phones/"+customer, `{"on":false,"reading":true}`).status)
	id := w.sendText(customer, "a")
	w.settle()
	w.write(Incoming{Text: "voltei"})
	w.settle()
	require.Equal(t, []string{"sent", "delivered", "read"}, w.callback.statuses(id))
	phone := w.sandbox.Phones(10)[0]
	require.True(t, phone.On)
	require.Equal(t, 0, phone.Unread)
	require.Equal(t, "voltei", phone.Last.Text)
}

func TestPOSTReadMarksEverythingRead(t *testing.T) {
	w := opened(t)
	first, second := w.sendText(customer, "a"), w.sendText(customer, "b")
	require.JSONEq(t, `{"success":true,"data":{"messages":2}}`, w.api("POST", "/phones/"+customer+"/read", "").raw, "even before they arrive")
	w.settle()
	for _, id := range []string{first, second} {
		require.Equal(t, []string{"sent", "delivered", "read"}, w.callback.statuses(id))
	}
	require.JSONEq(t, `{"success":true,"data":{"messages":0}}`, w.api("POST", "/phones/"+customer+"/read", "").raw)
	require.JSONEq(t, `{"success":true,"data":{"messages":0}}`, w.api("POST", "/phones/5511888880000/read", "").raw)
}

func TestBusinessesAreRegisteredReplacedAndListedWithoutSecrets(t *testing.T) {
	w := newWorld(t)
	added := `{"phoneNumberId":"5","wabaId":"6","displayPhoneNumber":"551140040002","accessToken":"segredo1","appSecret":"segredo2","callbackUrl":"` +
		w.callback.server.URL + `","verifyToken":"segredo3","channelId":"canal-2","templates":[{"name":"oi","language":"pt_BR","components":[{"type":"BODY","text":"Oi"}]}]}`
	require.Equal(t, 200, w.api("POST", "/businesses", added).status)
	require.Equal(t, 200, w.api("POST", "/businesses", added).status)
	listed := w.api("GET", "/businesses", "")
	require.Len(t, listed.body["data"], 2)
	require.NotContains(t, listed.raw, "segredo")
	require.Equal(t, 200, w.api("POST", "/phones/"+customer+"/messages", `{"text":"oi","channelId":"canal-2"}`).status)
	require.Len(t, w.api("GET", "/phones/"+customer+"/messages?channelId=canal-2", "").body["data"], 1)
	require.Empty(t, w.api("GET", "/phones/"+customer+"/messages?phoneNumberId="+number, "").body["data"])
	require.Equal(t, 404, w.api("GET", "/phones/"+customer+"/messages?channelId=none", "").status)
}

func TestWebhookCountsCanBeWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.callback.refuse = 2
	w.write(Incoming{Text: "oi"})
	got := w.api("GET", "/webhooks?wait=20&pending", "").body["data"].(map[string]any)
	require.Equal(t, true, got["idle"])
	require.Equal(t, []any{1.0, 2.0, 0.0}, []any{got["delivered"], got["failedAttempts"], got["pending"]})
}

func TestFilesOfCustomersCanBeFound(t *testing.T) {
	w := newWorld(t)
	w.write(Incoming{Type: "document", Link: "https://ex.com/pedido.pdf?x=1", FileName: "pedido.pdf", Caption: "meu pedido"})
	w.settle()
	document := w.callback.taken()[0].Messages[0].Document
	require.Equal(t, "application/pdf", document.MimeType)
	got := w.call("GET", "/graph/v23.0/"+document.ID, token, "")
	require.JSONEq(t, `{"messaging_product":"whatsapp","id":"`+document.ID+`","url":"https://ex.com/pedido.pdf?x=1","mime_type":"application/pdf"}`, got.raw)
	require.Equal(t, 190, w.call("GET", "/graph/v23.0/"+document.ID, "wrong", "").graphCode())
}

func TestPagesOfOtherSitesCannotUseTheControlAPI(t *testing.T) {
	w := newWorld(t)
	request, err := http.NewRequest(http.MethodPost, w.http.URL+"/api/faults", http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Origin", "https://evil.example")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := w.client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 403, response.StatusCode)
}

func TestOldMessagesAndQuietPhonesAreForgotten(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Limits = Limits{MessagesPerPhone: 3, Phones: 2, Messages: 5} })
	for i := range 5 {
		w.write(Incoming{Text: fmt.Sprint(i)})
	}
	shown := w.sandbox.Messages(customer)
	require.Len(t, shown, 3)
	require.Equal(t, "2", shown[0].Text)
	for _, other := range []string{"5511999990002", "5511999990003"} {
		_, err := w.sandbox.Write(other, Incoming{Text: "oi"})
		require.NoError(t, err)
	}
	require.Empty(t, w.sandbox.Messages(customer), "the phone quiet for longest")
	w.settle()
}

func TestTheBookStaysWithinItsLimitsWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{MessagesPerPhone: rapid.IntRange(1, 5).Draw(t, "perPhone"), Phones: rapid.IntRange(1, 5).Draw(t, "phones"), Messages: rapid.IntRange(1, 12).Draw(t, "messages")}
		b := newBook(limits)
		for i, who := range rapid.SliceOfN(rapid.IntRange(0, 8), 0, 200).Draw(t, "writers") {
			p := b.use(fmt.Sprintf("551199999%04d", who))
			e := &entry{Message: Message{ID: fmt.Sprint(i), At: time.Unix(int64(i), 0)}, phone: p}
			b.add(e)
			require.Same(t, e, b.byID[e.ID], "the newest message is always there")
			require.LessOrEqual(t, len(b.phones), limits.Phones)
			require.LessOrEqual(t, len(b.byID), limits.Messages)
			require.Equal(t, len(b.phones), b.recent.Len())
			kept := 0
			for _, p := range b.phones {
				require.LessOrEqual(t, len(p.entries), limits.MessagesPerPhone)
				for _, e := range p.entries {
					require.Same(t, e, b.byID[e.ID])
					require.False(t, e.gone)
				}
				kept += len(p.entries)
			}
			require.Len(t, b.byID, kept)
		}
	})
}

func TestForgottenMessagesLeaveNoTrace(t *testing.T) {
	b := newBook(Limits{MessagesPerPhone: 10, Phones: 3, Messages: 20})
	for i := range 20_000 {
		b.add(&entry{Message: Message{ID: fmt.Sprint(i)}, phone: b.use(fmt.Sprintf("551199999%04d", i%7))})
		require.LessOrEqual(t, len(b.byAge), 1024)
	}
	require.LessOrEqual(t, len(b.byID), 20)
	require.NotNil(t, b.byID["19999"])
}

func TestOldFilesAreForgotten(t *testing.T) {
	f := newFiles()
	for i := range mostFiles + 5 {
		f.put(&ownedFile{phoneNumberID: number, media: Media{ID: fmt.Sprint(i)}})
	}
	require.Len(t, f.byID, mostFiles)
	require.Empty(t, f.owner("4", time.Time{}))
	require.Equal(t, number, f.owner("5", time.Time{}))
}
