package media

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

func base64Of(t *testing.T, sum string) string {
	t.Helper()
	raw, err := hex.DecodeString(sum)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(raw)
}

func TestWhatACustomerSendsIsFetchedAtOnceAndKept(t *testing.T) {
	eachWorld(t, func(w *world) {
		content := png + "uma foto"
		w.carrier.answers = []fetchAnswer{{content: content, sum: sumOf(content), size: int64(len(content))}}
		f := w.fetcher()
		f.Start(t.Context())
		defer f.Stop()
		w.picture(chat.Media{ID: "1", Link: "https://lookaside.fbsbx.com/1", MIME: "image/png", SHA256: base64Of(t, sumOf(content))})
		f.Arrived()
		file := w.becomes(chat.FileKept)
		require.Equal(t, sumOf(content), file.SHA256)
		require.Equal(t, int64(len(content)), file.Size)
		require.Equal(t, "image/png", file.MIME)
		require.Equal(t, content, string(readAll(t, w.shelf.Blobs, w.tenant.ID, file.SHA256, 0)))
		gone, err := w.store.UnusedBlobs(context.Background(), time.Now().Add(time.Hour), 10)
		require.NoError(t, err)
		require.Empty(t, gone)
	})
}

func TestNobodyNeedsToSayThatAFileArrived(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.carrier.answers = []fetchAnswer{{content: png}}
		w.picture(chat.Media{ID: "1"})
		f := w.fetcher()
		f.Start(t.Context())
		defer f.Stop()
		w.becomes(chat.FileKept)
	})
}

func TestWhatAFailedAttemptMeans(t *testing.T) {
	wrong := sumOf("something else")
	cases := []struct {
		name    string
		answer  fetchAnswer
		tries   int
		failed  bool
		problem string
	}{
		{name: "down", answer: fetchAnswer{err: fault.New(fault.ProviderDown, "fora do ar")}, tries: 1, problem: "fora do ar"},
		{name: "token", answer: fetchAnswer{err: fault.New(fault.Auth, "token recusado")}, tries: 5, problem: "token recusado"},
		{name: "down for days", answer: fetchAnswer{err: fault.New(fault.ProviderDown, "fora do ar")}, tries: 11, failed: true, problem: "fora do ar"},
		{name: "gone", answer: fetchAnswer{err: fault.New(fault.Media, "não há mais")}, tries: 1, failed: true, problem: "não há mais"},
		{name: "too large", answer: fetchAnswer{err: fault.New(fault.TooLarge, "grande demais")}, tries: 1, failed: true, problem: "grande demais"},
		{name: "cut", answer: fetchAnswer{content: png, readFail: errors.New("reset")}, tries: 1, problem: "interrompida"},
		{name: "shorter than said", answer: fetchAnswer{content: png, size: 100}, tries: 1, problem: "em vez de 100"},
		{name: "another checksum", answer: fetchAnswer{content: png, sum: wrong}, tries: 1, problem: "sha256"},
		{name: "again another checksum", answer: fetchAnswer{content: png, sum: wrong}, tries: mismatches, failed: true, problem: "sha256"},
		{name: "a page in its place", answer: fetchAnswer{content: html}, tries: 1, problem: "text/html"},
		{name: "nothing in its place", answer: fetchAnswer{content: ""}, tries: 1, problem: "em vez do arquivo"},
	}
	eachWorld(t, func(w *world) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				w.carrier.answers = []fetchAnswer{c.answer}
				w.picture(chat.Media{ID: "1", Link: "https://lookaside.fbsbx.com/1"})
				claimed := w.claim(time.Now())
				claimed.Tries = c.tries
				w.fetcher().fetch(context.Background(), claimed)
				file := w.only()
				require.NoError(t, w.store.DeleteFile(context.Background(), w.tenant.ID, file.ID))
				require.Contains(t, file.Problem, c.problem)
				if c.failed {
					require.Equal(t, chat.FileFailed, file.State)
					return
				}
				require.Equal(t, chat.FileFetching, file.State)
				require.Greater(t, file.DueAt, time.Now().Add(-time.Second))
			})
		}
	})
}

func TestAnAddressHasOneChance(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.carrier.answers = []fetchAnswer{{content: html}, {content: png}}
		w.picture(chat.Media{ID: "1", Link: "https://lookaside.fbsbx.com/1"})
		f := w.fetcher()
		f.fetch(context.Background(), w.claim(time.Now()))
		f.fetch(context.Background(), w.claim(time.Now().Add(time.Minute)))
		require.Equal(t, chat.FileKept, w.only().State)
		require.NotEmpty(t, w.carrier.fetches[0].Link)
		require.Empty(t, w.carrier.fetches[1].Link, "then the file is asked for by its id")
	})
}

func TestAFetchThatIsStoppedIsAnothersAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		begun := make(chan struct{})
		w.carrier.answers = []fetchAnswer{{content: png}}
		w.carrier.during = func(ctx context.Context) {
			close(begun)
			<-ctx.Done()
		}
		w.picture(chat.Media{ID: "1"})
		f := w.fetcher()
		f.Start(t.Context())
		<-begun
		f.Stop()
		file := w.only()
		require.Equal(t, chat.FileFetching, file.State)
		require.Empty(t, file.Problem, "nothing was wrong with it")
		w.carrier.during = nil
		again := w.fetcher()
		again.Start(t.Context())
		defer again.Stop()
		w.becomes(chat.FileKept)
	})
}

func TestTwoProcessesFetchEachFileOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.carrier.answers = []fetchAnswer{{content: png}}
		const all = 30
		for range all {
			w.picture(chat.Media{ID: "1"})
		}
		one, other := w.fetcher(), w.fetcher()
		one.Start(t.Context())
		defer one.Stop()
		other.Start(t.Context())
		defer other.Stop()
		one.Arrived()
		other.Arrived()
		require.Eventually(t, func() bool {
			files, err := w.store.Files(context.Background(), w.tenant.ID, chat.FileFilter{State: chat.FileKept, Page: chat.Page{Limit: 100}})
			require.NoError(t, err)
			return len(files) == all
		}, 20*time.Second, 20*time.Millisecond)
		fetches, _ := w.carrier.counts()
		require.Equal(t, all, fetches)
	})
}

func TestAPanicCostsOnlyItsAttempt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.carrier.answers = []fetchAnswer{{content: png}}
		w.carrier.during = func(context.Context) { panic("oh") }
		w.picture(chat.Media{ID: "1"})
		w.fetcher().fetch(context.Background(), w.claim(time.Now()))
		require.Equal(t, chat.FileFetching, w.only().State)
		require.NotContains(t, w.only().Problem, "goroutine", "people are not shown our stack")
	})
}
