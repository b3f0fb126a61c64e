package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Null says that there is to be none. What always has a value cannot be without one: turning a rule on by it, or back to one
// attempt, would be a surprise.
func TestNullClearsOnlyWhatMayBeAbsent(t *testing.T) {
	h := newHouse(t)
	h.rule(h.ours, object{"isActive": false, "keepInWindow": true, "template": object{"name": "lembrete"}})
	h.model(h.ours)
	h.config(h.ours, object{"is_active": false})
	before := h.dump()
	for path, names := range map[string][]string{
		rulesPath + "/1":         {"name", "triggerType", "triggerValue", "triggerUnit", "isActive", "maxAttempts", "keepInWindow"},
		"/api/followup-models/1": {"name", "channelId", "onReply", "isActive", "messages"},
		configsPath + "/1":       {"assistant_id", "trigger_status_ids", "is_active", "keep_in_window", "keepInWindow"},
		h.firstMessage():         {"offset"},
	} {
		for _, name := range names {
			found := h.refused(400, "Erro de validação: "+name+": Required", "PUT", path, h.ours.admin, object{name: nil})
			require.Equal(t, name, found.body["field"])
		}
	}
	for _, name := range []string{"isactive", "ISACTIVE"} {
		h.refused(400, "Erro de validação: isActive: Required", "PUT", rulesPath+"/1", h.ours.admin, object{name: nil})
	}
	h.refused(400, "instance: campo desconhecido", "PUT", rulesPath+"/1", h.ours.admin, object{"instance": nil})
	require.Equal(t, before, h.dump())

	rule := h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"instanceId": nil, "conditions": nil, "attachment": nil, "message": nil}).data()
	require.Equal(t, []any{nil, nil, "", false}, []any{rule["instance"], rule["conditions"], rule["message"], rule["isActive"]})
	h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"message": "Oi", "template": nil})
	model := h.done(200, "PUT", "/api/followup-models/1", h.ours.admin, object{"startTime": nil, "exitIf": nil, "conditions": nil}).data()
	require.Nil(t, model["startTime"])
	config := h.done(200, "PUT", configsPath+"/1", h.ours.admin, object{"official_steps": nil})
	require.Equal(t, []any{}, config.body["official_steps"])
}

func (h *house) firstMessage() string {
	h.t.Helper()
	messages := h.done(200, "GET", "/api/followup-models/1", h.ours.viewer, nil).data()["messages"].([]any)
	return "/api/followup-models/1/messages/" + messages[0].(object)["id"].(string)
}

// JSON readers match names whatever their case: a change must not stand beside what it changes.
func TestAChangeMatchesNamesWhateverTheirCase(t *testing.T) {
	h := newHouse(t)
	h.rule(h.ours, nil)
	h.model(h.ours)
	h.config(h.ours, nil)
	require.Equal(t, false, h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"ISACTIVE": false}).data()["isActive"])
	require.Equal(t, 5.0, h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"MaxAttempts": 5}).data()["maxAttempts"])
	require.Equal(t, "Outro", h.done(200, "PUT", "/api/followup-models/1", h.ours.admin, object{"Name": "Outro"}).text("name"))
	require.Equal(t, false, h.done(200, "PUT", configsPath+"/1", h.ours.admin, object{"Is_Active": false}).body["is_active"])
}

func TestTheDocumentSaysWhatNullClears(t *testing.T) {
	h := newHouse(t)
	schemas := h.g.OpenAPI().Components.Schemas.Map()
	for name, nullable := range map[string]map[string]bool{
		"RulePatch":   {"instanceId": true, "isActive": false, "maxAttempts": false},
		"RuleShape":   {"isActive": true, "maxAttempts": true},
		"ModelPatch":  {"startTime": true, "isActive": false},
		"ConfigPatch": {"is_active": false},
	} {
		for field, want := range nullable {
			require.Equal(t, want, schemas[name].Properties[field].Nullable, "%s.%s", name, field)
		}
	}
}
