package chaos_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chaos"
)

// TestASmallRunOnWhatIsEmbedded kills, stops and freezes one process while a few customers play, in seconds.
func TestASmallRunOnWhatIsEmbedded(t *testing.T) {
	smoke(t, false)
}

// TestASmallRunOnServices does the same to a gateway, two workers, PostgreSQL and Redis, where those are installed: .ci/run services
// sees to that.
func TestASmallRunOnServices(t *testing.T) {
	if os.Getenv("RETOMA_TEST_POSTGRES_URL") == "" {
		t.Log("not covered: set RETOMA_TEST_POSTGRES_URL where PostgreSQL and Redis are installed; the run starts its own")
		return
	}
	smoke(t, true)
}

func smoke(t *testing.T, services bool) {
	var told strings.Builder
	report, err := chaos.Run(t.Context(), chaos.Options{
		Seed: 3, Services: services, Binary: build(t), Lease: 5 * time.Second, Scratch: open(t), Progress: &told,
		Size: chaos.Size{Customers: 50, Faults: 8, Channels: 4, Playing: 6 * time.Second, Settling: 40 * time.Second},
	})
	require.NoError(t, err, told.String())
	var table strings.Builder
	report.Write(&table)
	t.Log(table.String())
	require.True(t, report.Passed(), told.String())
	require.Greater(t, report.OnPhones, 50, "enough was sent for the run to mean something")
	require.Positive(t, report.Faults)
}

// open is a folder that the user postgres can pass through.
func open(t *testing.T) string {
	folder, err := os.MkdirTemp("", "retoma-chaos-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(folder, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	return folder
}

// build makes the product's program.
func build(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "retoma")
	output, err := exec.CommandContext(context.WithoutCancel(t.Context()), "go", "build", "-o", binary, "retoma/cmd/retoma").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return binary
}
