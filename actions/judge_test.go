package actions_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

func checks(log []chat.LogEntry) (names, verdicts []string) {
	for _, entry := range log {
		names, verdicts = append(names, entry.Check), append(verdicts, entry.Verdict)
	}
	return names, verdicts
}

// The order is that of domain.md section 6: who may be written to at all, before how.
func TestEveryPolicyIsAskedAndLogged(t *testing.T) {
	call, _ := scene{CustomerAt: "2025-07-10 11:00:00"}.call(t, chat.FromFollowUp, "APPROVED")
	verdict, message, log := actions.Judge(call, actions.Policies())
	require.Equal(t, actions.Verdict{Decision: actions.Go}, verdict)
	require.Equal(t, call.Message, message)
	names, verdicts := checks(log)
	require.Equal(t, []string{
		"best_before", "opt_out", "reach", "pause", "handoff", "allow_list", "country", "window", "template_held", "template", "marketing_rest", "gap",
	}, names)
	require.Equal(t, slices.Repeat([]string{"go"}, len(names)), verdicts)
}

func TestTheFirstObjectionEndsIt(t *testing.T) {
	everythingWrong := scene{
		OptOut: chat.OptOutAll, TenantPausedAt: "2025-07-10 11:00:00", HeldUntil: "2025-07-10 18:00:00", AllowList: []string{},
	}
	steps := []struct {
		last, verdict string
		cure          func(*scene)
	}{
		{"opt_out", "drop", func(s *scene) { s.OptOut = "" }},
		{"pause", "later", func(s *scene) { s.TenantPausedAt = "" }},
		{"handoff", "later", func(s *scene) { s.HeldUntil = "" }},
		{"allow_list", "drop", func(s *scene) { s.AllowList = nil }},
		{"window", "drop", func(s *scene) { s.Fallback = "sumido" }},
		{"template", "drop", func(s *scene) { s.Fallback = "retomada" }},
	}
	for _, step := range steps {
		call, _ := everythingWrong.call(t, chat.FromFollowUp, "APPROVED")
		_, _, log := actions.Judge(call, actions.Policies())
		names, verdicts := checks(log)
		require.Equal(t, step.last, names[len(names)-1])
		require.Equal(t, step.verdict, verdicts[len(verdicts)-1])
		require.NotContains(t, verdicts[:len(verdicts)-1], step.verdict, "all before it let it pass")
		step.cure(&everythingWrong)
	}
	call, _ := everythingWrong.call(t, chat.FromFollowUp, "APPROVED")
	verdict, message, _ := actions.Judge(call, actions.Policies())
	require.Equal(t, actions.Go, verdict.Decision)
	require.Equal(t, "retomada", sends(message.Content))
}

// What the window puts in for the words passes the template's own check: nothing badly filled slips out through it.
func TestAFallbackIsCheckedLikeAnyTemplate(t *testing.T) {
	call, _ := scene{Fallback: "retomada", Values: []string{"Ana", "demais"}}.call(t, chat.FromFollowUp, "APPROVED")
	verdict, _, log := actions.Judge(call, actions.Policies())
	require.Equal(t, actions.Drop, verdict.Decision)
	require.Equal(t, fault.TemplateParams, verdict.Error.Code)
	require.Equal(t, "window", log[7].Check)
	require.Equal(t, "retomada", log[7].Values["fallback"])

	call, _ = scene{Fallback: "retomada"}.call(t, chat.FromFollowUp, "PAUSED")
	verdict, _, _ = actions.Judge(call, actions.Policies())
	require.Equal(t, actions.Later, verdict.Decision)
}

func TestAFallbackIsSentAsTheCustomerWillReadIt(t *testing.T) {
	call, _ := scene{Fallback: "retomada"}.call(t, chat.FromFollowUp, "APPROVED")
	_, message, _ := actions.Judge(call, actions.Policies())
	require.Equal(t, chat.TemplateUse, message.Content.Type)
	require.Equal(t, "Oi Ana, vamos continuar?", message.Content.Text)
	require.Equal(t, chat.Text, call.Message.Content.Type, "the caller's message is as it was")
}

func TestAProviderThatSaysNothingHasTheWindow(t *testing.T) {
	require.True(t, actions.Call{}.HasWindow())
	call, w := scene{}.call(t, chat.FromFlow, "APPROVED")
	require.True(t, call.HasWindow())
	w.window = false
	require.False(t, call.HasWindow())
}
