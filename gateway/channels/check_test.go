package channels_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
)

// silent is a provider that takes every question and answers none.
type silent struct {
	*meta.Adapter
	asked sync.WaitGroup
}

func (s *silent) silence(ctx context.Context) error {
	s.asked.Done()
	s.asked.Wait() // nobody is asked after another
	<-ctx.Done()
	return ctx.Err()
}

func (s *silent) Check(ctx context.Context, _ chat.Channel, _ string) ([]provider.Finding, error) {
	return nil, s.silence(ctx)
}

func (s *silent) Number(ctx context.Context, _ chat.Channel) (chat.NumberState, string, error) {
	return chat.NumberState{}, "", s.silence(ctx)
}

func (s *silent) Repair(ctx context.Context, _ chat.Channel) error { return s.silence(ctx) }

func TestASilentProviderIsASentenceAndTakesNothingFromOurPart(t *testing.T) {
	s := &silent{Adapter: meta.New(meta.Options{})}
	s.asked.Add(3)
	h := newHouse(t, func(o *gateway.Options) {
		o.Providers, o.CheckWait = map[string]provider.Provider{"meta": s}, 50*time.Millisecond
	})
	found := h.findings(object{"repair": true})
	for _, check := range []string{"repair", "provider"} {
		require.Equal(t, false, found[check]["ok"])
		require.Contains(t, found[check]["message"], "não respondeu a tempo")
		require.Equal(t, "tente de novo em alguns minutos", found[check]["remedy"])
	}
	require.Equal(t, true, found["online"]["ok"], "our own part is read all the same")
	require.Contains(t, found, "heard")
}

// mute is a Graph API at which something is wrong that is not the channel's fault.
func mute(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server
}

func TestAGraphThatIsIllIsNotTheChannelsFault(t *testing.T) {
	wait := func(r *http.Request) { <-r.Context().Done() }
	for name, answer := range map[string]http.HandlerFunc{
		"never answers": func(_ http.ResponseWriter, r *http.Request) { wait(r) },
		"answers too late": func(w http.ResponseWriter, r *http.Request) {
			wait(r)
			_, _ = io.WriteString(w, `{"data":[]}`) // nobody reads it any more
		},
		"begins and does not end": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"data":[`)
			w.(http.Flusher).Flush()
			wait(r)
		},
		"is out of order": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"error":{"code":2,"message":"Service temporarily unavailable"}}`)
		},
		"counts too many calls": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"code":80007,"message":"Rate limit issues"}}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := mute(t, answer)
			h := newHouse(t, func(o *gateway.Options) {
				o.Providers = map[string]provider.Provider{"meta": meta.New(meta.Options{CheckTimeout: 100 * time.Millisecond})}
				o.CheckWait = 200 * time.Millisecond
			})
			_, err := h.Store.ChangeChannel(t.Context(), h.Ours.ID, h.Ours.Channel.ID, func(c *chat.Channel) error {
				c.Config["baseUrl"] = server.URL
				return nil
			})
			require.NoError(t, err)
			found := h.findings(object{"repair": true})
			for _, check := range []string{"token", "number", "webhooks", "callback", "templates"} {
				require.Equal(t, false, found[check]["ok"], check)
				require.Contains(t, found[check]["message"], "não foi possível verificar agora", check)
				require.Equal(t, "tente de novo em alguns minutos", found[check]["remedy"], check)
			}
			require.Equal(t, "tente de novo em alguns minutos", found["repair"]["remedy"])
			require.Equal(t, true, found["online"]["ok"])
			require.NotContains(t, found, "provider")
		})
	}
}

func (h *house) findings(body any) map[string]object {
	h.T.Helper()
	found := map[string]object{}
	for _, one := range h.Done(200, "POST", "/api/channels/"+h.Ours.Channel.ID+"/check", h.Ours.Operator, body).List() {
		finding := one.(object)
		found[finding["check"].(string)] = finding
		require.Equal(h.T, finding["ok"] == false, finding["remedy"] != nil, "what is wrong comes with what helps: %v", finding)
	}
	return found
}

// healing is a provider at which the repair takes away what the check finds at the same moment.
type healing struct{ *meta.Adapter }

func (healing) Check(context.Context, chat.Channel, string) ([]provider.Finding, error) {
	return []provider.Finding{{Check: "webhooks", Message: "ninguém assina", Remedy: "repita", Repairable: true}, {Check: "number", OK: true, Message: "é este"}}, nil
}

func (healing) Number(context.Context, chat.Channel) (chat.NumberState, string, error) {
	return chat.NumberState{}, "", nil
}

func (healing) Repair(context.Context, chat.Channel) error { return nil }

func TestWhatWasRepairedIsNotFoundAmiss(t *testing.T) {
	h := newHouse(t, func(o *gateway.Options) {
		o.Providers = map[string]provider.Provider{"meta": healing{meta.New(meta.Options{})}}
	})
	require.Equal(t, false, h.findings(nil)["webhooks"]["ok"])
	found := h.findings(object{"repair": true})
	require.Equal(t, true, found["repair"]["ok"])
	require.NotContains(t, found, "webhooks")
	require.Equal(t, true, found["number"]["ok"])
}
