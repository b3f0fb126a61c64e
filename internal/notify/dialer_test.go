package notify_test

import (
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/notify"
)

func TestOthersDialBehindTheGuardToo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	for name, c := range map[string]struct {
		allowed  []string
		loopback bool
		refused  bool
	}{
		"nothing is allowed": {nil, false, true},
		"the machine itself": {nil, true, false},
		"a network":          {[]string{"127.0.0.0/8"}, false, false},
		"some other network": {[]string{"10.0.0.0/8"}, false, true},
	} {
		connection, err := notify.Dialer(c.allowed, c.loopback)(t.Context(), "tcp", listener.Addr().String())
		require.Equal(t, c.refused, notify.Refused(err), name)
		if !c.refused {
			require.NoError(t, err, name)
			require.NoError(t, connection.Close())
		}
	}
	require.False(t, notify.Refused(errors.New("something else")))
	require.False(t, notify.Refused(nil))
}
