package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAMessageIsSentThenDeliveredAndReadOnceThePhoneReads(t *testing.T) {
	w := newWorld(t)
	w.write(Incoming{Text: "oi", Name: "Ana"})
	id := w.sendText(customer, "olá")
	w.settle()
	require.Equal(t, []string{"sent", "delivered"}, w.callback.statuses(id))
	require.Equal(t, StatusDelivered, w.message(id).Status)

	require.Equal(t, 1, w.sandbox.Read(customer))
	w.settle()
	require.Equal(t, []string{"sent", "delivered", "read"}, w.callback.statuses(id))
	require.Equal(t, StatusRead, w.message(id).Status)
}
