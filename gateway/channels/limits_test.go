package channels_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// troubled is what the worker writes down of a refusal that reaches beyond its message, and what it does right after.
func (h *house) troubled(trouble desk.Trouble) {
	h.T.Helper()
	trouble.ID, trouble.TenantID, trouble.ChannelID, trouble.At = chat.NewID(), h.Ours.ID, h.Ours.Channel.ID, h.Clock()
	_, err := h.Store.Edit(h.T.Context(), h.ana(), func(_ context.Context, d *desk.Desk) error {
		d.Changes.Troubles = append(d.Changes.Troubles, trouble)
		return nil
	})
	require.NoError(h.T, err)
	_, err = h.Store.ApplyTrouble(h.T.Context(), trouble)
	require.NoError(h.T, err)
}

// ana is the one customer.
func (h *house) ana() desk.Ref {
	h.T.Helper()
	id := h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
	return desk.Ref{TenantID: h.Ours.ID, ContactID: id}
}

func (h *house) refuseCountry() {
	h.T.Helper()
	h.troubled(desk.Trouble{Country: "55", Code: fault.PolicyBlocked, Text: "A conta não pode enviar.",
		Reach: fault.Reach{Scope: fault.ScopeCountry, Number: "130497", CoolDown: 24 * time.Hour}})
}

func TestACountryThatIsRefusedIsToldAndLiftedByAPerson(t *testing.T) {
	n := &number{state: chat.NumberState{Status: "CONNECTED"}}
	h := houseWith(t, n)
	sibling := h.Channel(h.Ours.ID, "112", "+551130000112")
	_, err := h.Store.ChangeChannel(t.Context(), h.Ours.ID, sibling.ID, func(c *chat.Channel) error {
		c.Config["wabaId"] = h.Ours.Channel.Config["wabaId"]
		return nil
	})
	require.NoError(t, err)
	h.CustomerWrote(h.Ours, "5511977770001")
	h.refuseCountry()
	base := "/api/channels/" + h.Ours.Channel.ID
	session := func(to string) object {
		t.Helper()
		return h.Done(200, "GET", base+"/session-status?to="+to, h.Ours.Viewer, nil).Data()
	}

	finding := h.findings(nil)["country"]
	require.Equal(t, false, finding["ok"])
	require.Contains(t, finding["message"], "números +55")
	require.Contains(t, finding["message"], "até as 10:00 de 11/07/2026 (America/Sao_Paulo)")
	require.Contains(t, finding["remedy"], "/resume")
	for _, id := range []string{h.Ours.Channel.ID, sibling.ID} {
		limit := h.Done(200, "GET", "/api/channels/"+id, h.Ours.Viewer, nil).Data()["limits"].([]any)[0].(object)
		require.Equal(t, "country", limit["scope"])
		require.Equal(t, "55", limit["subject"])
		require.Equal(t, "2026-07-11T13:00:00Z", limit["until"])
	}
	refused := session("5511977770001")
	require.Equal(t, false, refused["canSendFreeform"])
	require.Contains(t, refused["blocked"].(object)["message"], "+55")
	require.NotContains(t, session("351912345678"), "blocked", "other countries are not concerned")

	h.Done(200, "POST", "/api/channels/"+sibling.ID+"/resume", h.Ours.Operator, nil)
	require.NotContains(t, h.findings(nil), "country", "one word is enough for the account")
	require.Equal(t, true, session("5511977770001")["canSendFreeform"])
	h.refuseCountry()
	require.Contains(t, h.findings(nil), "country", "a new refusal counts again")
	h.Advance(24 * time.Hour)
	require.NotContains(t, h.findings(nil), "country", "it passes by itself")
}

func TestWhatTheProviderHoldsBackIsListedWithItsEnd(t *testing.T) {
	n := &number{state: chat.NumberState{Status: "CONNECTED", Tier: "2"}}
	h := houseWith(t, n)
	h.CustomerSays(h.Ours.Channel, "5511977770001", "oi")
	h.troubled(desk.Trouble{Template: &desk.TemplateKey{Name: "parado", Language: "pt_BR"}, Code: fault.TemplatePaused,
		Reach: fault.Reach{Scope: fault.ScopeTemplate, Number: "132015", Template: "PAUSED", CoolDown: 3 * time.Hour}})
	h.troubled(desk.Trouble{Code: fault.RateLimited, Reach: fault.Reach{Scope: fault.ScopeNumber, Number: "131048", Marketing: true, CoolDown: 6 * time.Hour}})
	_, err := h.Store.ChangeChannel(t.Context(), h.Ours.ID, h.Ours.Channel.ID, func(c *chat.Channel) error {
		c.Config["messagingLimit"] = "1"
		return nil
	})
	require.NoError(t, err)
	_, err = h.Store.Tell(t.Context(), h.Ours.ID, []desk.ChannelNews{{ChannelID: h.Ours.Channel.ID, News: chat.News{At: gatewaytest.Start,
		Sender: &chat.SenderNews{Standing: chat.StandingAnswers, Until: gatewaytest.Start.Add(time.Hour), Reason: "Spam."}}}})
	require.NoError(t, err)
	ana := h.ana()
	_, err = h.Store.Edit(t.Context(), ana, func(_ context.Context, d *desk.Desk) error {
		d.Changes.NewMessages = append(d.Changes.NewMessages, chat.Message{ID: chat.NewID(), TenantID: h.Ours.ID, ContactID: ana.ContactID,
			ChannelID: h.Ours.Channel.ID, ConversationID: d.Conversations[0].ID, Direction: chat.Outbound, Origin: chat.FromFlow, State: chat.Sent,
			CreatedAt: gatewaytest.Start, InitiatedAt: gatewaytest.Start})
		return nil
	})
	require.NoError(t, err)
	found := h.findings(nil)
	for check, says := range map[string]string{
		"template":    "o modelo parado (pt_BR) não está sendo enviado: PAUSED, até as 13:00 de 10/07/2026 (America/Sao_Paulo)",
		"marketing":   "até as 16:00 de 10/07/2026 (America/Sao_Paulo)",
		"restriction": "o provedor só aceita respostas em janela aberta (Spam), até as 11:00 de 10/07/2026 (America/Sao_Paulo)",
		"people":      "o limite de 1 pessoas novas em 24 horas acabou: a próxima vaga é às 10:00 de 11/07/2026 (America/Sao_Paulo)",
	} {
		require.Contains(t, found, check)
		require.Contains(t, found[check]["message"], says, check)
	}
	var scopes []any
	for _, limit := range h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Viewer, nil).Data()["limits"].([]any) {
		scopes = append(scopes, limit.(object)["scope"])
	}
	require.Equal(t, []any{"restriction", "marketing", "template"}, scopes)
}

// A check that brings a channel back says so, and the account's other numbers come back with it.
func TestACheckThatLiftsABanSaysSo(t *testing.T) {
	h := houseWith(t, &number{state: chat.NumberState{Status: "CONNECTED"}})
	sibling, stranger := h.Channel(h.Ours.ID, "112", "+551130000112"), h.Channel(h.Ours.ID, "113", "+551130000113")
	for _, id := range []string{h.Ours.Channel.ID, sibling.ID, stranger.ID} {
		_, err := h.Store.ChangeChannel(t.Context(), h.Ours.ID, id, func(c *chat.Channel) error {
			c.Secrets["accessToken"] = "of " + c.Account
			if id == sibling.ID {
				c.Config["wabaId"] = h.Ours.Channel.Config["wabaId"]
			}
			*c = c.Stand(chat.SenderNews{Standing: chat.StandingOff, Reason: "conta desativada"}, h.Clock())
			return nil
		})
		require.NoError(t, err)
	}
	found := h.Done(200, "POST", "/api/channels/"+h.Ours.Channel.ID+"/check", h.Ours.Operator, nil)
	require.Contains(t, found.Raw, "o canal estava fora do ar (conta desativada)")
	require.Contains(t, found.Raw, "da mesma conta, também voltou ao ar")
	for id, online := range map[string]bool{h.Ours.Channel.ID: true, sibling.ID: true, stranger.ID: false} {
		require.Equal(t, online, h.Done(200, "GET", "/api/channels/"+id, h.Ours.Viewer, nil).Data()["online"])
	}
	require.NotContains(t, h.findings(nil), "outage", "it is told once")
}

// What is for another number is why nothing arrives here: both ids are told, and Meta's own item is kept.
func TestWebhooksOfAnotherNumberAreNamed(t *testing.T) {
	h := houseWith(t, &number{})
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, gatewaytest.MetaMessage("999", "5511977770003", "wamid.3", "oi", h.Clock()), gatewaytest.AppSecret).Status)
	found := h.findings(nil)
	require.Contains(t, found["account"]["message"], "phone_number_id 999")
	require.Contains(t, found["account"]["message"], "o canal deste endereço tem 111")
	require.Contains(t, found["account"]["remedy"], "account")
	require.NotContains(t, found, "rejected")
	kept := h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID+"/rejected", h.Ours.Admin, nil).List()[0].(object)
	require.Contains(t, kept["raw"], `"id":"wamid.3"`)
	require.NotContains(t, kept["raw"], "ReceivedAt", "it is Meta's, and not ours")
	h.Advance(8 * 24 * time.Hour)
	require.NotContains(t, h.findings(nil), "account", "what was cured a week ago is no trouble of today's")
}

func TestAGroupIsNoTroubleOfTheChannel(t *testing.T) {
	h := houseWith(t, &number{})
	body := strings.Replace(gatewaytest.MetaMessage("111", "5511977770003", "wamid.3", "oi", h.Clock()), `"type":"text"`, `"type":"text","group_id":"Y2Fw"`, 1)
	require.Equal(t, 200, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
	kept := h.Done(200, "GET", "/api/channels/"+h.Ours.Channel.ID+"/rejected", h.Ours.Admin, nil).List()[0].(object)
	require.Equal(t, "grupo", kept["reason"])
	require.Contains(t, kept["raw"], `"group_id":"Y2Fw"`, "it is Meta's item that is kept")
	require.NotContains(t, h.findings(nil), "rejected")
}

// Who asks for a repair says that a refused country may be tried again: on every number of the account, and only then.
func TestARepairLiftsRefusedCountries(t *testing.T) {
	h := houseWith(t, &number{state: chat.NumberState{Status: "CONNECTED"}})
	sibling := h.Channel(h.Ours.ID, "112", "+551130000112")
	for _, id := range []string{h.Ours.Channel.ID, sibling.ID} {
		_, err := h.Store.ChangeChannel(t.Context(), h.Ours.ID, id, func(c *chat.Channel) error {
			c.Config["wabaId"], c.Limits.Countries = "1022900", map[string]time.Time{"351": h.Clock().Add(48 * time.Hour)}
			return nil
		})
		require.NoError(t, err)
	}
	held := func() (all []string) {
		for _, id := range []string{h.Ours.Channel.ID, sibling.ID} {
			channel, err := h.Store.Channel(t.Context(), h.Ours.ID, id)
			require.NoError(t, err)
			all = append(all, slices.Collect(maps.Keys(channel.Limits.Countries))...)
		}
		return all
	}
	require.NotContains(t, h.findings(nil), "countries")
	require.Len(t, held(), 2, "a look changes nothing")
	require.Equal(t, true, h.findings(object{"repair": true})["countries"]["ok"])
	require.Empty(t, held())
	require.NotContains(t, h.findings(object{"repair": true}), "countries", "there is nothing left to lift")
}
