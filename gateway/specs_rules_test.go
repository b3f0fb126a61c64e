package gateway_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/calendar"
	"retoma/internal/store/storetest"
)

// configRule is a rule of assistant-followup.md with bodies that keep it and bodies that break it. Each is the steps of a
// configuration, for an assistant of its own if it names none.
type configRule struct {
	Rule     string            `json:"rule"`
	Accepted []json.RawMessage `json:"accepted"`
	Refused  []refusal         `json:"refused"`
}

type refusal struct {
	Change json.RawMessage `json:"change"`
	Status int             `json:"status"`
	Error  string          `json:"error"`
}

// intervalRow is a row of the document's table of intervals.
type intervalRow struct {
	Interval, Format, Description string
	Seconds                       int
}

// ruled is a stage with an assistant that has a configuration, and a way to save another one.
func ruled(t *testing.T) (s *stage, document specification, save func(steps any) answer) {
	document = readSpecification(t, assistantDocument)
	s = newStage(t, "sqlite", "a config")
	s.names["assistant with a config"] = s.names["assistant"]
	return s, document, func(steps any) answer {
		body := object{"trigger_status_ids": []any{"uuid-status-1"}}
		maps.Copy(body, steps.(object))
		if body["assistant_id"] == nil {
			body["assistant_id"] = s.Assistant(s.Ours, nil).Text("id")
		}
		return s.Call("POST", gatewaytest.ConfigsPath, s.Token(nil), body)
	}
}

func TestTheRulesOfAssistantFollowUps(t *testing.T) {
	s, document, save := ruled(t)
	require.Len(t, document.Rules, 5)
	for _, rule := range document.Rules {
		t.Run(rule.Rule, func(t *testing.T) {
			require.NotEmpty(t, rule.Accepted)
			require.NotEmpty(t, rule.Refused)
			for _, steps := range rule.Accepted {
				want := s.fill(steps).(object)
				made := save(want)
				require.Equal(t, 201, made.Status, made.Raw)
				m := match{met: map[string]bool{}, beyond: []string{"official_steps[].channel_name", "official_steps[].app_id"}}
				for name, value := range want {
					m.value(name, name, value, made.Body[name])
				}
				require.Empty(t, m.differences, made.Raw)
			}
			before := len(s.AllConfigs())
			for _, broken := range rule.Refused {
				refused := save(s.fill(broken.Change))
				require.Equal(t, broken.Status, refused.Status, refused.Raw)
				require.Contains(t, refused.Body["error"], broken.Error)
				require.Equal(t, false, refused.Body["success"])
			}
			require.Len(t, s.AllConfigs(), before, "nothing was saved")
		})
	}
}

// How it works: a status of the list triggers it, each interval is waited, below 24 hours the assistant writes and from 24
// hours on the channel's template goes out, step after step, unless the lead answers or its status leaves the list.
func TestTheConfigOfTheDocumentWorksAsItSays(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := newStage(t, engine, "a config")
			s.line.official = true
			s.writes("lead", "João Silva", "5511999999999")
			status := func(id string) {
				s.Done(200, "PATCH", "/api/contacts/"+s.names["lead"], s.Ours.Operator, object{"status": id})
				s.work("lead")
			}
			next := func(wait time.Duration) {
				pending := s.Done(200, "GET", "/api/followups/pending", s.Ours.Viewer, nil).List()
				require.Len(t, pending, 1)
				require.Equal(t, s.Clock().Add(wait).Format(time.RFC3339), pending[0].(object)["scheduledFor"])
				s.Advance(wait)
				s.work("lead")
			}
			status("another status")
			require.Empty(t, s.Done(200, "GET", "/api/followups/pending", s.Ours.Viewer, nil).List())
			status("uuid-status-2")
			next(30 * time.Minute)
			next(2 * time.Hour)
			next(24 * time.Hour)
			require.Len(t, s.line.sent, 3)
			require.Equal(t, "written: Send a friendly message asking if the lead needs help", s.line.sent[0].Text)
			require.Equal(t, "written: Reinforce the product value and offer a demo", s.line.sent[1].Text)
			require.Equal(t, "reengagement_v1 en", s.line.sent[2].Template.Name+" "+s.line.sent[2].Template.Language)
			require.Equal(t, "Hi João, Leavo here.", s.line.sent[2].Template.Text)
			require.Empty(t, s.Done(200, "GET", "/api/followups/pending", s.Ours.Viewer, nil).List(), "all steps are completed")

			status("uuid-status-1")
			s.Advance(time.Minute)
			s.writes("lead", "João Silva", "5511999999999")
			require.Empty(t, s.Done(200, "GET", "/api/followups/pending", s.Ours.Viewer, nil).List(), "the lead responded")
			require.Len(t, s.history("?status=RESPONDED"), 1)
		})
	}
}

// The table of intervals: all five are accepted as they are written, those of a day and more with a template only, and
// each means the time that the table says.
func TestTheIntervalsOfTheTable(t *testing.T) {
	_, document, save := ruled(t)
	require.Len(t, document.Intervals, 5)
	for _, row := range document.Intervals {
		t.Run(row.Format, func(t *testing.T) {
			meant, err := calendar.ParseInterval(row.Format)
			require.NoError(t, err)
			require.Equal(t, time.Duration(row.Seconds)*time.Second, meant)
			withTemplate := save(object{"steps": []any{object{"interval": row.Format, "template_name": "reengagement_v1", "template_language": "en"}}})
			require.Equal(t, 201, withTemplate.Status, withTemplate.Raw)
			require.Equal(t, row.Format, withTemplate.Body["steps"].([]any)[0].(object)["interval"])
			plain := save(object{"steps": []any{object{"interval": row.Format, "prompt": "Send a friendly message"}}})
			if meant < 24*time.Hour {
				require.Equal(t, 201, plain.Status, plain.Raw)
				return
			}
			require.Equal(t, 400, plain.Status)
			require.Equal(t, "steps[0].template_name", plain.Body["field"])
		})
	}
}
