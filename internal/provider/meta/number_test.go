package meta

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// asked is what a server was asked last.
type asked struct {
	method, path, body string
}

func listening(t *testing.T, answer apiAnswer) (chat.Channel, *asked) {
	last := &asked{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*last = asked{method: r.Method, path: r.URL.Path, body: string(body)}
		answer.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return channelAt(server.URL), last
}

func TestAMessageIsMarkedAsRead(t *testing.T) {
	channel, last := listening(t, says(`{"success":true}`))
	require.NoError(t, New(Options{}).MarkRead(t.Context(), channel, "wamid.theirs", false))
	require.Equal(t, "POST /v25.0/106540352242922/messages", last.method+" "+last.path)
	require.JSONEq(t, `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.theirs"}`, last.body)

	require.NoError(t, New(Options{}).MarkRead(t.Context(), channel, "wamid.theirs", true))
	require.JSONEq(t, `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.theirs","typing_indicator":{"type":"text"}}`, last.body)

	channel, _ = listening(t, recorded(t, "testdata/answers/err_131009_value.json"))
	require.True(t, fault.Is(New(Options{}).MarkRead(t.Context(), channel, "wamid.old", true), fault.ProviderRejected))
}

func TestANumbersStateIsRead(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		state        chat.NumberState
		blocked      string
	}{
		{
			"all well", `{"verified_name":"Loja","quality_rating":"GREEN","status":"CONNECTED","name_status":"APPROVED","throughput":{"level":"STANDARD"},` +
				`"whatsapp_business_manager_messaging_limit":"TIER_2K","health_status":{"can_send_message":"AVAILABLE"}}`,
			chat.NumberState{Quality: "GREEN", Status: "CONNECTED", Tier: "TIER_2K", Throughput: 80, VerifiedName: "Loja", NameStatus: "APPROVED"}, "",
		},
		{"fast", `{"throughput":{"level":"HIGH"},"status":"CONNECTED"}`, chat.NumberState{Status: "CONNECTED", Throughput: 1000}, ""},
		{"flagged sends on", `{"status":"FLAGGED"}`, chat.NumberState{Status: "FLAGGED"}, ""},
		{"a name that was declined sends on", `{"status":"CONNECTED","name_status":"DECLINED"}`, chat.NumberState{Status: "CONNECTED", NameStatus: "DECLINED"}, ""},
		{"restricted", `{"status":"RESTRICTED"}`, chat.NumberState{Status: "RESTRICTED"}, "o número está RESTRICTED"},
		{"blocked", `{"status":"CONNECTED","health_status":{"can_send_message":"BLOCKED","entities":[{"errors":[{"error_description":"sem pagamento"}]}]}}`,
			chat.NumberState{Status: "CONNECTED"}, "a Meta bloqueou os envios deste número: sem pagamento"},
	} {
		t.Run(c.name, func(t *testing.T) {
			channel, _ := listening(t, says(c.answer))
			state, blocked, err := New(Options{}).Number(t.Context(), channel)
			require.NoError(t, err)
			require.Equal(t, c.state, state)
			require.Equal(t, c.blocked, blocked)
		})
	}
}

func TestAnAccountThatNobodyHearsIsSubscribed(t *testing.T) {
	channel, last := listening(t, says(`{"success":true}`))
	require.NoError(t, New(Options{}).Repair(t.Context(), channel))
	require.Equal(t, asked{method: "POST", path: "/v25.0/102290129340398/subscribed_apps"}, *last)
	require.True(t, fault.Is(New(Options{}).Repair(t.Context(), chat.Channel{}), fault.Invalid))
}

// What Meta lists of a template beyond a text and buttons is kept, and what nobody here can fill is named.
func TestEveryPartOfATemplateIsRead(t *testing.T) {
	channel, _ := listening(t, says(`{"data":[
		{"id":"1","name":"vitrine","language":"pt_BR","status":"APPROVED","quality_score":{"score":"yellow"},"components":[
			{"type":"BODY","text":"Oi {{1}}"},
			{"type":"LIMITED_TIME_OFFER","limited_time_offer":{"text":"Só hoje","has_expiration":true}},
			{"type":"CAROUSEL","cards":[{"components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Por {{1}}"},
				{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Quero"},{"type":"PHONE_NUMBER","text":"Ligar","phone_number":"+551140040001"}]}]}]}]},
		{"id":"2","name":"pedido","language":"pt_BR","status":"REJECTED","rejected_reason":"ABUSIVE_CONTENT","components":[{"type":"BODY","text":"x"},
			{"type":"BUTTONS","buttons":[{"type":"ORDER_DETAILS","text":"Pagar"}]}]},
		{"id":"3","name":"ligacao","language":"pt_BR","status":"APPROVED","rejected_reason":"NONE","components":[{"type":"CALL_PERMISSION_REQUEST"}]},
		{"id":"4","name":"produto","language":"pt_BR","status":"APPROVED","components":[{"type":"HEADER","format":"PRODUCT"},{"type":"BODY","text":"x"}]}]}`))
	found, err := New(Options{}).Templates(t.Context(), channel)
	require.NoError(t, err)
	require.Len(t, found, 4)
	require.Equal(t, &chat.TemplateOffer{Text: "Só hoje", Expires: true}, found[0].Offer)
	require.Equal(t, []chat.TemplatePart{{HeaderType: "IMAGE", BodyText: "Por {{1}}", Buttons: []chat.TemplateButton{
		{Type: "QUICK_REPLY", Text: "Quero"}, {Type: "PHONE_NUMBER", Text: "Ligar", Phone: "+551140040001"},
	}}}, found[0].Cards)
	require.Equal(t, "YELLOW", found[0].Quality)
	require.Empty(t, found[0].Beyond)
	require.Equal(t, "ABUSIVE_CONTENT", found[1].Reason)
	require.Equal(t, "um botão do tipo ORDER_DETAILS", found[1].Beyond)
	require.Empty(t, found[2].Reason)
	require.Equal(t, "uma parte do tipo CALL_PERMISSION_REQUEST", found[2].Beyond)
	require.Equal(t, "um cabeçalho do tipo PRODUCT", found[3].Beyond)
}
