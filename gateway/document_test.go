package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
)

// Null says that there is to be none. What always has a value cannot be without one: turning a rule on by it, or back to one
// attempt, would be a surprise.
func TestNullClearsOnlyWhatMayBeAbsent(t *testing.T) {
	h := newHouse(t)
	h.Rule(h.Ours, object{"isActive": false, "keepInWindow": true, "template": object{"name": "lembrete"}})
	h.Model(h.Ours)
	h.Config(h.Ours, object{"is_active": false})
	before := h.Dump()
	for path, names := range map[string][]string{
		gatewaytest.RulesPath + "/1":   {"name", "triggerType", "triggerValue", "triggerUnit", "isActive", "maxAttempts", "keepInWindow"},
		"/api/followup-models/1":       {"name", "channelId", "onReply", "isActive", "messages"},
		gatewaytest.ConfigsPath + "/1": {"assistant_id", "trigger_status_ids", "is_active", "keep_in_window", "keepInWindow"},
		h.firstMessage():               {"offset"},
	} {
		for _, name := range names {
			found := h.Refused(400, "Erro de validação: "+name+": Required", "PUT", path, h.Ours.Admin, object{name: nil})
			require.Equal(t, name, found.Body["field"])
		}
	}
	for _, name := range []string{"isactive", "ISACTIVE"} {
		h.Refused(400, "Erro de validação: isActive: Required", "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{name: nil})
	}
	h.Refused(400, "instance: campo desconhecido", "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"instance": nil})
	require.Equal(t, before, h.Dump())

	rule := h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"instanceId": nil, "conditions": nil, "attachment": nil, "message": nil}).Data()
	require.Equal(t, []any{nil, nil, "", false}, []any{rule["instance"], rule["conditions"], rule["message"], rule["isActive"]})
	h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"message": "Oi", "template": nil})
	model := h.Done(200, "PUT", "/api/followup-models/1", h.Ours.Admin, object{"startTime": nil, "exitIf": nil, "conditions": nil}).Data()
	require.Nil(t, model["startTime"])
	config := h.Done(200, "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"official_steps": nil})
	require.Equal(t, []any{}, config.Body["official_steps"])
}

func (h *house) firstMessage() string {
	h.T.Helper()
	messages := h.Done(200, "GET", "/api/followup-models/1", h.Ours.Viewer, nil).Data()["messages"].([]any)
	return "/api/followup-models/1/messages/" + messages[0].(object)["id"].(string)
}

// JSON readers match names whatever their case: a change must not stand beside what it changes.
func TestAChangeMatchesNamesWhateverTheirCase(t *testing.T) {
	h := newHouse(t)
	h.Rule(h.Ours, nil)
	h.Model(h.Ours)
	h.Config(h.Ours, nil)
	require.Equal(t, false, h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"ISACTIVE": false}).Data()["isActive"])
	require.Equal(t, 5.0, h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"MaxAttempts": 5}).Data()["maxAttempts"])
	require.Equal(t, "Outro", h.Done(200, "PUT", "/api/followup-models/1", h.Ours.Admin, object{"Name": "Outro"}).Text("name"))
	require.Equal(t, false, h.Done(200, "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"Is_Active": false}).Body["is_active"])
}

func TestTheDocumentSaysWhatNullClears(t *testing.T) {
	h := newHouse(t)
	schemas := h.G.OpenAPI().Components.Schemas.Map()
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
