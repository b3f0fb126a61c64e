package gateway_test

import (
	"context"
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// now is when most examples are asked.
var now = on(19, 10, 0, 0)

// scenes are what the examples of the documents need to have happened, by the names that the truth files use.
var scenes = map[string]scene{
	"an instance": {now, func(*stage) {}},
	"a rule": {on(19, 9, 0, 0), func(s *stage) {
		s.newRule("rule", nil)
		s.at(now)
	}},
	"a rule that was changed": {on(1, 0, 0, 0), func(s *stage) {
		rule := s.newRule("rule", object{"message": abridgedText, "maxAttempts": 1, "conditions": object{"excludeTags": []string{"Não Incomodar"}}})
		s.at(on(15, 10, 0, 0))
		s.Done(200, "PUT", gatewaytest.RulesPath+"/"+rule, s.Ours.Admin, object{"maxAttempts": 3})
		s.at(now)
	}},
	"a rule with numbers":       {on(1, 0, 0, 0), aRuleWithNumbers},
	"a busy month, on a Friday": {on(8, 0, 0, 0), func(s *stage) { aBusyMonth(s, 16) }},
	"a busy month, on a Monday": {on(8, 0, 0, 0), func(s *stage) { aBusyMonth(s, 19) }},
	"a rule and a conversation": {on(19, 9, 0, 0), func(s *stage) {
		s.newRule("rule", object{"conditions": nil})
		s.writes("joão", "João Silva", "5511999999999")
		s.writes("maria", "Maria Santos", "5511888888888")
		s.at(now)
	}},
	"a rule with history and a pending follow-up": {on(18, 9, 0, 0), func(s *stage) {
		joaoWaits(s, on(18, 10, 0, 0))
		s.at(now)
		s.work("joão")
		require.Len(s.T, s.history(""), 1, "the first attempt was sent")
		s.nameFollowUp("joão")
	}},
	"João has not answered": {on(19, 9, 0, 0), func(s *stage) {
		joaoWaits(s, now)
		s.writes("maria", "Maria Santos", "5511888888888")
	}},
	"João is in the automation": {on(18, 9, 0, 0), func(s *stage) {
		s.newRule("proposal", proposal)
		joaoWaits(s, on(18, 10, 0, 0))
	}},
	"two of three have follow-ups": {on(19, 9, 0, 0), func(s *stage) {
		s.newRule("proposal", proposal)
		joaoWaits(s, now)
		s.writes("maria", "Maria Santos", "5511888888888")
		s.writes("ana", "Ana Souza", "5511777777777")
		s.at(on(19, 14, 0, 0))
		s.enters("maria", "Proposta")
		s.nameFollowUp("maria")
	}},
	"one was sent, one was answered before": {on(17, 14, 0, 0), func(s *stage) {
		s.newRule("proposal", proposal)
		s.writes("maria", "Maria Santos", "5511888888888")
		s.writes("ana", "Ana Souza", "5511777777777")
		s.enters("maria", "Proposta")
		s.nameFollowUp("maria")
		s.at(on(18, 9, 0, 0))
		joaoWaits(s, on(18, 10, 0, 0))
		s.at(on(19, 10, 0, 5)) // the worker is five seconds late
		s.line.next = []string{"BAE5CF1234567890"}
		s.work("joão")
		s.at(on(19, 12, 0, 0))
		s.writes("maria", "Maria Santos", "5511888888888")
	}},
	"every status": {on(19, 10, 0, 0), everyStatus},
	"a database that fails": {now, func(s *stage) {
		s.house = &house{s.With(sick{s.Store, errors.New("falha no banco de dados")})}
	}},

	"an assistant and an official channel": {time.Date(2024, 1, 15, 10, 0, 0, 0, time.UTC), anAssistant},
	"a config": {time.Date(2024, 1, 15, 10, 0, 0, 0, time.UTC), func(s *stage) {
		anAssistant(s)
		document := readSpecification(s.T, assistantDocument)
		body := s.fill(document.of(s.T, "POST "+gatewaytest.ConfigsPath).Request)
		s.names["made"] = gatewaytest.Configured{Answer: s.Done(201, "POST", gatewaytest.ConfigsPath, s.Ours.Admin, body)}.Text("id")
	}},
}

// abridgedText is how the document prints its rule's message where it is shown; it is a text like any other.
const abridgedText = "Olá! Notei que não tivemos retorno..."

// proposal is the document's second rule, of which it only gives the name: two days after the proposal.
var proposal = object{
	"name": "Follow-up Proposta", "triggerType": "STAGE_ENTERED", "triggerValue": 2, "triggerUnit": "days", "maxAttempts": 1,
	"conditions": object{"includeFunnelStages": []string{"Proposta"}},
}

// joaoWaits: João wrote, we wrote at an instant, and the document's rule waits its 24 hours.
func joaoWaits(s *stage, spoken time.Time) {
	s.newRule("rule", object{"conditions": nil})
	s.writes("joão", "João Silva", "5511999999999")
	s.at(spoken)
	s.weWrite("joão")
	s.nameFollowUp("joão")
}

// everyStatus: five customers of one rule, each with another end, one of them with none.
func everyStatus(s *stage) {
	s.newRule("rule", object{"conditions": nil, "maxAttempts": 1})
	for i, name := range []string{"PENDING", "SENT", "FAILED", "CANCELLED", "RESPONDED"} {
		s.writes(name, name, "551199999999"+string(rune('0'+i)))
	}
	for _, name := range []string{"PENDING", "SENT", "FAILED", "CANCELLED", "RESPONDED"} {
		s.weWrite(name)
		s.nameFollowUp(name)
	}
	s.at(on(19, 12, 0, 0))
	s.Done(200, "POST", "/api/followups/cancel/"+s.names["CANCELLED.followup"], s.Ours.Operator, nil)
	s.writes("RESPONDED", "RESPONDED", "5511999999994")
	s.at(on(20, 10, 0, 0))
	s.work("SENT")
	s.line.refuses = fault.New(fault.Media, "o provedor recusou")
	s.work("FAILED")
}

// anAssistant: two assistants, one of which has a configuration, and two official channels with the document's template.
func anAssistant(s *stage) {
	s.names["assistant"] = s.Assistant(s.Ours, nil).Text("id")
	second := s.house.Channel(s.Ours.ID, "333", "+551130000333")
	s.names["channel"], s.names["second channel"] = s.Ours.Channel.ID, second.ID
	for _, channel := range []string{s.Ours.Channel.ID, second.ID} {
		require.NoError(s.T, s.Store.SaveTemplates(context.Background(), s.Ours.ID, channel, []chat.Template{
			{Name: "reengagement_v1", Language: "en", Category: "MARKETING", Status: "APPROVED", BodyText: "Hi {{1}}, {{2}} here."},
		}))
	}
}

// behaviours check what the documents say of a call beside its answer.
var behaviours = map[string]func(s *stage){
	"Follow-ups pendentes da regra são cancelados": func(s *stage) {
		require.Empty(s.T, s.Done(200, "GET", "/api/followups/pending", s.Ours.Viewer, nil).List())
		require.Equal(s.T, "CANCELLED", s.history("?status=CANCELLED")[0].(object)["status"])
	},
	"Histórico é mantido": func(s *stage) {
		sent := s.history("?status=SENT")
		require.Len(s.T, sent, 1)
		require.Equal(s.T, object{"id": s.names["rule"], "name": "Reengajamento 24h"}, sent[0].(object)["rule"])
	},
	"Muda status para CANCELLED": func(s *stage) {
		require.Empty(s.T, s.Done(200, "GET", "/api/followups/pending", s.Ours.Viewer, nil).List())
		s.at(on(20, 10, 0, 0))
		s.work("joão")
		require.Empty(s.T, s.history("?status=SENT"), "it is not sent when its time comes")
	},
	"Registra no histórico": func(s *stage) {
		history := s.history("")
		require.Len(s.T, history, 1)
		row := history[0].(object)
		require.Equal(s.T, []any{s.names["joão.followup"], "CANCELLED", "2026-01-19T10:00:00Z"}, []any{row["id"], row["status"], row["cancelledAt"]})
		require.NotEmpty(s.T, row["cancelReason"])
	},
	"Remover item da fila": func(s *stage) {
		require.Empty(s.T, s.Done(200, "GET", "/api/followups/pending", s.Ours.Viewer, nil).List())
		s.at(on(20, 10, 0, 0))
		s.work("joão")
		require.Empty(s.T, s.history(""), "it is neither sent nor told of")
	},
	"limit | number | 50 | Limite de resultados": func(s *stage) {
		require.Len(s.T, s.history(""), 50)
		require.Len(s.T, s.history("?limit=60"), 60)
	},
	"daily: 31 dates, the whole period": func(s *stage) {
		daily := s.Done(200, "GET", "/api/followups/dashboard-metrics", s.Ours.Viewer, nil).Data()["daily"].([]any)
		require.Len(s.T, daily, 31)
		require.Equal(s.T, "2025-12-20", daily[0].(object)["date"])
		require.Equal(s.T, "2026-01-19", daily[30].(object)["date"])
	},
	"topPerformingRules: the best first": func(s *stage) {
		top := s.Done(200, "GET", "/api/followups/dashboard-metrics", s.Ours.Viewer, nil).Data()["topPerformingRules"].([]any)
		require.Equal(s.T, "Follow-up Proposta", top[0].(object)["ruleName"])
	},
}
