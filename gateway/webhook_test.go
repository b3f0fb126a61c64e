package gateway_test

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
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

func TestAWebhookIsCommittedBeforeItIsThankedFor(t *testing.T) {
	h := newHouse(t)
	body := metaMessage("111", "5511977770001", "wamid.1", "oi", h.clock())
	require.Equal(t, 200, h.webhook(h.ours.channel, body, appSecret).status)
	contact, err := h.store.ContactByKeys(context.Background(), h.ours.id, []chat.Key{chat.PhoneKey("+5511977770001")})
	require.NoError(t, err)
	require.Equal(t, "Ana Souza", contact.Name)
	mail := h.mail(h.ours, contact.ID)
	require.Len(t, mail, 1)
	require.Equal(t, "oi", mail[0].Message.Content.Text)
	require.Equal(t, h.ours.channel.ID, mail[0].ChannelID)
	require.Equal(t, []desk.Ref{{TenantID: h.ours.id, ContactID: contact.ID}}, h.wakes.contacts)
}

func TestAReplayedWebhookChangesNothing(t *testing.T) {
	h := newHouse(t)
	body := metaMessage("111", "5511977770001", "wamid.1", "oi", h.clock())
	require.Equal(t, 200, h.webhook(h.ours.channel, body, appSecret).status)
	before := h.dump()
	for range 3 {
		require.Equal(t, 200, h.webhook(h.ours.channel, body, appSecret).status)
	}
	require.Equal(t, before, h.dump())
}

func TestAWrongSignatureIsRefusedAndCounted(t *testing.T) {
	h := newHouse(t)
	before := h.dump()
	body := metaMessage("111", "5511977770001", "wamid.1", "oi", h.clock())
	found := h.webhook(h.ours.channel, body, "another secret")
	require.Equal(t, 401, found.status)
	require.Equal(t, "unauthorized", found.body["code"])
	request := httptest.NewRequest(http.MethodPost, "/webhooks/meta/"+h.ours.channel.Token, strings.NewReader(body))
	require.Equal(t, 401, h.do(request).status)
	require.Equal(t, map[string]int64{"meta": 2}, h.g.Refused())
	require.Equal(t, before, h.dump())
	require.NotContains(t, h.log.String(), h.ours.channel.Token)
	require.NotContains(t, h.log.String(), "5511977770001")
}

func TestWebhooksOfNobodyAreNotFound(t *testing.T) {
	h := newHouse(t)
	channel := h.ours.channel
	channel.Token = "none"
	require.Equal(t, 404, h.webhook(channel, "{}", appSecret).status)
	require.Equal(t, 404, h.call("POST", "/webhooks/gupshup/"+h.ours.channel.Token, "", "{}").status)
}

func TestTheChallengeIsAnswered(t *testing.T) {
	h := newHouse(t)
	path := "/webhooks/meta/" + h.ours.channel.Token
	found := h.call("GET", path+"?hub.mode=subscribe&hub.verify_token=verify&hub.challenge=1158201444", "", nil)
	require.Equal(t, 200, found.status)
	require.Equal(t, "1158201444", found.raw)
	require.Equal(t, 403, h.call("GET", path+"?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", "", nil).status)
}

func (h *house) rejected() []string { return h.dump()["rejected"] }

func TestOneBrokenItemCostsTheOthersNothing(t *testing.T) {
	h := newHouse(t)
	raw, err := os.ReadFile(filepath.Join("..", "internal", "provider", "meta", "testdata", "webhooks", "batch_with_broken_items.json"))
	require.NoError(t, err)
	channel := h.channel(h.ours.id, accountIn(t, raw), "+5511300009999")
	require.Equal(t, 200, h.webhook(channel, string(raw), appSecret).status)
	require.NotEmpty(t, h.rejected())
	require.NotEmpty(t, h.done(200, "GET", "/api/contacts", h.ours.viewer, nil).list())
}

func TestItemsGoToTheChannelOfTheirNumber(t *testing.T) {
	h := newHouse(t)
	second := h.channel(h.ours.id, "333", "+5511300000333")
	require.Equal(t, 200, h.webhook(h.ours.channel, metaMessage("333", "5511977770001", "wamid.1", "oi", h.clock()), appSecret).status)
	contact, err := h.store.ContactByKeys(context.Background(), h.ours.id, []chat.Key{chat.PhoneKey("+5511977770001")})
	require.NoError(t, err)
	require.Equal(t, second.ID, h.mail(h.ours, contact.ID)[0].ChannelID)

	// Another tenant's number, and one that nobody has, are kept for people to look at.
	require.Equal(t, 200, h.webhook(h.ours.channel, metaMessage("222", "5511977770002", "wamid.2", "oi", h.clock()), appSecret).status)
	require.Equal(t, 200, h.webhook(h.ours.channel, metaMessage("999", "5511977770003", "wamid.3", "oi", h.clock()), appSecret).status)
	require.Len(t, h.rejected(), 2)
	require.Contains(t, h.rejected()[0], "conta desconhecida")
	require.Len(t, h.done(200, "GET", "/api/contacts", h.ours.viewer, nil).list(), 1)
	require.Empty(t, h.done(200, "GET", "/api/contacts", h.theirs.viewer, nil).list())
}

func TestGroupMessagesAreNotSaidToUs(t *testing.T) {
	h := newHouse(t)
	raw, err := os.ReadFile(filepath.Join("..", "internal", "provider", "meta", "testdata", "webhooks", "msg_group.json"))
	require.NoError(t, err)
	channel := h.channel(h.ours.id, accountIn(t, raw), "+5511300009999")
	require.Equal(t, 200, h.webhook(channel, string(raw), appSecret).status)
	require.Len(t, h.rejected(), 1)
	require.Contains(t, h.rejected()[0], "grupo")
	require.Empty(t, h.done(200, "GET", "/api/contacts", h.ours.viewer, nil).list())
}

func TestSignedButUnreadableIsKept(t *testing.T) {
	h := newHouse(t)
	for _, body := range []string{"", "{", `{"object":"page","entry":[]}`, "\x00\xff"} {
		require.Equal(t, 200, h.webhook(h.ours.channel, body, appSecret).status, "%q: a provider would repeat a refusal for ever", body)
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
	body := metaMessage("111", "5511977770001", "wamid.1", "oi", h.clock())
	for name, store := range map[string]gateway.Store{"away": absent{h.store}, "broken": broken{h.store}} {
		t.Run(name, func(t *testing.T) {
			found := h.with(store).webhook(h.ours.channel, body, appSecret)
			require.Equal(t, 503, found.status, "never 4xx: some providers would not repeat it")
			require.NotEmpty(t, found.header.Get("Retry-After"))
			require.NotContains(t, found.raw, "disk full")
		})
	}
}

func notice(account, field string, value object) string {
	return encode(object{"object": "whatsapp_business_account", "entry": []object{{"id": account, "time": 1783688400, "changes": []object{{"field": field, "value": value}}}}})
}

func TestNewsAboutTemplatesAndAccountsAreApplied(t *testing.T) {
	h := newHouse(t)
	status := notice("waba-111", "message_template_status_update", object{"event": "PAUSED", "message_template_id": 1, "message_template_name": "lembrete", "message_template_language": "pt-BR"})
	require.Equal(t, 200, h.webhook(h.ours.channel, status, appSecret).status)
	for _, template := range h.done(200, "GET", "/api/channels/"+h.ours.channel.ID+"/templates", h.ours.viewer, nil).list() {
		require.Equal(t, "PAUSED", template.(object)["status"])
	}
	channel := func() object {
		return h.done(200, "GET", "/api/channels/"+h.ours.channel.ID, h.ours.viewer, nil).data()
	}
	require.Equal(t, 200, h.webhook(h.ours.channel, notice("waba-111", "account_update", object{"event": "DISABLED_UPDATE", "ban_info": object{"waba_ban_state": "DISABLE"}}), appSecret).status)
	require.Equal(t, false, channel()["online"])
	require.Contains(t, channel()["offlineReason"], "DISABLE")
	require.Equal(t, 200, h.webhook(h.ours.channel, notice("waba-111", "account_update", object{"event": "DISABLED_UPDATE", "ban_info": object{"waba_ban_state": "REINSTATE"}}), appSecret).status)
	require.Equal(t, true, channel()["online"])
}

func TestNothingKeepsTheServersBuffers(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	body := metaMessage("111", "5511977770001", "wamid.first", "a primeira mensagem", h.clock())
	require.Equal(t, 200, h.webhook(h.ours.channel, body, appSecret).status)
	h.done(202, "POST", "/api/events", h.ours.operator, object{"event": "deal.created", "contactId": 1, "data": object{"nome": "primeiro"}}, "X-Request-Id", "first")
	for range 50 {
		require.Equal(t, 401, h.webhook(h.ours.channel, strings.Repeat("X", len(body)), "wrong").status)
		h.call("POST", "/api/events", h.ours.operator, strings.Repeat("Y", 200), "X-Request-Id", "YYYYY")
	}
	contact, err := h.store.ContactByKeys(context.Background(), h.ours.id, []chat.Key{chat.PhoneKey("+5511977770001")})
	require.NoError(t, err)
	mail := h.mail(h.ours, contact.ID)
	require.Len(t, mail, 2)
	require.Equal(t, "a primeira mensagem", mail[0].Message.Content.Text)
	require.Equal(t, "wamid.first", mail[0].ExternalID)
	require.Equal(t, chat.DealCreated, mail[1].Name)
	require.Equal(t, map[string]any{"nome": "primeiro"}, mail[1].Data)
	require.Contains(t, h.log.String(), `"request":"first"`)
}
