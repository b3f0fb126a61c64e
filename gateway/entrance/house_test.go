package entrance_test

import (
	"testing"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
)

// house is the tests' gateway, with what the tests here do in it.
type house struct{ *gatewaytest.House }

type (
	object = gatewaytest.Object
	tenant = gatewaytest.Tenant
	answer = gatewaytest.Answer
)

func newHouse(t testing.TB, adjust ...func(*gateway.Options)) *house {
	t.Helper()
	return &house{gatewaytest.New(t, adjust...)}
}
