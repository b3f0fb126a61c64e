package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyABusyProcessThatHasLittleInUseLetsMoreGarbageLie(t *testing.T) {
	for _, one := range []struct {
		name              string
		live, collections uint64
		percent           int
	}{
		{"quiet", 12 << 20, 1, 100},
		{"busy", 12 << 20, 8, 300},
		{"busy, and almost nothing in use", 1 << 20, 8, 400},
		{"busy, half of the room in use", 24 << 20, 8, 100},
		{"busy, all of the room in use", 80 << 20, 8, 100},
		{"nothing known yet", 0, 8, 100},
	} {
		require.Equal(t, one.percent, garbageFor(one.live, one.collections), one.name)
	}
}
