package play_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/play"
)

// noResponse waits an hour for an answer to our last message.
const noResponse = `{"name": "a", "triggerType": "NO_RESPONSE", "triggerValue": 1, "triggerUnit": "hours", "message": "Ainda aí?"}`

// written lets an assistant write after half an hour in one of two statuses.
func written(rest string) string {
	return `{"assistant_id": "lia", "trigger_status_ids": ["novo", "parado"], "steps": [{"interval": "PT30M", "prompt": "Pergunte" ` + rest + `}]}`
}

// TestStories plays what the worker's own stories tell: the same things happen, in the same order.
func TestStories(t *testing.T) {
	stories := map[string]struct{ document, script, expect string }{
		"a message that the provider refuses starts no clock": {noResponse,
			`"steps": [{"result": "failed:media"}, {"api": "Segue"}]`,
			`{"at": "2025-07-10 09:00", "failed": "media"}`},
		"the first message that is not delivered takes its clock back": {noResponse,
			`"steps": [{"api": "Segue"}, {"at": "+10m", "undelivered": true}]`,
			`{"at": "2025-07-10 09:10", "cancelled": "a mensagem que começou o prazo não foi entregue"}`},
		"a further one that is not delivered gives back the clock before it": {noResponse,
			`"until": "2025-07-10 10:00", "steps": [{"api": "Segue"}, {"at": "+10m", "api": "Mais isto"}, {"at": "+10m", "undelivered": true}]`,
			`{"at": "2025-07-10 10:00", "send": "Ainda aí?"}`},
		"an answer that overtakes our message has the last word": {noResponse,
			`"steps": [{"result": "accepted", "after": "+5s"}, {"api": "Segue"}, {"at": "+4s", "customer": "obrigada"}]`, ``},
		"a flow's own answer is a message of ours": {
			`{"name": "a", "nodes": [
				{"id": "t", "type": "trigger", "with": {"event": "message.received"}, "next": "s"},
				{"id": "s", "type": "send_message", "with": {"text": "Olá!"}},
				{"id": "o", "type": "trigger", "with": {"event": "message.sent"}, "next": "f"},
				{"id": "f", "type": "followup", "with": {"after": "PT1H", "text": "Viu?"}}]}`,
			`"steps": [{"customer": "oi"}]`,
			`{"at": "2025-07-10 09:00", "send": "Olá!"}, {"at": "2025-07-10 10:00", "send": "Viu?"}`},
		"what answers a customer waits while a person is in the conversation": {greeting,
			`"steps": [{"agent": "Oi, eu cuido disso"}, {"at": "+1h", "customer": "obrigada"}]`,
			`{"at": "2025-07-10 10:00", "end": "finished"}, {"at": "2025-07-10 13:00", "send": "Olá!"}`},
		"a status of the list begins anew, another one ends": {written(""),
			`"steps": [{"status": "novo"}, {"at": "+20m", "status": "parado"}, {"at": "+20m", "status": "fechado"}]`,
			`{"at": "2025-07-10 09:20", "cancelled": "Recomeçou com um novo evento"}, {"at": "2025-07-10 09:40", "cancelled": "O status do lead saiu da lista"}`},
		"a person ends what an assistant does": {written(""),
			`"steps": [{"status": "novo"}, {"at": "+10m", "agent": "Oi!"}]`,
			`{"at": "2025-07-10 09:10", "cancelled": "atendimento humano"}`},
		"an answer while the assistant writes sends nothing": {written(""),
			`"steps": [{"assistant": "Oi!", "after": "+5m"}, {"status": "novo"}, {"at": "+33m", "customer": "oi"}]`,
			`{"at": "2025-07-10 09:33", "responded": "Cliente respondeu antes"}`},
		"an assistant that takes its time is sent when it is done": {written(""),
			`"steps": [{"assistant": "Oi!", "after": "+2m"}, {"status": "novo"}]`,
			`{"at": "2025-07-10 09:32", "send": "Oi!"}`},
		"a step without a fallback fails with its assistant": {written(""),
			`"steps": [{"assistant": "failed:ai_rejected"}, {"status": "novo"}]`,
			`{"at": "2025-07-10 09:30", "failed": "ai_rejected"}`},
		"nothing is written for a closed window": {written(`, "fallback": "Oi!"`),
			`"window": true, "steps": [{"status": "novo"}]`,
			`{"at": "2025-07-10 09:30", "failed": "outside_window"}`},
		"a channel without the window gets the assistant's words even after a day": {
			`{"assistant_id": "lia", "trigger_status_ids": ["novo"], "steps": [{"interval": "P1D", "prompt": "Pergunte", "template_name": "t"}]}`,
			`"steps": [{"status": "novo"}]`,
			`{"at": "2025-07-11 09:00", "send": "[o assistente escreve: Pergunte]"}`},
		"on an official one it is the template": {
			`{"assistant_id": "lia", "trigger_status_ids": ["novo"], "steps": [{"interval": "P1D", "prompt": "Pergunte", "template_name": "t"}]}`,
			`"window": true, "steps": [{"customer": "oi"}, {"at": "2025-07-10 09:10", "status": "novo"}, {"at": "2025-07-11 09:05", "event": "nota.lida"}]`,
			`{"at": "2025-07-11 09:10", "send": "[template t pt_BR]"}`},
		"steps of another channel are not walked": {
			`{"assistant_id": "lia", "trigger_status_ids": ["novo"], "steps": [], "official_steps": [{"channel_id": "c", "steps": [{"interval": "PT1H", "prompt": "Pergunte"}]}]}`,
			`"channel": "outro", "steps": [{"status": "novo"}]`, ``},
		"the window that the provider found closed takes the template": {
			`{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "f"},
				{"id": "f", "type": "followup", "with": {"after": "PT1H", "text": "Oi", "template": {"name": "t"}}}]}`,
			`"window": true, "steps": [{"customer": "oi"}, {"enrol": true}, {"result": "failed:outside_window"}]`,
			`{"at": "2025-07-10 10:00", "send": "[template t pt_BR]"}`},
		"a deal starts a rule, and the stage that it asks for must stand": {
			`{"name": "a", "triggerType": "DEAL_CREATED", "triggerValue": 30, "triggerUnit": "minutes", "message": "Oi", "conditions": {"includeFunnelStages": ["Proposta"]}}`,
			`"contact": {"stage": "Lead"}, "steps": [{"event": "deal.created"}, {"at": "+1h", "stage": "Proposta"}, {"event": "deal.created"}]`,
			`{"at": "2025-07-10 10:30", "send": "Oi"}`},
		"a stage starts a rule, be it told by a platform": {
			`{"name": "a", "triggerType": "STAGE_ENTERED", "triggerValue": 30, "triggerUnit": "minutes", "message": "Oi", "conditions": {"includeFunnelStages": ["Proposta"]}}`,
			`"contact": {"stage": "Proposta"}, "steps": [{"event": "stage.entered", "data": {"stage": "Proposta"}}]`,
			`{"at": "2025-07-10 09:30", "send": "Oi"}`},
		"two enrolments in a flow without a group walk beside one another": {
			`{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "d"}, {"id": "d", "type": "delay", "with": {"minutes": 60}, "next": "s"},
				{"id": "s", "type": "send_message", "with": {"text": "Oi {{vars.n}}"}}]}`,
			`"steps": [{"enrol": true, "vars": {"n": "1"}}, {"at": "+5m", "enrol": true, "vars": {"n": "2"}}]`,
			`{"at": "2025-07-10 10:00", "send": "Oi 1"}, {"at": "2025-07-10 10:05", "send": "Oi 2"}`},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			script := `{"start": "2025-07-10 09:00", ` + story.script + `, "expect": [` + story.expect + `]}`
			require.NoError(t, play.Play([]byte(story.document), []byte(script), &out), "%s", &out)
		})
	}
}

func TestTheTimelineTellsWhatTheAssistantIsAskedAndWhy(t *testing.T) {
	document := `{"assistant_id": "lia", "trigger_status_ids": ["novo"], "keep_in_window": true, "steps": [
		{"interval": "PT3H", "prompt": "Pergunte a {{LEAD_NAME}} da {{COMPANY_NAME}}", "fallback": "Oi!"}]}`
	script := `{"start": "2025-07-10 09:00", "window": true, "company": "Loja", "contact": {"name": "Ana"}, "steps": [
		{"customer": "oi"}, {"assistant": "failed:ai_limit"}, {"at": "2025-07-11 07:00", "status": "novo"}]}`
	var out bytes.Buffer
	require.NoError(t, play.Play([]byte(document), []byte(script), &out))
	require.Equal(t, `2025-07-10 09:00  ← oi
2025-07-11 07:00  ◆ o contato passa ao status "novo"
2025-07-11 07:00  ▶ começa "Follow-up do assistente"
2025-07-11 07:00  · step-1: adiantado para caber na janela de 24 horas
2025-07-11 07:00  ◷ step-1 às 2025-07-11 08:55
2025-07-11 08:55  ✎ o assistente escreve: Pergunte a (dado contact.name) da (dado channel.company)
2025-07-11 08:55  · dado channel.company: Loja
2025-07-11 08:55  · dado contact.name: Ana
2025-07-11 08:55  · o assistente falhou (ai_limit): vai o texto de reserva
2025-07-11 08:55  → Oi!
2025-07-11 08:55  ✓ step-1 enviado
2025-07-11 08:55  ■ finished
`, out.String())
}
