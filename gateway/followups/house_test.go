package followups_test

import (
	"testing"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
)

// house is the tests' gateway, with what the tests here do in it.
type house struct{ *gatewaytest.House }

type (
	object = gatewaytest.Object
	answer = gatewaytest.Answer
)

func newHouse(t testing.TB, adjust ...func(*gateway.Options)) *house {
	t.Helper()
	return &house{gatewaytest.New(t, adjust...)}
}

// newHouseOn is a house on a database that something was done to before.
func newHouseOn(t testing.TB, database string) *house {
	t.Helper()
	return &house{gatewaytest.NewAt(t, database, gatewaytest.Start)}
}
