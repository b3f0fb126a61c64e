package followups_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// restored is a house that was restored two hours after the start: what is due until then is held.
func restored(t *testing.T) *house {
	t.Helper()
	address := storetest.Address(t, "sqlite")
	s, err := store.Open(t.Context(), store.Options{Address: address, SecretKey: "test"})
	require.NoError(t, err)
	require.NoError(t, s.Remember(t.Context(), "restored", `{"backupAt":"2026-07-10T13:00:00Z","at":"2026-07-10T15:00:00Z"}`))
	require.NoError(t, s.Close())
	return newHouseOn(t, address)
}

func TestWhatARestoreHoldsIsListedExplainedReleasedAndCancelled(t *testing.T) {
	h := restored(t)
	model := h.Model(h.Ours).Text("id")
	var followUps []string
	for _, phone := range []string{"5511999999991", "5511999999992", "5511999999993"} {
		ref := h.CustomerWrote(h.Ours, phone)
		found, err := h.Store.ConversationOn(t.Context(), h.Ours.ID, ref.ContactID, h.Ours.Channel.ID)
		require.NoError(t, err)
		followUps = append(followUps, h.FollowUp(h.Ours, model, ref, found.ID))
	}
	h.Advance(3 * time.Hour)

	first := h.Done(200, "GET", "/api/followups/review?limit=2", h.Ours.Viewer, nil)
	require.Len(t, first.List(), 2)
	row := first.List()[0].(object)
	require.Equal(t, "followup", row["kind"])
	require.Equal(t, "2026-07-10T14:00:00Z", row["scheduledFor"])
	require.Equal(t, "Orçamento", row["ruleName"])
	require.Equal(t, desk.HeldReason, row["reason"])
	rest := h.Done(200, "GET", "/api/followups/review?cursor="+first.Body["nextCursor"].(string), h.Ours.Viewer, nil)
	require.Len(t, rest.List(), 1)
	require.Empty(t, h.Done(200, "GET", "/api/followups/review", h.Theirs.Viewer, nil).List())
	told := h.Done(200, "GET", "/api/followups/"+followUps[0]+"/explain", h.Ours.Viewer, nil)
	require.Equal(t, "Ainda não foi enviado: era para 10/07/2026 11:00:00 (America/Sao_Paulo); "+desk.HeldReason+".", told.Text("summary"))

	for _, path := range []string{"/api/followups/review/release", "/api/followups/review/cancel"} {
		h.Refused(400, "Erro de validação: ids", "POST", path, h.Ours.Operator, object{})
		h.Refused(400, "Erro de validação: ids", "POST", path, h.Ours.Operator, object{"ids": []any{row["id"]}, "all": true})
		require.EqualValues(t, 0, h.Done(200, "POST", path, h.Theirs.Operator, object{"ids": []any{row["id"]}}).Data()["count"], "another tenant's")
		require.EqualValues(t, 0, h.Done(200, "POST", path, h.Theirs.Operator, object{"all": true}).Data()["count"])
	}
	require.EqualValues(t, 1, h.Done(200, "POST", "/api/followups/review/release", h.Ours.Operator, object{"ids": []any{row["id"]}}).Data()["count"])
	pending := h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()
	require.Equal(t, "2026-07-10T16:00:00Z", pending[2].(object)["scheduledFor"], "it is due now")
	require.EqualValues(t, 2, h.Done(200, "POST", "/api/followups/review/cancel", h.Ours.Operator, object{"all": true}).Data()["count"])
	require.Empty(t, h.Done(200, "GET", "/api/followups/review", h.Ours.Viewer, nil).List())
	require.Len(t, h.Done(200, "GET", "/api/followups/history?status=CANCELLED", h.Ours.Viewer, nil).List(), 2)
	require.Equal(t, gatewaytest.Start.Add(3*time.Hour), h.Clock())
}
