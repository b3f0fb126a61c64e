package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/store/storetest"
)

// TestAKillRightAfterAMergeLeavesOnePerson ends the process when a merge is written and nobody has been told. Whoever asks again
// hears that it is done; the one who is left has everything, and follow-ups go on to her. That a merge which is cut before
// its commit leaves nothing is told by the store's own test, statement by statement.
func TestAKillRightAfterAMergeLeavesOnePerson(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			first := s.launch("merge:1")
			s.writes("oi")
			s.heard(first)
			hers := s.data("/api/contacts?phone=" + ana)
			require.Len(t, hers, 1)
			id, _ := hers[0]["id"].(string)
			status, made := s.call(http.MethodPost, "/api/contacts", map[string]any{"externalId": "crm-7", "tags": []string{"vip"}})
			require.Equal(t, http.StatusCreated, status, "%v", made)
			other, _ := made["data"].(map[string]any)["id"].(string)
			ask := func() (int, map[string]any) {
				return s.call(http.MethodPost, "/api/contacts/"+id+"/merge", map[string]any{"contactId": other})
			}
			status, _ = ask()
			require.NotEqual(t, http.StatusOK, status, "the process died before it could answer")
			first.endsItself(t)

			s.launch("")
			require.Eventually(t, func() bool {
				status, made = ask()
				return status == http.StatusOK
			}, patience, 50*time.Millisecond, "asked again")
			for _, known := range []string{"/api/contacts/" + id, "/api/contacts/" + other} {
				status, found := s.call(http.MethodGet, known, nil)
				require.Equal(t, http.StatusOK, status)
				person, _ := found["data"].(map[string]any)
				require.Equal(t, id, person["id"])
				require.Equal(t, []any{"crm-7"}, person["externalIds"])
				require.Equal(t, []any{"vip"}, person["tags"])
			}
			require.Len(t, s.data("/api/contacts"), 1)
			s.enrol()
			s.settle()
			require.Equal(t, []string{"primeira", "segunda"}, s.firstTwo())
		})
	}
}
