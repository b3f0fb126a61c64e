package actions_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// A provider that has just approved a template may refuse it for some minutes: that passes, and a missing one does not.
func TestAFreshTemplateIsWaitedFor(t *testing.T) {
	for _, c := range []struct {
		name    string
		age     time.Duration
		refusal fault.Code
		want    fault.Code
	}{
		{"approved just now", 0, fault.TemplateNotFound, fault.RateLimited},
		{"approved nearly ten minutes ago", 10*time.Minute - time.Second, fault.TemplateNotFound, fault.RateLimited},
		{"approved ten minutes ago", 10 * time.Minute, fault.TemplateNotFound, fault.TemplateNotFound},
		{"another refusal", 0, fault.TemplateParams, fault.TemplateParams},
		{"nobody knows since when", -1, fault.TemplateNotFound, fault.TemplateNotFound},
	} {
		for _, action := range actions.List() {
			t.Run(c.name+" "+action.Describe().Name, func(t *testing.T) {
				call, w := scene{Use: "retomada"}.call(t, chat.FromAPI, "APPROVED")
				w.refusal = c.refusal
				find := call.Template
				call.Template = func(name, language string) (chat.Template, bool) {
					template, known := find(name, language)
					if c.age >= 0 {
						template.UsableSince = call.Now.Add(-c.age)
					}
					return template, known
				}
				_, err := action.Perform(t.Context(), call)
				require.Equal(t, c.want, fault.CodeOf(err))
				if c.want == fault.RateLimited {
					require.Equal(t, time.Minute, fault.Of(err).After)
					require.Zero(t, fault.Of(err).Reach, "one template's delay slows nothing else")
				}
			})
		}
	}
}
