package archive_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// replaced packs an archive anew with other words of the same length in it.
func replaced(t *testing.T, zipped []byte, from, to string) []byte {
	t.Helper()
	require.Len(t, to, len(from))
	unzipped, err := gzip.NewReader(bytes.NewReader(zipped))
	require.NoError(t, err)
	raw, err := io.ReadAll(unzipped)
	require.NoError(t, err)
	require.Contains(t, string(raw), from)
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	_, err = w.Write(bytes.ReplaceAll(raw, []byte(from), []byte(to)))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return file.Bytes()
}
