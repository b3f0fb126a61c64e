package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const newTemplate = `{"name":"novidade","language":"pt_BR","category":"MARKETING","components":[{"type":"BODY","text":"Oi {{1}}, temos novidades para você hoje!","example":{"body_text":[["Ana"]]}},` +
	`{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Quero"}]}]}`

func (w *world) createTemplate(document string) result {
	w.t.Helper()
	return w.call("POST", "/graph/v23.0/"+waba+"/message_templates", token, document)
}

// fields gives the values of the account's webhooks of one field, in order of arrival.
func (c *callback) fields(t *testing.T, field string) []map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	var values []map[string]any
	for _, raw := range c.bodies {
		var body struct {
			Entry []struct {
				Time    int64
				Changes []struct {
					Field string
					Value map[string]any
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(raw), &body))
		for _, entry := range body.Entry {
			for _, change := range entry.Changes {
				if change.Field == field {
					values = append(values, change.Value)
				}
			}
		}
	}
	return values
}

func TestANewTemplateIsReviewedSyncedAndThenSent(t *testing.T) {
	w := frozen(t)
	created := w.createTemplate(newTemplate)
	require.Equal(t, 200, created.status, created.raw)
	require.Equal(t, "PENDING", created.body["status"])
	send := templateBody("novidade", body(texts("Ana")))
	require.Equal(t, 132001, w.send(send).graphCode(), "not approved yet")
	w.advance(reviewTime)
	approved := w.callback.fields(t, "message_template_status_update")
	require.Len(t, approved, 1)
	require.Equal(t, fixtureShape(t, "tpl_status_approved.json"), shape(t, []byte(w.callback.bodies[0])))
	require.Equal(t, "APPROVED", approved[0]["event"])
	require.Equal(t, 134101, w.send(send).graphCode(), "approved, and not yet known everywhere")
	w.advance(syncTime)
	require.Equal(t, 200, w.send(send).status)

	require.JSONEq(t, `{"success":true}`, w.call("DELETE", "/graph/v23.0/"+waba+"/message_templates?name=novidade", token, "").raw)
	require.Equal(t, 132001, w.send(send).graphCode())
	again := w.createTemplate(newTemplate)
	require.Equal(t, float64(subcodeDeleted), again.body["error"].(map[string]any)["error_subcode"], "the name is taken for 30 days")
	require.Equal(t, "Invalid parameter", again.body["error"].(map[string]any)["message"])
	require.IsType(t, "", again.body["error"].(map[string]any)["error_data"], "a text on template endpoints")
	w.advance(templateNameLife)
	require.Equal(t, 200, w.createTemplate(newTemplate).status)
	require.Equal(t, 100, w.call("DELETE", "/graph/v23.0/"+waba+"/message_templates?name=nenhum", token, "").graphCode())
}

func TestAReviewCanReject(t *testing.T) {
	w := frozen(t)
	require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultRejected, Count: 1, With: map[string]any{"reason": "PROMOTIONAL"}}))
	id := w.createTemplate(newTemplate).body["id"].(string)
	w.advance(reviewTime)
	told := w.callback.fields(t, "message_template_status_update")[0]
	require.Equal(t, []any{"REJECTED", "PROMOTIONAL"}, []any{told["event"], told["reason"]})
	require.Equal(t, 200, w.call("POST", "/graph/v23.0/"+id, token, `{"components":[{"type":"BODY","text":"Seu pedido saiu para entrega."}],"category":"UTILITY"}`).status)
	require.Equal(t, 100, w.call("POST", "/graph/v23.0/"+id, token, `{"components":[]}`).graphCode(), "pending again")
	w.advance(reviewTime + syncTime)
	require.Equal(t, 200, w.send(templateBody("novidade", "")).status)
	require.Equal(t, "UTILITY", w.sandbox.Sent(customer)[0].Template.Category)
}

func TestWhatMetaRefusesInATemplate(t *testing.T) {
	w := newWorld(t)
	with := func(components string) string {
		return fmt.Sprintf(`{"name":"n","language":"pt_BR","category":"UTILITY","components":[%s]}`, components)
	}
	text := func(text, example string) string {
		raw, err := json.Marshal(text)
		require.NoError(t, err)
		if example == "" {
			return fmt.Sprintf(`{"type":"BODY","text":%s}`, raw)
		}
		return fmt.Sprintf(`{"type":"BODY","text":%s,"example":%s}`, raw, example)
	}
	good := text("Olá, tudo bem por aí?", "")
	buttons := func(list string) string { return with(good + `,{"type":"BUTTONS","buttons":[` + list + `]}`) }
	quick := `{"type":"QUICK_REPLY","text":"Sim"}`
	link := `{"type":"URL","text":"Ver","url":"https://ex.com"}`
	for _, c := range []struct {
		name, document string
		subcode        int
	}{
		{"name with capitals", `{"name":"Novo","language":"pt_BR","category":"UTILITY","components":[` + good + `]}`, 0},
		{"language unknown", `{"name":"n","language":"português","category":"UTILITY","components":[` + good + `]}`, 0},
		{"category unknown", `{"name":"n","language":"pt_BR","category":"NEWS","components":[` + good + `]}`, 0},
		{"format unknown", `{"name":"n","language":"pt_BR","category":"UTILITY","parameter_format":"mixed","components":[` + good + `]}`, 0},
		{"unknown key", `{"name":"n","language":"pt_BR","category":"UTILITY","nome":"x","components":[` + good + `]}`, 0},
		{"not JSON", `{`, 0},
		{"no body", with(`{"type":"FOOTER","text":"-"}`), subcodeBody},
		{"two bodies", with(good + "," + good), 0},
		{"unknown component", with(good + `,{"type":"TAIL"}`), 0},
		{"body of 1025", with(text(strings.Repeat("ã ", 512)+"x", "")), subcodeTooLong},
		{"three newlines", with(text("Olá\n\n\ntudo bem", "")), subcodeBody},
		{"variable at the start", with(text("{{1}}, tudo bem com você?", `{"body_text":[["Ana"]]}`)), subcodeEdges},
		{"variable at the end", with(text("Tudo bem com você, {{1}}", `{"body_text":[["Ana"]]}`)), subcodeEdges},
		{"variable without example", with(text("Olá {{1}}, tudo bem com você?", "")), subcodeBody},
		{"gap in the numbers", with(text("Olá {{1}} e {{3}}, tudo bem com vocês dois?", `{"body_text":[["a","b"]]}`)), subcodeBody},
		{"name where numbers are", with(text("Olá {{nome}}, tudo bem com você?", `{"body_text":[["a"]]}`)), subcodeBody},
		{"more variables than words", with(text("Olá {{1}} {{2}} sim", `{"body_text":[["a","b"]]}`)), subcodeDensity},
		{"header of 61", with(good + `,{"type":"HEADER","format":"TEXT","text":"` + strings.Repeat("x", 61) + `"}`), subcodeTooLong},
		{"header with two variables", with(good + `,{"type":"HEADER","format":"TEXT","text":"a {{1}} {{2}}","example":{"header_text":["a"]}}`), subcodeHeader},
		{"header in bold", with(good + `,{"type":"HEADER","format":"TEXT","text":"*a*"}`), subcodeHeader},
		{"header picture without example", with(good + `,{"type":"HEADER","format":"IMAGE"}`), subcodeHeader},
		{"header format unknown", with(good + `,{"type":"HEADER","format":"SOUND"}`), subcodeHeader},
		{"footer with a variable", with(good + `,{"type":"FOOTER","text":"{{1}}"}`), subcodeFooter},
		{"footer of 61", with(good + `,{"type":"FOOTER","text":"` + strings.Repeat("x", 61) + `"}`), subcodeTooLong},
		{"no buttons", buttons(""), 0},
		{"eleven buttons", buttons(strings.Repeat(quick+",", 10) + quick), 0},
		{"three links", buttons(link + "," + link + "," + link), 0},
		{"kinds mixed", buttons(quick + "," + link + "," + quick), 0},
		{"button of 26", buttons(`{"type":"QUICK_REPLY","text":"` + strings.Repeat("x", 26) + `"}`), subcodeTooLong},
		{"link is a path", buttons(`{"type":"URL","text":"Ver","url":"/x"}`), 0},
		{"variable within a link", buttons(`{"type":"URL","text":"Ver","url":"https://ex.com/{{1}}/x","example":["a"]}`), 0},
		{"link variable without example", buttons(`{"type":"URL","text":"Ver","url":"https://ex.com/{{1}}"}`), 0},
		{"telephone without digits", buttons(`{"type":"PHONE_NUMBER","text":"Ligar","phone_number":"x"}`), 0},
		{"name taken", strings.Replace(newTemplate, "novidade", "retomada", 1), subcodeExists},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.createTemplate(c.document)
			require.Equal(t, 400, got.status, got.raw)
			require.Equal(t, 100, got.graphCode())
			subcode, _ := got.body["error"].(map[string]any)["error_subcode"].(float64)
			require.Equal(t, c.subcode, int(subcode), got.raw)
		})
	}
	for name, document := range map[string]string{
		"named":   `{"name":"n1","language":"pt_BR","category":"UTILITY","parameter_format":"named","components":[{"type":"BODY","text":"Olá {{nome}}, tudo bem?","example":{"body_text_named_params":[{"param_name":"nome","example":"Ana"}]}}]}`,
		"code":    `{"name":"n2","language":"pt_BR","category":"AUTHENTICATION","components":[{"type":"BODY"},{"type":"BUTTONS","buttons":[{"type":"OTP","otp_type":"copy_code"}]}]}`,
		"picture": `{"name":"n3","language":"en_US","category":"MARKETING","components":[{"type":"HEADER","format":"IMAGE","example":{"header_handle":["h"]}},` + good + `,{"type":"BUTTONS","buttons":[` + quick + `,` + link + `]}]}`,
	} {
		require.Equal(t, 200, w.createTemplate(document).status, name)
	}
}

func TestATemplateIsPausedForThreeHoursThenSixThenDisabled(t *testing.T) {
	w := frozen(t)
	send := templateBody("retomada", goodRetomada)
	var id string
	for _, template := range w.sandbox.Businesses()[0].Templates {
		if template.Name == "retomada" {
			id = template.ID
		}
	}
	worse := func(quality string) {
		require.Equal(t, 200, w.api("POST", "/templates/"+id, `{"quality":"`+quality+`"}`).status)
		w.advance(0)
	}
	last := func() map[string]any {
		all := w.callback.fields(t, "message_template_status_update")
		return all[len(all)-1]
	}
	for _, pause := range []struct {
		title string
		time  time.Duration
	}{{"FIRST_PAUSE", 3 * time.Hour}, {"SECOND_PAUSE", 6 * time.Hour}} {
		worse("RED")
		require.Equal(t, "PAUSED", last()["event"])
		require.Equal(t, pause.title, last()["other_info"].(map[string]any)["title"])
		require.Equal(t, 132015, w.send(send).graphCode())
		w.advance(pause.time - time.Second)
		require.Equal(t, 132015, w.send(send).graphCode())
		w.advance(time.Second)
		require.Equal(t, "UNPAUSE", last()["other_info"].(map[string]any)["title"])
		require.Equal(t, 200, w.send(send).status)
		worse("GREEN")
	}
	worse("RED")
	require.Equal(t, "DISABLED", last()["event"])
	require.Contains(t, last()["disable_info"], "disable_date")
	require.Equal(t, 132016, w.send(send).graphCode())
	w.advance(30 * 24 * time.Hour)
	require.Equal(t, 132016, w.send(send).graphCode(), "for good")
	require.Len(t, w.callback.fields(t, "message_template_quality_update"), 5)

	require.Equal(t, 200, w.api("POST", "/templates/"+id, `{"category":"UTILITY"}`).status)
	w.advance(0)
	require.Equal(t, "UTILITY", w.callback.fields(t, "template_category_update")[0]["new_category"])
	require.Equal(t, 404, w.api("POST", "/templates/none", `{}`).status)
	require.Equal(t, "quality", w.api("POST", "/templates/"+id, `{"quality":"BLUE"}`).body["field"])
}

func TestAHeldTemplateIsReleasedOrDropped(t *testing.T) {
	for dropped, want := range map[bool][]string{false: {"sent", "delivered"}, true: {"failed"}} {
		w := frozen(t)
		require.NoError(t, w.sandbox.Arm(FaultRule{Fault: faultHeld, Count: 1, With: map[string]any{"minutes": 45, "dropped": dropped}}))
		answer := w.send(templateBody("retomada", goodRetomada))
		require.Equal(t, shape(t, recorded(t, "resp_send_held.json").Body), shape(t, []byte(answer.raw)))
		message := answer.body["messages"].([]any)[0].(map[string]any)
		require.Equal(t, "held_for_quality_assessment", message["message_status"])
		id := message["id"].(string)
		w.advance(45*time.Minute - time.Second)
		require.Equal(t, StatusHeld, w.message(id).Status)
		require.Empty(t, w.callback.statuses(id))
		w.advance(2 * time.Second)
		require.Equal(t, want, w.callback.statuses(id))
		if dropped {
			require.Equal(t, 132015, w.message(id).Failure.Code)
		}
	}
}
