package assistants_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
)

func TestAnAssistantIsMadeShownChangedAndRemoved(t *testing.T) {
	h := newHouse(t)
	plain := h.Assistant(h.Ours, nil)
	require.Equal(t, object{
		"id": plain.Text("id"), "name": "Bia", "persona": "", "model": "", "baseUrl": "", "hasApiKey": false, "temperature": nil, "memory": 20.0,
		"timeLimitSeconds": 60.0, "dailyTokens": 0.0, "dailySpend": 0.0, "inputPrice": 0.0, "outputPrice": 0.0,
		"createdAt": "2026-07-10T13:00:00Z", "updatedAt": "2026-07-10T13:00:00Z",
	}, plain.Data())
	whole := h.Assistant(h.Ours, object{
		"name": " Leo ", "persona": "Você é o Leo.", "model": "gpt-x", "baseUrl": "https://ia.exemplo/v1", "apiKey": "sk-hush-hush", "temperature": 0,
		"memory": 5, "timeLimitSeconds": 10, "dailyTokens": 1000, "dailySpend": 2.5, "inputPrice": 0.15, "outputPrice": 0.6,
	})
	id := whole.Text("id")
	require.Equal(t, "Leo", whole.Text("name"))
	require.Equal(t, 0.0, whole.Data()["temperature"])
	require.Equal(t, true, whole.Data()["hasApiKey"])
	require.Equal(t, whole.Data(), h.Done(200, "GET", "/api/assistants/"+id, h.Ours.Viewer, nil).Data())
	require.Len(t, h.Done(200, "GET", "/api/assistants", h.Ours.Viewer, nil).List(), 2)
	page := h.Done(200, "GET", "/api/assistants?limit=1", h.Ours.Viewer, nil)
	require.Len(t, page.List(), 1)
	require.Len(t, h.Done(200, "GET", "/api/assistants?cursor="+page.Body["nextCursor"].(string), h.Ours.Viewer, nil).List(), 1)

	for _, method := range []string{"PUT", "PATCH"} {
		changed := h.Done(200, method, "/api/assistants/"+id, h.Ours.Admin, object{"memory": 7, "temperature": nil})
		require.Equal(t, 7.0, changed.Data()["memory"])
		require.Nil(t, changed.Data()["temperature"], "null is the model's own")
		require.Equal(t, "Você é o Leo.", changed.Text("persona"), "what is not named stays")
		require.Equal(t, true, changed.Data()["hasApiKey"])
	}
	require.Equal(t, false, h.Done(200, "PATCH", "/api/assistants/"+id, h.Ours.Admin, object{"apiKey": ""}).Data()["hasApiKey"])
	reset := object{"name": "Leo"}
	for _, field := range []string{
		"persona", "model", "baseUrl", "apiKey", "temperature", "memory", "timeLimitSeconds", "dailyTokens", "dailySpend", "inputPrice", "outputPrice",
	} {
		reset[field] = nil
	}
	cleared := h.Done(200, "PATCH", "/api/assistants/"+id, h.Ours.Admin, reset).Data()
	for _, field := range []string{"persona", "model", "baseUrl", "hasApiKey", "temperature", "memory", "timeLimitSeconds", "dailyTokens", "outputPrice"} {
		require.Equal(t, plain.Data()[field], cleared[field], "null takes %s back to what a new one has", field)
	}
	require.NotContains(t, h.Log.String(), "sk-hush-hush")

	require.Equal(t, "Assistente removido", h.Done(200, "DELETE", "/api/assistants/"+id, h.Ours.Admin, nil).Body["message"])
	for _, path := range []string{"/api/assistants/" + id, "/api/assistants/" + id + "/usage"} {
		h.Refused(404, "Assistente não encontrado", "GET", path, h.Ours.Viewer, nil)
	}
	h.Refused(404, "Assistente não encontrado", "DELETE", "/api/assistants/"+id, h.Ours.Admin, nil)
	require.Len(t, h.Done(200, "GET", "/api/assistants", h.Ours.Viewer, nil).List(), 1)
}

func TestKeysOfAssistantsNeverComeOut(t *testing.T) {
	h := newHouse(t)
	made := h.Assistant(h.Ours, object{"apiKey": "sk-hush-hush", "baseUrl": "https://ia.exemplo/v1"})
	path := "/api/assistants/" + made.Text("id")
	require.NotContains(t, made.Raw, "sk-hush-hush")
	for _, answered := range []answer{
		h.Done(200, "GET", path, h.Ours.Admin, nil), h.Done(200, "GET", "/api/assistants", h.Ours.Admin, nil),
		h.Done(200, "PATCH", path, h.Ours.Admin, object{"name": "X"}),
		h.Refused(400, "", "PATCH", path, h.Ours.Admin, object{"apiKey": "sk-hush hush"}),
	} {
		require.NotContains(t, answered.Raw, "hush")
	}
	require.NotContains(t, fmt.Sprint(h.Dump()), "sk-hush-hush", "it is encrypted at rest")

	// A key does not follow to an address for which it was not given.
	found := h.Refused(400, "informe a chave de novo", "PATCH", path, h.Ours.Admin, object{"baseUrl": "https://outro.exemplo/v1"})
	require.Equal(t, "apiKey", found.Body["field"])
	require.Equal(t, "apiKey", h.Refused(400, "informe a chave", "PATCH", path, h.Ours.Admin, object{"baseUrl": ""}).Body["field"])
	h.Done(200, "PATCH", path, h.Ours.Admin, object{"baseUrl": "https://ia.exemplo/v1/"})
	h.Done(200, "PATCH", path, h.Ours.Admin, object{"baseUrl": "https://outro.exemplo/v1", "apiKey": "sk-new"})
	kept, err := h.Store.Assistant(context.Background(), h.Ours.ID, made.Text("id"))
	require.NoError(t, err)
	require.Equal(t, "sk-new", kept.APIKey)
}

// wrongValue is a value that a field refuses, and what is said about it.
type wrongValue struct {
	field string
	value any
	says  string
}

func assistantMistakes() []wrongValue {
	long := func(n int) string { return strings.Repeat("a", n) }
	return []wrongValue{
		{"name", "", "Required"}, {"name", "  ", "Required"}, {"name", nil, "Required"}, {"name", 7, "texto"}, {"name", long(201), "no máximo 200"},
		{"persona", 7, "texto"}, {"persona", long(20001), "no máximo 20000"}, {"persona", []string{}, "texto"},
		{"model", false, "texto"}, {"model", long(201), "no máximo"},
		{"baseUrl", 7, "texto"}, {"baseUrl", "ia.exemplo", "endereço inválido"}, {"baseUrl", "ftp://ia.exemplo", "endereço"},
		{"baseUrl", "https://u:p@ia.exemplo", "endereço"}, {"baseUrl", "https://ia.exemplo/?k=1", "endereço"}, {"baseUrl", "https://ia.exemplo#x", "endereço"},
		{"baseUrl", "https://", "endereço"}, {"baseUrl", "javascript:alert(1)", "endereço"}, {"baseUrl", long(2001), "no máximo"},
		{"apiKey", 7, "texto"}, {"apiKey", "a b", "chave inválida"}, {"apiKey", "a\r\nX-Evil: 1", "chave inválida"}, {"apiKey", "ção", "chave inválida"},
		{"apiKey", long(1001), "no máximo"},
		{"temperature", -0.1, ""}, {"temperature", 2.1, ""}, {"temperature", "0.5", ""}, {"temperature", true, ""}, {"temperature", 1e300, ""},
		{"memory", 0, "no mínimo 1"}, {"memory", -1, "no mínimo"}, {"memory", 201, "no máximo 200"}, {"memory", 1.5, "inteiro"}, {"memory", "5", "inteiro"},
		{"memory", 1e300, ""},
		{"timeLimitSeconds", 0, "no mínimo 1"}, {"timeLimitSeconds", 301, "no máximo 300"}, {"timeLimitSeconds", "10", "inteiro"},
		{"dailyTokens", -1, "no mínimo 0"}, {"dailyTokens", 1e15, "no máximo"}, {"dailyTokens", "x", "inteiro"}, {"dailyTokens", 0.5, "inteiro"},
		{"dailySpend", -0.01, "no mínimo 0"}, {"dailySpend", 1e12, "no máximo"}, {"dailySpend", "x", "número"},
		{"inputPrice", -1, "no mínimo"}, {"inputPrice", 1e9, "no máximo"}, {"inputPrice", object{}, "número"},
		{"outputPrice", -1, "no mínimo"}, {"outputPrice", 1e9, "no máximo"}, {"outputPrice", []int{1}, "número"},
		{"id", chat.NewID(), "campo desconhecido"}, {"tenantId", chat.NewID(), "campo desconhecido"}, {"hasApiKey", true, "campo desconhecido"},
	}
}

func TestEveryFieldOfAnAssistantInEveryWayWrong(t *testing.T) {
	h := newHouse(t)
	id := h.Assistant(h.Ours, nil).Text("id")
	before := h.Dump()
	for _, wrong := range assistantMistakes() {
		for method, path := range map[string]string{"POST": "/api/assistants", "PUT": "/api/assistants/" + id, "PATCH": "/api/assistants/" + id} {
			found := h.Refused(400, wrong.says, method, path, h.Ours.Admin, object{"name": "Bia", wrong.field: wrong.value})
			require.Equal(t, wrong.field, found.Body["field"], "%s %v: %s", method, wrong.value, found.Raw)
			require.Equal(t, "invalid", found.Body["code"])
		}
	}
	require.Equal(t, "name", h.Refused(400, "Required", "POST", "/api/assistants", h.Ours.Admin, object{"persona": "x"}).Body["field"])
	for _, body := range []string{"", "null", "[]", `"x"`, "7", "{", `{"name": "a"} {}`} {
		h.Refused(400, "", "POST", "/api/assistants", h.Ours.Admin, body)
		h.Refused(400, "", "PATCH", "/api/assistants/"+id, h.Ours.Admin, body)
	}
	require.Equal(t, before, h.Dump())
	h.Refused(403, "", "POST", "/api/assistants", h.Ours.Operator, object{"name": "x"})
	h.Refused(403, "", "DELETE", "/api/assistants/"+id, h.Ours.Viewer, nil)
	for _, strange := range []string{"x", "1", "0", chat.NewID(), h.Assistant(h.Theirs, nil).Text("id")} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			var body any
			if method == "PUT" {
				body = object{"name": "x"}
			}
			h.Refused(404, "Assistente não encontrado", method, "/api/assistants/"+strange, h.Ours.Admin, body)
		}
	}
}

func TestTheFollowUpOfARemovedAssistantGoesWithIt(t *testing.T) {
	h := newHouse(t)
	ctx := context.Background()
	gone, stays := h.Assistant(h.Ours, nil).Text("id"), h.Assistant(h.Ours, nil).Text("id")
	config := func(assistantID string) flows.Document {
		body, err := json.Marshal(object{"assistant_id": assistantID, "trigger_status_ids": []string{"novo"}, "steps": []object{{"interval": "PT30M", "prompt": "x"}}})
		require.NoError(t, err)
		made, err := h.Store.CreateDocument(ctx, flows.Document{ID: chat.NewID(), TenantID: h.Ours.ID, Kind: flows.ConfigDocument, Name: "c", Key: assistantID, Active: true, Body: body})
		require.NoError(t, err)
		return made
	}
	theirs, other := config(gone), config(stays)
	h.Done(200, "DELETE", "/api/assistants/"+gone, h.Ours.Admin, nil)
	left, err := h.Store.Documents(ctx, h.Ours.ID, flows.ConfigDocument)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, other.ID, left[0].ID)
	_, err = h.Store.DocumentVersion(ctx, h.Ours.ID, theirs.ID, 1)
	require.NoError(t, err, "what it was can still be read")
}

func TestUsageOfAnAssistantByDay(t *testing.T) {
	h := newHouse(t)
	ctx := context.Background()
	id := h.Assistant(h.Ours, nil).Text("id")
	path := "/api/assistants/" + id + "/usage"
	require.Equal(t, object{"from": "2026-06-11", "to": "2026-07-10", "days": []any{}, "total": object{"calls": 0.0, "inputTokens": 0.0, "outputTokens": 0.0, "spend": 0.0}},
		h.Done(200, "GET", path, h.Ours.Viewer, nil).Data(), "the last 30 local days")
	for day, calls := range map[string]int64{"2026-06-10": 1, "2026-06-11": 2, "2026-07-10": 4, "2026-07-11": 8} {
		require.NoError(t, h.Store.CountAI(ctx, h.Ours.ID, id, day, chat.AIUsage{Calls: calls, InputTokens: 10 * calls, OutputTokens: calls, SpendMicros: 250_000 * calls}))
	}
	usage := h.Done(200, "GET", path, h.Ours.Viewer, nil).Data()
	require.Equal(t, object{"calls": 6.0, "inputTokens": 60.0, "outputTokens": 6.0, "spend": 1.5}, usage["total"])
	require.Equal(t, []any{
		object{"day": "2026-06-11", "calls": 2.0, "inputTokens": 20.0, "outputTokens": 2.0, "spend": 0.5},
		object{"day": "2026-07-10", "calls": 4.0, "inputTokens": 40.0, "outputTokens": 4.0, "spend": 1.0},
	}, usage["days"])
	one := h.Done(200, "GET", path+"?from=2026-06-10&to=2026-06-10", h.Ours.Viewer, nil).Data()
	require.Equal(t, 1.0, one["total"].(object)["calls"])
	for query, field := range map[string]string{
		"from=x": "from", "from=2026-13-01": "from", "from=2026-02-30": "from", "to=10/07/2026": "to", "from=2026-07-02&to=2026-07-01": "from",
		"from=2020-01-01": "from", "from=2026-07-10T00:00:00Z": "from", "to=0": "to",
	} {
		require.Equal(t, field, h.Refused(400, "", "GET", path+"?"+query, h.Ours.Viewer, nil).Body["field"], query)
	}
}

func TestSettingsOfAIAndOfTheGap(t *testing.T) {
	h := newHouse(t)
	found := h.Done(200, "GET", "/api/settings", h.Ours.Viewer, nil)
	require.Equal(t, object{"baseUrl": "", "model": "", "hasApiKey": false, "forbiddenWords": []any{}}, found.Data()["ai"])
	require.Equal(t, object{"gapMinutes": 0.0, "maxPerDay": 0.0}, found.Data()["automatic"])
	changed := h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{
		"ai":        object{"baseUrl": "https://ia.exemplo/v1", "model": "m", "apiKey": "sk-hush-hush", "forbiddenWords": []string{" grátis ", "grátis", ""}},
		"automatic": object{"gapMinutes": 60},
	})
	require.Equal(t, object{"baseUrl": "https://ia.exemplo/v1", "model": "m", "hasApiKey": true, "forbiddenWords": []any{"grátis"}}, changed.Data()["ai"])
	kept := h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"ai": object{"model": "m2"}, "automatic": object{"maxPerDay": 3}})
	require.Equal(t, object{"gapMinutes": 60.0, "maxPerDay": 3.0}, kept.Data()["automatic"], "what is not named stays")
	require.Equal(t, true, kept.Data()["ai"].(object)["hasApiKey"])
	require.NotContains(t, changed.Raw+kept.Raw, "hush")
	require.NotContains(t, fmt.Sprint(h.Dump()), "sk-hush-hush")
	stored, err := h.Store.Tenant(context.Background(), h.Ours.ID)
	require.NoError(t, err)
	require.Equal(t, "sk-hush-hush", stored.Settings.AI.APIKey)
	require.Empty(t, h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"ai": object{"forbiddenWords": []string{}}}).Data()["ai"].(object)["forbiddenWords"])

	require.Equal(t, object{"gapMinutes": 0.0, "maxPerDay": 3.0}, h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"automatic": object{"gapMinutes": nil}}).Data()["automatic"])
	before := h.Dump()
	for _, wrong := range []wrongValue{
		{"automatic.gapMinutes", -1, "no mínimo 0"}, {"automatic.gapMinutes", 10081, "no máximo 10080"}, {"automatic.gapMinutes", "60", "inteiro"},
		{"automatic.gapMinutes", 0.5, "inteiro"},
		{"automatic.maxPerDay", -1, "no mínimo 0"}, {"automatic.maxPerDay", 1001, "no máximo 1000"}, {"automatic.maxPerDay", true, "inteiro"},
		{"automatic.perWeek", 1, "campo desconhecido"},
		{"ai.baseUrl", "x", "endereço"}, {"ai.baseUrl", 7, "texto"},
		{"ai.model", 7, "texto"}, {"ai.model", strings.Repeat("m", 201), "no máximo"},
		{"ai.apiKey", "a b", "chave"}, {"ai.apiKey", 7, "texto"}, {"ai.hasApiKey", true, "campo desconhecido"},
		{"ai.forbiddenWords", "x", "lista"}, {"ai.forbiddenWords", make([]string, 301), "no máximo 300"},
	} {
		group, name, _ := strings.Cut(wrong.field, ".")
		refused := h.Refused(400, wrong.says, "PUT", "/api/settings", h.Ours.Admin, object{group: object{name: wrong.value}})
		require.Equal(t, wrong.field, refused.Body["field"], "%v: %s", wrong.value, refused.Raw)
	}
	for field, body := range map[string]object{
		"ai.forbiddenWords[1]": {"ai": object{"forbiddenWords": []any{"a", strings.Repeat("é", 101)}}},
		"ai.forbiddenWords[0]": {"ai": object{"forbiddenWords": []any{7}}},
		"ai.apiKey":            {"ai": object{"baseUrl": "https://outro.exemplo/v1"}},
		"ai":                   {"ai": []any{}},
		"automatic":            {"automatic": 5},
	} {
		require.Equal(t, field, h.Refused(400, "", "PUT", "/api/settings", h.Ours.Admin, body).Body["field"])
	}
	require.Equal(t, before, h.Dump())
}
