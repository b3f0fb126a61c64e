package store_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// databaseBytes is everything that SQLite has written so far, its log included.
func databaseBytes(t *testing.T, path string) []byte {
	t.Helper()
	var all []byte
	for _, name := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		all = append(all, raw...)
	}
	require.NotEmpty(t, all)
	return all
}
