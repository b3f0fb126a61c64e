package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func TestTheScanCanLeaveTenantsOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		large, largeChannel := storetest.Tenant(t, s)
		for i := range 5 {
			receive(t, s, message(large, largeChannel, fmt.Sprintf("+551199999%04d", i), fmt.Sprint("w", i), "oi"))
		}
		small, smallChannel := storetest.Tenant(t, s)
		one := receive(t, s, message(small, smallChannel, "+5511999990001", "w1", "oi")).Accepted[0].ContactID
		later := time.Now().Add(time.Minute)
		found, err := s.Overdue(t.Context(), later, 3)
		require.NoError(t, err)
		require.Len(t, found, 3)
		for _, ref := range found {
			require.Equal(t, large.ID, ref.TenantID, "longest first")
		}
		found, err = s.Overdue(t.Context(), later, 3, "nobody", large.ID)
		require.NoError(t, err)
		require.Equal(t, []desk.Ref{{TenantID: small.ID, ContactID: one}}, found)
		found, err = s.Overdue(t.Context(), later, 3, large.ID, small.ID)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}
