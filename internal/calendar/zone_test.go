package calendar

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestZoneKnowsIANANames(t *testing.T) {
	for _, name := range []string{
		"America/Sao_Paulo", "America/New_York", "America/Argentina/Buenos_Aires", "Europe/Lisbon", "Asia/Kolkata", "UTC", "Etc/GMT+3",
	} {
		zone, err := Zone(name)
		require.NoError(t, err)
		require.Equal(t, name, zone.String())
	}
}

func TestZoneRefusesWhatIsNoPlaceOnEarth(t *testing.T) {
	for _, name := range []string{
		"", "Local", "localtime", "posixrules", "posix/America/Sao_Paulo", "right/America/Sao_Paulo",
		"America/Sao Paulo", "Sao_Paulo", "-03:00", "GMT-3", "../../etc/localtime", "/etc/localtime", `\etc`, "America/", "America",
		" UTC", "UTC ", "\x00", "zone.tab", "tzdata.zi",
	} {
		zone, err := Zone(name)
		require.Nil(t, zone, "%q", name)
		require.True(t, fault.Is(err, fault.Invalid), "%q: %v", name, err)
		require.Equal(t, "timezone", fault.Of(err).Field)
		require.NotEmpty(t, fault.Of(err).Message)
	}
}
