package gateway_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/store/storetest"
)

// TestTheFieldTablesOfTheDocuments: what is required is missed by its name, what is not may be left out, and each field
// takes its type only.
func TestTheFieldTablesOfTheDocuments(t *testing.T) {
	wrong := map[string]any{"string": []any{1}, "number": "1", "boolean": "sim", "object": "x"}
	document := readSpecification(t, followUpsDocument)
	tables := 0
	for _, e := range document.Examples {
		if len(e.Fields) == 0 {
			continue
		}
		tables++
		s := newStage(t, "sqlite", e.Scene)
		method, path, _ := strings.Cut(e.Heading, " ")
		for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
			kind, required := strings.CutSuffix(e.Fields[field], ", required")
			body := gatewaytest.Without(s.fill(e.Request).(object), field)
			if required {
				missing := s.Refused(400, "", method, path, s.Ours.Admin, body)
				require.Equal(t, "Erro de validação: "+field+": Required", missing.Body["error"])
			} else {
				s.Done(e.Status, method, path, s.Ours.Admin, body)
				body[field] = nil
				s.Done(e.Status, method, path, s.Ours.Admin, body)
			}
			require.Contains(t, wrong, kind)
			body[field] = wrong[kind]
			s.Refused(400, "Erro de validação: "+field, method, path, s.Ours.Admin, body)
		}
		for field, words := range e.Choices {
			for _, word := range words {
				body := s.fill(e.Request).(object)
				body[field] = word
				made := s.Done(e.Status, method, path, s.Ours.Admin, body)
				require.Equal(t, word, made.Data()[field])
			}
			body := s.fill(e.Request).(object)
			body[field] = "outra coisa"
			s.Refused(400, "Erro de validação: "+field, method, path, s.Ours.Admin, body)
		}
	}
	require.Equal(t, 2, tables, "rules and schedule")
}

// TestTheDefaultsOfARule: active, one attempt, all instances.
func TestTheDefaultsOfARule(t *testing.T) {
	s := newStage(t, "sqlite", "an instance")
	body := s.fill(readSpecification(t, followUpsDocument).of(t, "POST "+gatewaytest.RulesPath).Request).(object)
	for _, name := range []string{"instanceId", "isActive", "maxAttempts", "conditions"} {
		delete(body, name)
	}
	made := s.Done(201, "POST", gatewaytest.RulesPath, s.Ours.Admin, body).Data()
	require.Equal(t, []any{true, 1.0, nil, nil}, []any{made["isActive"], made["maxAttempts"], made["instance"], made["conditions"]})
}

// TestEveryStatusOfTheDocument: each is reached by a worker's doing, and the lists know it by its name.
func TestEveryStatusOfTheDocument(t *testing.T) {
	document := readSpecification(t, followUpsDocument)
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := newStage(t, engine, "every status")
			for _, row := range document.Statuses {
				history := s.history("?status=" + row.Status)
				require.Len(t, history, 1, row.Status)
				require.Equal(t, s.names[row.Status+".followup"], history[0].(object)["id"])
				require.Equal(t, row.Status, history[0].(object)["status"])
				leads := s.Done(200, "GET", "/api/followups/leads-in-automation?status="+row.Status, s.Ours.Viewer, nil).List()
				require.Len(t, leads, 1, row.Status)
				require.Equal(t, row.Status, leads[0].(object)["followups"].([]any)[0].(object)["status"])
			}
			require.Len(t, s.history(""), len(document.Statuses)-1, "what waits is not history")
		})
	}
}
