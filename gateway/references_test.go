package gateway_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func (h *house) removeChannel(id string) {
	h.t.Helper()
	h.done(200, "DELETE", "/api/channels/"+id, h.ours.admin, nil)
}

// What a document refers to may go. Whoever turns the document off, or mends something else, need not mend that first.
func TestAConfigWhoseChannelWentCanBeChanged(t *testing.T) {
	h := newHouse(t)
	id := h.config(h.ours, nil).text("id")
	path := configsPath + "/" + id
	h.removeChannel(h.ours.channel.ID)
	for _, change := range []object{{"is_active": false}, {"is_active": true}, {"trigger_status_ids": []any{"outro"}}, {"steps": []any{object{"interval": "PT1H", "prompt": "Outro"}}}} {
		found := h.done(200, "PUT", path, h.ours.admin, change)
		require.Equal(t, []any{"official_steps[0]: o canal foi removido"}, found.body["warnings"])
		require.Equal(t, h.ours.channel.ID, found.body["official_steps"].([]any)[0].(object)["channel_id"])
	}
	whole := h.done(200, "GET", path, h.ours.viewer, nil).body
	found := h.refused(400, "canal não encontrado", "PUT", path, h.ours.admin, object{"official_steps": whole["official_steps"]})
	require.Equal(t, "official_steps[0].channel_id", found.body["field"], "what a change names is checked")
	h.refused(400, "canal não encontrado", "PUT", path, h.ours.admin, object{"Official_Steps": whole["official_steps"]})
	cured := h.done(200, "PUT", path, h.ours.admin, object{"official_steps": nil})
	require.NotContains(t, cured.body, "warnings")
}

func TestAConfigWhoseAssistantWentCanBeTurnedOff(t *testing.T) {
	h := newHouse(t)
	made := h.config(h.ours, nil)
	path := configsPath + "/" + made.text("id")
	_, err := h.store.ChangeAssistant(context.Background(), h.ours.id, made.text("assistant_id"), func(a *chat.Assistant) error {
		a.DeletedAt = h.clock() // as earlier versions left it
		return nil
	})
	require.NoError(t, err)
	found := h.done(200, "PUT", path, h.ours.admin, object{"is_active": false})
	require.Equal(t, false, found.body["is_active"])
	require.Contains(t, found.body["warnings"].([]any)[0], "o assistente foi removido")
	refused := h.refused(400, "assistente não encontrado", "PUT", path, h.ours.admin, object{"assistant_id": made.text("assistant_id")})
	require.Equal(t, "assistant_id", refused.body["field"])
	h.done(200, "PUT", path, h.ours.admin, object{"assistant_id": h.assistant(h.ours, nil).text("id"), "is_active": true})
}

// The authors' own name of a channel stays when the channel goes; a name that was the channel's goes with it.
func TestTheNameOfAChannelThatWent(t *testing.T) {
	h := newHouse(t)
	named, plain := h.config(h.ours, nil), h.config(h.ours, object{"official_steps": []any{object{
		"channel_id": h.ours.channel.ID, "steps": []any{object{"interval": "P1D", "template_name": "lembrete", "template_params": []any{"a", "b"}}},
	}}})
	nameIn := func(made configured) any {
		shown := h.done(200, "GET", configsPath+"/"+made.text("id"), h.ours.viewer, nil).body
		return shown["official_steps"].([]any)[0].(object)["channel_name"]
	}
	require.Equal(t, "Vendas", nameIn(plain))
	h.removeChannel(h.ours.channel.ID)
	require.Equal(t, "WhatsApp Business", nameIn(named))
	require.Empty(t, nameIn(plain))
	require.Len(t, h.allConfigs(), 2)
}

func TestARuleWhoseChannelWentCanBeChanged(t *testing.T) {
	h := newHouse(t)
	other := h.channel(h.ours.id, "333", "+551130000333")
	id := h.rule(h.ours, object{"instanceId": h.ours.channel.ID}).text("id")
	path := rulesPath + "/" + id
	h.removeChannel(h.ours.channel.ID)
	for _, change := range []func() answer{
		func() answer { return h.done(200, "POST", path+"/toggle", h.ours.admin, nil) },
		func() answer { return h.done(200, "POST", path+"/toggle", h.ours.admin, nil) },
		func() answer { return h.done(200, "PUT", path, h.ours.admin, object{"isActive": false}) },
		func() answer { return h.done(200, "PUT", path, h.ours.admin, object{"message": "Outra"}) },
	} {
		h.advance(time.Minute)
		found := change()
		require.Len(t, found.data()["warnings"], 1)
		require.Contains(t, found.data()["warnings"].([]any)[0], "o canal desta regra foi removido")
		require.Equal(t, object{"id": h.ours.channel.ID, "instanceName": ""}, found.data()["instance"])
	}
	for _, member := range []string{"instanceId", "instanceID"} {
		found := h.refused(400, "canal não encontrado", "PUT", path, h.ours.admin, object{member: h.ours.channel.ID, "isActive": false})
		require.Equal(t, "instanceId", found.body["field"])
	}
	require.Nil(t, h.done(200, "PUT", path, h.ours.admin, object{"instanceId": nil}).data()["instance"])
	moved := h.done(200, "PUT", path, h.ours.admin, object{"instanceId": other.ID})
	require.Equal(t, other.ID, moved.data()["instance"].(object)["id"])
}

func TestAModelWhoseChannelWentCanBeChanged(t *testing.T) {
	h := newHouse(t)
	made := h.model(h.ours)
	path := "/api/followup-models/" + made.text("id")
	first := made.data()["messages"].([]any)[0].(object)["id"].(string)
	second := made.data()["messages"].([]any)[1].(object)["id"].(string)
	h.removeChannel(h.ours.channel.ID)
	for _, change := range []func() answer{
		func() answer { return h.done(200, "PUT", path, h.ours.admin, object{"isActive": false}) },
		func() answer {
			return h.done(201, "POST", path+"/messages", h.ours.admin, object{"text": "Mais uma", "offset": 5})
		},
		func() answer {
			return h.done(200, "PUT", path+"/messages/"+first, h.ours.admin, object{"text": "Outra"})
		},
		func() answer { return h.done(200, "DELETE", path+"/messages/"+second, h.ours.admin, nil) },
	} {
		found := change()
		require.Len(t, found.data()["warnings"], 1)
		require.Contains(t, found.data()["warnings"].([]any)[0], "o canal deste modelo foi removido")
	}
	found := h.refused(400, "canal não encontrado", "PUT", path, h.ours.admin, object{"channelId": h.ours.channel.ID})
	require.Equal(t, "channelId", found.body["field"])
	h.done(200, "PUT", path, h.ours.admin, object{"channelId": h.channel(h.ours.id, "333", "+551130000333").ID})
}
