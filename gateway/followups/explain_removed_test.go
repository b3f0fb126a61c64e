package followups_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// What was removed is not explained away: the answer says that there was a log, and why it is not there any more.
func TestAnExplanationSaysThatItsLogWasRemoved(t *testing.T) {
	h, ref, _, _, followUp := queued(t)
	explain := func() string {
		return h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary")
	}
	h.Done(200, "POST", "/api/followups/cancel/"+followUp, h.Ours.Operator, nil)
	before := explain()
	h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"retention": object{"logs": 1}})
	later := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	_, err := h.Store.NewRetention(chat.NewID(), 0, 0).Sweep(context.Background(), later)
	require.NoError(t, err)
	require.Equal(t, before+" O registro do que foi verificado foi removido em 01/08/2026 09:00:00 (America/Sao_Paulo), pelo prazo de guarda da empresa.", explain())

	require.Equal(t, 200, h.Call("DELETE", "/api/contacts/"+ref.ContactID, h.Ours.Admin, nil).Status)
	require.Contains(t, explain(), "Não foi enviado: cancelado em 10/07/2026")
	require.Contains(t, explain(), "Os dados desta pessoa foram apagados em 10/07/2026 10:00:00 (America/Sao_Paulo).")
}
