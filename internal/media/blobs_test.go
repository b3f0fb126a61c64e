package media

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// eachPlace runs a test on a folder and on an S3-compatible service.
func eachPlace(t *testing.T, test func(t *testing.T, blobs *Blobs)) {
	t.Run("folder", func(t *testing.T) {
		blobs, err := Open("", t.TempDir())
		require.NoError(t, err)
		test(t, blobs)
	})
	t.Run("s3", func(t *testing.T) {
		blobs, _ := openFake(t)
		test(t, blobs)
	})
}

func upTo(limit int64) func([]byte) (int64, error) {
	return func([]byte) (int64, error) { return limit, nil }
}

func put(t *testing.T, blobs *Blobs, tenantID string, content []byte) string {
	t.Helper()
	staged, err := blobs.Stage(bytes.NewReader(content), upTo(MaxFile))
	require.NoError(t, err)
	defer staged.Discard()
	require.NoError(t, blobs.Keep(t.Context(), tenantID, staged))
	return staged.SHA256
}

func readAll(t *testing.T, blobs *Blobs, tenantID, sum string, offset int64) []byte {
	t.Helper()
	body, err := blobs.Read(t.Context(), tenantID, sum, offset)
	require.NoError(t, err)
	defer func() { require.NoError(t, body.Close()) }()
	content, err := io.ReadAll(body)
	require.NoError(t, err)
	return content
}

func TestWhatIsKeptIsReadBackAsItWas(t *testing.T) {
	eachPlace(t, func(t *testing.T, blobs *Blobs) {
		require.NoError(t, blobs.Check(t.Context()))
		ours, theirs := chat.NewID(), chat.NewID()
		large := make([]byte, 3<<20)
		_, err := rand.Read(large)
		require.NoError(t, err)
		for _, content := range [][]byte{[]byte("a"), []byte("uma foto"), large} {
			want := sha256.Sum256(content)
			sum := put(t, blobs, ours, content)
			require.Equal(t, hex.EncodeToString(want[:]), sum)
			require.Equal(t, content, readAll(t, blobs, ours, sum, 0))
			require.Equal(t, content[len(content)/2:], readAll(t, blobs, ours, sum, int64(len(content)/2)))
			require.Equal(t, sum, put(t, blobs, ours, content), "twice is once")
			_, err := blobs.Read(t.Context(), theirs, sum, 0)
			require.True(t, fault.Is(err, fault.NotFound), "%v", err)
		}
		sum := put(t, blobs, theirs, []byte("a"))
		require.NoError(t, blobs.Remove(t.Context(), ours, sum))
		require.NoError(t, blobs.Remove(t.Context(), ours, sum), "what is gone is gone")
		_, err = blobs.Read(t.Context(), ours, sum, 0)
		require.True(t, fault.Is(err, fault.NotFound))
		require.Equal(t, []byte("a"), readAll(t, blobs, theirs, sum, 0), "another tenant's copy stays")
	})
}

func TestNoBlobLeavesItsTenant(t *testing.T) {
	blobs, err := Open("", t.TempDir())
	require.NoError(t, err)
	sum := strings.Repeat("a", 64)
	for _, name := range [][2]string{{"../x", sum}, {chat.NewID(), "../../etc/passwd"}, {chat.NewID(), strings.ToUpper(sum)}, {"", sum}, {chat.NewID(), ""}} {
		_, err := blobs.Read(t.Context(), name[0], name[1], 0)
		require.Error(t, err, "%v", name)
		require.Error(t, blobs.Remove(t.Context(), name[0], name[1]), "%v", name)
	}
}

// names are all files below a folder, by their paths.
func names(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	}))
	return found
}

func TestAFileThatDoesNotComeToItsEndLeavesNothing(t *testing.T) {
	root := t.TempDir()
	blobs, err := Open("file://"+root, "")
	require.NoError(t, err)
	cut := errors.New("the sender is gone")
	_, err = blobs.Stage(io.MultiReader(strings.NewReader(strings.Repeat("x", 10_000)), iotest.ErrReader(cut)), upTo(MaxFile))
	require.ErrorIs(t, err, cut)
	_, err = blobs.Stage(strings.NewReader(strings.Repeat("x", 10_000)), upTo(9_999))
	require.True(t, fault.Is(err, fault.TooLarge))
	refused := errors.New("no such type")
	_, err = blobs.Stage(strings.NewReader("x"), func([]byte) (int64, error) { return 0, refused })
	require.ErrorIs(t, err, refused)
	staged, err := blobs.Stage(strings.NewReader(strings.Repeat("x", 10_000)), upTo(10_000))
	require.NoError(t, err, "as large as it may be")
	require.Len(t, staged.Head, headSize)
	staged.Discard()
	require.Empty(t, names(t, root))
}

func TestWhatAKilledProcessLeftIsSweptOnceItIsOld(t *testing.T) {
	root := t.TempDir()
	blobs, err := Open("file://"+root, "")
	require.NoError(t, err)
	left := filepath.Join(root, "staging", "part-123")
	require.NoError(t, os.WriteFile(left, []byte("half"), 0o600))
	removed, err := blobs.SweepStaging(time.Now())
	require.NoError(t, err)
	require.Zero(t, removed, "somebody may be writing it")
	removed, err = blobs.SweepStaging(time.Now().Add(stagingAge + time.Minute))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.Empty(t, names(t, root))
}

func TestManyWritersOfTheSameBytesAgree(t *testing.T) {
	eachPlace(t, func(t *testing.T, blobs *Blobs) {
		tenantID, content := chat.NewID(), bytes.Repeat([]byte("foto"), 50_000)
		var everybody sync.WaitGroup
		for range 8 {
			everybody.Go(func() {
				staged, err := blobs.Stage(bytes.NewReader(content), upTo(MaxFile))
				if err != nil {
					t.Errorf("stage: %v", err)
					return
				}
				defer staged.Discard()
				if err := blobs.Keep(t.Context(), tenantID, staged); err != nil {
					t.Errorf("keep: %v", err)
				}
			})
		}
		everybody.Wait()
		want := sha256.Sum256(content)
		require.Equal(t, content, readAll(t, blobs, tenantID, hex.EncodeToString(want[:]), 0))
	})
}

func TestABucketThatIsAwayIsSaidSo(t *testing.T) {
	blobs, fake := openFake(t)
	sum := put(t, blobs, chat.NewID(), []byte("a"))
	require.Equal(t, 1, fake.count("PUT"))
	require.NotContains(t, blobs.String(), "secret")
	require.Contains(t, blobs.String(), fakeBucket+"/files")
	fake.mutex.Lock()
	fake.objects = map[string][]byte{}
	fake.mutex.Unlock()
	_, err := blobs.Read(t.Context(), chat.NewID(), sum, 0)
	require.True(t, fault.Is(err, fault.NotFound))

	other, err := Open(strings.Replace(fakeAddress(newServer(t, fake)), fakeBucket, "nowhere", 1), t.TempDir())
	require.NoError(t, err)
	require.ErrorContains(t, other.Check(t.Context()), "nowhere")
}

func TestAddresses(t *testing.T) {
	dir := t.TempDir()
	for address, want := range map[string]string{
		"http://x":                               "not \"http://\"",
		"s3://KEY:SECRET@host":                   "write s3://",
		"s3://KEY:SECRET@host/bucket?zone=1":     "zone=1 is not known",
		"s3://KEY:SECRET@host/bucket?tls=maybe":  "tls=maybe",
		"s3://KEY:SEC RET@host/bucket":           "escaped",
		"file://":                                "names no folder",
		"s3://KEY:SECRET@host/bucket?style=odd":  "style=odd",
		"s3://KEY:SECRET@ho st/bucket?region=eu": "escaped",
	} {
		_, err := Open(address, dir)
		require.ErrorContains(t, err, want, address)
		require.NotContains(t, err.Error(), "SECRET@ho", address)
	}
	for _, address := range []string{"", "file://" + dir + "/other", "s3://s3.example.com/bucket", "s3://K:S@s3.example.com:9000/bucket/a/b?tls=false&style=host&region=sa-east-1"} {
		_, err := Open(address, dir)
		require.NoError(t, err, address)
	}
}
