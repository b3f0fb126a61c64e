package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// examined gives what the doctor finds by what was looked at; providers are asked, and those of the tests do not exist.
func examined(t *testing.T, c app.Config, fix bool) map[string]desk.Ailment {
	t.Helper()
	found, err := app.Doctor(t.Context(), c, fix, quiet())
	require.NoError(t, err)
	by := map[string]desk.Ailment{}
	for _, one := range found {
		by[one.Check] = one
	}
	return by
}

func TestTheDoctorFindsWhatIsWrongInADatabaseAndMendsIt(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			c := app.Config{DatabaseURL: storetest.Bare(t, engine), SecretKey: backupKey, JWTSecret: "jwt", Horizon: time.Hour, MediaURL: "file://" + t.TempDir()}
			require.True(t, examined(t, c, false)["migrations"].Fixable)
			require.True(t, examined(t, c, true)["migrations"].Fixed)
			require.Empty(t, examined(t, c, false))

			s, err := store.Open(t.Context(), store.Options{Address: c.DatabaseURL, SecretKey: backupKey, Now: func() time.Time { return time.Now().Add(-time.Hour) }})
			require.NoError(t, err)
			tenant, channel := storetest.Tenant(t, s)
			write(t, s, tenant.ID, channel.ID, 1)
			_, err = s.ChangeTenant(t.Context(), tenant.ID, func(changed *chat.Tenant) error {
				changed.PausedAt = time.Now()
				return nil
			})
			require.NoError(t, err)
			require.NoError(t, s.Close())
			found := examined(t, c, false)
			require.Contains(t, found, "mail")
			require.False(t, found["mail"].Fixable, "there is no queue in which anybody could be asked")
			require.Contains(t, found["paused"].Problem, "Loja")
			require.NotContains(t, found, "secrets")
			c.SecretKey = "another key"
			require.Contains(t, examined(t, c, false)["secrets"].Problem, "Vendas")
			c.DatabaseURL = "postgres://nobody@127.0.0.1:1/none"
			require.Contains(t, examined(t, c, false), "database")
		})
	}
}

func TestARunningProcessIsExaminedFromOutside(t *testing.T) {
	s := newScene(t, "sqlite")
	p := s.launch("")
	c := s.config
	_, err := app.Doctor(t.Context(), c, false, quiet())
	require.ErrorContains(t, err, "RETOMA_BOOTSTRAP_KEY")
	c.Bootstrap = "rtm_a_key_that_nobody_has"
	_, err = app.Doctor(t.Context(), c, false, quiet())
	require.ErrorContains(t, err, "refused (401)")
	c.Bootstrap = testKey
	found := examined(t, c, true)
	for _, check := range []string{"database", "redis", "migrations", "workers", "mail", "due", "epoch", "taskless", "secrets", "files"} {
		require.NotContains(t, found, check)
	}
	p.terminate(t)
}
