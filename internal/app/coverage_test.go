package app_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/store/storetest"
)

// redisVariable names the environment variable with the address of a Redis whose database tests may empty.
const redisVariable = "RETOMA_TEST_REDIS_URL"

// TestCoverage says which databases and queues this run covers: go test -v -count=1 -run TestCoverage ./internal/app
func TestCoverage(t *testing.T) {
	queues := []string{"embedded redis"}
	if os.Getenv(redisVariable) != "" {
		queues = append(queues, "real redis")
	}
	require.Contains(t, storetest.Engines(), "sqlite")
	t.Logf("covered: %s; %s", strings.Join(storetest.Engines(), ", "), strings.Join(queues, ", "))
}
