package gatewaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/gateway"
	"retoma/internal/ai"
	"retoma/internal/ai/scripted"
	"retoma/internal/store/storetest"
)

// LateReplier is filled once the house has its store.
type LateReplier struct{ actions.Assistants }

// WritingHouse is a talking house on a database of one kind.
func WritingHouse(t *testing.T, engine string) (*House, *scripted.Server, actions.Assistants) {
	t.Helper()
	server, err := scripted.Start()
	require.NoError(t, err)
	t.Cleanup(server.Close)
	replier := &LateReplier{}
	h := NewAt(t, storetest.Address(t, engine), Start, func(o *gateway.Options) { o.Assistants = replier })
	replier.Assistants = actions.Assistants{
		Store: h.Store, Writer: ai.Writer{Client: ai.NewClient(ai.Options{Pause: time.Millisecond})}, Now: h.Clock,
		Installation: ai.Endpoint{BaseURL: server.BaseURL(), Model: "m"},
	}
	return h, server, replier.Assistants
}
