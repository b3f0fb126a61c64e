package media

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// waking counts who is woken.
type waking struct {
	mutex sync.Mutex
	refs  map[desk.Ref]int
}

func (k *waking) wake(ref desk.Ref, _ time.Time) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.refs[ref]++
}

func (w *world) uploads(now func() time.Time) (*Uploads, *waking) {
	woken := &waking{refs: map[desk.Ref]int{}}
	u := NewUploads(UploadOptions{Store: w.store, Shelf: w.shelf, Providers: w.providers(), Wake: woken.wake, Now: now, Logger: w.logger()})
	w.t.Cleanup(u.Stop)
	return u, woken
}

func (w *world) want(file chat.File, contact, lost string) desk.FileWanted {
	return desk.FileWanted{Ref: desk.Ref{TenantID: w.tenant.ID, ContactID: contact}, Channel: w.channel, MediaID: file.ID, Lost: lost}
}

// had asks until the provider has the file.
func (w *world) had(u *Uploads, want desk.FileWanted) desk.FileHad {
	w.t.Helper()
	var had desk.FileHad
	require.Eventually(w.t, func() bool {
		var err error
		had, err = u.Have(context.Background(), want)
		require.NoError(w.t, err)
		return had.Ready
	}, 10*time.Second, 5*time.Millisecond)
	return had
}

func TestAFileIsHandedOverOnceForManyMessages(t *testing.T) {
	eachWorld(t, func(w *world) {
		u, woken := w.uploads(time.Now)
		content := png + "foto"
		file := w.upload(content, "image/png")
		held := make(chan struct{})
		w.carrier.during = func(context.Context) { <-held }
		for _, contact := range []string{"ana", "bia", "ana"} {
			had, err := u.Have(context.Background(), w.want(file, contact, ""))
			require.NoError(t, err)
			require.False(t, had.Ready)
			require.Equal(t, chat.Image, had.Kind)
		}
		close(held)
		had := w.had(u, w.want(file, "ana", ""))
		require.Equal(t, "media-1", had.ID)
		require.Equal(t, "media-1", w.had(u, w.want(file, "caio", "")).ID)
		require.Equal(t, []string{content}, w.carrier.bodies)
		require.Equal(t, "image.png", w.carrier.uploads[0].Name, "providers want a name")
		u.Stop()
		require.Equal(t, 1, woken.refs[desk.Ref{TenantID: w.tenant.ID, ContactID: "ana"}])
		require.Equal(t, 1, woken.refs[desk.Ref{TenantID: w.tenant.ID, ContactID: "bia"}])
	})
}

func TestACopyIsRenewedADayBeforeItsEndAndWhenItIsLost(t *testing.T) {
	eachWorld(t, func(w *world) {
		var mutex sync.Mutex
		now := time.Now()
		u, _ := w.uploads(func() time.Time {
			mutex.Lock()
			defer mutex.Unlock()
			return now
		})
		file := w.upload(png, "image/png")
		require.Equal(t, "media-1", w.had(u, w.want(file, "ana", "")).ID)
		mutex.Lock()
		now = now.Add(29*24*time.Hour - time.Minute)
		mutex.Unlock()
		require.Equal(t, "media-1", w.had(u, w.want(file, "ana", "")).ID)
		mutex.Lock()
		now = now.Add(2 * time.Minute)
		mutex.Unlock()
		require.Equal(t, "media-2", w.had(u, w.want(file, "ana", "")).ID)
		require.Equal(t, "media-3", w.had(u, w.want(file, "ana", "media-2")).ID, "the provider did not find it")
		require.Equal(t, "media-3", w.had(u, w.want(file, "bia", "media-2")).ID, "it was renewed meanwhile")
	})
}

func TestWhatAnUploadCanEndIn(t *testing.T) {
	cases := []struct {
		name   string
		answer error
		code   fault.Code
	}{
		{"refused", fault.New(fault.Media, "tipo recusado"), fault.Media},
		{"down", fault.New(fault.ProviderDown, "fora do ar"), fault.ProviderDown},
		{"limit", fault.New(fault.RateLimited, "devagar"), fault.RateLimited},
		{"token", fault.New(fault.Auth, "token"), fault.Auth},
		{"doubt is none", fault.New(fault.Unconfirmed, "quem sabe"), fault.ProviderDown},
		{"anything", errors.New("oh"), fault.ProviderDown},
	}
	eachWorld(t, func(w *world) {
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				u, _ := w.uploads(time.Now)
				w.carrier.taken = []error{c.answer}
				file := w.upload(png+c.name, "image/png")
				var err error
				require.Eventually(t, func() bool {
					_, err = u.Have(context.Background(), w.want(file, "ana", ""))
					return err != nil
				}, 10*time.Second, 5*time.Millisecond)
				require.Equal(t, c.code, fault.CodeOf(err))
				_, uploads := w.carrier.counts()
				require.Equal(t, i+1, uploads, "a failure answers everybody who asks meanwhile")
			})
		}
	})
}

func TestWhatCannotBeHandedOver(t *testing.T) {
	eachWorld(t, func(w *world) {
		u, _ := w.uploads(time.Now)
		_, err := u.Have(context.Background(), w.want(chat.File{ID: chat.NewID()}, "ana", ""))
		require.Equal(t, fault.Media, fault.CodeOf(err), "no such file")

		file := w.upload(png, "image/png")
		foreign := w.want(file, "ana", "")
		foreign.Channel.TenantID = chat.NewID()
		_, err = u.Have(context.Background(), foreign)
		require.Equal(t, fault.Media, fault.CodeOf(err), "another tenant's")

		deaf := w.want(file, "ana", "")
		deaf.Channel.Provider = "other"
		_, err = u.Have(context.Background(), deaf)
		require.Equal(t, fault.Media, fault.CodeOf(err), "a provider without the ability")

		require.NoError(t, w.shelf.Blobs.Remove(context.Background(), w.tenant.ID, file.SHA256))
		require.Eventually(t, func() bool {
			_, err = u.Have(context.Background(), w.want(file, "ana", ""))
			return err != nil
		}, 10*time.Second, 5*time.Millisecond)
		require.Equal(t, fault.Media, fault.CodeOf(err), "its bytes are gone")
	})
}

func TestATenantsUploadsLeaveRoomForOthers(t *testing.T) {
	eachWorld(t, func(w *world) {
		u, _ := w.uploads(time.Now)
		held := make(chan struct{})
		w.carrier.during = func(ctx context.Context) {
			select {
			case <-held:
			case <-ctx.Done():
			}
		}
		for i := range uploadShare + 3 {
			file := w.upload(png+string(rune('a'+i)), "image/png")
			_, err := u.Have(context.Background(), w.want(file, "ana", ""))
			require.NoError(t, err)
		}
		require.Eventually(t, func() bool {
			_, uploads := w.carrier.counts()
			return uploads == uploadShare
		}, 10*time.Second, 5*time.Millisecond)
		u.mutex.Lock()
		require.Equal(t, uploadShare, u.taken)
		u.mutex.Unlock()
		close(held)
	})
}

func TestTheSameBytesAgainAreTheSameFile(t *testing.T) {
	eachWorld(t, func(w *world) {
		first := w.upload(png, "image/png")
		require.Equal(t, first.ID, w.upload(png, "").ID)
		other, err := w.shelf.Take(context.Background(), w.tenant.ID, bytes.NewReader([]byte(png)), desk.FileClaim{Kind: chat.Document})
		require.NoError(t, err)
		require.NotEqual(t, first.ID, other.ID)
		_, err = w.shelf.Take(context.Background(), w.tenant.ID, bytes.NewReader(append([]byte(png), make([]byte, 6<<20)...)), desk.FileClaim{})
		require.Equal(t, fault.TooLarge, fault.CodeOf(err))
		require.ErrorContains(t, err, "5 MB, que é o de image")
		refused := errors.New("no")
		_, err = w.shelf.Take(context.Background(), w.tenant.ID, bytes.NewReader([]byte(jpeg)), desk.FileClaim{Staged: func(string) error { return refused }})
		require.ErrorIs(t, err, refused)
		_, err = w.shelf.Blobs.Read(context.Background(), w.tenant.ID, sumOf(jpeg), 0)
		require.True(t, fault.Is(err, fault.NotFound), "nothing of it was kept")
	})
}

func TestSweepingTakesWhatNobodyRefersTo(t *testing.T) {
	eachWorld(t, func(w *world) {
		file := w.upload(png, "image/png")
		require.NoError(t, w.store.DeleteFile(context.Background(), w.tenant.ID, file.ID))
		gone, err := w.shelf.Sweep(context.Background())
		require.NoError(t, err)
		require.Zero(t, gone, "not at once")
		w.shelf.Now = func() time.Time { return time.Now().Add(2 * sweepAge) }
		gone, err = w.shelf.Sweep(context.Background())
		require.NoError(t, err)
		require.Equal(t, 1, gone)
		_, err = w.shelf.Blobs.Read(context.Background(), w.tenant.ID, file.SHA256, 0)
		require.True(t, fault.Is(err, fault.NotFound))
		w.shelf.Now = time.Now
		require.Equal(t, png, string(readAll(t, w.shelf.Blobs, w.tenant.ID, w.upload(png, "image/png").SHA256, 0)), "and it can come again")
	})
}
