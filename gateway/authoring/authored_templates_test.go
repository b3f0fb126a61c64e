package authoring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
)

// Names and languages that no provider can have are mistakes of writing: they are told when they are saved.
func TestTemplatesThatCannotExistAreRefused(t *testing.T) {
	h := newHouse(t)
	assistant := h.Assistant(h.Ours, nil).Text("id")
	rule, model, config := h.Rule(h.Ours, nil).Text("id"), h.Model(h.Ours), h.Config(h.Ours, nil).Text("id")
	step := func(name, language any) []any {
		return []any{object{"interval": "P1D", "template_name": name, "template_language": language}}
	}
	message := func(name, language any) object {
		return object{"offset": 5, "template": object{"name": name, "language": language}}
	}
	places := []struct {
		method, path, name, language string
		body                         func(name, language any) object
	}{
		{"POST", gatewaytest.RulesPath, "template.name", "template.language", func(name, language any) object {
			return gatewaytest.NewRule(h.Ours, object{"template": object{"name": name, "language": language}})
		}},
		{"PUT", gatewaytest.RulesPath + "/" + rule, "template.name", "template.language", func(name, language any) object {
			return object{"template": object{"name": name, "language": language}}
		}},
		{"POST", "/api/followup-models", "messages[1].template.name", "messages[1].template.language", func(name, language any) object {
			return object{"name": "M", "channelId": h.Ours.Channel.ID, "messages": []any{object{"text": "oi", "offset": 1}, message(name, language)}}
		}},
		{"POST", "/api/followup-models/" + model.Text("id") + "/messages", "template.name", "template.language", func(name, language any) object {
			return message(name, language)
		}},
		{"POST", gatewaytest.ConfigsPath, "steps[0].template_name", "steps[0].template_language", func(name, language any) object {
			return gatewaytest.NewConfig(assistant, h.Ours.Channel, object{"steps": step(name, language), "official_steps": nil})
		}},
		{"PUT", gatewaytest.ConfigsPath + "/" + config, "official_steps[0].steps[0].template_name", "official_steps[0].steps[0].template_language", func(name, language any) object {
			return object{"official_steps": []any{object{"channel_id": h.Ours.Channel.ID, "steps": step(name, language)}}}
		}},
	}
	before := h.Dump()
	for _, place := range places {
		for _, bad := range []string{"{{name}}", "{{", " lembrete", "lembrete ", "a b", "a\x00b", "a\nb", "ação", "a/b", "%", strings.Repeat("a", 513)} {
			found := h.Refused(400, "", place.method, place.path, h.Ours.Admin, place.body(bad, "pt_BR"))
			require.Equal(t, place.name, found.Body["field"], "%q: %s", bad, found.Raw)
		}
		for _, bad := range []string{"{{", " pt_BR", "pt_BR ", "pt-BR", "p", "PT_BR", "portuguese", "pt_", "pt_B", "pt_BR_", "p\x00", "pt_ção", "pt_BR_aaaa_bbbb_cccc"} {
			found := h.Refused(400, "", place.method, place.path, h.Ours.Admin, place.body("lembrete", bad))
			require.Equal(t, place.language, found.Body["field"], "%q: %s", bad, found.Raw)
		}
	}
	require.Equal(t, before, h.Dump())
	for _, good := range [][2]string{
		{strings.Repeat("a", 512), "pt_BR"}, {"Lembrete_2.v-1", "en"}, {"x", "fil"}, {"x", "zh_Hans_CN"}, {"x", "es_419"}, {"lembrete", ""},
	} {
		for _, place := range places[1:2] {
			h.Done(200, place.method, place.path, h.Ours.Admin, place.body(good[0], good[1]))
		}
	}
}

// A number of values that does not fit a template fails every send; it is told when the document is saved, and no
// mistake, because the template may change.
func TestVariablesThatDoNotFitATemplateAreWarnedOf(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, h.Store.SaveTemplates(t.Context(), h.Ours.ID, h.Ours.Channel.ID, []chat.Template{
		{Name: "lembrete", Language: "pt_BR", Status: "APPROVED", BodyText: "Olá {{1}}, seu compromisso é {{2}}."},
		{Name: "lembrete", Language: "en", Status: "APPROVED", BodyText: "Hi {{1}}."},
		{Name: "simples", Language: "pt_BR", Status: "APPROVED", BodyText: "Olá"},
		{Name: "nomes", Language: "pt_BR", Status: "APPROVED", Named: true, BodyText: "Olá {{nome}}"},
	}))
	warnings := func(answered map[string]any) []any {
		list, _ := answered["warnings"].([]any)
		return list
	}
	for _, c := range []struct {
		name, language string
		variables      any
		says           string
	}{
		{"lembrete", "pt_BR", []any{"a", "{{contact.name}}"}, ""},
		{"lembrete", "", []any{"a", "b"}, ""},
		{"lembrete", "pt_BR", object{"1": "a", "2": "b"}, ""},
		{"lembrete", "pt_BR", []any{"a"}, `falta o valor da variável "2"`},
		{"lembrete", "pt_BR", nil, `falta o valor da variável "1"`},
		{"lembrete", "pt_BR", []any{"a", "b", "c"}, "tem 2 variáveis, e vieram 3 valores"},
		{"lembrete", "en", []any{"a"}, ""},
		{"lembrete", "en", []any{"a", "b"}, "tem 1 variáveis"},
		{"lembrete", "es", []any{"a"}, "ainda não existe"},
		{"simples", "pt_BR", nil, ""},
		{"simples", "pt_BR", []any{"a"}, "tem 0 variáveis"},
		{"nomes", "pt_BR", object{"nome": "a"}, ""},
		{"nomes", "pt_BR", object{"apelido": "a"}, `falta o valor da variável "nome"`},
		{"nomes", "pt_BR", object{"nome": "a", "apelido": "b"}, `não tem a variável "apelido"`},
	} {
		t.Run(fmt.Sprint(c.name, c.language, c.variables), func(t *testing.T) {
			template := object{"name": c.name, "language": c.language, "variables": c.variables}
			found := map[string][]any{
				"template": warnings(h.Rule(h.Ours, object{"template": template}).Data()),
				"messages[1]": warnings(h.Done(201, "POST", "/api/followup-models", h.Ours.Admin, object{
					"name": "M", "channelId": h.Ours.Channel.ID, "messages": []any{object{"text": "oi", "offset": 1}, object{"offset": 5, "template": template}},
				}).Data()),
			}
			if params, isList := c.variables.([]any); isList {
				found["steps[0]"] = warnings(h.Config(h.Ours, object{"official_steps": nil, "steps": []any{
					object{"interval": "P1D", "template_name": c.name, "template_language": c.language, "template_params": params},
				}}).Body)
			}
			for path, told := range found {
				if c.says == "" {
					require.Empty(t, told, path)
					continue
				}
				require.Len(t, told, 1, path)
				require.Contains(t, told[0], path+": ")
				require.Contains(t, told[0], c.says)
			}
		})
	}
}
