package actions_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// policyCase is one case of a policy, played once for each origin (a follow-up if none is given).
type policyCase struct {
	Name    string        `json:"name"`
	Call    scene         `json:"call"`
	Origins []chat.Origin `json:"origins"`
	Expect  policyExpect  `json:"expect"`
}

type policyExpect struct {
	Decision actions.Decision `json:"decision"`
	Until    string           `json:"until"`
	// Error is exact, and empty where the verdict has none; Reason is part of what the decision log says.
	Error  fault.Code `json:"error"`
	Reason string     `json:"reason"`
	// Content is what would be sent: "text", or a template's name. It is not looked at if it is not given.
	Content string `json:"content"`
}

// TestEveryPolicyHasATruthFile walks the list: a new policy without testdata/NAME.json fails here.
func TestEveryPolicyHasATruthFile(t *testing.T) {
	for _, policy := range actions.Policies() {
		t.Run(policy.Name, func(t *testing.T) {
			for _, truth := range readTruth[policyCase](t, policy.Name) {
				for _, origin := range withDefault(truth.Origins, chat.FromFollowUp) {
					for _, status := range withDefault(truth.Call.Statuses, "APPROVED") {
						t.Run(truth.Name+"/"+string(origin)+status, func(t *testing.T) { checkPolicy(t, policy, truth, origin, status) })
					}
				}
			}
		})
	}
}

func withDefault[V any](values []V, standard V) []V {
	if len(values) == 0 {
		return []V{standard}
	}
	return values
}

func checkPolicy(t *testing.T, policy actions.Policy, truth policyCase, origin chat.Origin, status string) {
	call, w := truth.Call.call(t, origin, status)
	verdict, message, log := actions.Judge(call, []actions.Policy{policy})
	require.Equal(t, truth.Expect.Decision, verdict.Decision)
	require.True(t, instant(t, truth.Expect.Until).Equal(verdict.Until), "until %s", verdict.Until)
	if verdict.Decision == actions.Later {
		require.True(t, verdict.Until.After(call.Now), "what waits must not be looked at again at once")
	}
	require.Equal(t, truth.Expect.Error != "", verdict.Error != nil, "%v", verdict.Error)
	if verdict.Error != nil {
		require.Equal(t, truth.Expect.Error, verdict.Error.Code)
	}
	require.Len(t, log, 1)
	require.Equal(t, policy.Name, log[0].Check)
	require.Equal(t, string(truth.Expect.Decision), log[0].Verdict)
	require.Equal(t, call.Now, log[0].At)
	require.Contains(t, log[0].Reason, truth.Expect.Reason)
	if truth.Expect.Error != "" {
		require.NotContains(t, log[0].Reason, string(truth.Expect.Error)+":", "codes are values, not words")
		require.Equal(t, string(truth.Expect.Error), log[0].Values["code"])
	}
	if truth.Expect.Content != "" {
		require.Equal(t, truth.Expect.Content, sends(message.Content))
	}
	require.Empty(t, w.sent, "a policy looks and does nothing")
}

// The policies that depend on who writes say so for everybody.
func TestEveryOriginIsJudged(t *testing.T) {
	everybody := []chat.Origin{chat.FromPerson, chat.FromAPI, chat.FromFollowUp, chat.FromReply, chat.FromFlow, chat.FromSystem}
	kinds := map[string]func(scene) string{
		"opt_out": func(s scene) string { return string(s.OptOut) },
		"handoff": func(s scene) string { return firstOf(s.HeldUntil, "held", s.AgentAt, "taken over") },
		"pause":   func(s scene) string { return firstOf(s.TenantPausedAt, "tenant", s.ChannelPausedAt, "channel") },
	}
	for name, kindOf := range kinds {
		judged := map[string][]chat.Origin{}
		for _, truth := range readTruth[policyCase](t, name) {
			judged[kindOf(truth.Call)] = append(judged[kindOf(truth.Call)], withDefault(truth.Origins, chat.FromFollowUp)...)
		}
		require.Len(t, judged, 3, name)
		for kind, origins := range judged {
			require.Subset(t, origins, everybody, "%s: %q", name, kind)
		}
	}
}

// firstOf names the first thing that is set.
func firstOf(one, nameOfOne, other, nameOfOther string) string {
	switch {
	case one != "":
		return nameOfOne
	case other != "":
		return nameOfOther
	}
	return ""
}

// actionCase is one case of an action.
type actionCase struct {
	Name   string       `json:"name"`
	Call   scene        `json:"call"`
	Expect actionExpect `json:"expect"`
}

type actionExpect struct {
	To      string     `json:"to"` // empty: nothing is sent
	ReplyTo string     `json:"replyTo"`
	Content string     `json:"content"`
	Text    string     `json:"text"`
	Error   fault.Code `json:"error"`
}

// TestEveryActionHasATruthFile walks the list: a new action without testdata/NAME.json fails here.
func TestEveryActionHasATruthFile(t *testing.T) {
	for _, action := range actions.List() {
		name := action.Describe().Name
		t.Run(name, func(t *testing.T) {
			require.NotEmpty(t, action.Describe().About)
			found, known := actions.Find(name)
			require.True(t, known)
			require.Equal(t, action, found)
			for _, truth := range readTruth[actionCase](t, name) {
				t.Run(truth.Name, func(t *testing.T) { checkAction(t, action, truth) })
			}
		})
	}
	_, known := actions.Find("nobody_made_this")
	require.False(t, known)
}

func checkAction(t *testing.T, action actions.Action, truth actionCase) {
	call, w := truth.Call.call(t, chat.FromFlow, "APPROVED")
	result, err := action.Perform(t.Context(), call)
	require.Equal(t, truth.Expect.Error, fault.CodeOf(err))
	if err == nil {
		require.Equal(t, provider.Receipt{ExternalID: "wamid.1", State: chat.Accepted}, result.Receipt)
	}
	if truth.Expect.To == "" {
		require.Empty(t, w.sent)
		return
	}
	require.Len(t, w.sent, 1)
	require.Equal(t, "message-1", w.sent[0].ID, "our id travels with it")
	require.Equal(t, truth.Expect.To, w.sent[0].To)
	require.Equal(t, truth.Expect.ReplyTo, w.sent[0].ReplyTo)
	require.Equal(t, truth.Expect.Content, sends(w.sent[0].Content))
	require.Equal(t, truth.Expect.Text, w.sent[0].Content.Text)
}

func TestNamesAreUniqueAndEveryTruthFileHasAnOwner(t *testing.T) {
	var names []string
	for _, policy := range actions.Policies() {
		names = append(names, policy.Name)
	}
	for _, action := range actions.List() {
		names = append(names, action.Describe().Name)
	}
	slices.Sort(names)
	require.Equal(t, slices.Compact(slices.Clone(names)), names)
	files, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, file := range files {
		if !file.IsDir() {
			require.Contains(t, names, strings.TrimSuffix(file.Name(), ".json"))
		}
	}
}
