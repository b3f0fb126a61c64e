package entrance_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

func TestAWebhookIsCommittedBeforeItIsThankedFor(t *testing.T) {
	h := newHouse(t)
	body := gatewaytest.MetaMessage("111", "5511977770001", "wamid.1", "oi", h.Clock())
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
	contact, err := h.Store.ContactByKeys(context.Background(), h.Ours.ID, []chat.Key{chat.PhoneKey("+5511977770001")})
	require.NoError(t, err)
	require.Equal(t, "Ana Souza", contact.Name)
	mail := h.Mail(h.Ours, contact.ID)
	require.Len(t, mail, 1)
	require.Equal(t, "oi", mail[0].Message.Content.Text)
	require.Equal(t, h.Ours.Channel.ID, mail[0].ChannelID)
	require.Equal(t, []desk.Ref{{TenantID: h.Ours.ID, ContactID: contact.ID}}, h.Wakes.Contacts)
}

func TestAReplayedWebhookChangesNothing(t *testing.T) {
	h := newHouse(t)
	body := gatewaytest.MetaMessage("111", "5511977770001", "wamid.1", "oi", h.Clock())
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
	before := h.Dump()
	for range 3 {
		require.Equal(t, 200, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
	}
	require.Equal(t, before, h.Dump())
}

func TestAWrongSignatureIsRefusedAndCounted(t *testing.T) {
	counted := &counts{}
	h := newHouse(t, func(o *gateway.Options) { o.Webhooks = counted })
	before := h.Dump()
	body := gatewaytest.MetaMessage("111", "5511977770001", "wamid.1", "oi", h.Clock())
	found := h.Webhook(h.Ours.Channel, body, "another secret")
	require.Equal(t, 401, found.Status)
	require.Equal(t, "unauthorized", found.Body["code"])
	request := httptest.NewRequest(http.MethodPost, "/webhooks/meta/"+h.Ours.Channel.Token, strings.NewReader(body))
	require.Equal(t, 401, h.Do(request).Status)
	require.Equal(t, []string{"meta refused", "meta refused"}, counted.seen)
	require.Equal(t, before, h.Dump())
	require.NotContains(t, h.Log.String(), h.Ours.Channel.Token)
	require.NotContains(t, h.Log.String(), "5511977770001")
}

func TestWebhooksOfNobodyAreNotFound(t *testing.T) {
	h := newHouse(t)
	channel := h.Ours.Channel
	channel.Token = "none"
	require.Equal(t, 404, h.Webhook(channel, "{}", gatewaytest.AppSecret).Status)
	require.Equal(t, 404, h.Call("POST", "/webhooks/gupshup/"+h.Ours.Channel.Token, "", "{}").Status)
}

func TestTheChallengeIsAnswered(t *testing.T) {
	h := newHouse(t)
	path := "/webhooks/meta/" + h.Ours.Channel.Token
	found := h.Call("GET", path+"?hub.mode=subscribe&hub.verify_token=verify&hub.challenge=1158201444", "", nil)
	require.Equal(t, 200, found.Status)
	require.Equal(t, "1158201444", found.Raw)
	require.Equal(t, 403, h.Call("GET", path+"?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", "", nil).Status)
}

func (h *house) rejected() []string { return h.Dump()["rejected"] }

func TestOneBrokenItemCostsTheOthersNothing(t *testing.T) {
	h := newHouse(t)
	raw, err := os.ReadFile(filepath.Join("..", "..", "internal", "provider", "meta", "testdata", "webhooks", "batch_with_broken_items.json"))
	require.NoError(t, err)
	channel := h.Channel(h.Ours.ID, gatewaytest.AccountIn(t, raw), "+5511300009999")
	require.Equal(t, 200, h.Webhook(channel, string(raw), gatewaytest.AppSecret).Status)
	require.NotEmpty(t, h.rejected())
	require.NotEmpty(t, h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List())
}

func TestItemsGoToTheChannelOfTheirNumber(t *testing.T) {
	h := newHouse(t)
	second := h.Channel(h.Ours.ID, "333", "+5511300000333")
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, gatewaytest.MetaMessage("333", "5511977770001", "wamid.1", "oi", h.Clock()), gatewaytest.AppSecret).Status)
	contact, err := h.Store.ContactByKeys(context.Background(), h.Ours.ID, []chat.Key{chat.PhoneKey("+5511977770001")})
	require.NoError(t, err)
	require.Equal(t, second.ID, h.Mail(h.Ours, contact.ID)[0].ChannelID)

	// Another tenant's number, and one that nobody has, are kept for people to look at.
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, gatewaytest.MetaMessage("222", "5511977770002", "wamid.2", "oi", h.Clock()), gatewaytest.AppSecret).Status)
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, gatewaytest.MetaMessage("999", "5511977770003", "wamid.3", "oi", h.Clock()), gatewaytest.AppSecret).Status)
	require.Len(t, h.rejected(), 2)
	require.Contains(t, h.rejected()[0], "conta desconhecida")
	require.Len(t, h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List(), 1)
	require.Empty(t, h.Done(200, "GET", "/api/contacts", h.Theirs.Viewer, nil).List())
}

func TestGroupMessagesAreNotSaidToUs(t *testing.T) {
	h := newHouse(t)
	raw, err := os.ReadFile(filepath.Join("..", "..", "internal", "provider", "meta", "testdata", "webhooks", "msg_group.json"))
	require.NoError(t, err)
	channel := h.Channel(h.Ours.ID, gatewaytest.AccountIn(t, raw), "+5511300009999")
	require.Equal(t, 200, h.Webhook(channel, string(raw), gatewaytest.AppSecret).Status)
	require.Len(t, h.rejected(), 1)
	require.Contains(t, h.rejected()[0], "grupo")
	require.Empty(t, h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List())
}

func TestAByteOrderMarkCostsNothing(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, "\xef\xbb\xbf"+gatewaytest.MetaMessage("111", "5511977770003", "wamid.3", "oi", h.Clock()), gatewaytest.AppSecret).Status)
	require.Empty(t, h.rejected())
	require.Len(t, h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List(), 1)
}

func TestSignedButUnreadableIsKept(t *testing.T) {
	h := newHouse(t)
	for _, body := range []string{"", "{", `{"object":"page","entry":[]}`, "\x00\xff"} {
		require.Equal(t, 200, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status, "%q: a provider would repeat a refusal for ever", body)
	}
	require.Len(t, h.rejected(), 4)
}

// absent is a database that is away.
type absent struct{ gateway.Store }

func (absent) Receive(context.Context, desk.Intake) (desk.Written, error) {
	return desk.Written{}, fault.New(fault.Unavailable, "o banco de dados não responde")
}

type broken struct{ gateway.Store }

func (broken) ChannelByToken(context.Context, string) (chat.Channel, error) {
	return chat.Channel{}, errors.New("disk full")
}

func TestWithoutADatabaseTheProviderIsAskedToComeAgain(t *testing.T) {
	h := newHouse(t)
	body := gatewaytest.MetaMessage("111", "5511977770001", "wamid.1", "oi", h.Clock())
	for name, store := range map[string]gateway.Store{"away": absent{h.Store}, "broken": broken{h.Store}} {
		t.Run(name, func(t *testing.T) {
			found := h.With(store).Webhook(h.Ours.Channel, body, gatewaytest.AppSecret)
			require.Equal(t, 503, found.Status, "never 4xx: some providers would not repeat it")
			require.NotEmpty(t, found.Header.Get("Retry-After"))
			require.NotContains(t, found.Raw, "disk full")
		})
	}
}

func notice(account, field string, value object) string {
	return gatewaytest.Encode(object{"object": "whatsapp_business_account", "entry": []object{{"id": account, "time": 1783688400, "changes": []object{{"field": field, "value": value}}}}})
}

func TestNewsAboutTemplatesAndAccountsAreApplied(t *testing.T) {
	h := newHouse(t)
	status := notice("102290111", "message_template_status_update", object{"event": "PAUSED", "message_template_id": 1, "message_template_name": "lembrete", "message_template_language": "pt-BR"})
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, status, gatewaytest.AppSecret).Status)
	for _, template := range h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID+"/templates", h.Ours.Viewer, nil).List() {
		require.Equal(t, "PAUSED", template.(object)["status"])
	}
	channel := func() object {
		return h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Viewer, nil).Data()
	}
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, notice("102290111", "account_update", object{"event": "DISABLED_UPDATE", "ban_info": object{"waba_ban_state": "DISABLE"}}), gatewaytest.AppSecret).Status)
	require.Equal(t, false, channel()["online"])
	require.Contains(t, channel()["offlineReason"], "DISABLE")
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, notice("102290111", "account_update", object{"event": "DISABLED_UPDATE", "ban_info": object{"waba_ban_state": "REINSTATE"}}), gatewaytest.AppSecret).Status)
	require.Equal(t, true, channel()["online"])
}

func TestNothingKeepsTheServersBuffers(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	body := gatewaytest.MetaMessage("111", "5511977770001", "wamid.first", "a primeira mensagem", h.Clock())
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
	h.Done(202, "POST", "/api/events", h.Ours.Operator, object{"event": "deal.created", "contactId": 1, "data": object{"nome": "primeiro"}}, "X-Request-Id", "first")
	for range 50 {
		require.Equal(t, 401, h.Webhook(h.Ours.Channel, strings.Repeat("X", len(body)), "wrong").Status)
		h.Call("POST", "/api/events", h.Ours.Operator, strings.Repeat("Y", 200), "X-Request-Id", "YYYYY")
	}
	contact, err := h.Store.ContactByKeys(context.Background(), h.Ours.ID, []chat.Key{chat.PhoneKey("+5511977770001")})
	require.NoError(t, err)
	mail := h.Mail(h.Ours, contact.ID)
	require.Len(t, mail, 2)
	require.Equal(t, "a primeira mensagem", mail[0].Message.Content.Text)
	require.Equal(t, "wamid.first", mail[0].ExternalID)
	require.Equal(t, chat.DealCreated, mail[1].Name)
	require.Equal(t, map[string]any{"nome": "primeiro"}, mail[1].Data)
	require.Contains(t, h.Log.String(), `"request":"first"`)
}
