package authoring_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
)

func (h *house) removeChannel(id string) {
	h.T.Helper()
	h.Done(200, "DELETE", "/api/channels/"+id, h.Ours.Admin, nil)
}

// What a document refers to may go. Whoever turns the document off, or mends something else, need not mend that first.
func TestAConfigWhoseChannelWentCanBeChanged(t *testing.T) {
	h := newHouse(t)
	id := h.Config(h.Ours, nil).Text("id")
	path := gatewaytest.ConfigsPath + "/" + id
	h.removeChannel(h.Ours.Channel.ID)
	for _, change := range []object{{"is_active": false}, {"is_active": true}, {"trigger_status_ids": []any{"outro"}}, {"steps": []any{object{"interval": "PT1H", "prompt": "Outro"}}}} {
		found := h.Done(200, "PUT", path, h.Ours.Admin, change)
		require.Equal(t, []any{"official_steps[0]: o canal foi removido"}, found.Body["warnings"])
		require.Equal(t, h.Ours.Channel.ID, found.Body["official_steps"].([]any)[0].(object)["channel_id"])
	}
	whole := h.Done(200, "GET", path, h.Ours.Viewer, nil).Body
	found := h.Refused(400, "canal não encontrado", "PUT", path, h.Ours.Admin, object{"official_steps": whole["official_steps"]})
	require.Equal(t, "official_steps[0].channel_id", found.Body["field"], "what a change names is checked")
	h.Refused(400, "canal não encontrado", "PUT", path, h.Ours.Admin, object{"Official_Steps": whole["official_steps"]})
	cured := h.Done(200, "PUT", path, h.Ours.Admin, object{"official_steps": nil})
	require.NotContains(t, cured.Body, "warnings")
}

func TestAConfigWhoseAssistantWentCanBeTurnedOff(t *testing.T) {
	h := newHouse(t)
	made := h.Config(h.Ours, nil)
	path := gatewaytest.ConfigsPath + "/" + made.Text("id")
	_, err := h.Store.ChangeAssistant(context.Background(), h.Ours.ID, made.Text("assistant_id"), func(a *chat.Assistant) error {
		a.DeletedAt = h.Clock() // as earlier versions left it
		return nil
	})
	require.NoError(t, err)
	found := h.Done(200, "PUT", path, h.Ours.Admin, object{"is_active": false})
	require.Equal(t, false, found.Body["is_active"])
	require.Contains(t, found.Body["warnings"].([]any)[0], "o assistente foi removido")
	refused := h.Refused(400, "assistente não encontrado", "PUT", path, h.Ours.Admin, object{"assistant_id": made.Text("assistant_id")})
	require.Equal(t, "assistant_id", refused.Body["field"])
	h.Done(200, "PUT", path, h.Ours.Admin, object{"assistant_id": h.Assistant(h.Ours, nil).Text("id"), "is_active": true})
}

// The authors' own name of a channel stays when the channel goes; a name that was the channel's goes with it.
func TestTheNameOfAChannelThatWent(t *testing.T) {
	h := newHouse(t)
	named, plain := h.Config(h.Ours, nil), h.Config(h.Ours, object{"official_steps": []any{object{
		"channel_id": h.Ours.Channel.ID, "steps": []any{object{"interval": "P1D", "template_name": "lembrete", "template_params": []any{"a", "b"}}},
	}}})
	nameIn := func(made gatewaytest.Configured) any {
		shown := h.Done(200, "GET", gatewaytest.ConfigsPath+"/"+made.Text("id"), h.Ours.Viewer, nil).Body
		return shown["official_steps"].([]any)[0].(object)["channel_name"]
	}
	require.Equal(t, "Vendas", nameIn(plain))
	h.removeChannel(h.Ours.Channel.ID)
	require.Equal(t, "WhatsApp Business", nameIn(named))
	require.Empty(t, nameIn(plain))
	require.Len(t, h.AllConfigs(), 2)
}

func TestARuleWhoseChannelWentCanBeChanged(t *testing.T) {
	h := newHouse(t)
	other := h.Channel(h.Ours.ID, "333", "+551130000333")
	id := h.Rule(h.Ours, object{"instanceId": h.Ours.Channel.ID}).Text("id")
	path := gatewaytest.RulesPath + "/" + id
	h.removeChannel(h.Ours.Channel.ID)
	for _, change := range []func() answer{
		func() answer { return h.Done(200, "POST", path+"/toggle", h.Ours.Admin, nil) },
		func() answer { return h.Done(200, "POST", path+"/toggle", h.Ours.Admin, nil) },
		func() answer { return h.Done(200, "PUT", path, h.Ours.Admin, object{"isActive": false}) },
		func() answer { return h.Done(200, "PUT", path, h.Ours.Admin, object{"message": "Outra"}) },
	} {
		h.Advance(time.Minute)
		found := change()
		require.Len(t, found.Data()["warnings"], 1)
		require.Contains(t, found.Data()["warnings"].([]any)[0], "o canal desta regra foi removido")
		require.Equal(t, object{"id": h.Ours.Channel.ID, "instanceName": ""}, found.Data()["instance"])
	}
	for _, member := range []string{"instanceId", "instanceID"} {
		found := h.Refused(400, "canal não encontrado", "PUT", path, h.Ours.Admin, object{member: h.Ours.Channel.ID, "isActive": false})
		require.Equal(t, "instanceId", found.Body["field"])
	}
	require.Nil(t, h.Done(200, "PUT", path, h.Ours.Admin, object{"instanceId": nil}).Data()["instance"])
	moved := h.Done(200, "PUT", path, h.Ours.Admin, object{"instanceId": other.ID})
	require.Equal(t, other.ID, moved.Data()["instance"].(object)["id"])
}

func TestAModelWhoseChannelWentCanBeChanged(t *testing.T) {
	h := newHouse(t)
	made := h.Model(h.Ours)
	path := "/api/followup-models/" + made.Text("id")
	first := made.Data()["messages"].([]any)[0].(object)["id"].(string)
	second := made.Data()["messages"].([]any)[1].(object)["id"].(string)
	h.removeChannel(h.Ours.Channel.ID)
	for _, change := range []func() answer{
		func() answer { return h.Done(200, "PUT", path, h.Ours.Admin, object{"isActive": false}) },
		func() answer {
			return h.Done(201, "POST", path+"/messages", h.Ours.Admin, object{"text": "Mais uma", "offset": 5})
		},
		func() answer {
			return h.Done(200, "PUT", path+"/messages/"+first, h.Ours.Admin, object{"text": "Outra"})
		},
		func() answer { return h.Done(200, "DELETE", path+"/messages/"+second, h.Ours.Admin, nil) },
	} {
		found := change()
		require.Len(t, found.Data()["warnings"], 1)
		require.Contains(t, found.Data()["warnings"].([]any)[0], "o canal deste modelo foi removido")
	}
	found := h.Refused(400, "canal não encontrado", "PUT", path, h.Ours.Admin, object{"channelId": h.Ours.Channel.ID})
	require.Equal(t, "channelId", found.Body["field"])
	h.Done(200, "PUT", path, h.Ours.Admin, object{"channelId": h.Channel(h.Ours.ID, "333", "+551130000333").ID})
}
