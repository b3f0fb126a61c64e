package channels_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
)

// number is a provider whose answers a test decides, and which counts what it was asked.
type number struct {
	*meta.Adapter
	mutex     sync.Mutex
	state     chat.NumberState
	blocked   string
	failing   error
	templates []chat.Template
	asked     []string
	read      []string
	repaired  int
}

func (n *number) note(what string, channel chat.Channel) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.asked = append(n.asked, what+" "+channel.Account)
	return n.failing
}

func (n *number) take() []string {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	taken := n.asked
	n.asked = nil
	return taken
}

func (n *number) Templates(_ context.Context, channel chat.Channel) ([]chat.Template, error) {
	err := n.note("templates", channel)
	return n.templates, err
}

func (n *number) Number(_ context.Context, channel chat.Channel) (chat.NumberState, string, error) {
	err := n.note("number", channel)
	return n.state, n.blocked, err
}

func (n *number) Check(_ context.Context, _ chat.Channel, callback string) ([]provider.Finding, error) {
	return []provider.Finding{{Check: "callback", OK: true, Message: callback}}, nil
}

func (n *number) MarkRead(_ context.Context, _ chat.Channel, externalID string, typing bool) error {
	if typing {
		externalID += " typing"
	}
	n.read = append(n.read, externalID)
	return n.failing
}

func (n *number) Repair(context.Context, chat.Channel) error {
	n.repaired++
	return n.failing
}

func houseWith(t *testing.T, n *number) *house {
	n.Adapter = meta.New(meta.Options{})
	return newHouse(t, func(o *gateway.Options) { o.Providers = map[string]provider.Provider{"meta": n} })
}

func TestChannelsAreLookedAfter(t *testing.T) {
	n := &number{state: chat.NumberState{Quality: "GREEN", Status: "CONNECTED", Tier: "TIER_2K", Throughput: 80, VerifiedName: "Loja", NameStatus: "APPROVED"}}
	n.templates = []chat.Template{{Name: "novo", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi"}}
	h := houseWith(t, n)
	round := func() []string {
		t.Helper()
		require.NoError(t, h.G.Upkeep(t.Context()))
		return n.take()
	}
	require.ElementsMatch(t, []string{"number 111", "number 222"}, round(), "the templates were just saved, the numbers never asked about")
	require.Empty(t, round(), "what is fresh is left alone")
	shown := h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Viewer, nil).Data()
	require.Equal(t, object{"quality": "GREEN", "status": "CONNECTED", "tier": "TIER_2K", "throughput": 80.0, "verifiedName": "Loja", "nameStatus": "APPROVED",
		"checkedAt": "2026-07-10T13:00:00Z"}, shown["number"])

	require.NoError(t, h.Store.WantTemplates(t.Context(), h.Ours.ID, h.Ours.Channel.ID, h.Clock().Add(time.Minute)))
	require.Empty(t, round(), "not before it is wanted")
	h.Advance(time.Minute)
	require.Equal(t, []string{"templates 111"}, round())
	require.Empty(t, round())
	names := h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID+"/templates", h.Ours.Viewer, nil).List()
	require.Len(t, names, 1, "what the provider has no more is gone")

	h.Advance(6 * time.Hour)
	require.ElementsMatch(t, []string{"templates 111", "templates 222", "number 111", "number 222"}, round())

	n.failing = fault.New(fault.ProviderDown, "fora do ar")
	h.Advance(6 * time.Hour)
	require.Len(t, round(), 4)
	require.Empty(t, round(), "a failure is not repeated at once")
	require.Contains(t, h.Log.String(), "a channel was not refreshed")
	h.Advance(10 * time.Minute)
	require.ElementsMatch(t, []string{"templates 111", "templates 222"}, round())
}

// A new channel has no templates yet: the next round reads them.
func TestANewChannelIsReadSoon(t *testing.T) {
	n := &number{}
	h := houseWith(t, n)
	require.NoError(t, h.G.Upkeep(t.Context()))
	n.take()
	h.Done(201, "POST", "/api/channels", h.Ours.Admin, object{"name": "Novo", "provider": "meta", "phone": "+551130000333", "account": "333",
		"config": object{"wabaId": "1022900"}, "secrets": object{"accessToken": "a", "appSecret": "b", "verifyToken": "c"}})
	require.NoError(t, h.G.Upkeep(t.Context()))
	require.ElementsMatch(t, []string{"templates 333", "number 333"}, n.take())
}

func TestAChannelComesBackByItself(t *testing.T) {
	n := &number{state: chat.NumberState{Status: "CONNECTED"}, blocked: "sem pagamento"}
	h := houseWith(t, n)
	h.CustomerWrote(h.Ours, "5511977770001")
	h.Done(202, "POST", "/api/conversations/1/messages", h.Ours.Operator, object{"text": "oi"})
	_, err := h.Store.ChangeChannel(t.Context(), h.Ours.ID, h.Ours.Channel.ID, func(c *chat.Channel) error {
		c.Online, c.OfflineReason = false, "sem pagamento"
		return nil
	})
	require.NoError(t, err)
	online := func() any {
		t.Helper()
		require.NoError(t, h.G.Upkeep(t.Context()))
		return h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Viewer, nil).Data()["online"]
	}
	require.Equal(t, false, online())
	n.blocked = ""
	h.Advance(4 * time.Minute)
	require.Equal(t, false, online(), "it is asked every five minutes")
	h.Advance(time.Minute)
	require.Equal(t, true, online())

	_, err = h.Store.ChangeChannel(t.Context(), h.Ours.ID, h.Ours.Channel.ID, func(c *chat.Channel) error {
		*c, _ = c.Fail(chat.Outage{Code: fault.Auth, Lift: fault.LiftPerson, Since: h.Clock()}, "token vencido", 0)
		return nil
	})
	require.NoError(t, err)
	h.Advance(time.Hour)
	require.Equal(t, false, online(), "what a person has to cure waits for one")
	h.Done(200, "POST", "/api/channels/"+h.Ours.Channel.ID+"/check", h.Ours.Operator, nil)
	require.Equal(t, true, online(), "who asks for a check has looked")
}

func TestWhyNothingArrives(t *testing.T) {
	n := &number{state: chat.NumberState{Status: "CONNECTED", Quality: "YELLOW"}}
	h := houseWith(t, n)
	path := "/api/channels/" + h.Ours.Channel.ID + "/check"
	check := func(body any) map[string]object {
		t.Helper()
		found := map[string]object{}
		for _, one := range h.Done(200, "POST", path, h.Ours.Operator, body).List() {
			finding := one.(object)
			found[finding["check"].(string)] = finding
			require.Equal(t, finding["ok"] == false, finding["remedy"] != nil, "what is wrong comes with what helps: %v", finding)
		}
		return found
	}
	found := check(nil)
	require.Equal(t, "https://retoma.example/webhooks/meta/"+h.Ours.Channel.Token, found["callback"]["message"])
	require.Contains(t, found["heard"]["message"], "nenhum webhook chegou")
	require.Equal(t, true, found["signature"]["ok"])
	require.Equal(t, true, found["online"]["ok"])
	require.Equal(t, true, found["sync"]["ok"])
	require.NotContains(t, found, "unconfirmed")
	shown := h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Viewer, nil).Data()["number"].(object)
	require.Equal(t, "YELLOW", shown["quality"], "what was seen is kept")

	h.CustomerSays(h.Ours.Channel, "5511977770001", "oi")
	require.Equal(t, 401, h.Webhook(h.Ours.Channel, `{"object":"whatsapp_business_account","entry":[]}`, "outro segredo").Status)
	require.Equal(t, 401, h.Webhook(h.Ours.Channel, `{"object":"whatsapp_business_account","entry":[]}`, "outro segredo").Status)
	found = check(nil)
	require.Contains(t, found["heard"]["message"], "10:00 de 10/07/2026 (America/Sao_Paulo)")
	require.Contains(t, found["signature"]["message"], "2 webhooks com assinatura errada")
	require.Contains(t, found["signature"]["remedy"], "appSecret")
	h.CustomerSays(h.Ours.Channel, "5511977770001", "e agora?")
	require.Equal(t, true, check(nil)["signature"]["ok"], "a right one shows that the secret is right")

	require.Equal(t, 200, h.Webhook(h.Ours.Channel, `{"isto não":"é um webhook"}`, gatewaytest.AppSecret).Status)
	h.Done(200, "POST", "/api/channels/"+h.Ours.Channel.ID+"/pause", h.Ours.Operator, nil)
	h.Done(200, "POST", "/api/pause", h.Ours.Admin, nil)
	h.Done(200, "PATCH", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Admin, object{"allowList": []any{"+5511977770001"}})
	h.Advance(25 * time.Hour)
	found = check(nil)
	for name, says := range map[string]string{
		"tenant": "pausado", "paused": "pausado", "allowList": "só 1 números", "heard": "há 25 horas", "sync": "há 25 horas", "rejected": "1 item de webhooks não pôde ser lido",
	} {
		require.Equal(t, false, found[name]["ok"], name)
		require.Contains(t, found[name]["message"], says)
	}
	n.failing = errors.New("a rede caiu")
	require.NotEmpty(t, check(nil), "a network that is away is a sentence, not a failure")
	require.Equal(t, false, check(object{"repair": true})["repair"]["ok"])
	n.failing = nil
	require.Equal(t, true, check(object{"repair": true})["repair"]["ok"])
	require.Equal(t, 2, n.repaired)
	h.Refused(404, "Canal", "POST", "/api/channels/"+h.Theirs.Channel.ID+"/check", h.Ours.Operator, nil)
}

func TestAMessageIsMarkedAsRead(t *testing.T) {
	n := &number{}
	h := houseWith(t, n)
	h.CustomerWrote(h.Ours, "5511977770001")
	theirs := h.Heard("oi", chat.Text)
	path := "/api/messages/" + theirs.ID + "/read"
	require.Equal(t, object{"messageId": theirs.ID, "read": true, "typing": false}, h.Done(200, "POST", path, h.Ours.Operator, nil).Data())
	require.Equal(t, true, h.Done(200, "POST", path, h.Ours.Operator, object{"typing": true}).Data()["typing"])
	require.Equal(t, []string{theirs.ExternalID, theirs.ExternalID + " typing"}, n.read)
	h.Refused(422, "só mensagens que o cliente mandou", "POST", "/api/messages/"+h.Accepted("oi").ID+"/read", h.Ours.Operator, nil)
	h.Refused(404, "Mensagem", "POST", path, h.Theirs.Operator, nil)
	h.Refused(403, "", "POST", path, h.Ours.Viewer, nil)
	n.failing = fault.New(fault.ProviderDown, "a Meta está com problemas passageiros")
	h.Refused(503, "passageiros", "POST", path, h.Ours.Operator, nil)
}
